"""How soon live music is heard, and how soon it follows a slider, in headless Chromium on a real server.

::

    PYTHONPATH=. python tests/benchmarks/live_speed.py [--plays 10] [--moves 20] [--json]

For each bundled model it prints

- from the click on *Play* to the first note, as the page's own audio clock plans it, with the delay of the sound card as far as the
  browser knows it: at the first play of a fresh server, the model not yet opened, and warm;
- of sliders moved at random moments: how many bars later the first bar begins that was composed under them (the bar of the move is 0), and how
  many seconds;
- how often the music waited at a bar line, and what composing a bar took.
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from app_speed import BROWSER_ARGUMENTS, end_workers, wait_for
from playwright.sync_api import Page, sync_playwright

from workbench.services import composing
from workbench.workspace import REPOSITORY, Workspace, open_workspace

MODELS = {"folk": 120, "chorales": 90}
"""And the tempo that each is played at."""
MINUTE = 60_000  # milliseconds
REST = 8_000
"""Between two plays, until what was kept of the last one has been engraved and drawn."""
WATCH = """
() => {
  const find = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches(".live .state")) return each;
      const inside = each.shadowRoot && find(each.shadowRoot);
      if (inside) return inside;
    }
  };
  const state = find(document);
  window.said = [];
  new MutationObserver(() => window.said.push([performance.now(), state.value])).observe(state, { childList: true, characterData: true, subtree: true });
}
"""


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--plays", type=int, default=10)
    parser.add_argument("--moves", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="workbench-live-"))
    workspace = open_workspace(home)
    try:
        figures = served(workspace, options.plays, options.moves)
    finally:
        end_workers(workspace)
        shutil.rmtree(home, ignore_errors=True)
    if options.json:
        print(json.dumps(figures))
    else:
        print("| figure | value |\n|---|---|")
        print("\n".join(f"| {name} | {value} |" for name, value in figures.items()))


def served(workspace: Workspace, plays: int, moves: int) -> dict[str, str]:
    """All figures, over a server of its own."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.address", "localhost"]
    environment = os.environ | {"WORKBENCH_HOME": str(workspace.home)}
    server = subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    figures = {
        "load of the machine at the beginning": f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    }
    try:
        wait_for(port)
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
            for model, tempo in MODELS.items():
                page = browser.new_context(base_url=f"http://localhost:{port}").new_page()
                page.set_default_timeout(MINUTE)
                page.goto(f"/live?model={model}")
                page.get_by_label("Tempo").fill(str(tempo))
                figures |= first_sounds(page, model, plays)
                figures |= followed(page, workspace, model, moves)
                page.context.close()
            browser.close()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
    return figures


def first_sounds(page: Page, model: str, plays: int) -> dict[str, str]:
    """Milliseconds from the click to the first note."""
    times = []
    for _ in range(plays + 1):
        button(page, "Play").click()
        page.wait_for_function(f"({FOUND})()?.dataset.firstSound", polling=50)
        times.append(int(page.evaluate(f"({FOUND})().dataset.firstSound")))
        page.evaluate(f"() => delete ({FOUND})().dataset.firstSound")
        button(page, "Stop").click()
        button(page, "Play").wait_for()
        page.wait_for_timeout(REST)
    first, *warm = times
    return {
        f"{model}: click to first note, first play": f"{first} ms",
        f"{model}: click to first note, warm, median (slowest) of {plays}": f"{statistics.median(warm):.0f} ms ({max(warm)} ms)",
    }


FOUND = """() => {
  const find = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches("section.live")) return each;
      const inside = each.shadowRoot && find(each.shadowRoot);
      if (inside) return inside;
    }
  };
  return find(document);
}"""


def followed(page: Page, workspace: Workspace, model: str, moves: int) -> dict[str, str]:
    """How soon bars follow a slider that is moved at random moments; the loudness, which changes no note."""
    rng = random.Random(1)
    page.evaluate(WATCH)
    button(page, "Play").click()
    moved = []
    for number in range(moves):
        page.wait_for_timeout(rng.uniform(3000, 7000))
        level = 30 + 5 * (number % 18)
        page.get_by_label("Loudness").fill(str(level))
        moved.append((page.evaluate("performance.now()"), level))
    page.wait_for_timeout(8000)
    said = page.evaluate("window.said")
    button(page, "Stop").click()
    page.wait_for_timeout(5000)
    made = composing.all(workspace)[0][0]
    begun = {}
    for moment, words in said:
        if words.startswith("Bar "):
            begun.setdefault(int(words[4:].split(".")[0]), moment)
    bars, seconds = Counter(), []
    for moment, level in moved:
        now = max(bar for bar, at in begun.items() if at <= moment)
        after = [
            bar
            for bar in range(now, len(made.request.live) + 1)
            if made.request.live[bar - 1].velocity == level
        ]
        if after and after[0] in begun:
            bars[after[0] - now] += 1
            seconds.append((begun[after[0]] - moment) / 1000)
    turns = made.request.live
    length = made.plan.meter.numerator * 4 / made.plan.meter.denominator * 60 / turns[0].tempo
    return {
        f"{model}: bars from a move to the first bar under it, {len(seconds)} moves, bars of {length:.1f} s": ", ".join(
            f"{count} × {late}" for late, count in sorted(bars.items())
        ),
        f"{model}: seconds from a move to that bar, median (slowest)": f"{statistics.median(seconds):.1f} s ({max(seconds):.1f} s)",
        f"{model}: times the music waited, in {len(turns)} bars": str(
            sum("waits" in words for _, words in said)
        ),
        f"{model}: composing a bar, mean": f"{1000 * made.seconds / len(turns):.0f} ms",
    }


def button(page: Page, name: str):
    """A button of the instrument."""
    return page.get_by_role("button", name=name, exact=True).first


if __name__ == "__main__":
    main()
