"""What all tests share: a workspace of their own, and generated examples that are the same every time."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

import workbench  # noqa: F401  # before any test loads Keras: it loads Python's SQLite

SLOW_FIRST = (
    "test_journey.py",
    "zoo",
    "training",
    "jobs",
    "browser",
    "test_command_line.py",
    "services",
)
"""Folders and files of tests that take long: begun last, one would keep a worker busy while the others are done.

Those in a browser are spread: two browsers at once leave two cores no time to play.
"""

# Most of what is trained here is trained for seconds: networks are compiled quickly, for quick compiling is what takes the time.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

# Derandomised: a change breaks the tests, never the day of the week.
settings.register_profile("house", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("house")


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    ranks = {name: rank for rank, name in enumerate(SLOW_FIRST)}

    def rank(item):
        parts = item.path.relative_to(here).parts
        return min(ranks.get(part, len(ranks)) for part in (parts[0], parts[-1]))

    items.sort(key=rank)


@pytest.fixture(scope="session", autouse=True)
def _own_workspace(tmp_path_factory):
    """No test touches the music of the person who runs it, nor do the processes it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("workspace")))
        yield
