"""Write the graphs of a bundled model anew, as today's exports are.

::

    PYTHONPATH=. python docs/rewrite_graph.py NAME [--weights FILE.keras] [--workspace DIR]

The weights are those that the graphs hold (``workbench/training/rewriting.py``). Where a logit differs by more than ``TOLERANCE`` nothing is changed.
Where a network has since come to remember something else from step to step, that is not enough: ``--weights`` exports it from its weights, in eight bits
where it was. In eight bits its logits are rounded otherwise then, so measure the held-out pieces again (``evaluate``), and see what the card says of them.

The new fingerprints are written into the card, that of the graph beside the former one: what was composed with that can be made again, and the app compares. A cell
may be drawn otherwise once in a great while, for all that; then ``publish_model.py --refresh NAME`` makes the samples anew.
"""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from workbench.core.frames import Frames
from workbench.core.model_card import ModelCard, best_file, file_digest, write_card
from workbench.core.settings import validated
from workbench.sampling.eight_bits import write_in_eight_bits
from workbench.sampling.onnx import OnnxDecoder, OnnxFiller
from workbench.services import models
from workbench.tokenizers import make
from workbench.training.export import export_filler, export_step
from workbench.training.rebuilding import own_network, take_weights
from workbench.training.rewriting import rewrite
from workbench.workspace import open_workspace
from workbench.zoo import ARCHITECTURES

TOLERANCE = 1e-4
COMPARED = ((1, 1), (3, 13), (1, 512))
"""Pieces side by side, and steps of each."""


def main() -> None:
    """Write, compare, and tell by how much the logits differ."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name")
    parser.add_argument("--weights", type=Path, metavar="FILE.keras")
    parser.add_argument("--workspace")
    options = parser.parse_args()
    model = models.get(open_workspace(options.workspace), options.name)
    if not model.is_bundled or ARCHITECTURES.get(model.card.model.architecture).build is None:
        raise SystemExit(f"{options.name} is no bundled network.")
    path = best_file(model.folder, model.card)
    new = path.with_name(f"{path.stem}-new{path.suffix}")
    if options.weights:
        export(model.card, options.weights, new, in_eight_bits=is_in_eight_bits(path))
    else:
        shutil.copyfile(path, new)
        rewrite(new)
    difference = largest_difference(model.card, path, new)
    if not options.weights and not difference <= TOLERANCE:
        new.unlink()
        raise SystemExit(f"The logits differ by {difference:.2g}: {path.name} stays as it is.")
    new.replace(path)
    companions = [name for name in model.card.companions if name.endswith(".onnx")]
    for name in companions:
        rewrite(model.folder / name)
    tell(model.folder, model.card, path, companions)
    print(f"{path}: {file_digest(path)}; the logits differ by {difference:.2g} at most")


def export(card: ModelCard, weights: Path, path: Path, *, in_eight_bits: bool) -> None:
    """The graph of a card's network with these weights."""
    architecture = ARCHITECTURES.get(card.model.architecture)
    settings = validated(architecture.settings, card.model.settings)
    network = own_network(architecture, settings, card.vocabulary)
    take_weights(network, weights)
    if architecture.is_orderless:
        export_filler(network, Frames(card.vocabulary), path)
    else:
        assert architecture.build_step is not None  # it goes from left to right
        step = architecture.build_step(settings, card.vocabulary, network)
        export_step(step, card.vocabulary, path, latent=architecture.is_autoencoder)
    if in_eight_bits:
        write_in_eight_bits(path, path)


def is_in_eight_bits(path: Path) -> bool:
    """Whether a graph multiplies whole numbers."""
    return any(node.op_type == "MatMulInteger" for node in onnx.load(path).graph.node)


def tell(folder: Path, card: ModelCard, path: Path, companions: list[str]) -> None:
    """Write the fingerprints of the new files into the card."""
    said = {name: file_digest(folder / name) for name in companions}
    new = replace(card, sha256=file_digest(path), companions=card.companions | said)
    if new.sha256 != card.sha256:
        new = replace(new, formerly=(*card.formerly, card.sha256))
    write_card(folder, new)
    description = folder / models.DESCRIPTION_FILE
    text = description.read_text(encoding="utf-8").replace(card.sha256, new.sha256)
    description.write_text(text, encoding="utf-8")


def largest_difference(card: ModelCard, one: Path, other: Path) -> float:
    """Of a logit, in pieces drawn by lot."""
    told = fillings if ARCHITECTURES.get(card.model.architecture).is_orderless else walks
    found = zip(told(card, one), told(card, other), strict=True)
    return max(float(np.abs(after - before).max()) for before, after in found)


def fillings(card: ModelCard, path: Path) -> list[NDArray[np.float32]]:
    """What a network that fills holes says of cells."""
    random, frames = np.random.default_rng(0), Frames(make(card.tokenizer).vocabulary)
    sizes, found, filler = [field.size for field in frames.context], [], OnnxFiller(path)
    for shape in COMPARED:
        cells = (*shape, frames.voices)
        states = random.integers(0, frames.outside, cells, np.int32, endpoint=True)
        context = random.integers(0, sizes, (*shape, len(sizes)), np.int32)
        found.append(filler.logits(states, context))
    return found


def walks(card: ModelCard, path: Path) -> list[NDArray[np.float32]]:
    """What a network that goes from left to right says after each token; voices take turns."""
    random, vocabulary = np.random.default_rng(0), card.vocabulary
    sizes, frames, decoder = [field.size for field in vocabulary.context], Frames(vocabulary), OnnxDecoder(path)  # fmt: skip
    found = []
    for rows, steps in COMPARED:
        state: Any = decoder.start(rows)
        for step in range(steps):
            tokens = random.integers(0, len(vocabulary), rows, np.int32)
            context = random.integers(0, sizes, (rows, len(sizes)), np.int32)
            if frames.voices:
                context[:, frames.voice_column] = step % frames.voices
            logits, state = decoder.step(tokens, context, state)
            found.append(logits)
    return found


if __name__ == "__main__":
    main()
