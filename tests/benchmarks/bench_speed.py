"""How long the bench takes to measure pieces: 200 of them against a training set of 3,000.

    PYTHONPATH=. python tests/benchmarks/bench_speed.py [--pieces 200] [--training 3000] [--json]

Pieces are fiddle tunes, measured as compositions are: every feature, what is borrowed, collapse, and whether they are read back, engraved and
sounded. The training set is of other tunes. Told are the seconds of each part, on so many cores.
"""

import argparse
import json
import time

import numpy as np

from workbench.core.bench import Measured
from workbench.core.errors import CannotEncode
from workbench.core.machine import cores
from workbench.core.model_card import read_card
from workbench.corpora import CORPORA
from workbench.jobs.bench_music import NAMES, Training, look
from workbench.metrics.human_baseline import human_baseline
from workbench.metrics.melodies import melodies
from workbench.metrics.music_sets import music_set, reference
from workbench.metrics.originality import index_melodies
from workbench.tokenizers import make
from workbench.workspace import open_workspace

CORPUS_NAMES = ("ryans-mammoth", "oneills-1850", "airds-airs")


def main() -> None:
    """Measure, and print a line a part or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pieces", type=int, default=200)
    parser.add_argument("--training", type=int, default=3000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    corpora = [CORPORA.get(name) for name in CORPUS_NAMES]
    tunes = [corpus.read(member).score for corpus in corpora for member in corpus.members()]
    tokenizer = make(read_card(open_workspace().pretrained / "folk").tokenizer)
    heard, rest = tunes[: options.training], tunes[options.training :]
    parts: dict[str, float] = {}
    began = time.perf_counter()
    index = index_melodies([melodies(score) for score in heard])
    parts["index"] = time.perf_counter() - began
    began = time.perf_counter()
    training = Training([str(n) for n in range(len(heard))], index, human_baseline(index))
    parts["what people borrow"] = time.perf_counter() - began
    made = []
    for score in rest:
        try:
            sequence = tokenizer.encode(score)
        except CannotEncode:
            continue
        made.append((tokenizer.decode(sequence.tokens.tolist(), sequence.plan), sequence.plan))
        if len(made) == options.pieces:
            break
    began = time.perf_counter()
    looked = [look(score, training, like=n % 50, plan=plan) for n, (score, plan) in enumerate(made)]
    parts[f"{len(looked)} pieces"] = time.perf_counter() - began
    began = time.perf_counter()
    human: list[Measured] = [each.measured for each in looked[:50]]
    drawn = {n: np.stack([each.histograms[n] for each in looked]) for n in looked[0].histograms}
    beside = reference(NAMES, human, range(50), {n: rows[:50] for n, rows in drawn.items()}, [[e.measured for e in looked]])  # fmt: skip
    music_set([each.measured for each in looked], drawn, beside)
    parts["the set, with 400 draws"] = time.perf_counter() - began
    parts["all"] = sum(parts.values())
    if options.json:
        print(json.dumps({"cores": cores(), **parts}))
        return
    for name, seconds in parts.items():
        print(f"{name}: {seconds:.1f} s")


if __name__ == "__main__":
    main()
