"""The queue of trainings under fire: runs wait, and their trainers are killed at random.

    PYTHONPATH=.:tests python tests/stress/queue_kills.py [--runs 40] [--kills 20] [--at-once 2] [--seed 0] [--patient]

Queues n-gram runs on thirty tunes and kills a trainer (SIGKILL) again and again, within seconds of its first claim. Then it lets the
rest be trained in peace, so many at once, and looks for what must not be: a run that has not ended, or that came to its end twice; a row that
says anything else than the files of the run do. Prints what it saw, and exits 1 where anything was amiss. A dead trainer's
lease is ended at once, unless ``--patient`` waits for it as in life (20 s each).
"""

import argparse
import os
import random
import re
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable

from workbench.core.model_card import file_digest, read_card
from workbench.core.runs import DONE, ENDED
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.jobs import TRAIN, launcher
from workbench.services import activity, datasets, importing, training
from workbench.store import open_store
from workbench.workspace import Workspace, open_workspace

LONGEST_LIFE = 12.0  # seconds from a trainer's first claim to its death
PATIENCE = 600.0


def main() -> None:
    """Fill, kill, look."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--patient", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(home)
        queue(workspace, options.runs)
        chance = random.Random(options.seed)
        for number in range(options.kills):
            kill_one(workspace, chance, patient=options.patient)
            print(f"kill {number + 1}: {states(workspace)}", flush=True)
        activity.set_trainings_at_once(workspace, options.at_once)
        finish(workspace)
        print(states(workspace))
        amiss = contradictions(workspace)
    print("\n".join(amiss) or "Every run ended once, and no row contradicts its files.")
    raise SystemExit(bool(amiss))


def queue(workspace: Workspace, runs: int) -> None:
    """Thirty tunes, a dataset, and so many runs that wait."""
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=30))
    datasets.create(workspace, "tunes", split="70/15/15")
    for number in range(runs):
        model = ModelSpec("ngram", {"order": 2 + number % 4})
        training.start(workspace, TrainingSpec("tunes", TokenizerSpec("melody-steps"), model))


def kill_one(workspace: Workspace, chance: random.Random, *, patient: bool = False) -> None:
    """Start a trainer, and kill it within seconds of its first claim."""
    trainer = launcher.start_worker(workspace, "trainer")
    until(lambda: is_trained(workspace) or trainer.poll() is not None)
    time.sleep(chance.random() * LONGEST_LIFE)
    if trainer.poll() is None:
        os.kill(trainer.pid, signal.SIGKILL)
        trainer.wait()
    if not patient:
        with open_store(workspace) as store:
            store.db.execute("UPDATE jobs SET lease_until = 0 WHERE state = 'running'")
            store.db.execute("DELETE FROM workers")


def is_trained(workspace: Workspace) -> bool:
    """Whether a living trainer holds a run, or nothing is left to be held."""
    with open_store(workspace) as store:
        held = store.db.execute(
            "SELECT count(*) FROM jobs WHERE state = 'running' AND lease_until > ?", [time.time()]
        ).fetchone()[0]
        return bool(held) or not store.jobs.unfinished([TRAIN])


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
    agree = {
        "one epoch": [each.epoch for each in epochs] == [1] == [record.epoch],
        "one checkpoint": [each.kind for each in kept] == ["best"],
        "a file for the checkpoint": all((workspace.runs.parent / k.path).exists() for k in kept),
        "the file that the card speaks of": file_digest(folder / card.file) == card.sha256,
        "one loss": {record.best_loss, card.valid_loss, *(e.valid_loss for e in epochs), *(k.valid_loss for k in kept)} == {card.valid_loss},
        "one number of parameters": record.parameters == card.parameters,
        "held-out figures": record.held_out() is not None,
        "no file half written": not list(folder.glob("**/*.partial*")),
        "nothing left of the encoded music": not (folder / "sequences").exists(),
    }  # fmt: skip
    return [f"not {name}" for name, is_so in agree.items() if not is_so]


if __name__ == "__main__":
    main()
