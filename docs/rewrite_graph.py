"""Write the graph of a bundled model that fills holes anew, as today's exports are (``workbench/training/convolutions.py``).

::

    PYTHONPATH=. python docs/rewrite_graph.py NAME [--workspace DIR]

The weights are those that the graph holds. Where a logit differs by more than ``TOLERANCE`` nothing is changed. The new fingerprint is
written into the card, beside the former one: what was composed with that can be made again, and the app compares. A cell may be drawn otherwise once in a great
while, for all that; then ``publish_model.py --refresh NAME`` makes the samples anew.
"""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.core.frames import Frames
from workbench.core.model_card import ModelCard, best_file, file_digest, write_card
from workbench.sampling.onnx import OnnxFiller
from workbench.services import models
from workbench.tokenizers import make
from workbench.training.convolutions import rewrite
from workbench.workspace import open_workspace
from workbench.zoo import ARCHITECTURES

TOLERANCE = 1e-4
COMPARED = ((1, 1), (3, 13), (1, 512))
"""Pieces side by side, and steps of each."""


def main() -> None:
    """Rewrite, compare, and tell by how much the logits differ."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name")
    parser.add_argument("--workspace")
    options = parser.parse_args()
    model = models.get(open_workspace(options.workspace), options.name)
    if not model.is_bundled or not ARCHITECTURES.get(model.card.model.architecture).is_orderless:
        raise SystemExit(f"{options.name} is no bundled model that fills holes.")
    path = best_file(model.folder, model.card)
    new = path.with_name(f"{path.stem}-new{path.suffix}")
    shutil.copyfile(path, new)
    rewrite(new)
    if file_digest(new) == model.card.sha256:
        new.unlink()
        raise SystemExit(f"{path.name} is written like that already.")
    difference = largest_difference(model.card, path, new)
    if not difference <= TOLERANCE:
        new.unlink()
        raise SystemExit(f"The logits differ by {difference:.2g}: {path.name} stays as it is.")
    new.replace(path)
    formerly = (*model.card.formerly, model.card.sha256)
    card = replace(model.card, sha256=file_digest(path), formerly=formerly)
    write_card(model.folder, card)
    description = model.folder / models.DESCRIPTION_FILE
    text = description.read_text(encoding="utf-8").replace(model.card.sha256, card.sha256)
    description.write_text(text, encoding="utf-8")
    print(f"{path}: {card.sha256}; the logits differ by {difference:.2g} at most")


def largest_difference(card: ModelCard, one: Path, other: Path) -> float:
    """Of a logit, for cells drawn by lot."""
    random, frames = np.random.default_rng(0), Frames(make(card.tokenizer).vocabulary)
    sizes, found = [field.size for field in frames.context], []
    for shape in COMPARED:
        cells = (*shape, frames.voices)
        states = random.integers(0, frames.outside, cells, np.int32, endpoint=True)
        context = random.integers(0, sizes, (*shape, len(sizes)), np.int32)
        before, after = (OnnxFiller(path).logits(states, context) for path in (one, other))
        found.append(float(np.abs(after - before).max()))
    return max(found)


if __name__ == "__main__":
    main()
