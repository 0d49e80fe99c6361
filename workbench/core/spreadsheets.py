"""Tables as files for spreadsheets: CSV (UTF-8 with the mark that spreadsheets look for) and JSON (a list of rows).

A cell of CSV that a spreadsheet would run as a formula has an apostrophe before it, which is taken away when it is read again.

Rows are numbered as a spreadsheet shows them: 1 is the heading of a CSV file, or the first of a JSON list.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.core.errors import InvalidSetting

FORMS = ("csv", "json")
Row = dict[str, str]
_BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def write_sheet(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: str) -> bytes:
    """Rows as ``csv`` or ``json``. ``InvalidSetting`` for another form."""
    if form == "json":
        return json.dumps(list(rows), ensure_ascii=False, indent=1).encode()
    if form != "csv":
        raise InvalidSetting(f"There is no form {form!r}; choose one of {', '.join(FORMS)}.")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows({name: harmless(cell) for name, cell in row.items()} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: Any) -> Any:
    """A cell as a spreadsheet may have it: a title or a file's name may begin like a formula, and be meant to."""
    if not isinstance(cell, str) or not cell.startswith(_BEGIN_FORMULAS):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _as_meant(cell: str) -> str:
    """What :func:`harmless` was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_BEGIN_FORMULAS) else cell


def read_sheet(data: bytes, name: str) -> list[tuple[int, Row]]:
    """``(row number, cells by column)`` of a CSV or JSON file, the form by its name.

    Spreadsheets of some countries separate with semicolons; those are read too. Raises ``InvalidSetting`` for
    what is no table, or has no column ``id``.
    """
    try:
        text = data.decode("utf-8-sig")
        rows = _json_rows(text) if name.lower().endswith(".json") else _csv_rows(text)
    except (ValueError, csv.Error) as error:
        raise InvalidSetting(
            f"{name} cannot be read as a table: {error}; save it as CSV or JSON."
        ) from error
    for number, row in rows:
        if "id" not in row:
            raise InvalidSetting(
                f"Row {number} of {name} has no column 'id'; download the table and change that one."
            )
    return rows


def _csv_rows(text: str) -> list[tuple[int, Row]]:
    heading = text.partition("\n")[0]
    separator = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = list(enumerate(reader, 2))
    for number, row in rows:
        if None in row or None in row.values():
            raise ValueError(f"row {number} has more or fewer cells than the heading")
    return [(number, {name: _as_meant(cell) for name, cell in row.items()}) for number, row in rows]


def _json_rows(text: str) -> list[tuple[int, Row]]:
    rows = json.loads(text)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("a list of rows is needed")
    return [
        (number, {key: "" if value is None else str(value) for key, value in row.items()})
        for number, row in enumerate(rows, 1)
    ]
