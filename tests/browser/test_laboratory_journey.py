"""Training as a laboratory, in a browser against the real server and the real trainer.

A run goes on without browser and trainer, and its curve is unbroken afterwards; it is stopped; a bundled model learns tunes of
another collection by adapters, and is heard learning; three runs are compared and taken along as a table.
"""

import contextlib
import csv
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from workbench.services import activity, datasets, importing, training
from workbench.store import open_store
from workbench.workspace import REPOSITORY, Workspace, open_workspace

MINUTE = 60_000  # milliseconds, as Playwright counts
PATIENCE_SECONDS = 300.0

pytestmark = [pytest.mark.browser, pytest.mark.long]
expect.set_options(timeout=MINUTE)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A hundred fiddle tunes and fifty airs, each a dataset. Workers end with it."""
    opened = open_workspace(tmp_path / "home")
    for corpus, limit in (("ryans-mammoth", 100), ("airds-airs", 50)):
        activity.finish(opened, importing.load_corpus(opened, corpus, limit=limit))
    datasets.create(opened, "tunes", query="collection:ryans-mammoth")
    datasets.create(opened, "airs", query="collection:airds-airs", split="60/20/20")
    yield opened
    for kind in ("composer", "trainer"):
        kill(opened, kind)


def kill(workspace: Workspace, kind: str) -> None:
    """As a power cut does."""
    with open_store(workspace) as store:
        for worker in store.jobs.workers():
            if worker["kind"] == kind:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker["pid"], signal.SIGKILL)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def test_a_day_in_the_laboratory(browser: Browser, serve, workspace: Workspace, tmp_path: Path):
    address = serve(REPOSITORY / "Home.py", home=workspace.home)

    def visit() -> Page:
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(MINUTE)
        return context.new_page()

    page = visit()
    run = start_and_leave(page, workspace)
    page.context.close()
    reached = len(training.history(workspace, run))
    kill(workspace, "trainer")
    page = visit()
    page.goto(f"/train?run={run}")  # somebody who looks is who sees to it that a trainer lives
    until(lambda: len(training.history(workspace, run)) > reached + 1)
    epochs = [each.epoch for each in training.history(workspace, run)]
    assert epochs == list(range(1, len(epochs) + 1))
    page.wait_for_function(f"{POINTS} > {reached}")
    stop(page, workspace, run)
    tuned = fine_tune(page, workspace)
    hear(page)
    third = train_a_third(page, workspace)
    compare(page, [run, tuned, third], tmp_path)


POINTS = """(() => {
    const plot = document.querySelector('[class*="st-key-loss"] .js-plotly-plot');
    return plot?._fullData?.[1]?._length ?? 0;
})()"""
"""How many epochs the curve of the validation has."""


def start_and_leave(page: Page, workspace: Workspace) -> str:
    page.goto("/train?dataset=tunes@1")
    settings(page, Epochs="200", Units="32")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_function(f"{POINTS} > 0", timeout=5 * MINUTE)
    page.get_by_role("link", name="Library", exact=True).first.click()
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
    return training.runs(workspace)[0].id


def settings(page: Page, **values: str) -> None:
    page.get_by_text("Settings", exact=True).click()
    for name, value in values.items():
        box = page.get_by_role("spinbutton", name=name)
        box.fill(value)
        box.press("Enter")
        expect(box).to_have_value(value)
    page.wait_for_timeout(1500)  # the form has sent the last of them


def stop(page: Page, workspace: Workspace, run: str) -> None:
    page.locator(".st-key-train-stop button").first.click()
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()
    assert training.get(workspace, run).state == "stopped"


def fine_tune(page: Page, workspace: Workspace) -> str:
    """The bundled folk model, by adapters, on fifty tunes of another collection."""
    page.goto("/train?dataset=airs@1")
    page.get_by_role("combobox", name="Begin with").click()
    page.get_by_role("option", name="Folk tunes", exact=True).click()
    page.get_by_role("radio", name="LoRA").click()
    settings(page, Epochs="5")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("5 of 5", exact=True)).to_be_visible(timeout=10 * MINUTE)
    expect(page.get_by_text("done", exact=True)).to_be_visible(timeout=5 * MINUTE)
    run = training.runs(workspace)[0]
    assert (run.spec.start_from, run.spec.training.tune) == ("folk", "lora")
    assert run.evaluation["forgetting"]["new"]["after"]["pieces"]
    page.goto(f"/runs?run={run.id}")
    expect(page.get_by_text("What it gained and what it forgot")).to_be_visible()
    return run.id


def hear(page: Page) -> None:
    """Before the first epoch, after the first and after the fifth."""
    for title in ("Before it learned", "After 1 epoch", "After 5 epochs"):
        page.locator(".gallery .card").filter(has_text=title).first.click()
        expect(page.locator(".player")).to_have_attribute("aria-label", f"{title}: player")
        page.locator(".player .play").click()
        page.wait_for_selector(".player .note.sounding")
        page.locator(".player .play").click()


def train_a_third(page: Page, workspace: Workspace) -> str:
    page.goto("/train?dataset=tunes@1")
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="n-gram").click()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("done", exact=True)).to_be_visible(timeout=5 * MINUTE)
    return training.runs(workspace)[0].id


def compare(page: Page, runs: list[str], tmp_path: Path) -> None:
    """All three are ticked, and their table is taken along."""
    page.goto("/runs")
    table = page.get_by_test_id("stDataFrame").first
    table.locator("canvas").first.wait_for()
    page.wait_for_timeout(2500)
    heading, row, tick = 35, 35, 18  # pixels of Streamlit's tables
    for number in range(3):
        place = {"x": tick, "y": heading + row * number + row // 2}
        table.locator("canvas").first.click(position=place, force=True)
        page.wait_for_timeout(1500)
    expect(page.get_by_role("heading", name="Settings that differ")).to_be_visible()
    with page.expect_download() as download:
        page.locator(".st-key-runs-download-csv button").first.click()
    path = tmp_path / "runs.csv"
    download.value.save_as(path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} == set(runs)
