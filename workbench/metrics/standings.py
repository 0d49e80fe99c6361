"""The leaderboard: from what a bench has measured to rows that can be compared, and which differences are more than chance.

- *Held-out* figures are about the same music for every model: the pieces that all of them can say. A model that has heard one of the
  family of any of these pieces gets a warning in their place.
- A row is a model, or several that differ in their seed alone; then figures are means over the seeds, and the interval is that of
  Student's t over them, of counted pieces the exact one over all of theirs. Else it is a bootstrap interval over families of held-out pieces (:mod:`workbench.metrics.resampling`), of counted pieces
  the exact one of Clopper and Pearson.
- The *best* of a column is marked, and those that cannot be told from it: of held-out surprise by the sign-flip test with Holm's
  correction, of the others where the 95 % interval of the difference, in the same draws for both, holds 0. A model of which it is not known
  what it has heard is not marked in held-out figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.bench import Bench, Entrant, Foreseen, Showing
from workbench.metrics.intervals import mean_interval
from workbench.metrics.listening import share
from workbench.metrics.resampling import LEVEL, draws, holm, interval, ratio, sign_flip

SIGNIFICANT = 1 - LEVEL


@dataclass(frozen=True)
class Figure:
    """A column of the leaderboard, and how it is read."""

    name: str
    title: str
    unit: str
    decimals: int
    better: str
    """``less``, ``more``, or nothing where neither is."""
    reading: str
    is_share: bool = False
    """0 to 1, printed in per cent."""


FIGURES = (
    Figure("held_out", "Held-out surprise", "nats per quarter note", 3, "less",
           "How surprised it is by music it has not heard, whatever its tokens are."),
    Figure("per_symbol", "Surprise by its own symbols", "nats", 3, "",
           "The same by the character, the frame or the token, whichever its kind of music is counted in elsewhere."),
    Figure("ngram", "n-gram beside it", "nats per quarter note", 3, "",
           "The same of a table of counts of the training pieces, in the same tokens: what is to be beaten."),
    Figure("accuracy", "Right guesses", "of all tokens", 1, "more",
           "How often the token it holds likeliest comes. Tokenizers differ in how much there is to guess.", True),
    Figure("moving_accuracy", "Right notes", "of tokens that move", 1, "more",
           "The same where a note or a rest begins.", True),
    Figure("frechet", "Fréchet distance of features", "squared deviations of human music", 2, "less",
           "How far its pieces lie from people's, in all features at once. Two halves of people's music are the measure of what is near."),
    Figure("overlap", "Overlap of features", "of the area", 1, "more",
           "How much its features are spread as people's are, on average; 100 % is no difference.", True),
    Figure("borrowed", "Patterns of 8 notes found in training", "of its patterns", 1, "",
           "How much it has from the training pieces. People borrow too: beside theirs it means something.", True),
    Figure("copied", "Pieces called copied", "of its pieces", 1, "less",
           "With a passage of 12 notes or more that is longer than people's and no accident.", True),
    Figure("valid", "Promises kept", "of its pieces", 1, "more",
           "In the key, meter and length asked for, engraved, played, and read back with the same notes.", True),
    Figure("trouble", "Pieces in trouble", "of its pieces", 1, "less",
           "Stuck on a note, silent, going in circles, or of few patterns.", True),
    Figure("parameters", "Parameters", "numbers that were learned", 0, "", "Its size."),
    Figure("training_seconds", "Training time", "seconds", 0, "", "Time its epochs took where it was trained."),
    Figure("tokens_per_second", "Composing speed", "tokens a second", 0, "",
           "On the machine of the bench. Tokenizers differ in how much a token says."),
)  # fmt: skip
OF_UNHEARD = ("held_out", "per_symbol", "accuracy", "moving_accuracy")
"""Figures that say something only where a model has not heard the pieces."""
COUNTED = ("copied", "valid", "trouble")
"""Figures that count pieces, whose intervals are exact."""
COSTS = {"parameters", "training_seconds", "tokens_per_second"}
"""Figures of what a model costs, which have no interval."""
BY_NAME = {figure.name: figure for figure in FIGURES}


@dataclass(frozen=True)
class Value:
    """A figure of a row."""

    value: float
    low: float | None = None
    high: float | None = None
    """Its 95 % interval."""
    is_best: bool = False
    is_as_good: bool = False
    """Not to be told from the best."""
    difference: float | None = None
    """From the best, with its interval, and p after Holm's correction where there is a test."""
    difference_low: float | None = None
    difference_high: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Standing:
    """A row: one model, or the seeds of one configuration."""

    models: tuple[str, ...]
    title: str
    entrant: Entrant
    """The first of them."""
    values: dict[str, Value] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    has_heard: bool = False
    """Whether it knows any of the held-out pieces, so that it has no held-out figures."""

    @property
    def label(self) -> str:
        """What names it on a page: the model's title, with the number of other seeds."""
        others = len(self.models) - 1
        return f"{self.title} and {others} more" if others else self.title


@dataclass(frozen=True, eq=False)
class _Known:
    """A figure with its replicates, and (N,) its parts by piece where it is a sum."""

    value: float
    replicates: NDArray[np.float64]
    by_seed: tuple[float, ...]
    """Empty of what a model costs: that differs by the machine and its load, and no interval tells of it."""
    of: int = 0
    """Of a share of pieces how many there are, of all seeds; 0 of any other figure."""


def common_pieces(bench: Bench, models: Sequence[str] = ()) -> list[int]:
    """Numbers of the held-out pieces that every model which was scored can say."""
    scored = [each.foreseen for each in _chosen(bench, models) if each.foreseen]
    return [i for i in range(len(bench.humans)) if scored and all(each[i] for each in scored)]


def standings(
    bench: Bench, models: Sequence[str] = (), *, together: bool = False
) -> list[Standing]:
    """A row a model, in the order of the bench; with ``together`` a row a configuration. Of all models where none are named."""
    groups: dict[str, list[Showing]] = {}
    for showing in _chosen(bench, models):
        entrant = showing.entrant
        groups.setdefault((together and entrant.configuration) or entrant.name, []).append(showing)
    pieces = common_pieces(bench, models)
    families = [bench.humans[i].family for i in pieces]
    weights = draws(families) if pieces else np.zeros((0, 0), int)
    rows = list(groups.values())
    warnings = [[w for each in group for w in warnings_of(bench, each, pieces)] for group in rows]
    known = [_known(bench, group, pieces, weights) for group in rows]
    values: list[dict[str, Value]] = [{} for _ in rows]
    for figure in FIGURES:
        column = [each.get(figure.name) for each in known]
        marked = [
            bool(each) and (figure.name not in OF_UNHEARD or all(s.entrant.is_known for s in group))
            for each, group in zip(column, rows, strict=True)
        ]
        tested = _tests(rows, pieces, families) if figure.name == "held_out" else None
        for row, value in _compared(figure, column, marked, tested).items():
            values[row][figure.name] = value
    return [
        Standing(
            tuple(each.entrant.name for each in group), bench.titles[group[0].entrant.name], group[0].entrant,
            found, tuple(dict.fromkeys(words)), any(_heard_of(bench, each, pieces) for each in group),
        )
        for group, found, words in zip(rows, values, warnings, strict=True)
    ]  # fmt: skip


def warnings_of(bench: Bench, showing: Showing, pieces: Sequence[int]) -> list[str]:
    """What to mind of one model, a sentence each."""
    entrant, title = showing.entrant, bench.titles[showing.entrant.name]
    known = _heard_of(bench, showing, pieces)
    found = list(showing.remarks)
    if known:
        found.append(
            f"{title} has heard {known} of these {len(pieces)} pieces or one of their families, so what it foresees of "
            "them says nothing."
        )
    elif not entrant.is_known:
        found.append(f"It is not known here what all {title} has heard.")
    if entrant.is_from_here is False:
        found.append(
            f"{title} learned from other music than this dataset's training split, in which alone is looked up what it copies."
        )
    if showing.estimate:
        found.append(f"The held-out figure of {title} is a {showing.estimate}.")
    return found


def foreseen_sum(found: Sequence[Foreseen]) -> Foreseen:
    """Several pieces as one."""
    return Foreseen(
        sum(each.nats for each in found),
        sum(each.quarters for each in found),
        sum(each.tokens for each in found),
        sum(each.correct for each in found),
        sum(each.moving for each in found),
        sum(each.moving_correct for each in found),
    )


def by_label(
    bench: Bench, label: Callable[[int], str], models: Sequence[str] = ()
) -> dict[str, dict[str, tuple[int, float]]]:
    """Held-out surprise by what a piece carries (its key, say): for each label and title of a model pieces and nats a quarter note.

    ``label`` gives that of the piece of a number. Models that have heard pieces are left out.
    """
    pieces = common_pieces(bench, models)
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for name in sorted({label(i) for i in pieces}):
        ours = [i for i in pieces if label(i) == name]
        for showing in _chosen(bench, models):
            if showing.foreseen and not _heard_of(bench, showing, pieces):
                total = foreseen_sum([each for i in ours if (each := showing.foreseen[i])])
                found.setdefault(name, {})[bench.titles[showing.entrant.name]] = (
                    len(ours), total.nats / total.quarters,
                )  # fmt: skip
    return found


# --- figures of a row ------------------------------------------------------------------------------


def _chosen(bench: Bench, models: Sequence[str]) -> list[Showing]:
    return [each for each in bench.showings if not models or each.entrant.name in models]


def _heard_of(bench: Bench, showing: Showing, pieces: Sequence[int]) -> int:
    heard = set(showing.entrant.heard)
    return sum(bench.humans[i].id in heard for i in pieces)


def _known(
    bench: Bench, group: Sequence[Showing], pieces: list[int], weights: NDArray
) -> dict[str, _Known]:
    """The figures of a row that there are; of several seeds the means."""
    each_seed = [
        _of_showing(showing, pieces, weights, bool(_heard_of(bench, showing, pieces)))
        for showing in group
    ]
    shared = [name for name in each_seed[0] if all(name in other for other in each_seed)]
    found = {}
    for name in shared:
        values = [each[name] for each in each_seed]
        found[name] = _Known(
            float(np.mean([each.value for each in values])),
            np.mean([each.replicates for each in values], axis=0),
            tuple(value for each in values for value in each.by_seed),
            sum(each.of for each in values),
        )
    return found


def _of_showing(
    showing: Showing, pieces: list[int], weights: NDArray, is_known: bool
) -> dict[str, _Known]:
    """The figures of one model; no held-out ones where the pieces are known to it."""
    found: dict[str, _Known] = {}

    def add(
        name: str, value: float | None, replicates: NDArray | Sequence[float] = (), of: int = 0
    ) -> None:
        if value is not None and not np.isnan(value):
            drawn = np.asarray(replicates, np.float64)
            found[name] = _Known(float(value), drawn, (float(value),), of)

    entrant = showing.entrant
    if showing.foreseen and pieces and not is_known:
        ours = [each for i in pieces if (each := showing.foreseen[i])]
        for name, above, below in (
            ("held_out", "nats", "quarters"), ("accuracy", "correct", "tokens"),
            ("moving_accuracy", "moving_correct", "moving"),
        ):  # fmt: skip
            top, bottom = ([getattr(each, key) for each in ours] for key in (above, below))
            if sum(bottom):
                add(name, sum(top) / sum(bottom), ratio(top, bottom, weights))
        total = foreseen_sum(ours)
        add("per_symbol", total.nats / total.tokens * entrant.symbol_tokens)
    if showing.ngram:
        beside = [each for i in pieces if (each := showing.ngram[i])]
        total = foreseen_sum(beside)
        add("ngram", total.nats / total.quarters if total.quarters else None)
    music = showing.music
    for name, value in music.figures.items():
        judged = [each for each in music.pieces if name != "copied" or each.borrowed]
        of = len(judged) if name in COUNTED else 0
        add(name, value, music.replicates[name], of)
    add("parameters", entrant.parameters)
    add("training_seconds", entrant.training_seconds)
    seconds = sum(each.seconds for each in music.pieces)
    add("tokens_per_second", sum(each.tokens for each in music.pieces) / seconds if seconds else None)  # fmt: skip
    for name in COSTS & found.keys():
        found[name] = replace(found[name], by_seed=())
    return found


def _tests(
    rows: Sequence[Sequence[Showing]], pieces: list[int], families: list[int]
) -> Callable[[int, int], float]:
    """What gives p for two rows: that their surprise by each piece differs by chance."""

    def nats(row: int) -> NDArray[np.float64]:
        of_seeds = [[each.nats for i in pieces if (each := showing.foreseen[i])] for showing in rows[row]]  # fmt: skip
        return np.mean(of_seeds, axis=0)

    return lambda one, other: sign_flip(nats(one) - nats(other), families)


def _compared(
    figure: Figure,
    column: Sequence[_Known | None],
    marked: Sequence[bool],
    tested: Callable[[int, int], float] | None,
) -> dict[int, Value]:
    """The column with intervals and marks."""
    found = {row: _with_interval(each) for row, each in enumerate(column) if each}
    ranked = [row for row in found if marked[row]]
    if not figure.better or len({found[row].value for row in ranked}) < 2:  # nothing to tell apart
        return found
    sign = 1 if figure.better == "less" else -1
    best = min(ranked, key=lambda row: sign * found[row].value)
    others = [row for row in ranked if row != best]
    p_values: list[float | None] = [None] * len(others)
    if tested:
        p_values = list(holm([tested(row, best) for row in others]))
    result = dict(found)
    result[best] = _marked(found[best], is_best=True)
    for row, p in zip(others, p_values, strict=True):
        ours, theirs = column[row], column[best]
        assert ours and theirs
        apart = ours.value - theirs.value
        low, high = interval(apart, ours.replicates - theirs.replicates)
        is_as_good = p > SIGNIFICANT if p is not None else not low * high > 0
        result[row] = Value(
            found[row].value, found[row].low, found[row].high, False, is_as_good, apart, _plain(low), _plain(high), p
        )  # fmt: skip
    return result


def _marked(value: Value, *, is_best: bool) -> Value:
    return Value(value.value, value.low, value.high, is_best)


def _with_interval(known: _Known) -> Value:
    if (
        known.of
    ):  # also of several seeds: two that agree on no piece of ten know no more than one of twenty
        exact = share(round(known.value * known.of), known.of)
        return Value(known.value, exact.low, exact.high)
    if len(known.by_seed) > 1:
        found = mean_interval(known.by_seed)
        width = found.half_width or 0.0
        return Value(found.mean, found.mean - width, found.mean + width)
    if not len(known.replicates):
        return Value(known.value)
    low, high = interval(known.value, known.replicates)
    return Value(known.value, _plain(low), _plain(high))


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else value
