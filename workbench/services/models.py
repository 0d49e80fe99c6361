"""What can compose: the bundled models, and the runs that have kept weights."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.model_card import CARD_FILE, ModelCard, best_file, read_card
from workbench.core.records import to_json
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.tokenizers import unlearned
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

WEIGHTS_FILE = "best.keras"
DESCRIPTION_FILE = "README.md"


APART = re.compile(r"([\w-]+)@(\d+)")
"""The name of a model that a run keeps by itself: the run's, and the epoch."""


@dataclass(frozen=True)
class Model:
    """A model that can compose. ``name`` is what commands and requests call it: a bundled model's or a run's, or
    ``RUN@EPOCH`` for one that a run keeps beside its best.
    """

    name: str
    folder: Path
    card: ModelCard
    is_bundled: bool

    @property
    def title(self) -> str:
        """How a person knows it."""
        architecture = ARCHITECTURES.get(self.card.model.architecture).title
        run, _, epoch = self.name.partition("@")
        place = f", epoch {epoch}" if epoch else ""
        return (self.card.title or f"{architecture} {run.rpartition('-')[2]}") + place


def available(workspace: Workspace) -> list[Model]:
    """Every model that can compose: the bundled ones, then the best of the runs and those kept beside them, the newest first."""
    trained = [
        path
        for kind in (f"*/{CARD_FILE}", f"*/epoch-*/{CARD_FILE}")
        for path in sorted(
            workspace.runs.glob(kind), key=lambda path: path.stat().st_mtime, reverse=True
        )
    ]
    return bundled(workspace) + [_model(path.parent, False) for path in trained]


def bundled(workspace: Workspace) -> list[Model]:
    """The models that come with the app."""
    cards = sorted(workspace.pretrained.glob(f"*/{CARD_FILE}"))
    return [_model(path.parent, True) for path in cards]


def get(workspace: Workspace, name: str) -> Model:
    """The model of that name.

    Raises
    ------
    UnknownName
        Where no bundled model and no run is called so.
    UnreadableFile
        Where the run has kept nothing yet.
    """
    path = folder(workspace, name)
    return _model(path, path.parent == workspace.pretrained)


def folder(workspace: Workspace, name: str) -> Path:
    """The folder of a model by its name. A name is a plain one: no path leads out."""
    if apart := APART.fullmatch(name):
        path = workspace.runs / apart[1] / f"epoch-{apart[2]}"
        if path.is_dir():
            return path
    if re.fullmatch(r"[\w-]+", name):
        for path in (workspace.pretrained / name, workspace.runs / name):
            if path.is_dir():
                return path
    known = ", ".join(model.name for model in available(workspace)) or "none yet; train one"
    raise UnknownName(f"There is no model {name!r}. There are: {known}.")


def language(workspace: Workspace, name: str, asked: TokenizerSpec) -> TokenizerSpec:
    """The tokenizer to go on from a model with: the vocabulary it learned, where it was asked for in the same way."""
    theirs = get(workspace, name).card.tokenizer
    return theirs if unlearned(theirs) == unlearned(asked) else asked


def weights(workspace: Workspace, name: str, spec: TrainingSpec) -> Path:
    """Weights to go on from; ``InvalidSetting`` where they are of another kind of model."""
    model = get(workspace, name)
    path = model.folder / WEIGHTS_FILE
    if not path.exists():
        raise InvalidSetting(f"{name} has no weights to go on from; choose a network.")
    card = model.card
    shown = unlearned(card.tokenizer)
    for wanted, used, found in (
        (spec.model, _completed(card.model), card.model),
        (_as_known(spec.tokenizer, card.tokenizer), card.tokenizer, shown),
    ):
        if wanted != used:
            raise InvalidSetting(
                f"{name} was trained as {found}; to go on from it, choose the same settings."
            )
    return path


def _completed(model: ModelSpec) -> ModelSpec:
    """With the settings that an architecture was given since, as they are where nobody says anything."""
    settings = validated(ARCHITECTURES.get(model.architecture).settings, model.settings)
    return replace(model, settings=to_json(settings))


def _as_known(asked: TokenizerSpec, known: TokenizerSpec) -> TokenizerSpec:
    """The tokenizer without labels that have come to the ends of its controls."""
    cut = {name: told[: len(known.controls.get(name, ()))] for name, told in asked.controls.items()}
    return replace(asked, controls=cut)


def description(model: Model) -> str:
    """The model card in words, as Markdown; empty for a run."""
    path = model.folder / DESCRIPTION_FILE
    return path.read_text(encoding="utf-8") if path.exists() else ""


def size(model: Model) -> int:
    """Bytes of the file that composes."""
    return best_file(model.folder, model.card).stat().st_size


def _model(path: Path, is_bundled: bool) -> Model:
    changed = (path / CARD_FILE).stat().st_mtime_ns if (path / CARD_FILE).exists() else 0
    epoch = re.fullmatch(r"epoch-(\d+)", path.name)
    name = f"{path.parent.name}@{epoch[1]}" if epoch and not is_bundled else path.name
    return Model(name, path, _card(path, changed), is_bundled)


@lru_cache(maxsize=2048)
def _card(path: Path, changed: int) -> ModelCard:
    """Pages list models at every rerun; a card is read once until its file changes."""
    return read_card(path)
