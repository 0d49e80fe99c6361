import pytest
from workspaces import copied

from workbench.services import activity, importing
from workbench.workspace import open_workspace


@pytest.fixture
def workspace(tmp_path):
    return open_workspace(tmp_path / "workspace")


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    """A workspace with sixty tunes of Ryan's Mammoth, to be copied."""
    workspace = open_workspace(tmp_path_factory.mktemp("loaded"))
    job = importing.load_corpus(workspace, "ryans-mammoth", limit=60)
    done = activity.finish(workspace, job)
    assert done.state == "done", done.details
    return workspace


@pytest.fixture
def filled(loaded, tmp_path):
    """A workspace with sixty tunes of Ryan's Mammoth, of the test's own."""
    return copied(loaded, tmp_path / "filled")
