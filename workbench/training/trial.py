"""A short trial: what a step and a validation take, and how much memory, before a training is begun."""

import statistics
import time
from collections.abc import Sequence
from typing import Any

from workbench.core.report import Report
from workbench.core.specs import TrainingSettings
from workbench.core.trials import Measured
from workbench.core.vocabulary import TokenSequence, Vocabulary
from workbench.training.failures import explained
from workbench.training.meter import memory_mb
from workbench.training.network import Network
from workbench.training.objectives import objective
from workbench.zoo import Architecture

STEPS = 12
SECONDS = 6.0
"""After so long no further step is measured, but at least two are."""
MOST_TOKENS = 1_000_000
"""In a training split of repeated samples, which is made as large as the real one up to here."""


def measure(
    architecture: Architecture,
    settings: Any,
    vocabulary: Vocabulary,
    training: TrainingSettings,
    train: Sequence[TokenSequence],
    valid: Sequence[TokenSequence],
    of: tuple[float, float],
    report: Report,
) -> Measured:
    """Build the network as a training would, and let it learn for seconds.

    Parameters
    ----------
    train, valid
        Samples of the splits.
    of
        How many times as large the real splits are.
    """
    began = time.perf_counter()
    with explained():
        report.progress(0.2, "Building the network")
        network = Network(architecture, settings, vocabulary, training)
        tokens = sum(len(each.tokens) for each in train)
        times = max(1, min(round(of[0]), MOST_TOKENS // max(tokens, 1)))
        goal = objective(architecture, settings, vocabulary, training, list(train) * times)
        batches = [b for _, b in zip(range(STEPS), goal.epoch(training.seed, 1), strict=False)]
        batches = [batch for batch in batches if batch.counted.any()]
        report.progress(0.4, "Compiling")
        network.step(batches[0], training.learning_rate)
        compiled = time.perf_counter()
        report.progress(0.7, "Learning for a few seconds")
        seconds: list[float] = []
        while len(seconds) < STEPS and (len(seconds) < 2 or sum(seconds) < SECONDS):
            if report.should_stop():
                break
            step_began = time.perf_counter()
            network.step(batches[len(seconds) % len(batches)], training.learning_rate)
            seconds.append(time.perf_counter() - step_began)
        report.progress(0.9, "Scoring a few pieces")
        network.settle()
        for _ in range(2):  # the first one compiles
            score_began = time.perf_counter()
            goal.score(network, valid, lambda: not report.should_stop())
    return Measured(
        step_seconds=statistics.median(seconds or [compiled - began]),
        steps_an_epoch=round(goal.batches * of[0] / times) or 1,
        validation_seconds=(time.perf_counter() - score_began) * of[1],
        start_seconds=compiled - began,
        memory_mb=memory_mb(),
        parameters=network.parameters,
    )
