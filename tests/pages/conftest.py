"""Pages over real workspaces: an empty one, and one filled with real music by the services."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_pages import brisk_runs  # noqa: F401  # a fixture of every test here
from workspaces import copied

from workbench.core.specs import ComposeRequest, ModelSpec, TokenizerSpec, TrainingSpec
from workbench.jobs.registration import Registration
from workbench.services import activity, composing, datasets, importing, training
from workbench.workspace import Workspace, open_workspace


def fill(workspace: Workspace) -> None:
    """Thirty tunes, a dataset, a trained n-gram, and a composition."""
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=30))
    datasets.create(workspace, "tunes", split="70/15/15")
    spec = TrainingSpec("tunes", TokenizerSpec("melody-steps"), ModelSpec("ngram"))
    run = training.start(workspace, spec)
    activity.finish(workspace, training.job(workspace, run))
    request = ComposeRequest(model=run, bars=4, seed=1)
    activity.finish(workspace, composing.enqueue(workspace, request, title="A first tune"))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was filled once, to be copied by every test that changes it."""
    home = tmp_path_factory.mktemp("filled")
    fill(open_workspace(home))
    return home


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace, the one that pages see."""
    return _entered(tmp_path / "home", monkeypatch)


@pytest.fixture
def full_workspace(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A filled workspace of the test's own, the one that pages see."""
    copied(open_workspace(filled), tmp_path / "home")
    return _entered(tmp_path / "home", monkeypatch)


def _entered(home: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    return open_workspace(home)


@pytest.fixture
def on_duty(full_workspace: Workspace) -> Iterator[Workspace]:
    """A filled workspace where the test itself has signed on as both workers.

    So a page that sees to it that somebody works starts no process, and the test does the jobs.
    """
    ended, ready = threading.Event(), threading.Barrier(3)

    def serve(kind: str) -> None:
        with Registration(full_workspace, kind) as registration:
            ready.wait()
            while not ended.wait(0.5):
                registration.beat()

    threads = [threading.Thread(target=serve, args=(kind,)) for kind in ("composer", "trainer")]
    for thread in threads:
        thread.start()
    ready.wait()
    yield full_workspace
    ended.set()
    for thread in threads:
        thread.join()


@pytest.fixture(autouse=True)
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a page in a test starts no supervisor and no composer: hundreds of pages are opened."""
    monkeypatch.setattr(activity, "look_after", lambda workspace: None)
    monkeypatch.setattr(activity, "warm_up", lambda workspace: None)
