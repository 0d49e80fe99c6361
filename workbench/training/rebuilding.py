"""A network from elsewhere: built here from its card's settings, with the numbers of its file.

Then ``best.keras`` is written anew from it, so that what stays is our own. Every graph that composes must give the logits of this
network.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from workbench.core.errors import UnreadableFile, WorkFailed
from workbench.core.files import written_whole
from workbench.core.frames import Frames
from workbench.core.model_card import ENCODER_FILE, SPACE_FILE, ModelCard
from workbench.core.report import Report
from workbench.core.run_bundle import GRAPH_FILE, WEIGHTS_FILE
from workbench.core.vocabulary import Vocabulary
from workbench.sampling.latents import load_space
from workbench.training.checking import check_arrays
from workbench.training.export import check_encoder, check_filler, check_step
from workbench.training.strangers import check_graph, check_keras
from workbench.zoo import Architecture


def rebuild(
    folder: Path, card: ModelCard, architecture: Architecture, settings: Any, report: Report
) -> int:
    """Check the files of a network and write its weights anew; its parameters. ``UnreadableFile`` in words for what is wrong."""
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
    return int(network.count_params())


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
