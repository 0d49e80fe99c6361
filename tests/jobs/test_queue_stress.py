"""A short form of ``tests/stress/queue_kills.py``."""

import random

import pytest
from stress import queue_kills

from workbench.core.runs import DONE
from workbench.workspace import open_workspace


@pytest.mark.long
def test_runs_whose_trainers_are_killed_end_once_and_agree_with_their_files(tmp_path):
    workspace = open_workspace(tmp_path)
    queue_kills.queue(workspace, 6)
    chance = random.Random(1)
    for _ in range(2):
        queue_kills.kill_one(workspace, chance)
    queue_kills.finish(workspace)
    assert queue_kills.states(workspace) == {DONE: 6}
    assert not queue_kills.contradictions(workspace)
