import pytest

from workbench.services import activity, importing
from workbench.workspace import open_workspace


@pytest.fixture
def workspace(tmp_path):
    return open_workspace(tmp_path / "workspace")


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A workspace with sixty tunes of Ryan's Mammoth. Read it; do not change its pieces."""
    workspace = open_workspace(tmp_path_factory.mktemp("filled"))
    job = importing.load_corpus(workspace, "ryans-mammoth", limit=60)
    done = activity.finish(workspace, job)
    assert done.state == "done", done.details
    return workspace
