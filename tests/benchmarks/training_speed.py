"""Training speed: the workbench's LSTM against the same network in PyTorch, on the same machine.

Same layers (embedding, stacked LSTM, dense), same batches of the same numbers, AdamW, float32, same threads. Each side
has a process of its own; they take turns of a few steps, so that whatever else the machine does befalls
both alike. What is reported is each side's median turn and its best. The workbench's side is
``workbench.training.network.Network.step`` itself, with all that a step of a real training does.

    PYTHONPATH=. python tests/benchmarks/training_speed.py [--json] [--threads 2] [--batch 64] [--window 64] [--turns 12]

Without PyTorch (``pip install torch``) only the workbench's side runs.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

TOKENS, UNITS, LAYERS, EMBEDDING = 64, 256, 2, 64
DROPOUT = 0.3  # the default: half of what is trained here has it
STEPS_A_TURN = 4
SIDES = ("workbench", "pytorch")


def workbench_step(batch: int, window: int, threads: int, mixed: bool) -> Callable[[], object]:
    """One training step of the workbench on random numbers."""
    import workbench.training  # noqa: F401, I001  (before TensorFlow: it sets its log level)
    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    from workbench.core.specs import TrainingSettings
    from workbench.core.vocabulary import Vocabulary
    from workbench.training.batches import Batch
    from workbench.training.network import Network
    from workbench.zoo import ARCHITECTURES

    lstm = ARCHITECTURES.get("lstm")
    settings = lstm.settings(units=UNITS, layers=LAYERS, embedding=EMBEDDING, dropout=DROPOUT)
    vocabulary = Vocabulary(tuple(str(token) for token in range(TOKENS)))
    network = Network(lstm, settings, vocabulary, TrainingSettings(mixed_precision=mixed))
    random = np.random.default_rng(0)
    x, y = random.integers(0, TOKENS, (2, batch, window), np.int32)
    full = Batch(x, np.zeros((batch, window, 0), np.int32), y, np.ones((batch, window), np.float32))
    return lambda: network.step(full, 1e-3)


def pytorch_step(batch: int, window: int, threads: int, mixed: bool) -> Callable[[], object]:
    """One training step of the same network in PyTorch."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    random = np.random.default_rng(0)
    x, y = (
        torch.from_numpy(each).long()
        for each in random.integers(0, TOKENS, (2, batch, window), np.int32)
    )
    table = torch.nn.Embedding(TOKENS, EMBEDDING)
    stack = torch.nn.LSTM(EMBEDDING, UNITS, LAYERS, batch_first=True, dropout=DROPOUT)
    hide = torch.nn.Dropout(DROPOUT)
    dense = torch.nn.Linear(UNITS, TOKENS)
    weights = [weight for part in (table, stack, dense) for weight in part.parameters()]
    optimizer = torch.optim.AdamW(weights, 1e-3, weight_decay=0.01)

    def step() -> float:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            logits = dense(hide(stack(table(x))[0]))
            loss = torch.nn.functional.cross_entropy(logits.reshape(-1, TOKENS), y.reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        return loss.item()

    return step


def work(side: str, options: argparse.Namespace) -> None:
    """A side's process: a turn for each line on stdin, its seconds a step on stdout."""
    make = workbench_step if side == "workbench" else pytorch_step
    step = make(options.batch, options.window, options.threads, options.mixed)
    for _ in range(2):
        step()
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        for _ in range(STEPS_A_TURN):
            step()
        print((time.perf_counter() - began) / STEPS_A_TURN, flush=True)


def measure(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Tokens a second of each side: the median turn, and the best."""
    present = [s for s in SIDES if s != "pytorch" or importlib.util.find_spec("torch")]
    environment = os.environ | {"OMP_NUM_THREADS": str(options.threads)}
    processes = {
        side: subprocess.Popen(
            [sys.executable, __file__, *sys.argv[1:], "--side", side],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for side in present
    }  # fmt: skip
    for process in processes.values():
        assert process.stdout
        process.stdout.readline()
    seconds: dict[str, list[float]] = {side: [] for side in present}
    for _ in range(options.turns):
        for side, process in processes.items():
            assert process.stdin and process.stdout
            process.stdin.write("go\n")
            process.stdin.flush()
            seconds[side].append(float(process.stdout.readline()))
    for process in processes.values():
        process.communicate()
    tokens = options.batch * options.window
    return {
        side: {"median": tokens / statistics.median(each), "best": tokens / min(each)}
        for side, each in seconds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Training speed against PyTorch.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--mixed", action="store_true", help="bfloat16 on both sides")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    for name, default in (("threads", 2), ("batch", 64), ("window", 64), ("turns", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    if options.side:
        work(options.side, options)
        return
    found = measure(options)
    ratio = found["workbench"]["median"] / found["pytorch"]["median"] if len(found) > 1 else None
    if options.json:
        print(json.dumps({"tokens_per_second": found, "ratio": ratio, **vars(options)}))
        return
    for side, speeds in found.items():
        print(f"{side:10} {speeds['median']:8.0f} tokens/s (best {speeds['best']:.0f})")
    print(f"ratio {ratio:.2f}" if ratio else "PyTorch is not installed; nothing to compare with.")


if __name__ == "__main__":
    main()
