"""A kept network as a SavedModel of TensorFlow, held to the network before anybody gets it."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from workbench.core.errors import WorkFailed
from workbench.core.model_card import read_card
from workbench.core.model_howto import SAVED_MODEL
from workbench.core.report import Report
from workbench.core.run_bundle import WEIGHTS_FILE
from workbench.core.settings import validated
from workbench.training.rebuilding import own_network, take_weights
from workbench.zoo import ARCHITECTURES

TOLERANCE = 1e-4  # largest difference of a logit
_ROWS, _STEPS = 2, 24


def save_model(folder: Path, report: Report) -> dict[str, Any]:
    """Write ``saved_model`` beside the card and the weights in a folder; ``difference`` is the largest of a logit.

    Raises ``WorkFailed`` where it gives other logits than the network.
    """
    card = read_card(folder)
    architecture = ARCHITECTURES.get(card.model.architecture)
    settings = validated(architecture.settings, card.model.settings)
    report.progress(0.1, "Building its network")
    network = own_network(architecture, settings, card.vocabulary)
    take_weights(network, folder / WEIGHTS_FILE)
    report.progress(0.3, "Writing it as a SavedModel")
    given = _some_inputs(network)
    wanted = np.asarray(network(given, training=False))
    _write(network, folder / SAVED_MODEL)
    report.progress(0.7, "Comparing it with the network")
    run = tf.saved_model.load(str(folder / SAVED_MODEL)).signatures["serving_default"]
    names = [each.name for each in network.inputs]
    (found,) = run(**dict(zip(names, map(tf.constant, given), strict=True))).values()
    difference = float(np.abs(np.asarray(found) - wanted).max())
    if not difference <= TOLERANCE:
        raise WorkFailed(
            f"The SavedModel differs from the network by {difference:.2g} in a logit. "
            "This is a fault of the workbench or of its libraries; please report it."
        )
    return {"difference": difference}


def _write(network: keras.Model, path: Path) -> None:
    """The network without the gradients that our layers have written out: nobody trains a SavedModel."""
    archive = keras.export.ExportArchive()
    inputs = [tf.TensorSpec(each.shape, each.dtype, each.name) for each in network.inputs]
    archive.track_and_add_endpoint("serve", network, [inputs])
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    archive.write_out(str(path), options=options, verbose=False)


def _some_inputs(network: keras.Model) -> list[np.ndarray]:
    """Zeros and ones where whole numbers are wanted, for every table has those; else normal numbers."""
    random = np.random.default_rng(0)
    given = []
    for each in network.inputs:
        shape = [size or free for size, free in zip(each.shape, (_ROWS, _STEPS, 0), strict=False)]
        if each.dtype.startswith("int"):
            given.append(random.integers(0, 2, shape, each.dtype))
        else:
            given.append(random.standard_normal(shape, np.float32))
    return given
