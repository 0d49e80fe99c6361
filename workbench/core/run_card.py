"""What a run depended on and came to, on one page: as JSON for programs, as Markdown for people.

What a model card (:mod:`workbench.core.model_card`) says too has the same name here: ``model``, ``tokenizer``, ``parameters``,
``epoch``, ``valid_loss``, ``versions``. Settings are those that the run was asked for: a vocabulary that is learned from the
training split is learned again by who trains it again.
"""

import shlex
from dataclasses import dataclass, field
from typing import Any

from workbench.core.augmentation import NONE, Augmentation
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings

FORMAT = 1


@dataclass(frozen=True)
class DatasetCard:
    """The dataset version of a run. The fingerprint tells whether another one is the same music in the same splits."""

    id: str
    fingerprint: str
    query: str
    ratios: tuple[int, int, int]
    """Shares of train, valid and test, in per cent."""
    seed: int
    """Of the dealing into splits."""
    stratify: str
    least_notes: int
    window_bars: int
    pieces: dict[str, int]
    """By split."""
    licences: dict[str, int]
    """Pieces by the name of their licence."""
    augmentation: Augmentation = NONE


@dataclass(frozen=True)
class RunCard:
    """A run, in words and numbers."""

    run: str
    title: str
    state: str
    dataset: DatasetCard
    tokenizer: TokenizerSpec
    model: ModelSpec
    training: TrainingSettings
    controls: tuple[str, ...] = ()
    start_from: str | None = None
    seeds: dict[str, int] = field(default_factory=dict)
    """All that decide the result: ``dataset`` deals the splits, ``training`` the weights and the order of batches."""
    parameters: int | None = None
    epoch: int | None = None
    """The epoch whose weights were kept."""
    epochs: int = 0
    """That were trained."""
    valid_loss: float | None = None
    """Nats per token on the validation split, of the weights that were kept."""
    evaluation: dict[str, Any] = field(default_factory=dict)
    """On the test split, beside the n-gram."""
    versions: dict[str, str] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    created: str = ""
    started: str | None = None
    ended: str | None = None
    seconds: float = 0.0
    """That its epochs took."""
    cpu_seconds: float | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the files that compose."""
    format: int = FORMAT

    def command(self) -> str:
        """What to type to train it again, where the dataset is there."""
        settings = {**vars(self.training), **self.tokenizer.settings, **self.model.settings}
        words = ["python", "-m", "workbench", "train", "--dataset", self.dataset.id]
        words += ["--architecture", self.model.architecture, "--tokenizer", self.tokenizer.name]
        words += ["--set", *(f"{name}={value}" for name, value in settings.items())]
        words += ["--controls", *self.controls] if self.controls else []
        words += ["--from", self.start_from] if self.start_from else []
        return shlex.join(words)


def markdown(card: RunCard) -> str:
    """The card for people."""
    dataset = card.dataset
    sections = [
        f"# {card.title}\n\nRun `{card.run}`, {card.state}."
        + (f"\n\n{card.note}" if card.note else ""),
        _table(
            {
                "architecture": f"{card.model.architecture}: {_listed(card.model.settings)}",
                "tokenizer": f"{card.tokenizer.name}: {_listed(card.tokenizer.settings)}",
                "told of every piece": ", ".join(card.controls),
                "began with the weights of": card.start_from,
                "training": _listed(vars(card.training)),
                "seeds": _listed(card.seeds),
                "parameters": card.parameters and f"{card.parameters:,}",
                "epochs": card.epoch and f"{card.epochs}, kept {card.epoch}",
                "validation loss": card.valid_loss and f"{card.valid_loss:.4f} nats per token",
                "begun, ended": f"{card.started or '–'}, {card.ended or '–'} (UTC)",
                "time": f"{card.seconds:.1f} s in epochs" + _processor_time(card.cpu_seconds),
                "software": _listed(card.versions),
                "machine": _listed(card.machine),
                "tags": ", ".join(card.tags),
                "files": ", ".join(
                    f"`{name}` SHA-256 `{digest}`" for name, digest in card.files.items()
                ),
            }
        ),
        "## Data",
        _table(
            {
                "dataset": dataset.id,
                "fingerprint": f"`{dataset.fingerprint}`",
                "pieces": _listed(dataset.pieces),
                "query": f"`{dataset.query}`" if dataset.query else "all pieces",
                "split": f"{'/'.join(map(str, dataset.ratios))}, seed {dataset.seed}",
                "stratified by": dataset.stratify,
                "least notes": dataset.least_notes,
                "stretches of bars": dataset.window_bars,
                "heard also": _listed(vars(dataset.augmentation)) if dataset.augmentation else "",
                "licences": "; ".join(f"{name} ({n:,})" for name, n in dataset.licences.items()),
            }
        ),
        "## Held-out music",
        _held_out(card.evaluation),
        "## Made with",
        f"```\n{card.command()}\n```",
    ]
    return "\n\n".join(sections) + "\n"


def _processor_time(seconds: float | None) -> str:
    return "" if seconds is None else f", {seconds:.1f} s of the processor in all"


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _table(values: dict[str, Any]) -> str:
    """Names and values; what is empty is left out."""
    said = {name: str(value).replace("|", r"\|") for name, value in values.items() if value}
    rows = "\n".join(f"| {name} | {value} |" for name, value in said.items())
    return f"| | |\n|---|---|\n{rows}"


def _held_out(evaluation: dict[str, Any]) -> str:
    named = {"this model": evaluation.get("test"), "n-gram baseline": evaluation.get("baseline")}
    rows = [
        f"| {name} | {found['nats_per_quarter']:.4f} | {found['nats_per_token']:.4f} | {found['accuracy']:.1%} |"
        for name, found in named.items()
        if found
    ]
    if not rows:
        return "No figures were taken."
    test = evaluation["test"]
    head = "| | nats per quarter note | nats per token | accuracy |\n|---|---:|---:|---:|\n"
    words = f"\n\n{test['pieces']:,} pieces, {test['quarters']:,.0f} quarter notes."
    words += f" This model's figures are a {test['estimate']}." if test.get("estimate") else ""
    return head + "\n".join(rows) + words
