"""Whether a process lives, asked of real ones: living, stopped, dead, dead and not looked after, and with another's number."""

import os
import signal
import subprocess
import sys
import time

import pytest

from workbench.core import processes
from workbench.core.processes import lives, this_process

NAMES_ITSELF = (
    "from workbench.core.processes import this_process as it; print(it(), flush=True); input()"
)
pytestmark = pytest.mark.skipif(os.name != "posix", reason="told from the silence alone")


@pytest.fixture
def other():
    """A process that does nothing, and its name."""
    child = subprocess.Popen(
        [sys.executable, "-c", NAMES_ITSELF], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    yield child, child.stdout.readline().strip()
    child.kill()
    child.communicate()


def test_a_process_lives_until_it_is_killed_even_where_nobody_looks_after_it(other):
    child, name = other
    assert lives(name) and lives(this_process()) and name != this_process()
    os.kill(child.pid, signal.SIGSTOP)
    time.sleep(0.1)
    assert lives(name), "one that is stopped lives"
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it ended, and stays in the table
    os.kill(child.pid, 0)  # a zombie has its number still
    assert lives(name) is False
    child.wait()
    assert lives(name) is False


def test_who_has_the_number_of_another_is_not_that_one(other):
    place, number, start = this_process().split(" ", 2)
    assert lives(f"{place} {number} {start}1") is False
    child, name = other
    assert lives(" ".join([place, str(child.pid), start + "1"])) is False
    assert lives(name)


def test_of_another_machine_nobody_can_tell():
    place, number, start = this_process().split(" ", 2)
    assert lives(f"another-{place} {number} {start}") is None
    for nothing in ("", "x", "x y z", f"{place} y z", f"{place} {10**30} 1"):
        assert lives(nothing) is None, nothing


def test_where_there_is_no_proc_a_close_look_tells(other, tmp_path, monkeypatch):
    """As on a Mac."""
    monkeypatch.setattr(processes, "PROC", tmp_path)
    mine = this_process()
    assert lives(mine) is True
    assert lives(mine, closely=False) is None
    child, name = other
    assert lives(name) is None, "it named itself by another place"
    place, _, start = mine.split(" ", 2)
    assert lives(f"{place} {child.pid} Thu Jan  1 00:00:00 1970") is False
    child.kill()
    child.wait()
    assert lives(f"{place} {child.pid} {start}", closely=False) is False
    monkeypatch.setenv("PATH", str(tmp_path))  # no ps
    assert this_process() == ""
    assert lives(mine) is None


def test_on_windows_nobody_is_asked(monkeypatch):
    mine = this_process()
    monkeypatch.setattr(processes.os, "name", "nt")
    assert (this_process(), lives(mine)) == ("", None)
