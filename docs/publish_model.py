"""Put a trained run among the bundled models, with a card whose every figure is measured.

::

    PYTHONPATH=. python docs/publish_model.py RUN NAME --title "…" --about "…" --command "…" [--workspace DIR]

    PYTHONPATH=. python docs/publish_model.py --refresh NAME [--workspace DIR]

Both take ``--creativity 0..10`` and ``--returning``, as the model is to compose unless somebody asks otherwise.

The first copies the run's model to ``models/pretrained/NAME``, and writes its ``README.md`` and ``curves.svg`` from the run's own
history, its dataset version and its held-out evaluation. Nothing on a card is written by hand but its title,
the sentence on what it is, and its limits. With ``--eight-bits`` the graph that composes has its weights in eight bits, and the held-out pieces are
scored again with it. What the model borrows and five pieces to hear come with it (``card_sections.py``).

The second measures and composes these two anew for a model that is bundled, and trains nothing; it also counts anew the forms of melodies, and of an autoencoder what joins
its segments into tunes. The music it learned from is loaded
into the workspace by its recipe, where it is not there already; without it the card says that nothing could be measured.
"""

import argparse
import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import card_sections
import h5py
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

from workbench.core import forms
from workbench.core.augmentation import ALL_KEYS
from workbench.core.dataset import DatasetVersion
from workbench.core.model_card import (
    SPACE_FILE,
    ModelCard,
    best_file,
    file_digest,
    heard,
    write_card,
)
from workbench.core.runs import EpochMetrics, TrainingRun
from workbench.core.settings import validated
from workbench.core.tunes import found_tunes
from workbench.core.vocabulary import TokenSequence
from workbench.jobs.encoding import Heard, encoded
from workbench.sampling.eight_bits import write_in_eight_bits
from workbench.sampling.latents import load_space
from workbench.services import activity, datasets, evaluation, models, recipes, training
from workbench.store import open_store
from workbench.tokenizers import TOKENIZERS, make
from workbench.workspace import Workspace, open_workspace
from workbench.zoo import ARCHITECTURES

MOST_BYTES = 8_000_000
IN_ORDER = """The model's first figure is an estimate of the mean over all orders of filling; it is the one that training and the bench show. Frame after
frame it is read as the n-gram is, exactly from left to right (`evaluate --in-order`)."""


def main() -> None:
    """Publish one run, or refresh the card of one model."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", nargs="?")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--title")
    parser.add_argument("--about", help="one sentence on what it composes")
    parser.add_argument("--command", help="the commands that trained it")
    parser.add_argument("--limits", help="what it cannot do, as Markdown")
    parser.add_argument("--eight-bits", action="store_true")
    parser.add_argument(
        "--refresh", metavar="NAME", help="only originality and samples of a bundled model"
    )
    parser.add_argument("--creativity", type=float)
    parser.add_argument("--returning", action=argparse.BooleanOptionalAction)
    parser.add_argument("--workspace")
    options = parser.parse_args()
    workspace = open_workspace(options.workspace)
    if options.refresh:
        if options.run:
            parser.error("--refresh NAME stands alone: it publishes no run")
        refresh(workspace, options)
        return
    if not all((options.run, options.name, options.title, options.about, options.command, options.limits)):  # fmt: skip
        parser.error(
            "RUN, NAME, --title, --about, --command and --limits make a card; or write --refresh NAME"
        )
    publish(workspace, options)


def refresh(workspace: Workspace, options: argparse.Namespace) -> None:
    """Originality and samples of a bundled model anew, with its own music."""
    name = options.refresh
    card = models.get(workspace, name).card
    if not card.recipe:
        raise SystemExit(
            f"The card of {name} has no recipe, so nothing tells what it learned from."
        )
    for job in recipes.load_collections(workspace, card.recipe):
        activity.finish(workspace, job)
    dataset = recipes.make_dataset(workspace, card.recipe)
    if dataset.fingerprint == card.recipe.dataset.fingerprint:
        count_heard(workspace, name, dataset)
    say_how(workspace, options, name)
    card_sections.refresh(workspace, name, dataset)
    say_size(workspace.pretrained / name)


def say_how(workspace: Workspace, options: argparse.Namespace, name: str) -> None:
    """Write into a model's card how it composes unless somebody asks otherwise, as far as the options say."""
    model = models.get(workspace, name)
    asked = {"creativity": options.creativity, "returning": options.returning}
    said = {each: value for each, value in asked.items() if value is not None}
    write_card(model.folder, replace(model.card, **said))


def count_heard(workspace: Workspace, name: str, dataset: DatasetVersion) -> None:
    """Count anew, in the training split, meters, keys and forms of melodies, and what joins an autoencoder's segments into tunes."""
    model = models.get(workspace, name)
    card = model.card
    tokenizer = make(card.tokenizer)
    kinds = TOKENIZERS.get(card.tokenizer.name).hears
    asked = Heard(dataset.augmentation, dataset.window_bars, kinds)
    sequences: list[TokenSequence] = []
    with open_store(workspace) as store:
        for piece in dataset.members("train"):
            score = store.pieces.score(piece)
            sequences += encoded(piece, score, tokenizer, asked, is_training=True)
    card = replace(card, heard=heard(sequences, forms.texts(tokenizer, sequences)))
    if SPACE_FILE in card.companions:
        settings = validated(ARCHITECTURES.get(card.model.architecture).settings, card.model.settings)  # fmt: skip
        path = model.folder / SPACE_FILE
        replace(load_space(path), tunes=found_tunes(sequences, settings.bars)).save(path)
        card = replace(card, companions=card.companions | {SPACE_FILE: file_digest(path)})
    write_card(model.folder, card)


def publish(workspace: Workspace, options: argparse.Namespace) -> None:
    """Copy a run's model, and write its card."""
    run = training.get(workspace, options.run)
    source = models.get(workspace, options.run)
    target = workspace.pretrained / options.name
    target.mkdir(parents=True, exist_ok=True)
    for name in (best_file(source.folder, source.card).name, *source.card.companions):
        shutil.copyfile(source.folder / name, target / name)
    if (source.folder / models.WEIGHTS_FILE).exists():
        copy_halved(source.folder / models.WEIGHTS_FILE, target / models.WEIGHTS_FILE)
    card = replace(source.card, title=options.title, description=options.about)
    if options.eight_bits:
        write_in_eight_bits(source.folder / card.file, target / card.file)
        card = replace(card, sha256=file_digest(target / card.file))
    write_card(target, card)
    if options.eight_bits:
        before, after = (held_out(workspace, name, run) for name in (run.id, options.name))
        run = replace(run, evaluation=run.evaluation | {"test": after})
        options.limits = (
            f"- Its weights are in eight bits: with 32 the held-out pieces cost {before['nats_per_quarter']:.3f} nats a quarter note.\n"
            f"{options.limits}"
        )
    card = replace(card, recipe=recipes.of_run(workspace, run))
    write_card(target, card)
    if ARCHITECTURES.get(card.model.architecture).is_orderless:
        in_order = held_out(workspace, options.name, run, in_order=True)
        run = replace(run, evaluation=run.evaluation | {"in_order": in_order})
    count_heard(workspace, options.name, datasets.get(workspace, run.spec.dataset))
    say_how(workspace, options, options.name)
    history = training.history(workspace, options.run)
    draw_curves(history, run, target / "curves.svg")
    text = card_text(workspace, run, history, options)
    (target / "README.md").write_text(text, encoding="utf-8")
    card_sections.refresh(workspace, options.name, datasets.get(workspace, run.spec.dataset))
    say_size(target)


def held_out(
    workspace: Workspace, name: str, run: TrainingRun, in_order: bool = False
) -> dict[str, Any]:
    """A model's figures on the test split of a run, as they are measured now."""
    job = activity.finish(
        workspace, evaluation.enqueue(workspace, name, run.spec.dataset, in_order=in_order)
    )
    assert job.state == "done", job.message
    found: dict[str, Any] = job.result["evaluation"]
    return found


def say_size(folder: Path) -> None:
    """Print how large a model's folder is; end where it is too large."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > MOST_BYTES:
        raise SystemExit(f"{folder} has {size:,} bytes, more than {MOST_BYTES:,}.")
    print(f"{folder}: {size:,} bytes")


def copy_halved(source: Path, target: Path) -> None:
    """Copy a ``.keras`` file with its weights in 16 bits: they are only a place to go on training from."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".weights.h5"):
                data = _halved(data)
            new.writestr(name, data)


def _halved(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(io.BytesIO(data)) as old, h5py.File(buffer, "w") as new:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                kept = item[()]
                copied = new.create_dataset(
                    name, data=kept.astype("f2") if kept.dtype == "f4" else kept
                )
            else:
                copied = new.require_group(name)
            copied.attrs.update(item.attrs)

        new.attrs.update(old.attrs)
        old.visititems(copy)
    return buffer.getvalue()


def draw_curves(history: list[EpochMetrics], run: TrainingRun, path: Path) -> None:
    """Loss by epoch, of the training and the validation split, with the kept epoch marked."""
    figure, axes = plt.subplots(figsize=(6.4, 3.2))
    epochs = [each.epoch for each in history]
    axes.plot(epochs, [each.train_loss for each in history], label="training")
    axes.plot(epochs, [each.valid_loss for each in history], label="validation")
    best = min(history, key=lambda each: each.valid_loss)
    axes.plot(best.epoch, best.valid_loss, "o", color="black", label=f"kept: epoch {best.epoch}")
    axes.set(xlabel="epoch", ylabel="nats per token", title=f"Run {run.id}")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def card_text(
    workspace: Workspace, run: TrainingRun, history: list[EpochMetrics], options: argparse.Namespace
) -> str:
    """The card, as Markdown."""
    dataset = datasets.get(workspace, run.spec.dataset)
    card = models.get(workspace, options.name).card
    best = min(history, key=lambda each: each.valid_loss)
    return f"""# {options.title}

{options.about}

| | |
|---|---|
| architecture | {run.spec.model.architecture}: {_settings(run.spec.model.settings)} |
| tokenizer | {run.spec.tokenizer.name}: {_settings(run.spec.tokenizer.settings)} |
| parameters | {run.parameters:,} |
| trained | {run.created[:10]}, {len(history)} of at most {run.spec.training.epochs} epochs in {_minutes(history)}, kept epoch {best.epoch} |
| seed | {run.spec.training.seed} |
| software | {_settings(run.versions)} |
| file | `{card.file}`, SHA-256 `{card.sha256}` |

## Data

{_data(workspace, run, dataset, card)}

## Held-out music

{_held_out_music(run, dataset)}
Both are told the key's mode, the meter and the length of a piece before its first note; the network sees its place in the
bar and the bars left at every step.

![Loss by epoch](curves.svg)

## Made with

```
{options.command}
```

Training settings: {_settings(vars(run.spec.training))}.

## Limits

{options.limits}
"""


def _data(workspace: Workspace, run: TrainingRun, dataset: DatasetVersion, card: ModelCard) -> str:
    """What it learned from: pieces, licences, meters and modes."""
    counts = {split: len(dataset.members(split)) for split in ("train", "valid", "test")}
    licences = datasets.licences_of(workspace, dataset)
    is_everywhere = set(dataset.augmentation.keys) == set(ALL_KEYS)
    told_keys = (
        " While it trained, every piece was heard in all twelve keys." if is_everywhere else ""
    )
    return f"""{len(dataset.pieces):,} pieces: {counts["train"]:,} to train on, {counts["valid"]:,} to choose the epoch by,
{counts["test"]:,} held out. Pieces that are one another's transposition, or share a title within a collection, are
in one split. Dataset fingerprint `{dataset.fingerprint}`. {run.evaluation.get("skipped", 0)} pieces have no form in
this tokenizer and were left out.

Licences: {"; ".join(f"{name} ({count:,} pieces)" for name, count in licences.items())}.

Meters it knows: {_counts(card.heard.meters)}. Modes: {_counts(card.heard.modes)}.{told_keys}"""


def _held_out_music(run: TrainingRun, dataset: DatasetVersion) -> str:
    """Its figures by the ruler, beside the n-gram's."""
    test, baseline = run.evaluation["test"], run.evaluation.get("baseline")
    in_order = run.evaluation.get("in_order")
    gain = ""
    if baseline:
        gain = (
            f"\nThat is {1 - (in_order or test)['nats_per_quarter'] / baseline['nats_per_quarter']:.0%} fewer nats per "
            "quarter note than the n-gram.\n"
        )
    if in_order:
        gain += f"\n{IN_ORDER}\n"
    rows = [("**this model**", test), ("the same, frame after frame", in_order), ("n-gram baseline", baseline)]  # fmt: skip
    table = "\n".join(
        f"| {name} | {row['nats_per_quarter']:.3f} | {row['nats_per_token']:.4f} "
        f"| {row['accuracy']:.1%} |"
        for name, row in rows
        if row
    )
    return f"""On the {test["pieces"]:,} held-out {_units(dataset)} ({test["quarters"]:,.0f} quarter notes), every token counted once,
pooled. The n-gram was fitted to the same training split.

| | nats per quarter note | nats per token | accuracy |
|---|---|---|---|
{table}
{gain}"""


def _units(dataset: DatasetVersion) -> str:
    """What the pieces of a dataset are read in."""
    bars = dataset.window_bars
    return f"stretches of at most {bars} bars" if bars else "pieces"


def _settings(values: dict) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _counts(values: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in values.items())


def _minutes(history: list[EpochMetrics]) -> str:
    return f"{sum(each.seconds for each in history) / 60:.0f} minutes on a CPU"


if __name__ == "__main__":
    main()
