"""Recipes: all that a training depends on, as a file that makes the model again.

A recipe is JSON: the collections to load, the query, split and seed that make the dataset, the model, the tokenizer, the settings of training and
controls, and the figure that came of it. The card of a model (``model.json``) may carry one under ``recipe``.

The same recipe gives the same dataset in any library that holds the same pieces, and its fingerprint says whether it did. The same seed gives
the same losses on one machine; on another, floating point and so the figure differ a little. ``TOLERANCE`` is what may be asked.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.core.augmentation import NONE, Augmentation
from workbench.core.errors import UnreadableFile
from workbench.core.records import from_json
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings

TOLERANCE = 0.02
"""Nats per quarter note between a figure and the one that a recipe gives again."""
MOST_BYTES = 1 << 24


@dataclass(frozen=True)
class DatasetRecipe:
    """How a dataset is made."""

    name: str
    collections: dict[str, int] = field(default_factory=dict)
    """Collections to load, in this order, with how many of their pieces, the first ones; 0 for all."""
    where: str = ""
    """Which pieces of the library, as a query."""
    split: str = "80/10/10"
    seed: int = 0
    stratify: str = ""
    least_notes: int = 0
    window_bars: int = 0
    augmentation: Augmentation = NONE
    fingerprint: str = ""
    """Of the dataset that the figure is about; empty where it is not known."""


@dataclass(frozen=True)
class Recipe:
    """A training that can be done again."""

    dataset: DatasetRecipe
    model: ModelSpec
    tokenizer: TokenizerSpec
    training: TrainingSettings = field(default_factory=TrainingSettings)
    controls: tuple[str, ...] = ()
    nats_per_quarter: float | None = None
    """On the test split, of the model that was kept."""


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file, which is one or a model's card with one.

    Raises
    ------
    UnreadableFile
        Where there is no file, or no recipe in it.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableFile(f"{path.name} is too large for a recipe; choose another file.")
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data, dict) and "vocabulary" in data:  # a card
            if not data.get("recipe"):
                raise UnreadableFile(
                    f"The card {path} says nothing of the dataset it was trained on; write a recipe, or use --dataset,"
                    " --architecture and --set."
                )
            data = data["recipe"]
        elif isinstance(data, dict) and "seeds" in data and "run" in data:  # the card of a run
            raise UnreadableFile(
                f"{path.name} is the card of a run and no recipe; where the run is, train --card {data['run']} trains it again."
            )
        return from_json(Recipe, data)
    except OSError as error:
        raise UnreadableFile(
            f"{path} cannot be read ({error.strerror}); name a recipe or a model's card."
        ) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise UnreadableFile(f"{path.name} is no recipe ({error}); mend it.") from error
