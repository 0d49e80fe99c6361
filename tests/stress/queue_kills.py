"""The queue of trainings under fire: runs wait, and their trainers are killed at random.

    PYTHONPATH=.:tests python tests/stress/queue_kills.py [--runs 40] [--kills 20] [--at-once 2] [--seed 0] [--networks]
        [--server] [--minutes 10] [--life 12]

Queues runs on thirty tunes, n-grams or tiny networks, and kills a trainer (SIGKILL) again and again, within seconds of its first claim; with
``--server`` a web server too, on which a browser looks at the runs, at every second time. It does so as often as is asked for, or for so
many minutes while runs are left. Then it lets the rest be trained in peace, so many at once, and looks for what must not be: a run that
has not ended, or that came to its end twice; a row that says anything else than the files of the run do. Prints what it saw, and
exits 1 where anything was amiss.
"""

import argparse
import contextlib
import itertools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable

from playwright.sync_api import sync_playwright

from workbench.core.model_card import file_digest, read_card
from workbench.core.runs import DONE, ENDED
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.jobs import TRAIN, launcher
from workbench.services import activity, datasets, importing, training
from workbench.store import open_store
from workbench.workspace import REPOSITORY, Workspace, open_workspace

LONGEST_LIFE = (
    12.0  # seconds from a trainer's first claim to its death, unless --life says otherwise
)
PATIENCE = 600.0


def main() -> None:
    """Fill, kill, look."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--life", type=float, default=LONGEST_LIFE)
    for name in ("networks", "server"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, contextlib.ExitStack() as stack:
        workspace = open_workspace(home)
        queue(workspace, options.runs, networks=options.networks)
        chance = random.Random(options.seed)
        look = stack.enter_context(Looking(workspace)) if options.server else None
        end = time.monotonic() + 60 * options.minutes
        for number in itertools.count(1):
            over = time.monotonic() > end if options.minutes else number > options.kills
            if over or not training_is_left(workspace):
                break
            if look and number % 2:
                look.again()
            kill_one(workspace, chance, life=options.life)
            print(f"kill {number}: {states(workspace)}", flush=True)
        activity.set_trainings_at_once(workspace, options.at_once)
        finish(workspace)
        print(states(workspace))
        amiss = contradictions(workspace)
    print("\n".join(amiss) or "Every run ended once, and no row contradicts its files.")
    raise SystemExit(bool(amiss))


class Looking:
    """A browser that looks at the runs on a web server; :meth:`again` kills the server and looks at a new one. A context."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.server: subprocess.Popen | None = None

    def __enter__(self) -> "Looking":
        self.playwright = sync_playwright().start()
        path = shutil.which("chromium") or shutil.which("google-chrome")
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        self.page = self.playwright.chromium.launch(executable_path=path, args=arguments).new_page()
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        self.playwright.stop()

    def again(self) -> None:
        """Kill the server, start another, and open the newest run on it; whoever looks sees to it that a trainer lives."""
        self._kill()
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.headless", "true"]
        self.server = subprocess.Popen(
            [*command, "--server.port", str(port), "--server.address", "localhost"],
            cwd=REPOSITORY,
            env=os.environ | {"WORKBENCH_HOME": str(self.workspace.home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: _answers(port))
        self.page.goto(f"http://localhost:{port}/train?run={training.runs(self.workspace)[0].id}")
        self.page.get_by_role("heading", name="Train", exact=True).wait_for(timeout=60_000)

    def _kill(self) -> None:
        if self.server:
            self.server.kill()
            self.server.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), 1):
        return True
    return False


def queue(workspace: Workspace, runs: int, *, networks: bool = False) -> None:
    """Thirty tunes, a dataset, and so many runs that wait."""
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=30))
    datasets.create(workspace, "tunes", split="70/15/15")
    for number in range(runs):
        model = ModelSpec("ngram", {"order": 2 + number % 4})
        if networks:
            model = ModelSpec("lstm", {"units": 16 * (1 + number % 4), "layers": 1})
        asked = TrainingSettings(epochs=4, window=32, batch_size=4)
        training.start(
            workspace, TrainingSpec("tunes", TokenizerSpec("melody-steps"), model, asked)
        )


def kill_one(
    workspace: Workspace,
    chance: random.Random,
    *,
    life: float = LONGEST_LIFE,
) -> None:
    """Start a trainer, and kill it within seconds of its first claim."""
    trainer = launcher.start_worker(workspace, "trainer")
    until(lambda: is_trained(workspace) or trainer.poll() is not None)
    time.sleep(chance.random() * life)
    if trainer.poll() is None:
        os.kill(trainer.pid, signal.SIGKILL)
        trainer.wait()


def is_trained(workspace: Workspace) -> bool:
    """Whether a living trainer holds a run, or nothing is left to be held."""
    with activity.open_current(workspace) as store:
        held = any(
            job.state == "running" and not job.is_interrupted for job in store.jobs.queued(TRAIN)
        )
        return held or not store.jobs.unfinished([TRAIN])


def finish(workspace: Workspace) -> None:
    """Let what is left be trained in peace, by as many trainers as are asked for."""

    def is_over() -> bool:
        if training_is_left(workspace):
            launcher.ensure_worker(workspace, "trainer")
            return False
        return True

    until(is_over)


def training_is_left(workspace: Workspace) -> bool:
    """Whether any run waits or is trained."""
    with open_store(workspace) as store:
        return store.jobs.unfinished([TRAIN])


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that has to happen."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("it did not happen in time")
        time.sleep(0.05)


def states(workspace: Workspace) -> dict[str, int]:
    """How many runs are in which state."""
    return dict(Counter(run.state for run in training.runs(workspace)))


def contradictions(workspace: Workspace) -> list[str]:
    """What must not be, a sentence each."""
    found = []
    log = (workspace.logs / "trainer.log").read_text(errors="replace")
    ends = Counter(re.findall(r"job (\w+) is over", log))
    for run in training.runs(workspace):
        job = activity.job(workspace, training.job(workspace, run.id))
        if run.state not in ENDED:
            found.append(f"{run.id} is {run.state}")
        if ends[job.id] > 1:
            found.append(f"{run.id} came to its end {ends[job.id]} times")
        if run.state == DONE:
            found += [f"{run.id}: {words}" for words in _of_files(workspace, run.id)]
    with open_store(workspace) as store:
        for pragma in ("integrity_check", "foreign_key_check"):
            rows = [tuple(row) for row in store.db.execute(f"PRAGMA {pragma}")]
            found += [f"{pragma}: {row}" for row in rows if row != ("ok",)]
    return found


def _of_files(workspace: Workspace, run: str) -> list[str]:
    """Where the rows of a run that is done say anything else than its files."""
    record, folder = training.get(workspace, run), workspace.runs / run
    epochs, kept = training.history(workspace, run), training.checkpoints(workspace, run)
    card = read_card(folder)
    is_network = record.spec.model.architecture != "ngram"
    least = min(each.valid_loss for each in epochs if each.valid_loss is not None)
    best = [each.valid_loss for each in kept if each.kind == "best"]
    agree = {
        "every epoch once": [each.epoch for each in epochs] == list(range(1, record.epoch + 1)),
        "all epochs": record.epoch == (record.spec.training.epochs if is_network else 1),
        "its checkpoints": {each.kind for each in kept} == {"best", *(["last"] if is_network else [])},
        "a file for the checkpoint": all((workspace.runs.parent / k.path).exists() for k in kept),
        "the file that the card speaks of": file_digest(folder / card.file) == card.sha256,
        "one best loss": {record.best_loss, card.valid_loss, *best} == {least},
        "one number of parameters": record.parameters == card.parameters,
        "held-out figures": record.held_out() is not None,
        "no file half written": not list(folder.glob("**/*.partial*")),
        "nothing left of the encoded music": not (folder / "sequences").exists(),
    }  # fmt: skip
    return [f"not {name}" for name, is_so in agree.items() if not is_so]


if __name__ == "__main__":
    main()
