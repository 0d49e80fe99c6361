"""Hostile and unlucky files meet the bounded child, not us."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.core.errors import UnreadableFile
from workbench.core.score import Score, make_notes, quarters
from workbench.formats import encode
from workbench.jobs.reader import BoundedReader, Question
from workbench.jobs.reader_pool import UNDER_WAY, ReaderPool
from workbench.workspace import REPOSITORY

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


def test_the_child_reaches_no_network_and_fills_no_disk(tmp_path):
    """In a child of its own: the limits cannot be taken back."""
    code = (
        "import socket, sys\n"
        "from workbench.jobs.reader_child import FILE_BYTES, limit\n"
        "limit()\n"
        "def fill():\n"
        "    with open(sys.argv[1], 'wb') as file:\n"
        "        file.seek(FILE_BYTES)\n"
        "        file.write(b'x')\n"
        "for attempt in (lambda: socket.create_connection(('127.0.0.1', 9)),\n"
        "                lambda: socket.getaddrinfo('example.org', 80), fill):\n"
        "    try:\n"
        "        print(attempt())\n"
        "    except OSError as error:\n"
        "        print(error.errno or type(error).__name__)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "x")]
    output = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY).stdout
    assert output.split() == ["PermissionError", "PermissionError", str(errno.EFBIG)]


def test_what_a_killed_child_left_behind_is_gone(tmp_path):
    fifo = tmp_path / "endless.mid"
    os.mkfifo(fifo)
    with BoundedReader(file_seconds=0.5) as reader:
        reader.study(Question("a.mid", encode(TUNE, ".mid")))
        folder = Path(reader._child._folder.name)
        (folder / "unpacked.wav").write_bytes(b"x")
        with pytest.raises(UnreadableFile):
            reader.study(Question("endless.mid", path=fifo))
        assert not folder.exists()


def test_a_pool_gives_every_answer_and_holds_few_files_at_once(tmp_path):
    data = encode(TUNE, ".mid")
    with ReaderPool(2) as pool:
        answers = []
        for number in range(40):
            pool.put(number, Question(f"{number}.mid", data if number % 4 else b"no music"))
            while pool.is_full:
                answers += pool.ready(wait=True)
            assert pool.under_way < 2 * UNDER_WAY
        while pool.under_way:
            answers += pool.ready(wait=True)
    assert [token for token, _ in answers] == list(range(40))
    refused = {token for token, answer in answers if isinstance(answer, UnreadableFile)}
    assert refused == set(range(0, 40, 4))


def test_a_pool_that_is_left_early_does_not_wait_for_slow_files(tmp_path):
    fifo = tmp_path / "endless.mid"
    os.mkfifo(fifo)
    started = time.monotonic()
    with ReaderPool(1) as pool:
        pool.put(0, Question("endless.mid", path=fifo))
        pool.put(1, Question("endless.mid", path=fifo))
        time.sleep(0.5)
    assert time.monotonic() - started < 10


def test_a_killed_child_is_replaced(tmp_path):
    good = tmp_path / "good.mid"
    good.write_bytes(encode(TUNE, ".mid"))
    with BoundedReader() as reader:
        reader.read_file(good, "good.mid")
        os.kill(reader._child.process.pid, signal.SIGKILL)
        reader._child.process.wait()
        with pytest.raises(UnreadableFile, match=r"broke its reader"):
            reader.read_file(good, "good.mid")
        assert reader.read_file(good, "good.mid")
