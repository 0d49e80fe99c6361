"""What lives in which process: TensorFlow in the trainer alone, and nobody grows fat."""

import signal
import time
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, expect

from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.services import activity, datasets, importing, training
from workbench.store import open_store
from workbench.workspace import REPOSITORY, Workspace, open_workspace

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="reads Linux's /proc"),
]

WEB_MEGABYTES, COMPOSER_MEGABYTES = 300, 200
PAGES = ("library", "datasets", "train", "runs", "compose", "compositions")


def has_tensorflow(process: psutil.Process) -> bool:
    """Whether a process has mapped TensorFlow's library into its memory."""
    return "libtensorflow" in Path(f"/proc/{process.pid}/maps").read_text(errors="replace")


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


def worker(workspace: Workspace, kind: str) -> psutil.Process | None:
    with open_store(workspace) as store:
        pids = [each["pid"] for each in store.jobs.workers() if each["kind"] == kind]
    return psutil.Process(pids[0]) if pids and psutil.pid_exists(pids[0]) else None


def until(condition, seconds: float = 180.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def workspace(tmp_path: Path):
    opened = open_workspace(tmp_path / "home")
    activity.finish(opened, importing.load_corpus(opened, "ryans-mammoth", limit=60))
    datasets.create(opened, "tunes")
    yield opened
    for kind in ("composer", "trainer"):
        if process := worker(opened, kind):
            process.send_signal(signal.SIGKILL)


@pytest.mark.long
def test_tensorflow_is_in_the_trainer_alone_and_leaves_with_it(
    browser: Browser, serve, workspace: Workspace
):
    address = serve(REPOSITORY / "Home.py", home=workspace.home)
    port = address.rpartition(":")[2]
    page = browser.new_page(base_url=address)
    page.goto("/")
    page.get_by_role("button", name="Compose a tune").click()
    page.wait_for_selector(".player .notehead", timeout=60_000)

    spec = TrainingSpec(
        "tunes",
        TokenizerSpec("melody-steps"),
        ModelSpec("lstm", {"units": 16, "layers": 1}),
        TrainingSettings(epochs=2, window=64),
    )
    run = training.start(workspace, spec)
    training.launch(workspace, run)
    trainer = until(lambda: training.history(workspace, run) and worker(workspace, "trainer"))
    assert has_tensorflow(trainer)

    for name in PAGES:
        page.goto(f"/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
        page.wait_for_timeout(1500)
    web = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if port in (process.info["cmdline"] or ()) and "streamlit" in process.info["cmdline"]
    )
    composer = worker(workspace, "composer")
    assert composer is not None
    assert not has_tensorflow(web)
    assert not has_tensorflow(composer)
    assert megabytes(web) < WEB_MEGABYTES
    assert megabytes(composer) < COMPOSER_MEGABYTES

    until(lambda: training.get(workspace, run).state == "done")
    until(lambda: not psutil.pid_exists(trainer.pid), seconds=90)
    page.close()
