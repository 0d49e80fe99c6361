"""What a person may ask a piece to come near to, and how near it comes.

A goal is a feature (``metrics.features``) and a figure of it, in the feature's unit. Nothing makes a model reach it: several
pieces are drawn, and the one that comes nearest is kept. The *distance* of a piece is the mean over its goals of the squared
difference, each counted in spreads of human music: 1 is one spread off in every goal. A figure that a piece
has not (of too few notes) counts as ``UNKNOWN`` spreads.

The means and spreads (standard deviations) were measured on music that comes with the workbench: every fourth of Ryan's Mammoth
Collection for melodies, every fourth of Bach's chorales for music in voices (``tests/benchmarks/human_goals.py``). They are no
marks: what is usual there need not be what is good. Fiddle tunes hardly ever syncopate, so syncopation is counted in fixed steps.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from workbench.core.errors import InvalidSetting
from workbench.core.score import Score
from workbench.metrics.features import FEATURES, Feature

UNKNOWN = 3.0
"""Spreads."""
MOST_CANDIDATES = 16


@dataclass(frozen=True)
class Goal:
    """One thing to come near to."""

    name: str
    title: str
    feature: str
    melody: tuple[float, float]
    """Mean and spread among melodies; NaN where a melody has no such thing."""
    voices: tuple[float, float]
    """The same of music in several voices."""

    @property
    def measure(self) -> Feature:
        """The feature, with unit and definition."""
        return FEATURES.get(self.feature)

    def usual(self, *, is_melody: bool) -> tuple[float, float]:
        """Mean and spread of human music."""
        return self.melody if is_melody else self.voices


NONE = (math.nan, math.nan)
GOALS = {
    each.name: each
    for each in (
        Goal("density", "Density", "notes-per-bar", (7.1, 1.0), (17.6, 3.5)),
        Goal("syncopation", "Syncopation", "syncopation", (0.0, 0.05), (0.01, 0.05)),
        Goal("leaps", "Leaps", "leaps", (0.18, 0.1), (0.16, 0.03)),
        Goal("dissonance", "Dissonance", "dissonance", NONE, (0.13, 0.03)),
        Goal("repetition", "Repetition", "repeats-next-bar", (0.08, 0.06), (0.1, 0.02)),
        Goal("rise", "Rise", "rise", (0.22, 0.27), (-0.03, 0.26)),
        Goal("arch", "Arch", "arch", (0.11, 0.19), (0.15, 0.24)),
    )
}


def check_goals(goals: Mapping[str, float], candidates: int, *, is_melody: bool) -> None:
    """Raise ``InvalidSetting`` for a goal that is none, a figure beyond its range, or candidates that nothing ranks."""
    if not 1 <= candidates <= MOST_CANDIDATES:
        raise InvalidSetting(
            f"{candidates} candidates cannot be drawn; choose 1 to {MOST_CANDIDATES}."
        )
    if candidates > 1 and not goals:
        raise InvalidSetting(
            f"{candidates} candidates are ranked by how near they come to goals, but none is set; set one, or draw 1."
        )
    for name, asked in goals.items():
        if name not in GOALS:
            raise InvalidSetting(f"There is no goal {name!r}; choose among {', '.join(GOALS)}.")
        if math.isnan(GOALS[name].usual(is_melody=is_melody)[0]):
            raise InvalidSetting(f"A melody alone has no {name}; leave it out.")
        measure = GOALS[name].measure
        if not (math.isfinite(asked) and measure.low <= asked <= measure.high):
            raise InvalidSetting(
                f"A {name} of {asked:g} {measure.unit} is out of range; choose {measure.low:g} to {measure.high:g}."
            )


def figures(score: Score, names: Iterable[str]) -> dict[str, float | None]:
    """What a score has of each goal; None where it has no such figure."""
    found = {name: GOALS[name].measure.of(score) for name in names}
    return {name: None if math.isnan(value) else value for name, value in found.items()}


def distance(
    found: Mapping[str, float | None], goals: Mapping[str, float], *, is_melody: bool
) -> float:
    """How far a piece with these figures is from the goals; 0 is there."""
    off = []
    for name, asked in goals.items():
        value, (_, spread) = found[name], GOALS[name].usual(is_melody=is_melody)
        off.append(UNKNOWN if value is None else (value - asked) / spread)
    return float(np.mean(np.square(off)))
