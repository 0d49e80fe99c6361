"""What all tests share: a workspace of their own, and generated examples that are the same every time."""

import pytest
from hypothesis import settings

# Derandomised: a change breaks the tests, never the day of the week.
settings.register_profile("house", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def _own_workspace(tmp_path_factory):
    """No test touches the music of the person who runs it, nor do the processes it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("workspace")))
        yield
