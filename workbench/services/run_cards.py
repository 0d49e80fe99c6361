"""Run cards: all that a run depended on and came to, put together."""

import json
from contextlib import suppress
from pathlib import Path

from workbench.core.dataset import SPLITS
from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.model_card import read_card
from workbench.core.records import from_json, to_json
from workbench.core.run_bundle import DATASET_CARD_FILE
from workbench.core.run_card import DatasetCard, RunCard, markdown
from workbench.core.runs import TrainingRun
from workbench.store import Store, open_store
from workbench.tokenizers import unlearned
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

ENDINGS = (".json", ".md")


def card(workspace: Workspace, run: str) -> RunCard:
    """The card of a run, whatever its state. ``UnknownName`` for a run that there is not."""
    with open_store(workspace) as store:
        record = store.runs.get(run)
    dataset = dataset_card(workspace, run)
    spec = record.spec
    kept, files = None, {}
    with suppress(UnreadableFile):  # it has kept nothing yet
        model = read_card(workspace.runs / run)
        kept, files = model.epoch, {model.file: model.sha256, **model.companions}
    return RunCard(
        run=run,
        title=f"{ARCHITECTURES.get(spec.model.architecture).title} on {spec.dataset}",
        state=record.state,
        dataset=dataset,
        tokenizer=unlearned(spec.tokenizer),
        model=spec.model,
        training=spec.training,
        controls=spec.controls,
        start_from=spec.start_from,
        seeds={"dataset": dataset.seed, "training": spec.training.seed},
        parameters=record.parameters,
        epoch=kept,
        epochs=record.epoch,
        valid_loss=record.best_loss,
        evaluation=record.evaluation,
        versions=record.versions,
        machine=record.machine,
        created=record.created,
        started=record.started,
        ended=record.ended,
        seconds=record.seconds,
        cpu_seconds=record.cpu_seconds,
        note=record.note,
        tags=record.tags,
        files=files,
    )


def dataset_card(workspace: Workspace, run: str) -> DatasetCard:
    """The card of the dataset that a run was trained on, here or elsewhere."""
    kept = workspace.runs / run / DATASET_CARD_FILE
    if kept.exists():
        return from_json(DatasetCard, json.loads(kept.read_text(encoding="utf-8")))
    with open_store(workspace) as store:
        record = store.runs.get(run)
        return _dataset(store, record)


def _dataset(store: Store, run: TrainingRun) -> DatasetCard:
    version = store.datasets.get(run.spec.dataset)
    return DatasetCard(
        id=version.id,
        fingerprint=run.dataset_fingerprint,
        query=version.query,
        ratios=version.ratios,
        seed=version.seed,
        stratify=version.stratify,
        least_notes=version.least_notes,
        window_bars=version.window_bars,
        pieces={split: len(version.members(split)) for split in SPLITS},
        licences=store.datasets.licences(version.id),
        augmentation=version.augmentation,
    )


def written(workspace: Workspace, run: str, ending: str) -> bytes:
    """A run's card as ``.json`` or ``.md``; ``InvalidSetting`` for another ending."""
    if ending.lower() not in ENDINGS:
        raise InvalidSetting(f"A card is written as {' or '.join(ENDINGS)}, not as {ending!r}.")
    found = card(workspace, run)
    if ending.lower() == ".md":
        return markdown(found).encode()
    return (json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n").encode()


def write(workspace: Workspace, run: str, out: Path) -> Path:
    """Write a run's card to a file, its form by the ending."""
    data = written(workspace, run, out.suffix)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    return out
