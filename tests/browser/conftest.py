"""What the browser tests share: one headless Chromium, and real servers on free ports."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from workbench.store import open_store
from workbench.workspace import open_workspace

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 60
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]

Serve = Callable[..., str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """An installed Chromium, without a window."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail("The browser tests need Chromium; on Debian: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """``serve(script, home=…, **environment)``: the address of a Streamlit server of that script.

    The workspace is a folder of the module's own unless ``home`` says otherwise. The server ends with
    the module, and all that it started in its process group with it.
    """
    tmp_path = tmp_path_factory.mktemp("server")
    servers: list[subprocess.Popen] = []

    def start(script: Path, home: Path | None = None, **environment: str) -> str:
        port = _free_port()
        log = (tmp_path / f"server-{port}.log").open("w")
        own = {"WORKBENCH_HOME": str(home or tmp_path / "home"), "PYTHONPATH": str(REPOSITORY)}
        command = [sys.executable, "-m", "streamlit", "run", str(script)]
        command += ["--server.port", str(port), "--server.headless", "true"]
        servers.append(
            subprocess.Popen(
                [*command, "--server.address", "localhost"],
                cwd=REPOSITORY,  # where .streamlit/config.toml is
                env={**os.environ, **own, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        )
        _wait_until_healthy(servers[-1], port, Path(log.name))
        return f"http://localhost:{port}"

    yield start
    for server in servers:
        _end(server)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where a module's server keeps its things; the composer that it starts ends with the module."""
    home = tmp_path_factory.mktemp("workspace") / "home"
    yield home
    with open_store(open_workspace(home)) as store:
        for worker in store.jobs.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker["pid"], signal.SIGTERM)


@pytest.fixture(scope="module")
def address(serve: Serve, home: Path) -> str:
    """The app over that workspace."""
    return serve(REPOSITORY / "Home.py", home=home)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(server: subprocess.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")


def _end(server: subprocess.Popen) -> None:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
