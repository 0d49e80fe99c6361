"""Hostile and unlucky files meet the bounded child, not us."""

import os
import signal
import time

import pytest

from workbench.core.errors import UnreadableFile
from workbench.core.score import Score, make_notes, quarters
from workbench.formats import encode
from workbench.jobs.reader import BoundedReader

TUNE = Score(make_notes((quarters(i), quarters(1), 60 + i) for i in range(8)))


@pytest.fixture(scope="module")
def reader():
    with BoundedReader() as opened:
        yield opened


def test_a_file_is_read_in_the_child_as_it_is_here(reader, tmp_path):
    path = tmp_path / "tune.mid"
    path.write_bytes(encode(TUNE, ".mid"))
    (reading,) = reader.read_file(path, "my tune.mid")
    assert reading.score.notes.tolist() == TUNE.notes.tolist()


def test_a_refusal_names_the_file_as_the_person_knows_it(reader, tmp_path):
    path = tmp_path / "0123abcd.mid"
    path.write_bytes(b"")
    with pytest.raises(UnreadableFile, match=r"^my tune\.mid is empty"):
        reader.read_file(path, "my tune.mid")


def test_a_file_that_takes_too_long_is_refused_and_the_next_one_read(tmp_path):
    good = tmp_path / "good.mid"
    good.write_bytes(encode(TUNE, ".mid"))
    fifo = tmp_path / "endless.mid"
    os.mkfifo(fifo)  # reading it waits for a writer that never comes
    with BoundedReader(file_seconds=1.0) as reader:
        reader.read_file(good, "good.mid")
        started = time.monotonic()
        with pytest.raises(UnreadableFile, match="took longer than 1 second"):
            reader.read_file(fifo, "endless.mid")
        assert time.monotonic() - started < 5
        assert reader.read_file(good, "good.mid")


def test_a_killed_child_is_replaced(tmp_path):
    good = tmp_path / "good.mid"
    good.write_bytes(encode(TUNE, ".mid"))
    with BoundedReader() as reader:
        reader.read_file(good, "good.mid")
        os.kill(reader._process.pid, signal.SIGKILL)
        reader._process.join()
        with pytest.raises(UnreadableFile, match=r"broke its reader"):
            reader.read_file(good, "good.mid")
        assert reader.read_file(good, "good.mid")
