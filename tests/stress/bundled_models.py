"""What the bundled models promise: many compositions of each, in any key, meter and length, made as the app makes them.

    PYTHONPATH=.:tests nice -n 15 python tests/stress/bundled_models.py [MODEL …] [--count 1000] [--first 0] [--seed 0] [--home FOLDER]

Key (up to six signs, in a mode that was heard), meter (among those that were heard, the rare ones as often as the common), bars (4 to 32) and seed
are drawn; all else is as the page has it at first. The composer's own process composes, as it does for the page, and beside it each piece is looked at:
bars, meter and key as they were asked for, every bar full; every voice in its range, and no two notes of it at once; engraved with every note,
sounded; and the same notes read back from MusicXML and MIDI by our own readers and by mido, pretty_midi and music21. Without a name, all models that are
bundled; ``--first N --count 1`` is the piece of a number. Prints a table, and every failure with the command that makes it again; exits 1 where there is one.
"""

import argparse
import contextlib
import os
import random
import shlex
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import read_back
from kept_promises import faults
from random_requests import any_key

from workbench import formats
from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, models, steering
from workbench.services.models import Model
from workbench.store import open_store
from workbench.workspace import Workspace, open_workspace

FEWEST_BARS, MOST_BARS = 4, 32
AHEAD = 8
"""So many wait at the composer while one is looked at."""
LONGEST_WAIT = 600.0
"""Seconds."""
BATCH = 50
"""After so many, what was drawn and sounded of them is thrown away."""


@dataclass
class Tally:
    """What came of one model."""

    model: str
    pieces: int = 0
    failures: list[str] = field(default_factory=list)
    composing: float = 0.0
    """Seconds, without waiting."""
    seconds: float = 0.0
    """From the first request to the last look."""

    @property
    def row(self) -> str:
        """A line of the table."""
        each = self.composing / max(self.pieces, 1)
        good = self.pieces - len(self.failures)
        return f"| {self.model} | {self.pieces} | {good} | {self.seconds:.0f} | {each:.2f} |"


def main() -> None:
    """Compose, look, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, metavar="N", help="begin with the N-th, from 0")  # fmt: skip
    parser.add_argument("--home", type=Path, help="a workspace to keep; else one that is thrown away")  # fmt: skip
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(options.home or folder)
        names = options.models or [model.name for model in models.bundled(workspace)]
        numbers = range(options.first, options.first + options.count)
        tallies = []
        try:
            for name in names:
                tallies.append(check_many(workspace, name, list(numbers), options.seed))
                print(table(tallies), flush=True)
        finally:
            end_workers(workspace)
    sys.exit(any(tally.failures for tally in tallies))


def table(tallies: list[Tally]) -> str:
    """Markdown: the models, and what came of them."""
    head = ["| model | pieces | ok | seconds in all | to compose one |", "| --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
    return "\n".join([*head, *(tally.row for tally in tallies)])


def check_many(workspace: Workspace, name: str, numbers: list[int], seed: int) -> Tally:
    """Compose the pieces of these numbers, and look at each; what is wrong is printed at once."""
    model = models.get(workspace, name)
    asked = {number: request(model, number, seed) for number in numbers}
    tally, begun = Tally(name), time.monotonic()
    for number, made, fault in _composed(workspace, asked):
        found = [fault] if fault else faults(workspace, made) + by_others(workspace, made)
        tally.pieces += 1
        if made:
            tally.composing += composing.get(workspace, made).seconds
            composing.delete(workspace, made)
        if found:
            tally.failures.append("; ".join(found))
            print(f"WRONG, {name} {number}: {'; '.join(found)}\n    {again(asked[number])}", flush=True)  # fmt: skip
        tally.seconds = time.monotonic() - begun
        if tally.pieces % BATCH == 0:
            print(f"{name}: {tally.pieces} of {len(numbers)}, {tally.seconds:.0f} s", flush=True)
            _tidy(workspace)
    return tally


def request(model: Model, number: int, seed: int = 0) -> ComposeRequest:
    """The n-th request to a model: what is drawn, and all else as the page has it."""
    rng = random.Random(f"{seed} {number}")
    return ComposeRequest(
        model.name, bars=rng.randint(FEWEST_BARS, MOST_BARS), seed=rng.randrange(10**6), key=any_key(model, rng),
        meter=rng.choice(list(model.card.heard.meters)), **steering.usual(model.card), **steering.usual_chances(model.card),
    )  # fmt: skip


def again(asked: ComposeRequest) -> str:
    """The command that makes it again."""
    return shlex.join([
        *["python", "-m", "workbench", "compose"], "--model", asked.model, "--bars", str(asked.bars), "--seed", str(asked.seed),
        "--key", str(asked.key), "--meter", str(asked.meter), "--out", "again.mid", "again.musicxml",
    ])  # fmt: skip


def by_others(workspace: Workspace, composition: str) -> list[str]:
    """The same of its files, by other people's libraries."""
    score = composing.score(workspace, composition)
    read = read_back.read_by_music21(formats.encode(score, ".musicxml", title="A piece"), ".musicxml")  # fmt: skip
    return [
        *read_back.faults_of_midi(formats.encode(score, ".mid", title="A piece"), score),
        *read_back.faults_of_notation(read, score, "A piece"),
    ]


def end_workers(workspace: Workspace) -> None:
    """Let the composer go."""
    with open_store(workspace) as store:
        for worker in store.jobs.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker["pid"], signal.SIGTERM)


def _composed(
    workspace: Workspace, asked: dict[int, ComposeRequest]
) -> Iterator[tuple[int, str, str]]:
    """By its number every composition as it comes, or why there is none. A few wait at the composer."""
    waiting: deque[tuple[int, str]] = deque()
    left = deque(asked.items())
    while left or waiting:
        while left and len(waiting) < AHEAD:
            number, each = left.popleft()
            job = composing.enqueue(workspace, each)
            activity.launch(workspace, job)
            waiting.append((number, job))
        number, job = waiting.popleft()
        ended = activity.wait(workspace, job, seconds=LONGEST_WAIT)
        if ended.state == "done":
            yield number, ended.result["composition"], ""
        else:
            yield number, "", f"{ended.state}: {ended.message}"


def _tidy(workspace: Workspace) -> None:
    for path in workspace.cache.iterdir():
        if path.suffix in (".json", ".flac"):
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
