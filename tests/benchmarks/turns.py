"""Two sides that are measured by turns, each in a process of its own, so that whatever else the machine does befalls both alike."""

import importlib.util
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

SIDES = ("workbench", "pytorch")


def present() -> list[str]:
    """The sides that are installed."""
    return [side for side in SIDES if side != "pytorch" or importlib.util.find_spec("torch")]


def take_turns(turn: Callable[[], object]) -> None:
    """A side's process: a turn for each line on stdin; on stdout its seconds by the clock and of the processor."""
    turn()
    print("ready", flush=True)
    for _ in sys.stdin:
        clock, processor = time.perf_counter(), time.process_time()
        turn()
        print(time.perf_counter() - clock, time.process_time() - processor, flush=True)


def by_turns(script: str, turns: int, threads: int) -> dict[str, list[tuple[float, float]]]:
    """Run ``script`` with its own arguments and ``--side`` for each side: seconds by the clock and of the processor of every turn."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    processes = {
        side: subprocess.Popen(
            [sys.executable, script, *sys.argv[1:], "--side", side],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for side in present()
    }  # fmt: skip
    for side, process in processes.items():
        assert process.stdout
        if process.stdout.readline().strip() != "ready":
            sys.exit(f"The side {side} could not begin; see its message above.")
    seconds: dict[str, list[tuple[float, float]]] = {side: [] for side in processes}
    for _ in range(turns):
        for side, process in processes.items():
            assert process.stdin and process.stdout
            process.stdin.write("go\n")
            process.stdin.flush()
            clock, processor = map(float, process.stdout.readline().split())
            seconds[side].append((clock, processor))
    for process in processes.values():
        process.communicate()
    return seconds


def speeds(
    seconds: dict[str, list[tuple[float, float]]], tokens: int
) -> dict[str, dict[str, float]]:
    """Tokens a second of each side: the median turn of ``tokens``, the best, and the median by the processor's time."""
    found = {}
    for side, turns in seconds.items():
        clock, processor = zip(*turns, strict=True)
        found[side] = {
            "median": tokens / statistics.median(clock),
            "best": tokens / min(clock),
            "processor": tokens / statistics.median(processor),
        }
    return found


def ratios(found: dict[str, dict[str, float]]) -> dict[str, float]:
    """The workbench's speeds over PyTorch's; nothing where only one side is there."""
    if len(found) < len(SIDES):
        return {}
    ours, theirs = (found[side] for side in SIDES)
    return {name: ours[name] / theirs[name] for name in ours}


def tell(found: dict[str, dict[str, float]]) -> None:
    """Print speeds and ratios for people."""
    for side, each in found.items():
        print(
            f"{side:10} {each['median']:7.0f} tokens/s (best {each['best']:.0f}, "
            f"by processor time {each['processor']:.0f})"
        )
    over = ratios(found)
    if over:
        print("ratio", ", ".join(f"{name} {value:.2f}" for name, value in over.items()))
    else:
        print("PyTorch is not installed; nothing to compare with.")
