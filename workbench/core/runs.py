"""What happened: training runs, checkpoints, compositions, evaluations.

Each carries the spec that caused it, the seed, the versions of the software, and times, so that from a
composition one can walk back to the checkpoint, run, dataset version, pieces and licences.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.core.editing import NO_EDITS, NoteEdits
from workbench.core.records import to_json
from workbench.core.specs import ComposeRequest, TrainingSettings, TrainingSpec
from workbench.core.vocabulary import Plan

WAITING, RUNNING, STOPPING, INTERRUPTED, DONE, STOPPED, FAILED = (
    "waiting",
    "running",
    "stopping",
    "interrupted",
    "done",
    "stopped",
    "failed",
)
"""What a run can be. Interrupted is one whose trainer is gone: it waits to be gone on with, by the next trainer or by a person."""
ENDED = (DONE, STOPPED, FAILED)
BROUGHT = "bundle"
"""What a run was asked for by that was trained elsewhere and brought in."""

EVENTS_FOLDER = "tensorboard"
"""In a run's folder: event files for TensorBoard."""


@dataclass(frozen=True)
class EpochMetrics:
    """One line of a run's history. Losses are nats per token; what was not measured is None."""

    epoch: int
    train_loss: float
    """Mean of what was optimised: the plain cross-entropy, or the loss that the settings name in its place."""
    valid_loss: float | None
    """Always the plain cross-entropy; None for an epoch without a validation."""
    valid_accuracy: float | None
    learning_rate: float
    tokens_per_second: float
    seconds: float
    train_accuracy: float | None = None
    gradient_norm: float | None = None
    """Mean length of the gradients before clipping."""
    cpu_cores: float | None = None
    """Processor time over time."""
    memory_mb: float | None = None
    """What the trainer held at the end, in MB of 10^6 bytes."""

    @property
    def valid_perplexity(self) -> float | None:
        """Among how many tokens the model chose, as it were: e to the validation loss."""
        return None if self.valid_loss is None else math.exp(min(self.valid_loss, 700.0))


def best_of(history: Sequence[EpochMetrics]) -> EpochMetrics | None:
    """The epoch with the lowest validation loss, of equals the first; None where none was validated."""
    validated = [each for each in history if each.valid_loss is not None]
    return min(validated, key=lambda each: each.valid_loss or 0.0, default=None)


@dataclass(frozen=True)
class Checkpoint:
    """Weights that were kept. ``path`` is relative to the workspace's ``models`` folder."""

    run: str
    kind: str
    """``best``, ``last``, or ``epoch N`` for one that is kept by itself."""
    epoch: int
    valid_loss: float | None
    path: str


@dataclass(frozen=True)
class TrainingRun:
    """One training, from the asking to its end."""

    id: str
    spec: TrainingSpec
    state: str
    created: str
    started: str | None = None
    ended: str | None = None
    epoch: int = 0
    best_loss: float | None = None
    seconds: float = 0.0
    """That its epochs took, by the clock."""
    cpu_seconds: float | None = None
    """Processor time of the whole work, all cores added up; None where it was not measured."""
    parameters: int | None = None
    dataset_fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    """Where it was trained: system, processor, cores, bytes of memory."""
    evaluation: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    asked_by: str = ""
    """What asked for it, such as ``page`` or ``command line``."""
    note: str = ""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    archived: bool = False
    configuration: str = ""
    """The same for runs that differ in nothing but their seed; see :func:`configuration`."""

    @property
    def is_brought(self) -> bool:
        """Whether it was trained elsewhere: here are its model and its figures, but neither its music nor its last step."""
        return self.asked_by == BROUGHT

    def held_out(self, name: str = "test") -> float | None:
        """Nats a quarter note on the test pieces: of this model (``test``), or of the n-gram beside it (``baseline``)."""
        return self.evaluation.get(name, {}).get("nats_per_quarter")


def configuration(spec: TrainingSpec, dataset_fingerprint: str) -> str:
    """A name for all that a run depends on but its seed.

    Settings of training at their defaults are left out, so that the name stays when a setting comes to be.
    """
    words = to_json(spec)
    usual = to_json(TrainingSettings())
    words["training"] = {
        name: value
        for name, value in words["training"].items()
        if name != "seed" and value != usual[name]
    }
    text = json.dumps([words, dataset_fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


ORIGINS = {
    "another": "another seed",
    "again": "made again",
    "changed": "other settings",
    "like": "more like it",
    "begun": "begun with it",
    "edited": "edited by hand",
    "rest": "bars locked, the rest anew",
}
"""How a composition can come out of an earlier one, and the words for it."""


@dataclass(frozen=True)
class Kept:
    """What a person says of a composition."""

    rating: int = 0
    """Stars, 1 to 5; 0 where it was not rated."""
    note: str = ""
    tags: tuple[str, ...] = ()
    folder: str = ""
    """Where it is put, such as ``Waltzes/Sketches``; empty where nowhere."""
    deleted: str | None = None
    """When it went into the trash, where it is."""


@dataclass(frozen=True)
class Candidate:
    """One of several pieces that were drawn for a composition."""

    seed: int
    distance: float
    """From the goals, in squared spreads (``metrics.goals``); 0 is there."""
    figures: dict[str, float | None]
    """What it has of each goal."""


@dataclass(frozen=True)
class Composition:
    """A composed piece with all that made it, and what is said of it."""

    id: str
    request: ComposeRequest
    model_fingerprint: str
    """SHA-256 of the model file that was used: a retrained model is another model."""
    tokens: tuple[int, ...]
    """What the model wrote, before anything was edited."""
    plan: Plan
    created: str
    seconds: float
    title: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    """What was drawn, the nearest to the goals first, which is the composition; none where no goal was asked for."""
    parent: str = ""
    """Id of the composition it came out of; empty where of none."""
    origin: str = ""
    """How it came out of that: one of ``ORIGINS``."""
    kept: Kept = Kept()
    edits: NoteEdits = NO_EDITS
    """What a person changed in what the model wrote; with the request, all that is needed to make the piece again."""

    @property
    def is_by_hand(self) -> bool:
        """Whether a person edited the notes, here or in the bars that stayed."""
        locked = self.request.locked
        return self.edits != NO_EDITS or (locked is not None and locked.by_hand)


@dataclass(frozen=True)
class Evaluation:
    """Held-out likelihood of a model on one split of a dataset version.

    ``nats_per_quarter`` pools over whole pieces: total negative log-likelihood over total quarter
    notes. It compares models across tokenizers.
    """

    model: str
    dataset: str
    split: str
    pieces: int
    skipped: int
    """Pieces that the tokenizer has no way to say."""
    tokens: int
    quarters: float
    nats_per_token: float
    nats_per_quarter: float
    accuracy: float
    estimate: str = ""
    """How the figures were estimated; empty where they are exact, from left to right."""
    perplexity: float = 0.0
    """Per token."""
    moving_accuracy: float | None = None
    """Accuracy on the tokens with which a note or a rest begins."""
    parameters: int = 0
    seconds: float = 0.0
    """That the scoring took, without the baseline's."""
    baseline: dict[str, Any] = field(default_factory=dict)
    """The same figures of the n-gram of the dataset's training split, in the same tokens."""
