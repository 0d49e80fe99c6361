"""Training speed: a network of the workbench against the same network in PyTorch, on the same machine.

Same layers (``pytorch_networks.py``), same batches of the same numbers, AdamW, clipping, float32, same threads. Each side
has a process of its own; they take turns of a few steps, so that whatever else the machine does befalls
both alike. What is reported is each side's median turn, its best, and the median by the processor's time, which with one thread means something even where
other programs want the cores. The workbench's side is
``workbench.training.network.Network.step`` itself, with all that a step of a real training does.

    PYTHONPATH=. python tests/benchmarks/training_speed.py [--network transformer] [--json] [--threads 2] [--turns 12]
        [--batch 32] [--window 128] [--width 128] [--layers 4]

Without these the sizes are those of the preset "small". PyTorch's transformer is written in two ways, one with
``scaled_dot_product_attention`` and one with the attention spelt out (``--plain``), and can be compiled (``--compile``).
Without PyTorch (``pip install torch``) only the workbench's side runs.
"""

import argparse
import json
from collections.abc import Callable

from turns import SIDES, by_turns, ratios, speeds, take_turns, tell

TOKENS = 64
STEPS_A_TURN = 4
SIZES = {
    "lstm": {"batch": 64, "window": 64, "width": 256, "layers": 2},
    "transformer": {"batch": 32, "window": 128, "width": 128, "layers": 4},
}
HEADS, REACH = 4, 256
DROPOUT = {"lstm": 0.3, "transformer": 0.1}


def workbench_step(options: argparse.Namespace) -> Callable[[], object]:
    """One training step of the workbench on random numbers."""
    import workbench.training  # noqa: F401, I001  (before TensorFlow: it sets its log level)
    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    from workbench.core.specs import TrainingSettings
    from workbench.core.vocabulary import Vocabulary
    from workbench.training.batches import Batch
    from workbench.training.network import Network
    from workbench.zoo import ARCHITECTURES

    kind = ARCHITECTURES.get(options.network)
    sizes = {"layers": options.layers, "dropout": DROPOUT[options.network]}
    if options.network == "lstm":
        sizes["units"] = options.width
    else:
        sizes |= {"width": options.width, "heads": HEADS, "reach": max(REACH, options.window)}
    vocabulary = Vocabulary(tuple(str(token) for token in range(TOKENS)))
    training = TrainingSettings(mixed_precision=options.mixed)
    network = Network(kind, kind.settings(**sizes), vocabulary, training)
    shape = (options.batch, options.window)
    x, y = np.random.default_rng(0).integers(0, TOKENS, (2, *shape), np.int32)
    full = Batch(x, np.zeros((*shape, 0), np.int32), y, np.ones(shape, np.float32))
    return lambda: network.step(full, 1e-3)


def pytorch_step(options: argparse.Namespace) -> Callable[[], object]:
    """One training step of the same network in PyTorch."""
    import numpy as np
    import torch
    from pytorch_networks import LSTMNetwork, Transformer

    torch.set_num_threads(options.threads)
    random = np.random.default_rng(0)
    shape = (2, options.batch, options.window)
    x, y = (torch.from_numpy(each).long() for each in random.integers(0, TOKENS, shape, np.int32))
    layers, dropout = options.layers, DROPOUT[options.network]
    if options.network == "lstm":
        network = LSTMNetwork(TOKENS, units=options.width, layers=layers, dropout=dropout)
    else:
        network = Transformer(
            TOKENS, width=options.width, layers=layers, heads=HEADS, dropout=dropout,
            reach=max(REACH, options.window), fused=not options.plain,
        )  # fmt: skip
    weights = list(network.parameters())
    optimizer = torch.optim.AdamW(weights, 1e-3, weight_decay=0.01)
    forward = torch.compile(network) if options.compile else network

    def step() -> float:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.mixed):
            logits = forward(x)
            loss = torch.nn.functional.cross_entropy(logits.reshape(-1, TOKENS), y.reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        return loss.item()

    return step


def work(options: argparse.Namespace) -> None:
    """A side's process: turns of a few steps, after one that compiles."""
    make = workbench_step if options.side == "workbench" else pytorch_step
    step = make(options)

    def turn() -> None:
        for _ in range(STEPS_A_TURN):
            step()

    take_turns(turn)


def main() -> None:
    parser = argparse.ArgumentParser(description="Training speed against PyTorch.")
    parser.add_argument("--network", choices=list(SIZES), default="lstm")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--mixed", action="store_true", help="bfloat16 on both sides")
    parser.add_argument("--plain", action="store_true", help="PyTorch's attention spelt out")
    parser.add_argument("--compile", action="store_true", help="PyTorch's side compiled")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    for name, default in (("threads", 2), ("turns", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("batch", "window", "width", "layers"):
        parser.add_argument(f"--{name}", type=int)
    options = parser.parse_args()
    for name, usual in SIZES[options.network].items():
        setattr(options, name, getattr(options, name) or usual)
    if options.side:
        work(options)
        return
    tokens = options.batch * options.window * STEPS_A_TURN
    found = speeds(by_turns(__file__, options.turns, options.threads), tokens)
    if options.json:
        print(json.dumps({"tokens_per_second": found, "ratio": ratios(found), **vars(options)}))
    else:
        tell(found)


if __name__ == "__main__":
    main()
