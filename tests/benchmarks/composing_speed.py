"""Composing speed: a network of the workbench through ONNX against the same network in PyTorch, batch 1.

The workbench's side is the composer's loop (``workbench.sampling.loop.sample``: step, mask, chances, draw) on an exported step graph, under
a grammar that allows everything; PyTorch's is eager, under ``inference_mode``, with the LSTM's state or the transformer's
keys and values carried, and draws by softmax and multinomial. ``--bare`` leaves the drawing out on both sides. The
weights are random: what they are costs no time. PyTorch's ``nn.LSTM`` is slow at single steps; with ``--cells`` its LSTM goes cell by
cell, which is the faster one, and with ``--eight-bits`` our weights are whole numbers. Each side has a process of its own; they take turns of one piece.

    PYTHONPATH=. python tests/benchmarks/composing_speed.py [--network transformer] [--bare] [--threads 1] [--tokens 512]
        [--width 128] [--layers 4] [--reach 256] [--turns 12] [--json]

The workbench's loop is of one thread whatever ``--threads`` says. Without PyTorch (``pip install torch``) only its side runs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from turns import SIDES, by_turns, ratios, speeds, take_turns, tell

TOKENS, HEADS = 64, 4
SIZES = {"lstm": {"width": 256, "layers": 2}, "transformer": {"width": 128, "layers": 4}}


def export(options: argparse.Namespace) -> None:
    """Build the network and write its step graph; in a process of its own, for it needs Keras."""
    import workbench.training  # noqa: F401, I001  (before TensorFlow: it sets its log level)
    import numpy as np
    from workbench.core.vocabulary import Vocabulary
    from workbench.sampling.eight_bits import write_in_eight_bits
    from workbench.training.export import export_step
    from workbench.zoo import ARCHITECTURES

    kind = ARCHITECTURES.get(options.network)
    sizes = {"layers": options.layers}
    if options.network == "lstm":
        sizes["units"] = options.width
    else:
        sizes |= {"width": options.width, "heads": HEADS, "reach": options.reach}
    settings = kind.settings(**sizes)
    vocabulary = Vocabulary(tuple(str(token) for token in range(TOKENS)))
    network = kind.build(settings, vocabulary)
    random = np.random.default_rng(0)
    for weight in network.weights:  # as trained ones: a scale of exactly 1 would be left out
        weight.assign_add(0.02 * random.standard_normal(weight.shape))
    step = kind.build_step(settings, vocabulary, network)
    export_step(step, vocabulary, options.graph)
    if options.eight_bits:
        write_in_eight_bits(options.graph, options.graph)


class Anything:
    """A language and its grammar: so many tokens, any of them."""

    def __init__(self, length: int) -> None:
        import numpy as np

        self.moving = np.ones(TOKENS, bool)
        self.length, self.place = length, (0, 0)
        self._context, self._allowed = np.zeros(0, np.int32), np.ones(TOKENS, bool)

    def grammar(self, plan: object) -> "Anything":
        return Anything(self.length)

    @property
    def finished(self) -> bool:
        return self.length == 0

    def context(self) -> object:
        return self._context

    def allowed(self) -> object:
        return self._allowed

    def advance(self, token: int) -> None:
        self.length -= 1


def workbench_piece(options: argparse.Namespace) -> Callable[[], object]:
    """What composes a piece as the composer does."""
    import numpy as np

    from workbench.core.score import Key, Meter
    from workbench.core.vocabulary import Plan
    from workbench.sampling.loop import sample
    from workbench.sampling.onnx import OnnxDecoder

    decoder = OnnxDecoder(options.graph)
    language = Anything(options.tokens)
    plan = Plan(Key(0, 0, "major"), Meter(0, 4, 4), 1)
    token, context = np.array([1], np.int32), np.zeros((1, 0), np.int32)

    def bare() -> None:
        state = decoder.start(1)
        for _ in range(options.tokens):
            _, state = decoder.step(token, context, state)

    return bare if options.bare else lambda: sample(decoder, language, plan, seed=1)


def pytorch_piece(options: argparse.Namespace) -> Callable[[], object]:
    """The same with PyTorch."""
    import torch
    from pytorch_networks import LSTMNetwork, Transformer

    torch.set_num_threads(options.threads)
    if options.network == "lstm":
        network = LSTMNetwork(
            TOKENS, units=options.width, layers=options.layers, dropout=0.0, cells=options.cells
        )
    else:
        network = Transformer(
            TOKENS, width=options.width, layers=options.layers, heads=HEADS, reach=options.reach,
            dropout=0.0,
        )  # fmt: skip
    network.eval()

    @torch.inference_mode()
    def piece() -> list[int]:
        token, state, found = torch.ones(1, dtype=torch.long), network.start(), []
        for _ in range(options.tokens):
            logits, state = network.step(token, state)
            if not options.bare:
                token = torch.multinomial(logits.softmax(-1), 1)[0]
                found.append(token.item())
        return found

    return piece


def measure(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Speeds of both sides on one graph, exported now or before."""
    with tempfile.TemporaryDirectory() as folder:
        if not options.graph:
            graph = str(Path(folder) / "step.onnx")
            sys.argv += ["--graph", graph]
            command = [sys.executable, __file__, *sys.argv[1:], "--side", "export"]
            subprocess.run(command, check=True)
        return speeds(by_turns(__file__, options.turns, options.threads), options.tokens)


def main() -> None:
    parser = argparse.ArgumentParser(description="Composing speed against PyTorch.")
    parser.add_argument("--network", choices=list(SIZES), default="lstm")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bare", action="store_true", help="steps alone, nothing drawn")
    parser.add_argument("--cells", action="store_true", help="PyTorch's LSTM cell by cell")
    parser.add_argument("--eight-bits", action="store_true", help="our weights in eight bits")
    parser.add_argument("--side", choices=(*SIDES, "export"), help=argparse.SUPPRESS)
    parser.add_argument(
        "--graph", type=Path, help="a step graph of such a network; exported where none is given"
    )
    for name, default in (("threads", 1), ("tokens", 512), ("reach", 256), ("turns", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("width", "layers"):
        parser.add_argument(f"--{name}", type=int)
    options = parser.parse_args()
    for name, usual in SIZES[options.network].items():
        setattr(options, name, getattr(options, name) or usual)
    if options.side == "export":
        export(options)
        return
    if options.side:
        take_turns((workbench_piece if options.side == "workbench" else pytorch_piece)(options))
        return
    found = measure(options)
    if options.json:
        said = {
            name: value for name, value in vars(options).items() if name not in ("side", "graph")
        }
        print(json.dumps({"tokens_per_second": found, "ratio": ratios(found), **said}))
    else:
        tell(found)


if __name__ == "__main__":
    main()
