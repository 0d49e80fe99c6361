"""The models that compose, opened once and kept in memory for the next time."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.core.errors import UnreadableFile
from workbench.core.frames import Filler, Frames
from workbench.core.model_card import ENCODER_FILE, best_file, is_whole, read_card
from workbench.core.segments import Autoencoder
from workbench.core.settings import validated
from workbench.core.vocabulary import Decoder
from workbench.sampling.windows import Windows
from workbench.zoo import ARCHITECTURES


def load_decoder(folder: Path) -> Decoder:
    """The model in a folder, one that goes from left to right.

    Raises ``UnreadableFile`` where it is not the file that its card speaks of.
    """
    return _loaded(folder)


def load_filler(folder: Path) -> Filler:
    """The model in a folder, one that fills holes. Raises as :func:`load_decoder` does."""
    return _loaded(folder)


def load_windows(folder: Path) -> Filler:
    """The same, for who wants to know of hidden cells alone: it reads no more of a piece than they hang on, where that can be told."""
    card, filler = read_card(folder), load_filler(folder)
    architecture = ARCHITECTURES.get(card.model.architecture)
    if architecture.reach is None:
        return filler
    reach = architecture.reach(validated(architecture.settings, card.model.settings))
    return Windows(filler, Frames(card.vocabulary).hidden, reach)


def load_autoencoder(folder: Path) -> Autoencoder:
    """The model in a folder, one with a latent space. Raises as :func:`load_decoder` does."""
    return _loaded(folder)


def _loaded(folder: Path) -> Any:
    path = best_file(folder, read_card(folder))
    try:
        return _load(folder, path, path.stat().st_mtime_ns)
    except FileNotFoundError as error:
        lost = Path(error.filename).name
        raise UnreadableFile(
            f"The model {folder.name} has lost its file {lost}; train or export it again."
        ) from error


@lru_cache(maxsize=3)
def _load(folder: Path, path: Path, changed: int) -> Any:
    """``changed`` is there so that a newer file is a new entry."""
    card = read_card(folder)
    if not is_whole(folder, card):
        raise UnreadableFile(
            f"The files of the model {folder.name} are not those its card speaks of; train or export it again."
        )
    architecture = ARCHITECTURES.get(card.model.architecture)
    if architecture.load:
        return architecture.load(path)
    # Here, not above: the web process checks requests and never runs a model.
    from workbench.sampling.onnx import OnnxAutoencoder, OnnxDecoder, OnnxFiller

    if architecture.is_autoencoder:
        return OnnxAutoencoder(folder / ENCODER_FILE, path)
    return OnnxFiller(path) if architecture.is_orderless else OnnxDecoder(path)
