"""How quick and how light the app is: memory of its processes, reruns, and the time to the first sound.

::

    PYTHONPATH=. python tests/benchmarks/app_speed.py [--pieces 3000] [--training] [--json]

Fills a temporary workspace with real tunes, serves the app over it, visits every page in headless Chromium, and prints

- the resident memory of the web process after all pages were visited, and of the composer;
- for every page the median time of a rerun, of its script in a process of its own (AppTest), with
  so many pieces in the library, and with ``--training`` while a run trains in the background;
- from the click on *Compose a tune* to the moment the sound can be played: cold (no composer runs) and warm;
- from the click on a piece of the library to the moment its preview is there: score and sound;
- from the click on *Start training* to the first loss on the chart, while no trainer runs.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright
from streamlit.testing.v1 import AppTest

from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.services import activity, composing, datasets, importing, library, training
from workbench.store import open_store
from workbench.workspace import REPOSITORY, Workspace, open_workspace

PAGES = ("library", "datasets", "train", "runs", "compose", "compositions")
COLLECTIONS = ("ryans-mammoth", "oneills-1850", "bach-chorales")
RERUNS = 15
WARM_CLICKS, PREVIEWS = 5, 9
PREVIEWED = ("ryans-mammoth", "bach-chorales")
TRAINED = ("ryans", "all")
POLLED = 50  # milliseconds; the whole page is looked through each time
ROW, HEADING = 35, 35  # height in pixels of a row of the table, and of its heading
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pieces", type=int, default=3000)
    parser.add_argument("--training", action="store_true", help="measure while a run trains")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="workbench-speed-"))
    workspace = open_workspace(home)
    try:
        figures = {"machine": f"{os.cpu_count()} cores, {platform.machine()}"}
        figures["pieces"] = fill(workspace, options.pieces)
        figures |= served(workspace)
        if options.training:
            start_training(workspace)
        figures |= reruns(workspace, " while training" if options.training else "")
    finally:
        end_workers(workspace)
        shutil.rmtree(home, ignore_errors=True)
    if options.json:
        print(json.dumps(figures))
    else:
        print("| figure | value |\n|---|---|")
        print("\n".join(f"| {name} | {value} |" for name, value in figures.items()))


def fill(workspace: Workspace, pieces: int) -> int:
    """Load collections until there are so many pieces; how many there are."""
    for name in COLLECTIONS:
        missing = pieces - library.search(workspace, limit=1)[1]
        if missing > 0:
            activity.finish(workspace, importing.load_corpus(workspace, name))
    datasets.create(workspace, "all", query="-collection:bach-chorales")
    datasets.create(workspace, "ryans", query="collection:ryans-mammoth")
    return library.search(workspace, limit=1)[1]


def start_training(workspace: Workspace) -> None:
    """A run in the background, and a few seconds for it to get going."""
    spec = TrainingSpec(
        "all", TokenizerSpec("melody-steps"), ModelSpec("lstm"), TrainingSettings(epochs=50)
    )
    run = training.start(workspace, spec)
    training.launch(workspace, run)
    end = time.monotonic() + 180
    while not training.steps(workspace, run) and time.monotonic() < end:
        time.sleep(0.5)


def reruns(workspace: Workspace, remark: str) -> dict[str, str]:
    """Median time of a rerun of every page."""
    os.environ["WORKBENCH_HOME"] = str(workspace.home)
    found = {}
    for name in ("home", *PAGES):
        path = REPOSITORY / ("Home.py" if name == "home" else f"pages/{name}.py")
        app = AppTest.from_file(str(path), default_timeout=120).run()
        times = []
        for _ in range(RERUNS):
            started = time.perf_counter()
            app.run()
            times.append(time.perf_counter() - started)
        found[f"rerun of {name}{remark}, median"] = f"{statistics.median(times) * 1000:.0f} ms"
    return found


def served(workspace: Workspace) -> dict[str, str]:
    """What is measured on a real server with a real browser."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.address", "localhost"]
    environment = os.environ | {"WORKBENCH_HOME": str(workspace.home)}
    server = subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_for(port)
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
            page = browser.new_page(base_url=f"http://localhost:{port}")
            figures = first_sounds(page, workspace)
            visit_all(page, workspace)
            figures["web process after all pages"] = megabytes(server.pid)
            figures |= preview_times(page)
            figures |= first_losses(page, workspace)
            figures["web process after as many pieces more"] = megabytes(server.pid)
            browser.close()
        figures["composer"] = megabytes(worker(workspace, "composer"))
        return figures
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def first_sounds(page: Page, workspace: Workspace) -> dict[str, str]:
    """Seconds from the click to a sound that can be played: without a composer, then with one."""
    page.goto("/")
    button = page.get_by_role("button", name="Compose a tune")
    button.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    os.kill(worker(workspace, "composer"), signal.SIGKILL)
    with open_store(workspace) as store:  # nobody is signed on, as on a server that just started
        for each in store.jobs.workers():
            store.jobs.remove_worker(each["id"])
    cold, *warm = [seconds_to_sound(page, button.click) for _ in range(1 + WARM_CLICKS)]
    return {
        "click to sound, cold": f"{cold:.2f} s",
        f"click to sound, warm, median (slowest) of {WARM_CLICKS}": spread(warm),
    }


def preview_times(page: Page) -> dict[str, str]:
    """Seconds from the click on a row of the library's table to a sound that can be played, beside the score.

    Pieces that were never opened, one after the other, as a person goes back and forth; the first, for which the browser
    still loads parts of the app, is left out.
    """
    figures = {}
    for collection in PREVIEWED:
        page.goto(f"/library?search=collection:{collection}")
        times = []
        for row in range(1 + PREVIEWS):
            table = page.get_by_test_id("stDataFrame").locator("canvas").first
            table.wait_for(timeout=60_000)
            page.wait_for_timeout(2500)
            place = {"x": 240, "y": HEADING + ROW * row + ROW // 2}
            times.append(
                seconds_to_sound(
                    page, lambda table=table, place=place: table.click(position=place, force=True)
                )
            )
            page.get_by_role("button", name="All music").click()
        figures[f"click to preview, {collection}, median (slowest) of {PREVIEWS}"] = spread(
            times[1:]
        )
    return figures


def first_losses(page: Page, workspace: Workspace) -> dict[str, str]:
    """Seconds from the click on *Start training* to the first loss on the chart, of the default LSTM, while no trainer runs."""
    figures = {}
    for dataset in TRAINED:
        page.goto(f"/train?dataset={dataset}@1")
        button = page.get_by_role("button", name="Start training")
        button.wait_for(timeout=60_000)
        page.wait_for_timeout(3000)
        started = time.perf_counter()
        button.click()
        page.wait_for_function(FIRST_LOSS, timeout=180_000, polling=POLLED)
        figures[f"click to first loss, dataset {dataset}, cold trainer"] = (
            f"{time.perf_counter() - started:.1f} s"
        )
        run = training.runs(workspace)[0].id
        training.stop(workspace, run)
        while trains(workspace):  # so that the next begins without a trainer too
            time.sleep(0.5)
    return figures


FIRST_LOSS = """(() => {
    const plot = document.querySelector('[class*="st-key-loss"] .js-plotly-plot');
    return (plot?._fullData ?? []).some((trace) => (trace._length ?? 0) > 0);
})()"""


def spread(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} s ({max(times):.2f} s)"


def seconds_to_sound(page: Page, act: Callable[[], None]) -> float:
    """Until another sound than before can be played; then the page is given time to come to rest."""
    before = page.evaluate(SOUND)
    started = time.perf_counter()
    act()
    page.wait_for_function(
        f"(({SOUND}) ?? '') !== {json.dumps(before or '')}", timeout=60_000, polling=POLLED
    )
    page.wait_for_function(READY, timeout=60_000, polling=POLLED)
    seconds = time.perf_counter() - started
    page.wait_for_timeout(2000)
    return seconds


SOUND = """(() => {
    const find = (root) => {
        for (const node of root.querySelectorAll('*')) {
            if (node.tagName === 'AUDIO') return node;
            const inner = node.shadowRoot && find(node.shadowRoot);
            if (inner) return inner;
        }
        return null;
    };
    window.findAudio = () => find(document);
    return find(document)?.src ?? null;
})()"""
READY = "window.findAudio()?.readyState >= 3"


def visit_all(page: Page, workspace: Workspace) -> None:
    """Every page, with a piece and a composition opened."""
    piece = library.search(workspace, limit=1)[0][0].id
    composition = composing.all(workspace, limit=1)[0][0].id
    for path in ("/", *PAGES, f"library?piece={piece}", f"compositions?composition={composition}"):
        page.goto(f"/{path.lstrip('/')}")
        page.wait_for_timeout(4000)


def wait_for(port: int) -> None:
    """Until the server answers."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def worker(workspace: Workspace, kind: str) -> int:
    """Process id of the living worker of a kind."""
    with open_store(workspace) as store:
        return next(each["pid"] for each in store.jobs.workers() if each["kind"] == kind)


def trains(workspace: Workspace) -> bool:
    """Whether a trainer lives."""
    with open_store(workspace) as store:
        return any(each["kind"] == "trainer" for each in store.jobs.workers())


def end_workers(workspace: Workspace) -> None:
    """No worker outlives the measurement."""
    with open_store(workspace) as store:
        for each in store.jobs.workers():
            if psutil.pid_exists(each["pid"]):
                os.kill(each["pid"], signal.SIGKILL)


def megabytes(pid: int) -> str:
    """Resident memory of a process."""
    return f"{psutil.Process(pid).memory_info().rss / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
