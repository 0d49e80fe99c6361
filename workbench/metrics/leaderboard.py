"""The leaderboard of a bench as a table: for a page, for a paper, and as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.core.bench import Bench
from workbench.core.errors import UnknownName
from workbench.core.tables import Column, write_table
from workbench.metrics.standings import (
    BY_NAME,
    FIGURES,
    OF_UNHEARD,
    Figure,
    Standing,
    Value,
    common_pieces,
    standings,
)

PEOPLE = "Other music by people"
BEST, AS_GOOD = "●", "○"
MARKS = f"{BEST} is the best of a column, {AS_GOOD} what cannot be told from it (p > 0.05). In brackets stand 95 % intervals."
HEARD = "has heard them"
"""In place of a figure."""
_PER_CENT = 100


@dataclass(frozen=True)
class Leaderboard:
    """Rows and columns, and what to mind."""

    bench: Bench
    standings: list[Standing]
    figures: tuple[Figure, ...]
    """Those of which any row has a value."""
    remarks: list[str]

    def table(self, form: str) -> str:
        """As ``csv``, ``latex`` or ``md``; CSV has plain numbers, intervals and p in columns of their own."""
        if form == "csv":
            return write_table([_numbers(row, self.figures) for row in self.standings], _csv_columns(self.figures), form)  # fmt: skip
        columns = [Column("model", "Model"), *(Column(f.name, heading(f)) for f in self.figures)]
        rows = [{"model": label} | cells for label, cells in self.rows()]
        return write_table(rows, columns, form, " ".join([*self.remarks, MARKS]))

    def rows(self) -> list[tuple[str, dict[str, str]]]:
        """For each row its label and what is printed, by figure; other music by people comes last."""
        found = [
            (row.label, {f.name: _cell(row, f) for f in self.figures}) for row in self.standings
        ]
        if people := people_of(self.bench):
            found.append((PEOPLE, {f.name: printed(f, people.get(f.name)) for f in self.figures}))
        return found

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values, with what the bench was."""
        spec = self.bench.spec
        return {
            "bench": self.bench.id,
            "dataset": spec.dataset,
            "dataset_fingerprint": self.bench.dataset_fingerprint,
            "split": spec.split,
            "pieces_composed": spec.pieces,
            "seed": spec.seed,
            "held_out_pieces": len(self.bench.humans),
            "held_out_compared": len(common_pieces(self.bench)),
            "training_pieces": self.bench.training_pieces,
            "versions": self.bench.versions,
            "seconds": self.bench.seconds,
            "figures": {f.name: {"title": f.title, "unit": f.unit, "better": f.better} for f in self.figures},
            "models": [
                {
                    "models": list(row.models), "title": row.title, "architecture": row.entrant.architecture,
                    "tokenizer": row.entrant.tokenizer, "sha256": row.entrant.sha256,
                    "figures": {f.name: _said(row.values[f.name]) for f in self.figures if f.name in row.values},
                    "warnings": list(row.warnings),
                }
                for row in self.standings
            ],
            "people": {name: value.value for name, value in people_of(self.bench).items()},
            "features": {
                showing.entrant.name: {
                    name: {"overlap": like.overlap, "divergence": like.divergence, "set_overlap": like.set_overlap}
                    for name, like in showing.music.likeness.items()
                }
                for showing in self.bench.showings
            },
            "remarks": self.remarks,
        }  # fmt: skip


def leaderboard(
    bench: Bench,
    models: Sequence[str] = (),
    *,
    figures: Sequence[str] = (),
    together: bool = False,
) -> Leaderboard:
    """The table of some models and figures, or of all; ``UnknownName`` for one that there is not."""
    known = [each.entrant.name for each in bench.showings]
    for name in models:
        if name not in known:
            raise UnknownName(f"{name!r} is not on this bench; there are {', '.join(known)}.")
    for name in figures:
        if name not in BY_NAME:
            raise UnknownName(f"There is no figure {name!r}; there are {', '.join(BY_NAME)}.")
    rows = standings(bench, models, together=together)
    shown = tuple(
        figure
        for figure in FIGURES
        if (not figures or figure.name in figures)
        and any(figure.name in row.values for row in rows)
    )
    return Leaderboard(bench, rows, shown, _remarks(bench, rows, models))


def people_of(bench: Bench) -> dict[str, Value]:
    """The figures of other music by people, where there are any."""
    return {name: Value(value) for name, value in bench.people.figures.items()}


def heading(figure: Figure) -> str:
    """A column's title with its unit."""
    unit = "%" if figure.is_share else figure.unit
    return f"{figure.title} ({unit})" if figure.name in ("held_out", "ngram", "training_seconds") or figure.is_share else figure.title  # fmt: skip


def printed(figure: Figure, value: Value | None) -> str:
    """A figure with its interval and its mark; nothing where there is none."""
    if value is None:
        return ""
    mark = f" {BEST}" if value.is_best else f" {AS_GOOD}" if value.is_as_good else ""
    text = number(figure, value.value)
    if value.low is not None and value.high is not None:
        text += f" [{number(figure, value.low)}, {number(figure, value.high)}]"
    return text + mark


def _cell(row: Standing, figure: Figure) -> str:
    if row.has_heard and figure.name in OF_UNHEARD:
        return HEARD
    text = printed(figure, row.values.get(figure.name))
    return f"{text} a {row.entrant.symbol}" if text and figure.name == "per_symbol" else text


def number(figure: Figure, value: float) -> str:
    """A value as a column prints it; shares in per cent."""
    return f"{value * _PER_CENT if figure.is_share else value:,.{figure.decimals}f}"


def _remarks(bench: Bench, rows: Sequence[Standing], models: Sequence[str]) -> list[str]:
    pieces, all_of_them = len(common_pieces(bench, models)), len(bench.humans)
    found = [words for row in rows for words in row.warnings]
    if any("held_out" in row.values for row in rows):
        compared = f"{pieces} of the {all_of_them} held-out pieces of {bench.spec.dataset}"
        why = "" if pieces == all_of_them else ", those that all of the models can say"
        found.append(f"Held-out figures are of {compared}{why}.")
    if 0 < len(bench.humans) < 30 and bench.spec.pieces:
        found.append(
            f"{len(bench.humans)} human pieces are few to compare with, so distances from them are mostly chance; a larger "
            "test split says more."
        )
    return list(dict.fromkeys(found))


def _csv_columns(figures: Sequence[Figure]) -> list[Column]:
    names = [n for f in figures for n in (f.name, f"{f.name}_low", f"{f.name}_high", f"{f.name}_p", f"{f.name}_mark")]  # fmt: skip
    return [Column(name, name) for name in ("models", "title", "architecture", "tokenizer", *names)]


def _numbers(row: Standing, figures: Sequence[Figure]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "models": " ".join(row.models), "title": row.title, "architecture": row.entrant.architecture,
        "tokenizer": row.entrant.tokenizer,
    }  # fmt: skip
    for figure in figures:
        if value := row.values.get(figure.name):
            mark = "best" if value.is_best else "as good" if value.is_as_good else ""
            found |= {
                figure.name: value.value, f"{figure.name}_low": value.low, f"{figure.name}_high": value.high,
                f"{figure.name}_p": value.p, f"{figure.name}_mark": mark,
            }  # fmt: skip
    return found


def _said(value: Value) -> dict[str, Any]:
    return {name: each for name, each in vars(value).items() if each is not None}
