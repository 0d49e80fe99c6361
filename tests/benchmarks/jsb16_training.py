"""The chorale network, trained for ``jsb16`` on the benchmark's own training split in twelve keys, and read in one key and in five.

::

    PYTHONPATH=. python tests/benchmarks/jsb16_training.py --data jsb16/ --home FOLDER [--epochs 14]

``--data`` holds ``train.json`` and ``valid.json``; ``--home`` becomes a workspace. The data state no key, so the chorale grid takes all
pieces for C major and has nothing to bring into one key. Each chorale of the training split is therefore written in twelve keys, and all twelve are
one family, which stands in one split: 97 in a hundred are learned from, and the best epoch is chosen by the rest. ``valid.json`` is
read at the end alone: each piece in its own key, in five keys at once, as ``--keys`` has it, and so with a memory of the piece (``--recall``).
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from workbench.corpora.jsb_16th import SILENCE, read_frames

KEYS = range(-6, 6)  # semitones
DATASET = ("jsb", "--where", "collection:jsb-16th", "--split", "97/3/0", "--seed", "0")
NETWORK = ("dropout=0.3", "units=256", "sounding=true")
TRAINING = ("ema_momentum=0.99", "batch_size=16", "window=256", "seed=1", "samples=never", "patience=2")  # fmt: skip


def main() -> None:
    """Everything, from the file to the figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=14)
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    everywhere = options.home / "train.json"
    everywhere.write_text(json.dumps(in_twelve_keys(options.data / "train.json")))

    def workbench(*words: str) -> str:
        command = [sys.executable, "-m", "workbench", *words]
        environment = os.environ | {"WORKBENCH_HOME": str(options.home)}
        done = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        print(done.stdout)
        return done.stdout

    workbench("corpora", "load", "jsb-16th", "--from", str(everywhere))
    workbench("datasets", "create", *DATASET)
    settings = (f"epochs={options.epochs}", *NETWORK, *TRAINING)
    model = ("--architecture", "chorale", "--tokenizer", "chorale-grid")
    trained = workbench("train", "--dataset", "jsb", *model, "--set", *settings, "--json")
    read = ("benchmark", "jsb16", "--model", json.loads(trained)["id"], "--data", str(options.data))
    for way in (("--keys", "1"), ("--keys", "5"), ("--keys", "5", "--recall")):
        workbench(*read, *way)


def in_twelve_keys(path: Path) -> dict[str, list]:
    """The chorales of a split, as its file has them, in every key; what is silent stays so."""
    chorales = read_frames(path.read_bytes(), path.name)["train"]
    return {
        "train": [
            [
                [pitch + key if pitch > SILENCE else pitch for pitch in frame]
                for frame in each.tolist()
            ]
            for key in KEYS
            for each in chorales
        ]
    }


if __name__ == "__main__":
    main()
