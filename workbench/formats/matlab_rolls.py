"""Piano rolls in MATLAB files, as TCN's code reads them (``JSB_Chorales.mat``, ``Nottingham.mat``, …).

Cell arrays ``traindata``, ``validdata`` and ``testdata``, of which every cell is a piece, T x 88 of zeros and ones. No file format of the workbench:
one file holds a whole collection in its splits, and says neither meter, key nor how long a frame is.

MATLAB 5 files are read as MathWorks' *MAT-File Format* describes them, and of them what rolls need: cells of real matrices. scipy reads more, and damaged
files end its process; the tests hold this reader to what scipy writes.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from workbench.core.errors import UnreadableFile
from workbench.core.rolls import KEYS, Roll

SPLITS = {"train": "traindata", "valid": "validdata", "test": "testdata"}
MOST_UNPACKED = 1 << 30  # bytes
MOST_PIECES = 100_000
_HEADER, _TAG = 128, 8
_BLOCK = 1 << 20  # bytes that are unpacked at once, to count them
_VERSION = 0x0100
# Types of elements, and classes of matrices.
_MATRIX, _PACKED = 14, 15
_CELLS, _NUMBERS = 1, range(6, 16)
_COMPLEX = 0x0800
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}  # fmt: skip


def decode_rolls(data: bytes, name: str) -> dict[str, list[Roll]]:
    """The rolls of every split that a file of that name holds; the others are empty.

    Raises
    ------
    UnreadableFile
        Where the file is none of that form, or unpacks to more than ``MOST_UNPACKED`` bytes.
    """
    try:
        order = _order(data)
        if _unpacked(data, order) > MOST_UNPACKED:
            raise UnreadableFile(
                f"{name} unpacks to more than {MOST_UNPACKED >> 20} MB; a collection of rolls is smaller."
            )
        found = dict(_variables(data, order))
    except (ValueError, struct.error, zlib.error) as error:
        raise UnreadableFile(
            f"{name} holds no {', '.join(SPLITS.values())} of T x {KEYS} ({error}); get a complete copy."
        ) from error
    if not any(found.values()):
        raise UnreadableFile(f"{name} has no rolls; get a complete copy.")
    return {split: found.get(variable, []) for split, variable in SPLITS.items()}


def _order(data: bytes) -> str:
    """The order of bytes, as ``struct`` and NumPy write it."""
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None or struct.unpack_from(f"{order}H", data, 124)[0] != _VERSION:
        raise ValueError("it is no MATLAB 5 file")
    return order


def _unpacked(data: bytes, order: str) -> int:
    """Bytes of all variables; they are unpacked block by block, and not kept."""
    size = 0
    for kind, block in _elements(memoryview(data)[_HEADER:], order):
        if kind != _PACKED:
            size += len(block)
            continue
        unpacker, rest = zlib.decompressobj(), bytes(block)
        while rest and size <= MOST_UNPACKED:
            size += len(unpacker.decompress(rest, _BLOCK))
            rest = unpacker.unconsumed_tail
    return size


def _variables(data: bytes, order: str) -> Iterator[tuple[str, list[Roll]]]:
    """The variables that hold rolls, by name; others may hold anything and are passed over."""
    for kind, block in _elements(memoryview(data)[_HEADER:], order):
        inner = _elements(memoryview(zlib.decompress(block)), order) if kind == _PACKED else [(kind, block)]  # fmt: skip
        for each, content in inner:
            if each != _MATRIX:
                continue
            matrix = _matrix(content, order)
            if matrix.name in SPLITS.values():
                yield matrix.name, _rolls(matrix, order)


class _Matrix(NamedTuple):
    name: str
    kind: int
    is_complex: bool
    shape: tuple[int, ...]
    rest: Iterator[tuple[int, memoryview]]
    """What it holds: matrices of cells, else numbers."""


def _matrix(block: memoryview, order: str) -> _Matrix:
    """What a matrix says of itself."""
    parts = _elements(block, order)
    head = list(islice(parts, 3))
    if len(head) < 3 or len(head[0][1]) != 8:
        raise ValueError("a matrix without its head")
    flags = struct.unpack_from(f"{order}I", head[0][1])[0]
    shape = np.frombuffer(head[1][1], f"{order}i4").tolist()
    name = bytes(head[2][1]).decode("latin-1")
    return _Matrix(name, flags & 0xFF, bool(flags & _COMPLEX), tuple(shape), parts)


def _rolls(matrix: _Matrix, order: str) -> list[Roll]:
    if matrix.kind != _CELLS:
        raise ValueError(f"{matrix.name} is no cell array")
    rolls: list[Roll] = []
    for kind, block in matrix.rest:
        if kind != _MATRIX or len(rolls) == MOST_PIECES:
            raise ValueError(f"{matrix.name} holds something else, or too many pieces")
        rolls.append(_roll(_matrix(block, order), order))
    return rolls


def _roll(matrix: _Matrix, order: str) -> Roll:
    shape = matrix.shape
    if matrix.kind not in _NUMBERS or matrix.is_complex or len(shape) != 2 or shape[1] != KEYS:
        raise ValueError(f"a piece of the class {matrix.kind} and shape {shape}")
    kind, stored = next(matrix.rest, (0, memoryview(b"")))
    if kind not in _STORED:
        raise ValueError(f"numbers of the type {kind}")
    cells = np.frombuffer(stored, order + _STORED[kind])
    if len(cells) != shape[0] * KEYS or not ((cells == 0) | (cells == 1)).all():
        raise ValueError("a piece of other numbers than zeros and ones")
    return np.ascontiguousarray(cells.reshape(KEYS, shape[0]).T == 1)  # stored column by column


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Type and content of one element after another; a small one stands within its tag."""
    place = 0
    while place + _TAG <= len(data):
        kind, length = struct.unpack_from(f"{order}II", data, place)
        if kind >> 16:
            kind, length, begin, place = kind & 0xFFFF, kind >> 16, place + 4, place + _TAG
            if length > 4:
                raise ValueError("a small element that is none")
        else:
            begin = place + _TAG
            place = begin + length + (-length % 8 if kind != _PACKED else 0)
        if begin + length > len(data):
            raise ValueError("it is cut off")
        yield kind, data[begin : begin + length]
