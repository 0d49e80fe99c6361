"""Take the pictures of the README from the running app: ``make screenshots``.

A workspace in a temporary folder is filled by the services (two collections, a dataset, a short training, a
few compositions), the app is served over it, and headless Chromium looks at its pages.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from workbench.core.specs import (
    ComposeRequest,
    ModelSpec,
    TokenizerSpec,
    TrainingSettings,
    TrainingSpec,
)
from workbench.services import activity, composing, datasets, importing, library, models, training
from workbench.store import open_store
from workbench.workspace import REPOSITORY, Workspace, open_workspace

IMAGES = REPOSITORY / "docs" / "images"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 180_000  # milliseconds
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Fill a workspace, serve it, and write ``docs/images``."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(folder)
        print("Filling a workspace …")
        fill(workspace)
        with served(workspace) as address, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
            look = {"base_url": address, "viewport": DESKTOP, "color_scheme": "light"}
            desktop = chromium.new_context(**look).new_page()
            take_desktop(desktop, workspace)
            dark = look | {"viewport": PHONE, "color_scheme": "dark", "device_scale_factor": 2}
            take_phone(chromium.new_context(**dark).new_page(), workspace)
            chromium.close()


def fill(workspace: Workspace) -> None:
    """Music, a dataset, a training of a minute at most, and compositions of every model."""
    for corpus, limit in (("ryans-mammoth", 300), ("bach-chorales", 20)):
        activity.finish(workspace, importing.load_corpus(workspace, corpus, limit=limit))
    datasets.create(workspace, "fiddle tunes", query="collection:ryans-mammoth")
    spec = TrainingSpec(
        "fiddle tunes",
        TokenizerSpec("melody-steps"),
        ModelSpec("lstm", {"units": 96, "layers": 1}),
        TrainingSettings(epochs=8, batch_size=16),
    )
    # In a process of its own, whose memory goes back.
    run = training.start(workspace, spec)
    training.launch(workspace, run)
    ended = activity.wait(workspace, training.job(workspace, run), seconds=600)
    assert ended.state == "done", ended.message
    for seed in range(3):
        for model in models.available(workspace):
            request = ComposeRequest(model.name, bars=8, seed=seed)
            activity.finish(workspace, composing.enqueue(workspace, request))


@contextlib.contextmanager
def served(workspace: Workspace) -> Iterator[str]:
    """The address of the app over a workspace; the server and its workers end with the block."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.headless", "true"]
    command += ["--server.address", "localhost", "--server.port", str(port)]
    environment = os.environ | {"WORKBENCH_HOME": str(workspace.home)}
    server = subprocess.Popen(command, cwd=REPOSITORY, env=environment)
    address = f"http://localhost:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/_stcore/health")
                break
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()
        with open_store(workspace) as store:
            for worker in store.jobs.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker["pid"], signal.SIGTERM)


def browser() -> str:
    """An installed Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("The pictures need Chromium; on Debian: sudo apt-get install chromium")
    return path


def take_desktop(page: Page, workspace: Workspace) -> None:
    """Every main screen on a light desktop."""
    page.set_default_timeout(PATIENCE)
    page.goto("/")
    page.get_by_role("button", name="Compose a tune").click()
    page.wait_for_selector(".player .notehead")
    take(page, "home")
    pieces, _ = library.search(workspace, "collection:ryans-mammoth jig key:D", limit=1)
    page.goto(f"/library?piece={pieces[0].id}")
    page.wait_for_selector(".player .notehead")
    take(page, "library")
    page.goto("/datasets")
    take(page, "datasets", charts=3)
    (run,) = training.runs(workspace)
    page.goto(f"/train?run={run.id}")
    take(page, "train", charts=3)
    page.goto(f"/runs?run={run.id}")
    take(page, "runs", charts=3)
    page.goto("/compose")
    page.get_by_role("button", name="Compose", exact=True).click()
    page.wait_for_selector(".player .notehead")
    take(page, "compose", charts=1)
    page.goto("/compositions")
    page.wait_for_selector(".card svg")
    take(page, "compositions")


def take_phone(page: Page, workspace: Workspace) -> None:
    """A composition on a phone in the dark."""
    page.set_default_timeout(PATIENCE)
    made, _ = composing.all(workspace, limit=1)
    page.goto(f"/compositions?composition={made[0].id}")
    page.wait_for_selector(".player .notehead")
    take(page, "phone")


def take(page: Page, name: str, *, charts: int = 0) -> None:
    """One picture, once nothing moves any more."""
    page.wait_for_selector("h1")
    page.wait_for_function(f"document.querySelectorAll('.js-plotly-plot').length >= {charts}")
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png: {(IMAGES / f'{name}.png').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
