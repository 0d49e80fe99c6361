"""What a training in the workbench takes over a bare ``model.fit`` of the same network and the same data.

The bare side is Keras alone: the same architecture, optimizer, loss and compilation, learning the batches of one epoch
again and again from memory, in one call of ``model.fit``. The workbench's side does all that a training does for each epoch: rates, watching,
events into the database of a workspace, ``last.npz``, the best weights. What a bare fit does not do at all is not counted:
encoding the dataset, and validating, exporting and composing samples, which each side could do or leave. Sides take turns of an epoch, so that whatever else the machine does befalls
both alike; reported are the medians and their ratio, by the clock and in processor time, which is the steadier one on a busy machine.

    PYTHONPATH=. python tests/benchmarks/training_overhead.py [--json] [--pieces 200] [--turns 8] [--units 256] [--layers 2]
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.runs import EpochMetrics
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.corpora import CORPORA
from workbench.jobs.home import HomeReport
from workbench.store import open_store
from workbench.tokenizers import make
from workbench.training.run import NetworkRun
from workbench.workspace import open_workspace
from workbench.zoo import ARCHITECTURES

LIMIT = 1.03


class _Unscored:
    """An objective whose validation costs nothing: a loss that falls, so that every epoch is kept as the best one."""

    def __init__(self, inner) -> None:
        self.inner, self.loss = inner, 100.0

    def __getattr__(self, name: str):
        return getattr(self.inner, name)

    def score(self, *_) -> tuple[float, float]:
        self.loss -= 0.01
        return self.loss, 0.5


def sequences(pieces: int) -> list:
    """So many tunes as tokens."""
    tokenizer, corpus, found = make(TokenizerSpec("melody-steps")), CORPORA.get("ryans-mammoth"), []
    for member in corpus.members():
        if len(found) == pieces:
            break
        try:
            found.append(tokenizer.encode(corpus.read(member).score))
        except CannotEncode:
            continue
    return found


def bare(spec: TrainingSpec, run: NetworkRun) -> Any:
    """The same network, compiled as the workbench compiles it: a ``keras.Model``."""
    import keras  # after the workbench, which loads Python's SQLite first

    architecture = ARCHITECTURES.get(spec.model.architecture)
    training = spec.training
    model = architecture.build(architecture.settings(**spec.model.settings), run.vocabulary)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            training.learning_rate,
            weight_decay=training.weight_decay,
            global_clipnorm=training.clip_norm,
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        ),
        jit_compile=True,
    )
    return model


def moment() -> NDArray[np.float64]:
    """Seconds by the clock, and of processor time of this process."""
    return np.array([time.perf_counter(), time.process_time()])


class _Turns:
    """After every epoch of the bare fit, an epoch of the workbench."""

    def __init__(self, run: NetworkRun, seconds: dict[str, list[NDArray[np.float64]]]) -> None:
        self.run, self.seconds = run, seconds
        self.began = moment()

    def begin(self, epoch: int, logs: Any) -> None:
        self.began = moment()

    def end(self, epoch: int, logs: Any) -> None:
        fitted = moment()
        metrics = self.run._epoch(epoch + 1)
        assert isinstance(metrics, EpochMetrics)
        self.run._keep(metrics)
        ended = moment()
        if epoch:
            self.seconds["bare fit"].append(fitted - self.began)
            self.seconds["workbench"].append(ended - fitted)

    def callback(self) -> Any:
        """As a ``keras.callbacks.Callback``."""
        import keras

        return keras.callbacks.LambdaCallback(on_epoch_begin=self.begin, on_epoch_end=self.end)


def measure(options: argparse.Namespace) -> dict[str, list[NDArray[np.float64]]]:
    """Seconds of each epoch on each side, the first epochs (which compile) left out."""
    tunes = sequences(options.pieces)
    spec = TrainingSpec(
        "d@1",
        TokenizerSpec("melody-steps"),
        ModelSpec("lstm", {"units": options.units, "layers": options.layers}),
        TrainingSettings(epochs=options.turns + 1, patience=0, samples="never"),
    )
    seconds: dict[str, list[NDArray[np.float64]]] = {"workbench": [], "bare fit": []}
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(home)
        with open_store(workspace) as store:
            job = store.jobs.add("train", "train", {"run": "lstm-0"}, title="overhead")
            store.db.execute("PRAGMA foreign_keys=OFF")
            claimed = store.jobs.claim("train", "benchmark", job=job)
        folder = Path(home) / "models" / "runs" / "lstm-0"
        folder.mkdir(parents=True)
        architecture = ARCHITECTURES.get("lstm")
        with HomeReport(workspace, claimed) as report:
            report.store.db.execute("PRAGMA foreign_keys=OFF")  # there is no dataset
            run = NetworkRun(
                spec, architecture, architecture.settings(**spec.model.settings),
                make(spec.tokenizer), tunes, tunes[:2], folder, report,
            )  # fmt: skip
            run.objective = _Unscored(run.objective)
            run.keeping._export_due = float("inf")
            turns = _Turns(run, seconds)
            batches = list(run.objective.epoch(0, 1))
            inputs = [
                np.concatenate(each) for each in zip(*(b.inputs for b in batches), strict=True)
            ]
            bare(spec, run).fit(
                inputs,
                np.concatenate([b.targets for b in batches]),
                sample_weight=np.concatenate([b.counted for b in batches]),
                batch_size=len(batches[0].targets), epochs=options.turns + 1, shuffle=False, verbose=0,
                callbacks=[turns.callback()],
            )  # fmt: skip
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description="The workbench's training against a bare model.fit."
    )
    parser.add_argument("--json", action="store_true")
    for name, default in (("pieces", 200), ("turns", 8), ("units", 256), ("layers", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    seconds = measure(options)
    found = {
        side: dict(zip(("clock", "processor"), np.median(each, axis=0).tolist(), strict=True))
        for side, each in seconds.items()
    }
    ratios = {k: found["workbench"][k] / found["bare fit"][k] for k in ("clock", "processor")}
    if options.json:
        print(json.dumps({"seconds_an_epoch": found, "ratio": ratios, **vars(options)}))
        return
    for side, each in found.items():
        print(
            f"{side:10} {each['clock']:7.2f} s an epoch, {each['processor']:.2f} s of processor time"
        )
    print(
        f"ratio {ratios['clock']:.3f} by the clock, {ratios['processor']:.3f} of processor time; at most {LIMIT} is allowed"
    )


if __name__ == "__main__":
    main()
