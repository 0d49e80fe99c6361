"""Whether the files of a model from elsewhere are what its card says, before anything here uses them.

What counts is looked at here, without TensorFlow; networks in :mod:`workbench.training.rebuilding`.
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.errors import UnreadableFile
from workbench.core.model_card import ModelCard, read_card
from workbench.core.report import Report
from workbench.core.run_bundle import COUNTS_FILE
from workbench.core.settings import validated
from workbench.core.vocabulary import Vocabulary
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES, Architecture
from workbench.zoo.ngram import NGram, history_sources

_ARRAYS_BYTES = 2_000_000_000


def check_model(folder: Path, report: Report) -> dict[str, Any]:
    """Check the model in a folder and make its weights our own; ``parameters`` is what it has.

    Raises
    ------
    WorkbenchError
        In words, for whatever is not as it should be. The folder is then of no use.
    """
    card = read_card(folder)
    architecture = ARCHITECTURES.get(card.model.architecture)
    settings = validated(architecture.settings, card.model.settings)
    if make(card.tokenizer).vocabulary != card.vocabulary:
        raise UnreadableFile(
            "The run was trained with another version of its tokenizer; bring it in with the version that trained it."
        )
    architecture.check_suits(card.vocabulary)
    if not architecture.is_network:
        return {"parameters": _check_counts(folder, card, architecture, settings)}
    from workbench.training.rebuilding import rebuild  # seconds, and nothing for what counts

    return {"parameters": rebuild(folder, card, architecture, settings, report)}


def check_arrays(path: Path) -> None:
    """Hold an ``.npz`` to a size that memory bears; that it is plain arrays, NumPy says when it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(each.file_size for each in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableFile(
            f"{path.name} is not taken in ({error}); export the run again."
        ) from error
    if size > _ARRAYS_BYTES:
        raise UnreadableFile(f"{path.name} is too large; export the run again.")


def _check_counts(folder: Path, card: ModelCard, architecture: Architecture, settings: Any) -> int:
    """Whether a model that counts can be asked anything; its parameters."""
    path = folder / COUNTS_FILE
    check_arrays(path)
    assert architecture.load is not None  # it counts
    model = architecture.load(path)
    if not isinstance(model, NGram) or not _is_sound(
        model, card.vocabulary, history_sources(settings, card.vocabulary)
    ):
        raise UnreadableFile(
            f"{path.name} holds no counts of this vocabulary; export the run again."
        )
    return model.parameters


def _is_sound(model: NGram, vocabulary: Vocabulary, sources: list[int]) -> bool:
    if (model.size, list(model.sources), len(model.levels)) != (
        len(vocabulary),
        sources,
        len(sources) + 1,
    ):
        return False
    return all(
        all(array.ndim == 1 and array.dtype.kind == "i" for array in vars(level).values())
        and len(level.keys) + 1 == len(level.starts)
        and len(level.tokens) == len(level.counts) > 0
        and (level.starts[0], level.starts[-1]) == (0, len(level.tokens))
        and (np.diff(level.starts) > 0).all()
        and (np.diff(level.keys) > 0).all()
        and (level.counts > 0).all()
        and 0 <= level.tokens.min() <= level.tokens.max() < model.size
        for level in model.levels
    )
