"""Whether the files of a model from elsewhere are what its card says, before anything here uses them.

The network is built here from the card's settings and takes the file's numbers; then ``best.keras`` is written anew from
it, so that what stays is our own. Every graph that composes must give the logits of this network.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from workbench.core.errors import UnreadableFile, WorkFailed
from workbench.core.frames import Frames
from workbench.core.model_card import ENCODER_FILE, SPACE_FILE, ModelCard, read_card
from workbench.core.report import Report
from workbench.core.run_bundle import COUNTS_FILE, GRAPH_FILE, WEIGHTS_FILE
from workbench.core.settings import validated
from workbench.core.vocabulary import Vocabulary
from workbench.sampling.latents import load_space
from workbench.tokenizers import make
from workbench.training.export import check_encoder, check_filler, check_step
from workbench.training.files import written_whole
from workbench.training.strangers import check_arrays, check_graph, check_keras
from workbench.zoo import ARCHITECTURES, Architecture
from workbench.zoo.ngram import NGram, history_sources


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
    report.progress(0.1, "Building its network")
    network = own_network(architecture, settings, card.vocabulary)
    report.progress(0.3, "Looking at its files")
    check_keras(folder / WEIGHTS_FILE, network)
    take_weights(network, folder / WEIGHTS_FILE)
    for name in (GRAPH_FILE, *card.companions):
        if name.endswith(".onnx"):
            check_graph(folder / name)
    report.progress(0.5, "Comparing its graph with its network")
    try:
        compare(folder, architecture, settings, card.vocabulary, network)
    except WorkFailed as error:
        raise UnreadableFile(
            f"{GRAPH_FILE} says something else than the weights beside it; export the run again where it was trained."
        ) from error
    with written_whole(folder / WEIGHTS_FILE) as partial:
        network.save(partial)
    return {"parameters": int(network.count_params())}


def own_network(architecture: Architecture, settings: Any, vocabulary: Vocabulary) -> keras.Model:
    """The network of some settings, built here in float32."""
    assert architecture.build is not None  # a network
    keras.config.set_dtype_policy("float32")
    return architecture.build(settings, vocabulary)


def take_weights(network: keras.Model, path: Path) -> None:
    """Give a network the numbers of a ``.keras`` file, and nothing else of it; ``UnreadableFile`` where they do not fit."""
    try:
        network.load_weights(path)
    except Exception as error:  # Keras raises what it likes
        raise UnreadableFile(
            f"{path.name} holds the weights of another network ({str(error)[:200]}); export the run again."
        ) from error
    if not all(np.isfinite(each).all() for each in network.get_weights()):
        raise UnreadableFile(
            f"{path.name} holds weights that are no numbers; export the run again."
        )


def compare(
    folder: Path,
    architecture: Architecture,
    settings: Any,
    vocabulary: Vocabulary,
    network: keras.Model,
) -> None:
    """``WorkbenchError`` where a graph of the folder says something else than the network."""
    graph = folder / GRAPH_FILE
    if architecture.is_orderless:
        check_filler(network, Frames(vocabulary), graph)
        return
    assert architecture.build_step is not None  # it goes from left to right
    step = architecture.build_step(settings, vocabulary, network)
    check_step(step, vocabulary, graph, latent=architecture.is_autoencoder)
    if architecture.build_encoder is not None:
        check_encoder(
            architecture.build_encoder(settings, vocabulary, network),
            vocabulary,
            folder / ENCODER_FILE,
        )
        check_arrays(folder / SPACE_FILE)
        space = load_space(folder / SPACE_FILE)
        shapes = (space.directions.shape, space.likeness.ndim)
        is_finite = all(np.isfinite(each).all() for each in (space.directions, space.likeness))
        if (
            shapes != ((len(space.names), settings.latent), 1)
            or not is_finite
            or not len(space.likeness)
        ):
            raise UnreadableFile(f"{SPACE_FILE} is of another model; export the run again.")


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
