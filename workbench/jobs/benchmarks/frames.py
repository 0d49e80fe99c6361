"""Piano rolls of 88 keys: nats per frame, for models of independent keys.

The data are MATLAB files as TCN's code reads them (``JSB_Chorales.mat``, ``Nottingham.mat``, …): cell arrays ``traindata``,
``validdata`` and ``testdata``, of which every cell is a piece, T x 88 of zeros and ones.
"""

import zlib
from pathlib import Path
from typing import Literal

import numpy as np

from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.model_card import read_card
from workbench.core.report import Report
from workbench.jobs.benchmarks import Check, Reading, benchmark, data_files
from workbench.metrics.roll_likelihood import (
    KEYS,
    Even,
    Roll,
    fit_key_shares,
    fit_staying,
    roll_likelihood,
)

NAMES = {"train": "traindata", "valid": "validdata", "test": "testdata"}
WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Of the smoothing of the baselines; the best on the validation split is taken."""
MOST_UNPACKED = 1 << 30  # bytes
_HEADER, _TAG, _PACKED = 128, 8, 15


def self_test(data: Path | None, report: Report) -> list[Check]:
    """Models of which the reading is known, and two baselines fitted to the training split."""
    splits = read_rolls(data) if data else _made()
    even = roll_likelihood(Even(), splits["valid"]).nats_per_frame
    checks = [
        Check("chance one half", even, 60.99, 61.0, "88 ln 2 = 60.997"),
    ]
    most = even
    for name, fit in (("shares of the keys", fit_key_shares), ("keys that stay", fit_staying)):
        models = [fit(splits["train"], weight) for weight in WEIGHTS]
        best = min(models, key=lambda model: roll_likelihood(model, splits["valid"]).nats)
        reads = roll_likelihood(best, splits["test"]).nats_per_frame
        checks.append(Check(f"{name}, test split", reads, 0.0, most, "less than the one before"))
        most = reads
    return checks


@benchmark(
    "frames",
    title="Piano rolls of 88 keys",
    unit="nats per frame",
    citation="Boulanger-Lewandowski, Bengio & Vincent, ICML 2012; counted as by Bai, Kolter & Koltun 2018",
    self_test=self_test,
)
def measure(model: Path, data: Path, split: str, report: Report) -> Reading:
    """88 keys on or off, each foreseen by itself from the frames before, summed over keys, averaged over all frames but the first of a piece."""
    raise InvalidSetting(
        f"This benchmark is about models that foresee 88 keys side by side, and the {read_card(model).model.architecture}"
        " model foresees tokens one after another; choose jsb16 for four voices. `--self-test --data FILE` reads the baselines."
    )


def read_rolls(place: Path) -> dict[str, list[Roll]]:
    """The rolls of every split of a file.

    Raises
    ------
    UnreadableFile
        Where the file is none of that form, or unpacks to more than ``MOST_UNPACKED`` bytes.
    """
    import scipy.io  # half a second, for who reads such a file

    path = data_files(place, (), (".mat",))[0]
    _check_unpacked(path)
    try:
        # Only what is asked for is read; other variables may hold anything.
        content = scipy.io.loadmat(path, variable_names=list(NAMES.values()))
        splits = {
            split: [_roll(cell) for cell in content[name].reshape(-1)]
            for split, name in NAMES.items()
        }
    except Exception as error:  # scipy raises whatever a damaged file makes it
        raise UnreadableFile(
            f"{path.name} holds no {', '.join(NAMES.values())} of T x {KEYS} ({error}); get a complete copy."
        ) from error
    if not all(splits.values()):
        raise UnreadableFile(f"{path.name} has an empty split; get a complete copy.")
    return splits


def _roll(cell: np.ndarray) -> Roll:
    if cell.ndim != 2 or cell.shape[1] != KEYS or not np.isin(cell, (0, 1)).all():
        raise ValueError(f"a piece of shape {cell.shape}")
    return cell.astype(bool)


def _check_unpacked(path: Path) -> None:
    """Walk the variables of a MATLAB 5 file and unpack each, block by block, without keeping it."""
    data = path.read_bytes()
    place, size = _HEADER, 0
    order: Literal["big", "little"] = "big" if data[126:128] == b"MI" else "little"
    while place + _TAG <= len(data):
        kind = int.from_bytes(data[place : place + 4], order)
        length = int.from_bytes(data[place + 4 : place + 8], order)
        block = data[place + _TAG : place + _TAG + length]
        place += _TAG + length
        if kind != _PACKED:
            size += length
            continue
        unpacker = zlib.decompressobj()
        while block and size <= MOST_UNPACKED:
            try:
                size += len(unpacker.decompress(block, 1 << 20))
            except zlib.error as error:
                raise UnreadableFile(
                    f"{path.name} is damaged ({error}); get a complete copy."
                ) from error
            block = unpacker.unconsumed_tail
    if size > MOST_UNPACKED:
        raise UnreadableFile(
            f"{path.name} unpacks to more than {MOST_UNPACKED >> 20} MB; a benchmark's data are smaller."
        )


def _made() -> dict[str, list[Roll]]:
    """Rolls for a self-test without data: keys that come and go, the low ones and the high ones seldom."""
    random = np.random.default_rng(0)
    comes = 0.04 * np.exp(-(((np.arange(KEYS) - 44) / 16) ** 2))

    def piece(length: int) -> Roll:
        roll = np.zeros((length, KEYS), bool)
        for now in range(1, length):
            roll[now] = random.random(KEYS) < np.where(roll[now - 1], 0.7, comes)
        return roll

    return {
        split: [piece(100) for _ in range(count)]
        for split, count in zip(NAMES, (40, 10, 10), strict=True)
    }
