"""What a model composed while it was trained: the same request, from the weights of one epoch after another.

A run's folder has a folder ``samples`` with a file for each, ``epoch-3.json``; that of epoch 0 is what the network
wrote before it had learned anything.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import UnreadableFile
from workbench.core.packing import pack, unpack
from workbench.core.score import Score

SAMPLES_FOLDER = "samples"
_NAME = re.compile(r"epoch-(\d{1,6})\.json")


@dataclass(frozen=True)
class Sample:
    """A short piece, by which people hear how far a training has come."""

    epoch: int
    seed: int
    score: Score
    valid_loss: float | None = None
    """Nats per token after that epoch; None where it was not validated."""


def sample_file(folder: Path, epoch: int) -> Path:
    """Where a run's folder has the sample of an epoch."""
    return folder / SAMPLES_FOLDER / f"epoch-{epoch}.json"


def sampled_epochs(folder: Path) -> list[int]:
    """The epochs of which a run's folder has samples, in order."""
    found = (_NAME.fullmatch(path.name) for path in (folder / SAMPLES_FOLDER).glob("epoch-*.json"))
    return sorted(int(match[1]) for match in found if match)


def packed_sample(sample: Sample) -> bytes:
    """The content of a sample's file; equal samples give equal bytes."""
    score = base64.b64encode(pack(sample.score)).decode()
    return json.dumps(vars(sample) | {"score": score}).encode()


def unpacked_sample(data: bytes) -> Sample:
    """The sample that :func:`packed_sample` wrote; ``UnreadableFile`` where the bytes are no such thing."""
    try:
        found = json.loads(data)
        score = unpack(base64.b64decode(found["score"], validate=True))
        loss = found["valid_loss"]
        return Sample(
            int(found["epoch"]), int(found["seed"]), score, None if loss is None else float(loss)
        )
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise UnreadableFile(
            f"A sample of this training is damaged ({error}); train again to hear it."
        ) from error
