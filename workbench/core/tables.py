"""Tables for papers and reports: CSV, LaTeX (booktabs) and Markdown, from rows of plain values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.core.errors import InvalidSetting
from workbench.core.spreadsheets import write_sheet

FORMS = ("csv", "latex", "md")
Row = Mapping[str, Any]

_LATEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--",
    **{sign: rf"\{sign}" for sign in "&%$#_{}"},
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its key in a row, its heading, and how its numbers are printed."""

    name: str
    title: str
    decimals: int | None = None
    """None for text; digits after the point for numbers."""
    interval: str = ""
    """Key of the half width that is printed after the number, ``1.234 ± 0.010``."""


def write_table(rows: Sequence[Row], columns: Sequence[Column], form: str, note: str = "") -> str:
    """The rows as ``csv``, ``latex`` or ``md``; CSV has exact numbers, the others rounded ones and the note below.

    Raises ``InvalidSetting`` for another form.
    """
    if form == "csv":
        names = [n for column in columns for n in (column.name, column.interval) if n]
        plain = [{name: row.get(name) for name in names} for row in rows]
        return write_sheet(plain, names, "csv").decode("utf-8-sig")
    if form not in FORMS:
        raise InvalidSetting(f"There is no form {form!r}; choose one of {', '.join(FORMS)}.")
    cells = [[_printed(row, column) for column in columns] for row in rows]
    return (_latex if form == "latex" else _markdown)(cells, columns, note)


def _printed(row: Row, column: Column) -> str:
    value = row.get(column.name)
    if value is None or value == "":
        return "–"
    if column.decimals is None or isinstance(value, str):
        return str(value)
    width = row.get(column.interval) if column.interval else None
    text = f"{value:,.{column.decimals}f}"
    return text if width is None else f"{text} ± {width:,.{column.decimals}f}"


def _markdown(cells: list[list[str]], columns: Sequence[Column], note: str) -> str:
    rules = ["---:" if column.decimals is not None else "---" for column in columns]
    escaped = [[cell.replace("|", r"\|").replace("\n", " ") for cell in row] for row in cells]
    lines = [[column.title for column in columns], rules, *escaped]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{table}\n\n{note}\n" if note else f"{table}\n"


def _latex(cells: list[list[str]], columns: Sequence[Column], note: str) -> str:
    shape = "".join("r" if column.decimals is not None else "l" for column in columns)
    heading = " & ".join(_escaped(column.title) for column in columns)
    body = [" & ".join(_escaped(cell) for cell in row) + r" \\" for row in cells]
    lines = [
        r"% needs \usepackage{booktabs}",
        rf"\begin{{tabular}}{{{shape}}}",
        r"\toprule",
        rf"{heading} \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        *([rf"\par\smallskip{{\footnotesize {_escaped(note)}}}"] if note else []),
    ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    one_line = " ".join(text.split())
    safe = re.sub(r"[\\~^–&%$#_{}]", lambda found: _LATEX[found.group()], one_line)
    for sign, written in (("±", r"$\pm$"), ("●", r"$\bullet$"), ("○", r"$\circ$")):
        safe = safe.replace(sign, written)
    return safe
