"""Training of models that count: once over the music, then scored like any other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core import forms
from workbench.core.files import written_whole
from workbench.core.model_card import ModelCard, file_digest, heard, write_card
from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.core.runs import Checkpoint, EpochMetrics
from workbench.core.specs import TrainingSpec
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.metrics.likelihood import likelihood
from workbench.training.versions import versions
from workbench.zoo import Architecture

SCORED_SIDE_BY_SIDE = 256
SCORED_TRAINING_PIECES = 200  # a counting model has seen them all: its training loss says little


@dataclass(frozen=True)
class Counted:
    """What counting came to."""

    parameters: int
    history: tuple[EpochMetrics, ...]


def train_counting(
    spec: TrainingSpec,
    architecture: Architecture,
    settings: Any,
    tokenizer: Tokenizer,
    train: Sequence[TokenSequence],
    valid: Sequence[TokenSequence],
    folder: Path,
    report: Report,
) -> Counted:
    """Fit, keep the model with its card, and report it as one epoch.

    The training loss is that of the first ``SCORED_TRAINING_PIECES`` pieces.
    """
    assert architecture.fit is not None  # it counts
    began = time.perf_counter()
    report.progress(0.0, "Counting")
    model = architecture.fit(settings, tokenizer.vocabulary, train)
    counting_seconds = time.perf_counter() - began
    report.progress(0.5, "Scoring the validation pieces")
    heard_before = likelihood(model, train[:SCORED_TRAINING_PIECES], SCORED_SIDE_BY_SIDE)
    unheard = likelihood(model, valid, SCORED_SIDE_BY_SIDE)
    tokens = sum(len(sequence.tokens) for sequence in train)
    metrics = EpochMetrics(
        epoch=1,
        train_loss=heard_before.nats_per_token,
        valid_loss=unheard.nats_per_token,
        valid_accuracy=unheard.accuracy,
        learning_rate=0.0,
        tokens_per_second=tokens / max(counting_seconds, 1e-9),
        seconds=time.perf_counter() - began,
    )
    path = folder / f"{architecture.name}.npz"
    with written_whole(path, report.holding) as partial:
        model.save(partial)
        sha256 = file_digest(partial)
    card = ModelCard(
        model=spec.model,
        tokenizer=spec.tokenizer,
        vocabulary=tokenizer.vocabulary,
        file=path.name,
        sha256=sha256,
        parameters=model.parameters,
        epoch=1,
        valid_loss=unheard.nats_per_token,
        heard=heard(train, forms.texts(tokenizer, train)),
        versions=versions(),
    )
    with report.holding():
        write_card(folder, card)
    report.event("epoch", to_json(metrics))
    where = f"{folder.parent.name}/{folder.name}/{path.name}"
    report.event(
        "checkpoint", to_json(Checkpoint(folder.name, "best", 1, metrics.valid_loss, where))
    )
    return Counted(model.parameters, (metrics,))
