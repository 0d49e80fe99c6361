"""Recordings survive packing, and damaged bytes are refused."""

import json
import zlib

import numpy as np
import pytest

from workbench.core.errors import UnreadableFile
from workbench.core.recording import Recording, pack_recording, unpack_recording


def recording(**changes: object) -> Recording:
    rng = np.random.default_rng(0)
    values: dict = {
        "seconds": 12.5, "sample_rate": 44100, "channels": 2, "loudness": -14.25, "tempo": 96.5,
        "fingerprint": "0123456789abcdef" * 4,
        "peaks": rng.uniform(-1, 1, (1000, 2)).astype(np.float32),
        "mel": rng.integers(0, 256, (64, 512), dtype=np.uint8),
    }  # fmt: skip
    return Recording(**(values | changes))


@pytest.mark.parametrize(
    "changes",
    [{}, {"tempo": None}, {"loudness": float("-inf")}, {"peaks": np.zeros((1, 2)), "mel": np.zeros((64, 1))}],
)  # fmt: skip
def test_what_is_packed_is_unpacked(changes: dict) -> None:
    before = recording(**changes)
    after = unpack_recording(pack_recording(before))
    assert after == before
    assert pack_recording(after) == pack_recording(before)
    assert (after.tempo, after.loudness) == (before.tempo, before.loudness)


def test_recordings_differ_where_a_number_does() -> None:
    peaks = recording().peaks.copy()
    peaks[3, 0] = 0.125
    assert recording() != recording(peaks=peaks)
    assert recording() != recording(seconds=13.0)


def test_the_thumbnails_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        recording().mel[0, 0] = 1


@pytest.mark.parametrize(
    "changes",
    [
        {"peaks": np.zeros(10)}, {"mel": np.zeros(10)}, {"seconds": -1.0}, {"sample_rate": 0},
        {"channels": 0}, {"fingerprint": "x" * 64}, {"fingerprint": "ab"},
    ],
)  # fmt: skip
def test_numbers_that_make_no_recording(changes: dict) -> None:
    with pytest.raises(ValueError):
        recording(**changes)


def packed(header: object, numbers: bytes = b"") -> bytes:
    return zlib.compress(json.dumps(header).encode() + b"\n" + numbers)


GOOD = pack_recording(recording())


@pytest.mark.parametrize(
    "data",
    [
        b"", b"nothing", GOOD[:-20], zlib.compress(bytes(17 * 2**20)), packed([]), packed({}),
        packed({"peaks": [1, 2], "mel": [1, 1]}, bytes(9)), packed({"peaks": [-1, 2], "mel": [8, 1]}),
    ],
)  # fmt: skip
def test_damaged_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="import its file again"):
        unpack_recording(data)
