"""Files of piano rolls, and hostile ones, with rolls of installed chorales."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import scipy.io

from workbench.core.errors import UnreadableFile
from workbench.core.rolls import KEYS, LOWEST
from workbench.core.score import TICKS_PER_QUARTER, Meter
from workbench.corpora import CORPORA
from workbench.formats import matlab_rolls
from workbench.formats.matlab_rolls import SPLITS, decode_rolls

CORPUS = CORPORA.get("piano-rolls")


def roll_of(score, frame):
    """Which keys sound at each frame."""
    roll = np.zeros((score.end // frame, KEYS), bool)
    for note in score.notes:
        begin, end = note["onset"], note["onset"] + note["duration"]
        roll[-(-begin // frame) : -(-end // frame), note["pitch"] - LOWEST] = True
    return roll


def mat(tmp_path, compress=True, **splits):
    cells = {}
    for split, variable in SPLITS.items():
        cells[variable] = np.empty((1, len(splits.get(split, []))), object)
        for number, roll in enumerate(splits.get(split, [])):
            cells[variable][0, number] = roll
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, cells, do_compression=compress)
    return path.read_bytes()


@pytest.fixture(scope="module")
def chorales():
    corpus = CORPORA.get("bach-chorales")
    scores = [corpus.read(member).score for member in corpus.members()[:3]]
    return [roll_of(score, TICKS_PER_QUARTER) for score in scores]


@pytest.mark.parametrize(("name", "quarters"), [("JSB_Chorales", 1), ("Nottingham", 0.5)])
@pytest.mark.parametrize("compress", [True, False])
def test_what_is_read_has_the_same_rolls(chorales, tmp_path, name, quarters, compress):
    data = mat(tmp_path, compress, train=[each.astype(float) for each in chorales[:2]], test=[chorales[2].astype(np.uint8)])  # fmt: skip
    readings = CORPUS.read_file(data, f"mdata/{name}.mat")
    assert [each.title for each in readings] == [f"{name} train 1", f"{name} train 2", f"{name} test 1"]  # fmt: skip
    frame = int(quarters * TICKS_PER_QUARTER)
    for roll, reading in zip(chorales, readings, strict=True):
        assert np.array_equal(roll_of(reading.score, frame), roll[: reading.score.end // frame])
        assert not roll[reading.score.end // frame :].any()
        # What stays is held: no key begins where it sounded before.
        begun = roll.copy()
        begun[1:] &= ~roll[:-1]
        assert len(reading.score.notes) == begun.sum()
        assert reading.score.meters == (Meter(0, 4, 4),)


@pytest.mark.parametrize("order", ["<", ">"])
def test_rolls_as_matlab_packs_them(order):
    """Doubles stored as bytes, a short name within its tag, and either order of bytes; scipy writes none of these."""

    def element(kind, content):
        if len(content) <= 4:
            return struct.pack(f"{order}I", len(content) << 16 | kind) + content.ljust(4, b"\0")
        return struct.pack(f"{order}II", kind, len(content)) + content + bytes(-len(content) % 8)

    def matrix(kind, shape, name, *content):
        head = element(6, struct.pack(f"{order}II", kind, 0))
        head += element(5, struct.pack(f"{order}2i", *shape)) + element(1, name)
        return element(14, head + b"".join(content))

    roll = np.random.default_rng(0).random((7, KEYS)) < 0.1
    cell = matrix(6, roll.shape, b"", element(2, roll.astype(np.uint8).T.tobytes()))
    other = matrix(6, (1, 1), b"x", element(2, b"\7"))
    mark = struct.pack(f"{order}H", 0x0100) + (b"IM" if order == "<" else b"MI")
    packed = zlib.compress(matrix(1, (1, 1), b"traindata", cell))
    packed = struct.pack(f"{order}II", 15, len(packed)) + packed
    data = b"MATLAB 5.0 MAT-file".ljust(124) + mark + other + packed
    found = decode_rolls(data, "x.mat")
    assert np.array_equal(found["train"], [roll]) and not found["valid"] + found["test"]


def test_silence_is_no_piece(chorales, tmp_path):
    silent = np.zeros((9, KEYS))
    data = mat(tmp_path, train=[silent, chorales[0]])
    assert [each.title for each in CORPUS.read_file(data, "x.mat")] == ["x train 2"]
    with pytest.raises(UnreadableFile, match="silence"):
        CORPUS.read_file(mat(tmp_path, train=[silent]), "x.mat")


def test_a_file_that_unpacks_without_end_is_refused_in_little_memory(monkeypatch):
    monkeypatch.setattr(matlab_rolls, "MOST_UNPACKED", 1 << 24)
    packed = zlib.compress(bytes(1 << 26))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    bomb = head + (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + packed
    tracemalloc.start()
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        decode_rolls(bomb, "bomb.mat")
    assert tracemalloc.get_traced_memory()[1] < 1 << 23
    tracemalloc.stop()


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"MATLAB".ljust(200), b"\x89HDF\r\n\x1a\n" * 40]
)
def test_what_is_no_matlab_file_is_refused(content):
    with pytest.raises(UnreadableFile, match=r"x\.mat"):
        CORPUS.read_file(content, "x.mat")


@pytest.mark.parametrize(
    "cell",
    [np.ones((5, 12)), np.ones((5, KEYS, 2)), np.full((5, KEYS), 2.0), np.full((5, KEYS), np.nan), np.array("keys")],
)  # fmt: skip
def test_rolls_of_another_form_are_refused(tmp_path, cell):
    with pytest.raises(UnreadableFile, match="T x 88"):
        CORPUS.read_file(mat(tmp_path, train=[cell]), "x.mat")


def test_a_damaged_file_is_refused_or_read(chorales, tmp_path):
    """Cut off, or with a byte changed: a sentence, never anything else."""
    data = mat(tmp_path, False, train=chorales[:1], valid=chorales[1:2], test=chorales[2:])
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        broken = bytearray(data)
        broken[int(random.integers(128, 700))] ^= int(random.integers(1, 256))
        for each in (bytes(broken), data[: int(random.integers(len(data)))]):
            try:
                CORPUS.read_file(each, "x.mat")
            except UnreadableFile as refusal:
                assert str(refusal).endswith(".")
                refused += 1
    assert refused > 40
