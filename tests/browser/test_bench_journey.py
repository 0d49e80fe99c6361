"""The bench in a browser: a table of counts and a network are trained, and measured beside the bundled model and people's music.

The table is read and taken along, a report is made, and the nearest training passage of one piece is heard.
"""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from workbench.services import activity, benches, datasets, importing
from workbench.workspace import REPOSITORY, Workspace, open_workspace

MINUTE = 60_000  # milliseconds, as Playwright counts

pytestmark = [pytest.mark.browser, pytest.mark.long]
expect.set_options(timeout=MINUTE)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Workspace:
    """A hundred fiddle tunes."""
    opened = open_workspace(tmp_path_factory.mktemp("bench") / "home")
    activity.finish(opened, importing.load_corpus(opened, "ryans-mammoth", limit=100))
    datasets.create(opened, "tunes", split="70/10/20")
    return opened


def test_models_are_measured_compared_and_heard(browser: Browser, serve, workspace, tmp_path):
    context = browser.new_context(
        base_url=serve(REPOSITORY / "Home.py", home=workspace.home), viewport={"width": 1280, "height": 1000}
    )  # fmt: skip
    context.set_default_timeout(MINUTE)
    page = context.new_page()
    train(page, "n-gram")
    train(page, "LSTM", Epochs="2", Units="32")
    bench = measure(page, workspace)
    board = benches.leaderboard(workspace, bench)
    titles = [row.label for row in board.standings]
    assert {title.split()[0] for title in titles} == {"N-gram", "LSTM", "Folk"}
    rows = table(page, tmp_path / "bench.csv")
    assert [row["title"] for row in rows] == [row.title for row in board.standings]
    for row, standing in zip(rows, board.standings, strict=True):
        value = standing.values.get("held_out")
        assert (float(row["held_out"]) if row["held_out"] else None) == (value and value.value)
    assert sum(row["held_out_mark"] == "best" for row in rows) == 1
    report(page, tmp_path / "bench.html", titles)
    hear_passage(page)
    context.close()


def train(page: Page, title: str, **settings: str) -> None:
    page.goto("/train?dataset=tunes@1")
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name=title, exact=title == "LSTM").first.click()
    if settings:
        page.get_by_text("Settings", exact=True).click()
    for name, value in settings.items():
        box = page.get_by_role("spinbutton", name=name)
        box.fill(value)
        box.press("Enter")
        expect(box).to_have_value(value)
    page.wait_for_timeout(1500)  # the form has sent the last of them
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("done", exact=True)).to_be_visible(timeout=5 * MINUTE)


def measure(page: Page, workspace: Workspace) -> str:
    """The form offers the two that were trained here; the bundled one is added."""
    page.goto("/bench")
    box = page.get_by_role("combobox", name="Models")
    box.click()
    page.get_by_role("option", name=re.compile(r"^Folk tunes(?! in ABC)")).click()
    page.keyboard.press("Escape")
    slider = page.get_by_role("slider", name="Pieces per model")
    slider.focus()
    slider.press("ArrowLeft")  # 10 in place of 40
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("tab", name="Leaderboard")).to_be_visible(timeout=8 * MINUTE)
    (found,) = benches.all(workspace)
    assert found.pieces == 10
    return found.id


def table(page: Page, path: Path) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.locator(".st-key-bench-download-csv button").click()
    download.value.save_as(path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def report(page: Page, path: Path, titles: list[str]) -> None:
    """Made by a worker, opened by itself and without a network."""
    page.get_by_role("button", name="Make it").click()
    button = page.locator(".st-key-bench-report-html button")
    button.wait_for(timeout=3 * MINUTE)
    page.wait_for_timeout(2000)  # the page comes to rest
    with page.expect_download() as download:
        button.click()
    download.value.save_as(path)
    other = page.context.browser.new_context(offline=True).new_page()
    asked = []
    other.on("request", lambda request: asked.append(request.url))
    other.goto(path.as_uri())
    for title in titles:
        expect(other.get_by_role("cell", name=title, exact=True).first).to_be_visible()
    assert other.locator("audio").count() == 8
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    other.context.close()


def hear_passage(page: Page) -> None:
    """What one piece shares with a training piece stands out in both scores, and sounds."""
    page.get_by_role("tab", name="Originality").click()
    expect(page.get_by_text("The notes they share stand out in both.")).to_be_visible()
    sheets = page.locator(".player .sheet")
    expect(sheets).to_have_count(2)
    counts = [sheets.nth(place).locator(".note.marked") for place in (0, 1)]
    for marked in counts:
        expect(marked.first).to_be_visible()
    assert counts[0].count() >= 4
    page.locator(".player .play").nth(1).click()
    page.wait_for_selector(".player .note.sounding")
    page.locator(".player .play").nth(1).click()
