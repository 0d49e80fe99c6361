"""A set of pieces as music, beside a set of human pieces: what the bench says of a model's compositions.

All sets of a bench are told by the same features, on the same grids, in the same draws:

- The *features* that count are those of which every human piece has a figure, and in which they differ; so voice leading counts among
  chorales and not among tunes. A composition that lacks one of these is left out of the figures below.
- The *grid* of a feature is laid over the human pieces and all others together (:func:`workbench.metrics.distributions.shared_grid`).
- In a *draw* families of human pieces are drawn with replacement, and with a human piece come the compositions that follow its plan.

Figures of a set, by name: ``frechet`` (see :mod:`workbench.metrics.frechet`), ``overlap`` (mean over the features of the area that the set's density
and the human one's have in common), ``borrowed`` (mean share of the patterns of 8 notes that are found in training), ``copied``, ``valid`` and
``trouble`` (shares of the pieces that are called copied, keep every promise, or have a finding of :mod:`workbench.metrics.collapse`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.bench import Likeness, Measured, MusicSet
from workbench.metrics.distributions import (
    Grid,
    compare_sets,
    density,
    kl_divergence,
    overlap_area,
    shared_grid,
)
from workbench.metrics.frechet import FEWEST_PIECES, frechet_distance
from workbench.metrics.human_baseline import COPIED
from workbench.metrics.resampling import draws

REPLICATES = 400
EIGHT = 1
"""Place of the patterns of 8 notes among ``metrics.originality.LENGTHS``."""


@dataclass(frozen=True, eq=False)
class Reference:
    """The human side: what every set of a bench is compared with."""

    names: tuple[str, ...]
    """Of all features, as the pieces have them."""
    table: NDArray[np.float64]
    """(H, F) the human features."""
    used: NDArray[np.bool_]
    """(F,) the features that count."""
    grids: tuple[Grid | None, ...]
    """One a feature; None where no human piece has it."""
    histograms: dict[str, NDArray[np.float64]]
    """(H, D) the human distributions, by name."""
    drawn: NDArray[np.int64]
    """(R, H) how often each human piece is drawn."""


def reference(
    names: Sequence[str],
    human: Sequence[Measured],
    families: Sequence[int],
    histograms: dict[str, NDArray[np.float64]],
    others: Sequence[Sequence[Measured]],
    seed: int = 0,
) -> Reference:
    """The human side, with grids that have room for the pieces of all other sets."""
    table = features_of(human, len(names))
    rest = [features_of(each, len(names)) for each in others]
    is_known = ~np.isnan(table)
    spread = np.where(is_known.all(axis=0), table.std(axis=0), 0.0)
    grids = tuple(
        shared_grid(table[:, column], *[each[:, column] for each in rest])
        if is_known[:, column].any()
        else None
        for column in range(len(names))
    )
    return Reference(
        tuple(names), table, spread > 1e-12, grids, histograms, draws(families, REPLICATES, seed)
    )


def features_of(pieces: Sequence[Measured], count: int) -> NDArray[np.float64]:
    """(N, F) the features of pieces, NaN where one has none."""
    rows = [[np.nan if v is None else v for v in each.features] for each in pieces]
    return np.array(rows, np.float64).reshape(len(pieces), count)


def music_set(
    pieces: Sequence[Measured],
    histograms: dict[str, NDArray[np.float64]],
    people: Reference,
) -> MusicSet:
    """All that is said of a set; of none nothing. ``histograms`` are (N, D) by name, as the reference has them."""
    if not pieces:
        return MusicSet()
    table = features_of(pieces, len(people.names))
    weights = people.drawn[:, [each.like for each in pieces]]  # (R, N)
    found = _shares(pieces, weights)
    whole = ~np.isnan(table[:, people.used]).any(axis=1)
    if people.used.any() and whole.sum() >= FEWEST_PIECES and len(people.table) >= FEWEST_PIECES:
        found["frechet"] = _frechet(people, table[whole], weights[:, whole])
        found["overlap"] = _overlap(people, table[whole], weights[:, whole])
    return MusicSet(
        pieces=tuple(pieces),
        histograms={name: tuple(_short(rows.mean(axis=0))) for name, rows in histograms.items()},
        likeness=_likeness(people, table, histograms),
        figures={name: value for name, (value, _) in found.items()},
        replicates={name: tuple(_short(drawn)) for name, (_, drawn) in found.items()},
    )


def without_scores(found: MusicSet) -> MusicSet:
    """The set of the human pieces themselves, which is like itself by definition."""
    kept = {name: value for name, value in found.figures.items() if name not in ("frechet", "overlap")}  # fmt: skip
    drawn = {name: found.replicates[name] for name in kept}
    return replace(found, likeness={}, figures=kept, replicates=drawn)


# --- figures with their replicates -----------------------------------------------------------------


Figure = tuple[float, NDArray[np.float64]]
"""A figure, and the same in every draw."""


def _shares(pieces: Sequence[Measured], weights: NDArray) -> dict[str, Figure]:
    """Means over pieces of what is true of each."""
    columns: dict[str, list[float]] = {
        "valid": [not each.faults for each in pieces],
        "trouble": [bool(each.findings) for each in pieces],
    }
    if any(each.borrowed for each in pieces):
        judged = [each.borrowed for each in pieces]
        columns["copied"] = [np.nan if b is None else b.verdict == COPIED for b in judged]
        shares = [None if b is None else b.shares[EIGHT] for b in judged]
        columns["borrowed"] = [np.nan if share is None else share for share in shares]
    found = {}
    for name, values in columns.items():
        column = np.array(values, np.float64)
        known = ~np.isnan(column)
        if known.any():
            found[name] = float(column[known].mean()), _means(column[known], weights[:, known])
    return found


def _means(values: NDArray[np.float64], weights: NDArray) -> NDArray[np.float64]:
    total = weights.sum(axis=1)
    return np.divide(weights @ values, total, out=np.full(len(weights), values.mean()), where=total > 0)  # fmt: skip


def _frechet(people: Reference, table: NDArray[np.float64], weights: NDArray) -> Figure:
    human, made, names = people.table[:, people.used], table[:, people.used], _used_names(people)
    value = frechet_distance(human, made, names).value
    drawn = np.full(len(weights), value)
    for row, times in enumerate(weights):
        if times.sum() >= FEWEST_PIECES:
            drawn[row] = frechet_distance(human, np.repeat(made, times, axis=0), names).value
    return value, drawn


def _overlap(people: Reference, table: NDArray[np.float64], weights: NDArray) -> Figure:
    """Densities of all draws at once: a draw weighs the same bell curves otherwise."""
    value, drawn = 0.0, np.zeros(len(weights))
    columns = np.flatnonzero(people.used)
    total = np.maximum(weights.sum(axis=1), 1)
    for column in columns:
        grid = people.grids[column]
        assert grid is not None  # every human piece has this feature
        human = density(people.table[:, column], grid)
        bells = np.stack([density([v], grid) for v in table[:, column]])  # (N, POINTS)
        value += overlap_area(human, bells.mean(axis=0))
        drawn += np.minimum(human, (weights @ bells) / total[:, np.newaxis]).sum(axis=1)
    return value / len(columns), drawn / len(columns)


def _likeness(
    people: Reference, table: NDArray[np.float64], histograms: dict[str, NDArray[np.float64]]
) -> dict[str, Likeness]:
    found = {}
    for column, name in enumerate(people.names):
        grid, values = people.grids[column], table[:, column]
        if grid is not None and not np.isnan(values).all():
            human = people.table[:, column]
            ours, theirs = density(values, grid), density(human, grid)
            found[name] = Likeness(
                _round(overlap_area(theirs, ours)), _round(kl_divergence(theirs, ours)),
                _of_sets(human[:, np.newaxis], values[:, np.newaxis]),
            )  # fmt: skip
    for name, rows in histograms.items():
        human = people.histograms[name]
        ours, theirs = rows.mean(axis=0), human.mean(axis=0)
        found[name] = Likeness(
            _round(overlap_area(theirs, ours)), _round(kl_divergence(theirs, ours)), _of_sets(human, rows)
        )  # fmt: skip
    return found


def _of_sets(human: NDArray[np.float64], made: NDArray[np.float64]) -> float | None:
    try:
        return _round(compare_sets(human, made).overlap)
    except ValueError:  # too few pieces that have it
        return None


def _used_names(people: Reference) -> list[str]:
    return [name for name, chosen in zip(people.names, people.used, strict=True) if chosen]


def _short(values: NDArray[np.float64]) -> list[float]:
    return [_round(value) for value in values.ravel()]


def _round(value: float) -> float:
    """Six digits: what is kept in a file is read by people."""
    return float(f"{value:.6g}")
