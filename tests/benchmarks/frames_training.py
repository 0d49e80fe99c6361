"""Networks of piano rolls, trained for ``frames`` on a file's own training split in twelve keys, and read.

::

    PYTHONPATH=. python tests/benchmarks/frames_training.py --data JSB_Chorales.mat --home FOLDER [--epochs 12] [--architectures lstm transformer]

``--home`` becomes a workspace. The data state no key, so all of it is taken for C major and has to be heard in every key: each piece of the
training split is written in twelve (those that leave the 88 keys are left out), and all twelve are one family, which stands in one split: 97 in a hundred are learned from,
and the best epoch is chosen by the rest. The file's valid split decides between the architectures and the ways to read them (in one key or five, without or with a
memory of the piece), and the test split is read once, by the best. The networks are not told where a piece ends.

``--from-jsb16 FOLDER`` makes a **stand-in** where the file itself is not at hand: quarter frames (every fourth of a sixteenth) of ``train.json`` and ``valid.json`` of the
benchmark ``jsb16``. There is no test split among these, so the first half of valid.json's pieces stands for valid and the second half for test. Figures on it are not
figures on ``JSB_Chorales.mat``.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import scipy.io

from workbench.core.rolls import KEYS, LOWEST, Roll
from workbench.core.score import TICKS_PER_QUARTER
from workbench.corpora.jsb_16th import SILENCE, read_frames
from workbench.corpora.piano_rolls import CHORALES, frame_ticks
from workbench.formats.matlab_rolls import SPLITS, decode_rolls

WAYS = ((), ("--keys", "5"), ("--keys", "5", "--recall"))
SEMITONES = range(-6, 6)
QUARTER = 4  # sixteenths
DESCRIPTION = b"MATLAB 5.0 MAT-file, piano rolls"
STAND_IN = f"{CHORALES}_stand_in"
DATASET = ("rolls", "--where", "collection:piano-rolls", "--split", "97/3/0", "--seed", "0")
NETWORKS = {"lstm": ("units=256", "layers=2", "dropout=0.4"), "transformer": ("dropout=0.3",)}
TRAINING = ("ema_momentum=0.99", "batch_size=16", "window=256", "seed=1", "samples=never", "patience=2")  # fmt: skip


def main() -> None:
    """Everything, from the file to the figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="a .mat file of rolls")
    source.add_argument("--from-jsb16", type=Path, help="make a stand-in of these frames")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--architectures", nargs="+", default=["lstm"])
    parser.add_argument("--pieces", type=int, help="learn from so many pieces alone, to try it out")
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    data = options.data or stand_in(options.from_jsb16, options.home / f"{STAND_IN}.mat")
    train = decode_rolls(data.read_bytes(), data.name)["train"][: options.pieces]
    copies = options.home / "twelve keys" / data.name
    copies.parent.mkdir(exist_ok=True)
    write_rolls(copies, {"train": in_twelve_keys(train)})

    def workbench(*words: str) -> str:
        command = [sys.executable, "-m", "workbench", *words]
        environment = os.environ | {"WORKBENCH_HOME": str(options.home)}
        done = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        print(done.stdout, flush=True)
        return done.stdout

    def read(run: str, split: str, way: tuple[str, ...]) -> float:
        words = ("benchmark", "frames", "--model", run, "--data", str(data), "--split", split, *way)
        return float(json.loads(workbench(*words, "--json"))["value"])

    workbench("corpora", "load", "piano-rolls", "--from", str(copies))
    workbench("datasets", "create", *DATASET)
    grid = (f"steps_per_quarter={TICKS_PER_QUARTER // frame_ticks(data.stem)}", "tells_end=false")
    found: dict[tuple[str, ...], tuple[float, str]] = {}
    for name in options.architectures:
        settings = (f"epochs={options.epochs}", *grid, *NETWORKS.get(name, ()), *TRAINING)
        model = ("--architecture", name, "--tokenizer", "piano-roll")
        trained = workbench("train", "--dataset", "rolls", *model, "--set", *settings, "--json")
        run = json.loads(trained)["id"]
        found |= {(name, *way): (read(run, "valid", way), run) for way in WAYS}
    best = min(found, key=lambda each: found[each][0])
    test = read(found[best][1], "test", best[1:])
    print({" ".join(each): valid for each, (valid, _) in found.items()})
    print(f"test, {' '.join(best)}: {test}")


def in_twelve_keys(rolls: list[Roll]) -> list[Roll]:
    """Every roll moved by each of ``SEMITONES`` that leaves all of it on the keyboard."""
    result = []
    for semitones in SEMITONES:
        for roll in rolls:
            moved = np.roll(roll, semitones, axis=1)
            wrapped = moved[:, :semitones] if semitones > 0 else moved[:, KEYS + semitones :]
            if not semitones or not wrapped.any():
                result.append(moved)
    return result


def stand_in(folder: Path, path: Path) -> Path:
    """Quarter frames of the frames in a folder, as a file of rolls."""
    pieces = {}
    for name in ("train", "valid"):
        file = folder / f"{name}.json"
        pieces[name] = [_roll(frames) for frames in read_frames(file.read_bytes(), file.name)[name]]
    half = len(pieces["valid"]) // 2
    splits = {"train": pieces["train"], "valid": pieces["valid"][:half], "test": pieces["valid"][half:]}  # fmt: skip
    return write_rolls(path, splits)


def _roll(frames: np.ndarray) -> Roll:
    """What sounds at every quarter of (T, 4) sixteenth frames."""
    quarters = frames[::QUARTER]
    roll = np.zeros((len(quarters), KEYS), bool)
    at, voice = np.nonzero(quarters != SILENCE)
    roll[at, quarters[at, voice] - LOWEST] = True
    return roll


def write_rolls(path: Path, splits: dict[str, list[Roll]]) -> Path:
    """A MATLAB file of rolls; a split that is not given is empty."""
    cells = {}
    for split, variable in SPLITS.items():
        rolls = splits.get(split, [])
        cells[variable] = np.empty((1, len(rolls)), object)
        for number, roll in enumerate(rolls):
            cells[variable][0, number] = roll.astype(np.float64)
    scipy.io.savemat(path, cells, do_compression=True)
    # scipy writes the time into the first line; without it the same rolls are the same file.
    path.write_bytes(DESCRIPTION.ljust(116) + path.read_bytes()[116:])
    return path


if __name__ == "__main__":
    main()
