"""The musical side of a bench: pieces composed under the plans of human ones, and what they and the human ones are like."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import counted_bars
from workbench.core.bench import Borrowed, Copied, Measured
from workbench.core.errors import CannotEncode
from workbench.core.model_card import ModelCard, read_card
from workbench.core.report import Report, SilentReport
from workbench.core.score import Score
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import Plan, Tokenizer
from workbench.jobs.promises import broken_promises
from workbench.jobs.requests import check_vocabulary, plan_for, usual, usual_chances
from workbench.jobs.writing import write
from workbench.metrics.collapse import findings
from workbench.metrics.distributions import DISTRIBUTIONS
from workbench.metrics.facts import facts
from workbench.metrics.features import FEATURES
from workbench.metrics.human_baseline import Baseline, judge
from workbench.metrics.originality import Index, Passage, borrowing
from workbench.tokenizers import make

NAMES = tuple(FEATURES.names())


@dataclass(frozen=True, eq=False)
class Training:
    """What originality is measured against."""

    pieces: Sequence[str]
    """Ids, by the numbers of the index."""
    index: Index
    baseline: Baseline | None
    """None where the training split has too few families to tell what people borrow."""


@dataclass(frozen=True, eq=False)
class Looked:
    """A piece with all that is measured of it."""

    score: Score
    measured: Measured
    histograms: dict[str, NDArray[np.float64]]
    """By the name of a distribution, in one row."""


def look(
    score: Score,
    training: Training,
    *,
    like: int,
    seed: int = 0,
    plan: Plan | None = None,
    tokens: int = 0,
    seconds: float = 0.0,
    without: int | None = None,
) -> Looked:
    """Measure a piece: of a composition, whose plan is given, also whether it keeps its promises; of a training piece, whose family is
    given as ``without``, what it borrows from others.
    """
    values = [each.of(score) for each in FEATURES]
    measured = Measured(
        like=like,
        seed=seed,
        features=tuple(_known(value) for value in values),
        faults=broken_promises(score, plan) if plan else (),
        findings=tuple(each.name for each in findings(score) if each.is_wrong),
        borrowed=borrowed_by(score, training, without),
        tokens=tokens,
        seconds=seconds,
    )
    drawn = {name: measure(score).ravel() for name, measure in DISTRIBUTIONS.items()}
    return Looked(score, measured, drawn)


def compositions(
    folder: Path,
    model: str,
    humans: Sequence[Score],
    count: int,
    seed: int,
    training: Training,
    report: Report,
) -> Iterator[Looked]:
    """So many pieces by the model in a folder, under the plans of the human pieces in turn; the n-th has the seed ``seed + n``.

    Plans that the model cannot follow (it never heard the meter, say) are passed over. Another thread looks at a piece while the next one is
    composed.
    """
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    plans = plans_like(model, humans, card, tokenizer)
    waiting: list[Future[Looked]] = []
    with ThreadPoolExecutor(1) as beside:
        for number in range(count if plans else 0):
            if report.should_stop():
                break
            like, request, plan = plans[number % len(plans)]
            request = replace(request, seed=seed + number)
            began = time.perf_counter()
            tokens, _, _ = write(folder, card, tokenizer, plan, request, SilentReport())
            seconds = time.perf_counter() - began
            score = tokenizer.decode(tokens, plan)
            waiting.append(
                beside.submit(
                    look, score, training,
                    like=like, seed=request.seed, plan=plan, tokens=len(tokens), seconds=seconds,
                )
            )  # fmt: skip
            while waiting and (waiting[0].done() or len(waiting) > 4):
                yield waiting.pop(0).result()
        for each in waiting:
            yield each.result()


def plans_like(
    model: str, humans: Sequence[Score], card: ModelCard, tokenizer: Tokenizer
) -> list[tuple[int, ComposeRequest, Plan]]:
    """The plans of the human pieces that a model can follow, with the numbers of the pieces."""
    found = []
    for number, score in enumerate(humans):
        said = facts(score)
        full = sum(bar.is_full for bar in counted_bars(score))
        request = ComposeRequest(
            model,
            bars=max(full, 1),
            key=said["key"],
            meter=said["meter"],
            tempo=said["tempo"],
            **usual(card),
            **usual_chances(card),
        )
        try:
            found.append((number, request, plan_for(request, card, tokenizer)))
        except CannotEncode:
            continue
    return found


def borrowed_by(score: Score, training: Training, without: int | None) -> Borrowed | None:
    """What of a piece is found in training; None where nothing tells what people borrow there."""
    if training.baseline is None:
        return None
    found = borrowing(score, training.index, without)
    near = found.nearest
    return Borrowed(
        tuple(_known(share) for share in found.shares),
        _known(found.cardinality),
        judge(found, training.baseline),
        _copied(found.longest, training) if found.longest else None,
        _copied(near.passage, training) if near else None,
        near.share if near else 0.0,
    )


def _copied(passage: Passage, training: Training) -> Copied:
    return Copied(
        training.pieces[passage.piece],
        passage.notes,
        passage.line,
        passage.start,
        passage.piece_line,
        passage.piece_start,
        passage.semitones,
    )


def _known(value: float) -> float | None:
    """What JSON has a word for."""
    return float(value) if np.isfinite(value) else None
