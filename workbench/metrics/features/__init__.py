"""Features: what a piece is like, in numbers that a music teacher can read. One family a file, found by discovery.

A feature is a plain function ``Score -> float`` under the decorator :func:`feature`. It states its unit, its range, where its
definition comes from and what more of it means. The first paragraph of its docstring is the definition, what follows says how it
differs from the source. Where a score says nothing of it (voice leading of a single voice) it is NaN; a score
without any pitched note has no features at all.

No feature is a mark out of ten. A figure means something beside that of human music of the same kind, and only there.

Copy one of ``pitch.py``. The contract (``tests/metrics/test_features.py``) holds every feature to its range on real music, and to
NaN where there is no music.

References
----------
Dong, Chen, McAuley & Berg-Kirkpatrick, "MusPy: A Toolkit for Symbolic Music Generation", ISMIR 2020.
Yang & Lerch, "On the evaluation of generative models in music", Neural Computing and Applications 32, 2020 (MGEval).
Wu & Yang, "The Jazz Transformer on the Front Line", ISMIR 2020 (MusDr).
"""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.registry import Registry
from workbench.core.score import Score
from workbench.metrics.lines import pitched

FEATURES_VERSION = 2
"""Counts changes to what is computed; a bench says which it was measured with."""

MUSPY = "Dong et al., MusPy, ISMIR 2020"
MGEVAL = "Yang & Lerch, MGEval, Neural Computing and Applications 2020"
MUSDR = "Wu & Yang, MusDr, ISMIR 2020"

Measure = Callable[[Score], float]


@dataclass(frozen=True)
class Feature:
    """One measure of a piece, with all that is needed to read it."""

    name: str
    title: str
    family: str
    """The file it stands in, in words: ``voice leading``."""
    unit: str
    low: float
    high: float
    """The range of its values; ``high`` is infinite where nothing bounds it."""
    source: str
    reading: str
    """What more of it means, in a sentence."""
    definition: str
    differs: str
    """How it differs from its source; empty where it does not."""
    measure: Measure

    def of(self, score: Score) -> float:
        """The figure of a score, in ``unit``; NaN where the score says nothing of it."""
        return float(self.measure(score)) if len(pitched(score)) else math.nan


FEATURES: Registry[Feature] = Registry("music feature", __name__)


def feature(
    name: str,
    *,
    title: str,
    unit: str,
    source: str,
    reading: str,
    low: float = 0.0,
    high: float = math.inf,
) -> Callable[[Measure], Measure]:
    """Register the decorated function, whose docstring is the definition and, below it, the differences."""

    def register(measure: Measure) -> Measure:
        paragraphs = (inspect.getdoc(measure) or "").split("\n\n")
        definition, *differs = [" ".join(each.split()) for each in paragraphs]
        family = measure.__module__.rpartition(".")[2].replace("_", " ")
        FEATURES.register(
            name,
            Feature(
                name, title, family, unit, low, high, source, reading, definition,
                " ".join(differs), measure,
            ),
        )  # fmt: skip
        return measure

    return register


def features(score: Score) -> dict[str, float]:
    """Every feature of a score by its name; NaN where the score says nothing of it."""
    return {each.name: each.of(score) for each in FEATURES}


def feature_table(scores: Sequence[Score], names: Sequence[str]) -> NDArray[np.float64]:
    """(N, F) the features of those names, a row a score."""
    chosen = [FEATURES.get(name) for name in names]
    rows = [[each.of(score) for each in chosen] for score in scores]
    return np.array(rows, np.float64).reshape(len(scores), len(chosen))
