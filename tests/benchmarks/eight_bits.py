"""What eight bits make of a step graph: its size, and the time of a step of one piece and of sixteen side by side, by turns in one run.

::

    PYTHONPATH=. python tests/benchmarks/eight_bits.py GRAPH [GRAPH …]

What they cost in nats is measured where they are used: by ``runs export --format onnx-int8`` and ``docs/publish_model.py``.
"""

import argparse
import statistics
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import onnxruntime

from workbench.sampling.eight_bits import write_in_eight_bits

TURNS, STEPS = 9, 100
_DTYPES = {"tensor(int32)": np.int32, "tensor(int64)": np.int64, "tensor(float)": np.float32}


def main() -> None:
    """Print a row for each graph."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("graphs", nargs="+", type=Path)
    print(
        "| graph | size | rows | ms a step | in eight bits | times as fast |\n|---|---|---|---|---|---|"
    )
    for path in parser.parse_args().graphs:
        with tempfile.TemporaryDirectory() as folder:
            small = Path(folder) / "small.onnx"
            write_in_eight_bits(path, small)
            size = f"{path.stat().st_size:,} → {small.stat().st_size:,}"
            for rows in (1, 16):
                plain, quick = by_turns([opened(path), opened(small)], rows)
                ratio = plain / quick
                print(f"| {path.parent.name} | {size} | {rows} | {plain:.3f} | {quick:.3f} | {ratio:.2f} |")  # fmt: skip


def opened(path: Path) -> onnxruntime.InferenceSession:
    """As the composer opens it: one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def by_turns(sessions: list[onnxruntime.InferenceSession], rows: int) -> list[float]:
    """Median milliseconds of a step of each."""
    feed = {
        each.name: np.zeros([size if isinstance(size, int) else rows for size in each.shape], _DTYPES[each.type])
        for each in sessions[0].get_inputs()
    }  # fmt: skip
    times: list[list[float]] = [[] for _ in sessions]
    for _ in range(TURNS):
        for session, taken in zip(sessions, times, strict=True):
            began = perf_counter()
            for _ in range(STEPS):
                session.run(None, feed)
            taken.append((perf_counter() - began) / STEPS * 1000)
    return [statistics.median(taken) for taken in times]


if __name__ == "__main__":
    main()
