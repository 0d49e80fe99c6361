"""Training: asking for it, watching it, stopping it, going on with it."""

import math
import re
import secrets
import shlex
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.controls import CONTROLS, counted, learnable
from workbench.core.augmentation import stretches
from workbench.core.dataset import DatasetVersion
from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.packing import write_scores
from workbench.core.records import to_json
from workbench.core.runs import (
    EVENTS_FOLDER,
    FAILED,
    INTERRUPTED,
    RUNNING,
    STOPPED,
    Checkpoint,
    EpochMetrics,
    TrainingRun,
)
from workbench.core.settings import applicable, describe, validated
from workbench.core.specs import TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.core.training_settings import EVERYTHING
from workbench.jobs.encoding import DATASET_FILE, LABELS_FILE, write_labels
from workbench.services import activity, datasets, models, remembering
from workbench.store import open_store
from workbench.store.jobs import Job
from workbench.tokenizers import TOKENIZERS, TokenizerKind, unlearned
from workbench.tokenizers import make as make_tokenizer
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES, PRESETS, Architecture

Values = dict[str, Any]
FIT_PIECES = 300
FIT_SECONDS = 10.0


@dataclass(frozen=True)
class Watch:
    """A run as somebody watches it."""

    run: TrainingRun
    job: Job
    epochs: list[EpochMetrics]
    steps: list[dict[str, Any]]

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take at the pace of the last epochs; None while nobody can tell."""
        if self.run.state != RUNNING or not self.epochs:
            return None
        reached = max(self.run.epoch, self.steps[-1].get("epoch", 0) if self.steps else 0)
        lately = self.epochs[-3:]
        pace = sum(epoch.seconds for epoch in lately) / len(lately)
        return max(0.0, (self.run.spec.training.epochs - reached) * pace)


@dataclass(frozen=True)
class Fit:
    """What a tokenizer can say of a dataset."""

    pieces: int
    """That were looked at, evenly over the dataset."""
    said: int
    reasons: dict[str, int]
    """Why the others cannot be said, with how many share it; the commonest first."""
    of: int
    """Pieces in the dataset."""


def architectures(tokenizer: TokenizerSpec | None = None) -> list[Architecture]:
    """What can be trained; on music that is put by a tokenizer, only what suits it."""
    if tokenizer is None:
        return list(ARCHITECTURES)
    vocabulary = make_tokenizer(tokenizer).vocabulary
    return [each for each in ARCHITECTURES if each.suits(vocabulary) is None]


def tokenizers() -> list[TokenizerKind]:
    """How music can be put to a model."""
    return list(TOKENIZERS)


def preset(
    architecture: Architecture, tokenizer: TokenizerKind, size: str
) -> tuple[Values, Values]:
    """Settings of the architecture and of training to begin with; what suits the tokenizer goes before, but for
    architectures that fill holes.

    ``size`` is one of ``zoo.PRESETS``.
    """
    if size not in architecture.presets:
        raise InvalidSetting(f"There is no size {size!r}; choose one of {', '.join(PRESETS)}.")
    chosen = architecture.presets[size]
    if architecture.is_orderless:  # windows and batches of tokens are not what it reads
        return dict(chosen.model), {**tokenizer.training, **chosen.training}
    return dict(chosen.model), {**chosen.training, **tokenizer.training}


def sort_settings(
    architecture: str, tokenizer: str, values: Mapping[str, Any], *, size: str = "small"
) -> tuple[Values, Values, Values]:
    """Deal named settings to the architecture, the tokenizer and the training, in that order.

    What is not named is as the preset of that size has it.

    Raises ``InvalidSetting`` for a name that none of them has.
    """
    model, language = ARCHITECTURES.get(architecture), TOKENIZERS.get(tokenizer)
    classes = (model.settings, language.settings, TrainingSettings)
    of_model, of_training = preset(model, language, size)
    dealt: tuple[Values, Values, Values] = (of_model, {}, of_training)
    known = [{field.name for field in describe(cls)} for cls in classes]
    for name, value in values.items():
        owner = next((i for i, names in enumerate(known) if name in names), None)
        if owner is None:
            everything = ", ".join(sorted(set().union(*known)))
            raise InvalidSetting(f"There is no setting {name!r}. There are: {everything}.")
        dealt[owner][name] = value
    own = {name: value for name, value in dealt[2].items() if name in values}
    preset_too = applicable(TrainingSettings, dealt[2])
    return dealt[0], dealt[1], {**preset_too, **own}


def fit_of(workspace: Workspace, dataset: str, tokenizer: TokenizerSpec) -> Fit:
    """How much of a dataset a tokenizer can say, before anything is trained.

    Looks at no more than ``FIT_PIECES`` pieces, evenly over the dataset, and for no longer than ``FIT_SECONDS``.
    A piece in stretches counts as said where one of these is, as in training.
    """
    language = make_tokenizer(tokenizer)
    version = datasets.get(workspace, dataset)
    step = max(1, math.ceil(len(version.pieces) / FIT_PIECES))
    ends = time.monotonic() + FIT_SECONDS
    reasons: Counter[str] = Counter()
    looked_at = 0
    with open_store(workspace) as store:
        for piece in version.pieces[::step]:
            if time.monotonic() > ends:
                break
            looked_at += 1
            refusals: list[str] = []
            parts = stretches(store.pieces.score(piece), version.window_bars)
            for part in parts:
                try:
                    language.encode(part)
                    break
                except CannotEncode as error:
                    refusals.append(str(error))
            else:
                reasons[_reason(refusals[0] if refusals else "It has no notes.")] += 1
    return Fit(
        looked_at, looked_at - reasons.total(), dict(reasons.most_common()), len(version.pieces)
    )


def _reason(sentence: str) -> str:
    """The sentence without what is special to one piece, so that it can be counted."""
    keyless = re.sub(r"\bin [A-G][#b]* [a-z]+(?=[;.])", "in its key", sentence)
    return re.sub(r"\d+([./]\d+)?", "…", keyless)


@dataclass(frozen=True)
class Asked:
    """A spec that was checked at the door, with all that it depends on."""

    spec: TrainingSpec
    dataset: DatasetVersion
    initial: Path | None


def checked(workspace: Workspace, spec: TrainingSpec) -> Asked:
    """Check a spec at the door, and fill in what it leaves open.

    Raises
    ------
    WorkbenchError
        For an unknown dataset, tokenizer or architecture, a tokenizer that does not suit the architecture, a setting out of range, a dataset without
        a validation split, or weights to start from that belong to another kind of model.
    """
    tokenizer = make_tokenizer(spec.tokenizer)
    ARCHITECTURES.get(spec.model.architecture).check_suits(tokenizer.vocabulary)
    settings = validated(ARCHITECTURES.get(spec.model.architecture).settings, spec.model.settings)
    with open_store(workspace) as store:
        dataset = store.datasets.get(spec.dataset)
        if not dataset.members("valid"):
            raise InvalidSetting(
                f"The dataset {dataset.id} has no validation pieces, so nobody could tell when to stop; "
                "make one with a larger share for valid."
            )
    language = _language(workspace, spec, dataset, to_json(tokenizer.settings))
    resolved = TrainingSpec(
        dataset=dataset.id,
        tokenizer=language,
        controls=tuple(language.controls),
        model=type(spec.model)(spec.model.architecture, to_json(settings)),
        training=validated(TrainingSettings, to_json(spec.training)),
        start_from=spec.start_from,
    )
    if spec.training.tune != EVERYTHING and not spec.start_from:
        raise InvalidSetting(
            "There is no trained model of which a part could be tuned; choose one to begin with, or tune all."
        )
    initial = models.weights(workspace, spec.start_from, resolved) if spec.start_from else None
    return Asked(resolved, dataset, initial)


def start(workspace: Workspace, spec: TrainingSpec) -> str:
    """Check a spec at the door (:func:`checked`), lay out the run's folder, and queue the run; its id."""
    asked = checked(workspace, spec)
    resolved, dataset = asked.spec, asked.dataset
    run = f"{resolved.model.architecture}-{secrets.token_hex(3)}"
    shared = lay_out(workspace, asked, workspace.runs / run)
    job_spec = {"run": run, "spec": to_json(resolved), **shared}
    title = f"Training {ARCHITECTURES.get(resolved.model.architecture).title} on {dataset.id}"
    with open_store(workspace) as store, store.db.atomic():
        job = store.jobs.add("train", "train", job_spec, title=title)
        store.runs.add(run, resolved, job=job, dataset_fingerprint=dataset.fingerprint)
    return run


def lay_out(workspace: Workspace, asked: Asked, folder: Path) -> dict[str, Any]:
    """Make a folder with the music to learn from, and what the model is to be told of it.

    Gives what a training's job must know besides run and spec: it is the same for all runs with such a folder.
    """
    folder.mkdir(parents=True)
    dataset, spec = asked.dataset, asked.spec
    known = _known_before(workspace, spec.start_from, dataset)
    with open_store(workspace) as store:
        members = store.datasets.scores(dataset.id)
        music = ((f"{split}/{p}", data) for p, split, data in members if p not in known)
        write_scores(folder / DATASET_FILE, music)
    if spec.controls:
        told = datasets.labels(workspace, dataset, spec.controls)
        if spec.start_from:
            told = remembering.labels(workspace, spec.start_from, spec.controls) | told
        write_labels(folder / LABELS_FILE, told)
    remembered = (
        remembering.lay_out(workspace, spec.start_from, dataset, folder)
        if spec.start_from
        else None
    )
    return {
        "remembered": remembered,
        "known": len(known),
        "initial": str(asked.initial) if asked.initial else None,
        "dataset_fingerprint": dataset.fingerprint,
        "augmentation": to_json(dataset.augmentation),
        "window_bars": dataset.window_bars,
    }


def _known_before(
    workspace: Workspace, start_from: str | None, dataset: DatasetVersion
) -> set[str]:
    """The test pieces that a model to start from has heard, or one of their family: they are none for what goes on from it."""
    if not start_from:
        return set()
    return remembering.heard_among(workspace, [start_from], dataset.members("test"))[start_from][0]


def _language(
    workspace: Workspace, spec: TrainingSpec, dataset: DatasetVersion, settings: Values
) -> TokenizerSpec:
    """The tokenizer with the controls that are asked for, or as the model to start from has it."""
    if spec.controls and not ARCHITECTURES.get(spec.model.architecture).takes_controls:
        raise InvalidSetting(
            f"The {spec.model.architecture} model cannot be told anything of a piece; choose another, or leave "
            "the controls out."
        )
    language = unlearned(TokenizerSpec(spec.tokenizer.name, settings))
    if spec.start_from:
        language = models.language(workspace, spec.start_from, language)
        if spec.training.tune == EVERYTHING:  # labels that are new need rows that learn
            language = _with_new_labels(workspace, dataset, language)
    else:
        known = _known(workspace, dataset, spec.controls)
        language = replace(language, controls={name: tuple(known[name]) for name in known})
    if unknown := [name for name in spec.controls if name not in language.controls]:
        raise InvalidSetting(
            f"{spec.start_from} was not trained with the {unknown[0]}; leave it out, or train from the beginning."
        )
    return language


def _with_new_labels(
    workspace: Workspace, dataset: DatasetVersion, language: TokenizerSpec
) -> TokenizerSpec:
    """With what a dataset can teach beyond the labels that a model knows, behind these."""
    if not language.controls:
        return language
    known = controls_of(workspace, dataset)
    grown = {
        name: labels + tuple(each for each in known.get(name, ()) if each not in labels)
        for name, labels in language.controls.items()
    }
    return replace(language, controls=grown)


def controls_of(workspace: Workspace, dataset: DatasetVersion) -> dict[str, dict[str, int]]:
    """What a model can be told of the pieces of a dataset: training pieces by control and label."""
    counts = counted(datasets.labels(workspace, dataset, split="train").values())
    known = learnable(counts)
    return {name: {label: counts[name][label] for label in known[name]} for name in known}


def _known(
    workspace: Workspace, dataset: DatasetVersion, asked: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Of :func:`controls_of` those that are asked for; ``InvalidSetting`` for one that nothing can be learned of."""
    if not asked:
        return {}
    for name in asked:
        CONTROLS.get(name)  # refuses a name that is none
    known = controls_of(workspace, dataset)
    for name in asked:
        if name not in known:
            told = ", ".join(known) or "nothing"
            raise InvalidSetting(
                f"The pieces of {dataset.id} differ too little in their {name}, or it is not known of them; "
                f"tag them, or leave it out. A model can be told here: {told}."
            )
    return {name: known[name] for name in dict.fromkeys(asked)}


def launch(workspace: Workspace, run: str) -> None:
    """See to it that a trainer takes the run."""
    activity.launch(workspace, job(workspace, run))


def stop(workspace: Workspace, run: str) -> None:
    """Ask a run to stop; it does within seconds and keeps its best weights. It ends at once where it waited, or its trainer is gone."""
    activity.stop(workspace, job(workspace, run))


def resume(workspace: Workspace, run: str) -> None:
    """Queue a stopped or failed run again; it goes on from its last checkpoint. One that was interrupted waits for that already.

    A trial of a sweep that has ended goes on by itself: the sweep has its figure, and it is ended early no more.
    """
    # One transaction: of two who resume at once the second finds it queued.
    with activity.open_current(workspace) as store, store.db.atomic():
        record = store.runs.get(run)
        if record.state == INTERRUPTED:
            return
        if record.state not in (STOPPED, FAILED):
            raise InvalidSetting(
                f"The run {run} is {record.state}; only a stopped run can be resumed."
            )
        if record.is_brought:
            raise InvalidSetting(
                f"The run {run} was trained elsewhere and its music is there; train a new run that goes on from it."
            )
        old = store.jobs.get(store.runs.job(run))
        spec = {name: value for name, value in old.spec.items() if name != "trial"}
        store.runs.set_job(run, store.jobs.add(old.kind, old.lane, spec, title=old.title))


def get(workspace: Workspace, run: str) -> TrainingRun:
    """A run as it is now."""
    with activity.open_current(workspace) as store:
        return store.runs.get(run)


def job(workspace: Workspace, run: str) -> str:
    """Id of the job that does the work of a run."""
    with open_store(workspace) as store:
        return store.runs.job(run)


def runs(workspace: Workspace, *, limit: int = -1) -> list[TrainingRun]:
    """Every run, the newest first."""
    with activity.open_current(workspace) as store:
        return store.runs.all(limit)


def count(workspace: Workspace) -> int:
    """How many runs there are."""
    with open_store(workspace) as store:
        return store.runs.count()


def watch(workspace: Workspace, run: str, *, steps: int = 1000) -> Watch:
    """A run with its job, its epochs, and about so many moments within them."""
    with activity.open_current(workspace) as store:
        return Watch(
            run=store.runs.get(run),
            job=store.jobs.get(store.runs.job(run)),
            epochs=store.runs.epochs(run),
            steps=store.runs.steps(run, steps),
        )


def history(workspace: Workspace, run: str) -> list[EpochMetrics]:
    """What each epoch measured."""
    with open_store(workspace) as store:
        return store.runs.epochs(run)


def steps(workspace: Workspace, run: str, *, limit: int = 1000) -> list[dict[str, Any]]:
    """Moments within epochs, thinned to about ``limit``: step, loss, tokens a second."""
    with open_store(workspace) as store:
        return store.runs.steps(run, limit)


def checkpoints(workspace: Workspace, run: str) -> list[Checkpoint]:
    """The weights a run kept."""
    with open_store(workspace) as store:
        return store.runs.checkpoints(run)


def tensorboard(workspace: Workspace, run: str) -> str | None:
    """The command that shows a run's curves in TensorBoard; None where it has written no events."""
    folder = workspace.runs / run / EVENTS_FOLDER
    return shlex.join(["tensorboard", "--logdir", str(folder)]) if folder.is_dir() else None
