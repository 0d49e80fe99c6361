"""Scores as bytes: for the database, for pipes between processes, for portable dataset files.

Layout: a JSON header line (meters, keys, tempos, parts, number of notes), then the note array as raw
little-endian bytes, all of it zlib-compressed. No pickle: ``unpack`` builds nothing but numbers, and checks
them as ``Score`` checks any notes.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from workbench.core.errors import UnreadableFile
from workbench.core.files import written_whole
from workbench.core.records import from_json, to_json
from workbench.core.score import NOTE, Key, Meter, Part, Score, Tempo

_LEVEL = 1  # six times as fast as zlib's usual 6, and a fiftieth larger: notes are all alike
_MAX_BYTES = 64 * 2**20  # of one unpacked score: four million notes


def pack(score: Score) -> bytes:
    """The bytes of a score; equal scores give equal bytes."""
    header = {
        "meters": to_json(score.meters),
        "keys": to_json(score.keys),
        "tempos": to_json(score.tempos),
        "parts": to_json(score.parts),
    }
    line = json.dumps(header, separators=(",", ":")).encode() + b"\n"
    return zlib.compress(line + score.notes.tobytes(), _LEVEL)


def unpack(data: bytes) -> Score:
    """The score that ``pack`` wrote; ``UnreadableFile`` where the bytes are no such thing."""
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(data, _MAX_BYTES)
        if not stream.eof:
            raise ValueError("too large" if stream.unconsumed_tail else "cut off")
        line, _, notes = raw.partition(b"\n")
        header = json.loads(line)
        return Score(
            np.frombuffer(notes, dtype=NOTE),
            meters=from_json(tuple[Meter, ...], header["meters"]),
            keys=from_json(tuple[Key, ...], header["keys"]),
            tempos=from_json(tuple[Tempo, ...], header["tempos"]),
            parts=from_json(tuple[Part, ...], header["parts"]),
        )
    except (zlib.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableFile(
            f"A stored score is damaged ({error}); import its piece again."
        ) from error


def write_scores(path: Path, scores: Iterable[tuple[str, bytes]]) -> None:
    """Packed scores with their names into one zip file, written whole or not at all."""
    with written_whole(path) as partial, ZipFile(partial, "w", ZIP_STORED) as archive:
        for name, data in scores:
            archive.writestr(name, data)


def read_scores(path: Path, under: str = "") -> Iterator[tuple[str, Score]]:
    """What ``write_scores`` wrote, in the same order: one score after another whose name begins so."""
    with ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith(under):
                yield name, unpack(archive.read(name))
