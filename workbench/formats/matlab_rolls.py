"""Piano rolls in MATLAB files, as TCN's code reads them (``JSB_Chorales.mat``, ``Nottingham.mat``, …).

Cell arrays ``traindata``, ``validdata`` and ``testdata``, of which every cell is a piece, T x 88 of zeros and ones. No file format of the workbench:
one file holds a whole collection in its splits, and says neither meter, key nor how long a frame is.
"""

import io
import zlib
from typing import Literal

import numpy as np

from workbench.core.errors import UnreadableFile
from workbench.core.rolls import KEYS, Roll

SPLITS = {"train": "traindata", "valid": "validdata", "test": "testdata"}
MOST_UNPACKED = 1 << 30  # bytes
_HEADER, _TAG, _PACKED = 128, 8, 15


def decode_rolls(data: bytes, name: str) -> dict[str, list[Roll]]:
    """The rolls of every split that a file of that name holds; the others are empty.

    Raises
    ------
    UnreadableFile
        Where the file is none of that form, or unpacks to more than ``MOST_UNPACKED`` bytes.
    """
    import scipy.io  # half a second, for who reads such a file

    _check_unpacked(data, name)
    try:
        # Only what is asked for is read; other variables may hold anything.
        content = scipy.io.loadmat(io.BytesIO(data), variable_names=list(SPLITS.values()))
        splits = {
            split: [_roll(cell) for cell in content[variable].reshape(-1)]
            for split, variable in SPLITS.items()
        }
    except Exception as error:  # scipy raises whatever a damaged file makes it
        raise UnreadableFile(
            f"{name} holds no {', '.join(SPLITS.values())} of T x {KEYS} ({error}); get a complete copy."
        ) from error
    if not any(splits.values()):
        raise UnreadableFile(f"{name} has no rolls; get a complete copy.")
    return splits


def _roll(cell: np.ndarray) -> Roll:
    if cell.ndim != 2 or cell.shape[1] != KEYS or not np.isin(cell, (0, 1)).all():
        raise ValueError(f"a piece of shape {cell.shape}")
    return cell.astype(bool)


def _check_unpacked(data: bytes, name: str) -> None:
    """Walk the variables of a MATLAB 5 file and unpack each, block by block, without keeping it."""
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
                    f"{name} is damaged ({error}); get a complete copy."
                ) from error
            block = unpacker.unconsumed_tail
    if size > MOST_UNPACKED:
        raise UnreadableFile(
            f"{name} unpacks to more than {MOST_UNPACKED >> 20} MB; a collection of rolls is smaller."
        )
