"""From strangers' files to a fair dataset in two workspaces, in a browser against real servers and workers.

An archive with good, bad, double and disguised files is dropped, its report read; pieces are found, tagged, the
tags taken back; a dataset is made, changed, compared, carried to an empty workspace, and trained on there.
"""

import contextlib
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect
from sources.archives_made import zipped

from workbench import formats
from workbench.core.score import transpose
from workbench.corpora import CORPORA
from workbench.store import open_store
from workbench.ui.words import amount
from workbench.workspace import REPOSITORY, Workspace, open_workspace

MINUTE = 60_000  # milliseconds, as Playwright counts
TUNES = 24
MOST_TRIES = 5

pytestmark = [pytest.mark.browser, pytest.mark.long]
expect.set_options(timeout=MINUTE)


@pytest.fixture
def visit(browser: Browser, serve, tmp_path: Path) -> Iterator[Callable[[Workspace], Page]]:
    """``visit(workspace)``: a page of the app over a workspace. Its workers end with it."""
    visited = []

    def begin(workspace: Workspace) -> Page:
        visited.append(workspace)
        address = serve(REPOSITORY / "Home.py", home=workspace.home)
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(MINUTE)
        return context.new_page()

    yield begin
    for context in browser.contexts:
        context.close()
    for workspace in visited:
        with open_store(workspace) as store:
            for worker in store.jobs.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker["pid"], signal.SIGTERM)


def test_from_strangers_files_to_a_dataset_in_two_places(visit, tmp_path: Path):
    here, there = open_workspace(tmp_path / "here"), open_workspace(tmp_path / "there")
    page = visit(here)
    drop_an_archive(page, tmp_path)
    read_the_report(page)
    find_and_tag(page)
    build_a_dataset(page)
    keep_families_together(here)
    change_and_compare(page)
    file, fingerprint = carry_out(page, tmp_path)
    other = visit(there)
    carry_in(other, file, fingerprint)
    train(other)


def school_archive() -> bytes:
    """Tunes and chorales; one tune again under another name and once in another key; a MIDI file that says it is
    ABC; one that ends after four bytes; and a file that is no music."""
    tunes, chorales = CORPORA.get("ryans-mammoth"), CORPORA.get("bach-chorales")
    readings = {name: tunes.read(name) for name in tunes.members()[:TUNES]}
    files = {
        f"tunes/{name}.abc": formats.encode(each.score, ".abc", title=each.title, composer="")
        for name, each in readings.items()
    }
    first = next(iter(readings.values()))
    chorale = chorales.read("001-bwv269")
    lower = formats.encode(transpose(first.score, -5), ".mid", title=first.title)
    return zipped(
        {
            **files,
            "chorale.musicxml": formats.encode(chorale.score, ".musicxml", title=chorale.title),
            "copy of the first.abc": files[next(iter(files))] + b"% a copy\n",
            "a fourth lower.mid": lower,
            "disguised.abc": formats.encode(chorales.read("002-bwv347").score, ".mid"),
            "bad.mid": b"MThd",
            "readme.txt": b"Hello",
        }
    )


def open_page(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def drop_an_archive(page: Page, folder: Path) -> None:
    path = folder / "school.zip"
    path.write_bytes(school_archive())
    page.goto("/library")
    page.get_by_role("tab", name="Your own files").click()
    page.locator("input[type=file]").first.set_input_files(path)


def read_the_report(page: Page) -> None:
    summary = page.get_by_text(
        re.compile(rf"{TUNES + 3} imported, 1 duplicate, 1 refused, 1 left out")
    )
    expect(summary).to_be_visible()
    with page.expect_download() as report:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    lines = report.value.path().read_text().splitlines()
    assert any("bad.mid" in line and "refused" in line for line in lines)
    (duplicate,) = [line for line in lines if "duplicate" in line]
    first = CORPORA.get("ryans-mammoth").members()[0]
    assert (
        "copy of the first.abc" in duplicate or f"{first}.abc" in duplicate
    )  # whichever is read last
    assert any("disguised.abc" in line and "imported" in line for line in lines)
    summary.click()


def find_and_tag(page: Page) -> None:
    """Words and a filter narrow the table; all that match are tagged; the change is undone and made again."""
    expect(page.get_by_text(f"{TUNES + 3} pieces.")).to_be_visible()
    page.get_by_role("searchbox", name="Search", exact=True).fill("reel")
    shown = page.get_by_text(re.compile(r"^\d+ pieces?\. Click a row"))
    expect(shown).not_to_have_text(re.compile(f"^{TUNES + 3} "))
    choose(page, "Key", "D major")
    expect(page.get_by_role("searchbox", name="Search", exact=True)).to_have_value(
        'reel key:"D major"'
    )
    expect(page).to_have_url(re.compile("search=reel"))
    page.reload()
    expect(shown).to_be_visible()
    matching = int(shown.inner_text().split()[0])
    assert 0 < matching < TUNES
    tick_first_row(page)
    choose(page, "Pieces", f"All {matching} that match")
    write(page, "Tag", "mood")
    write(page, "Value", "merry")
    page.get_by_role("button", name="Tag", exact=True).click()
    tagged = page.locator(".st-key-library-last_change").get_by_text(
        f"Tagged {amount(matching, 'piece')} mood: merry."
    )
    expect(tagged).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: tagged")).to_be_visible()
    expect(tagged).to_be_hidden()
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(tagged).to_be_visible()


def tick_first_row(page: Page) -> None:
    """The table is drawn on a canvas: its first column holds the boxes, the row after the heading the first piece."""
    table = page.get_by_test_id("stDataFrame").locator("canvas").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": 16, "y": 52}, force=True)  # the canvas lies under a layer of its own
    expect(page.get_by_role("button", name="Remove tag")).to_be_visible()


def write(page: Page, name: str, word: str) -> None:
    """Write a new word into a box that takes them."""
    box = page.locator(".st-key-library-bar").get_by_role("combobox", name=name, exact=True)
    box.fill(word)
    box.press("Enter")
    expect(box).to_have_value(word)


def choose(page: Page, name: str, option: str = "") -> None:
    """Pick the first option of a box whose label holds some words. A page that is drawn anew closes the list."""
    options = page.get_by_role("option").filter(has_text=option, has_not_text="Select")
    for _ in range(MOST_TRIES):
        page.get_by_role("combobox", name=name, exact=True).press("ArrowDown")
        with contextlib.suppress(TimeoutError):
            return options.first.click(timeout=3000)
    pytest.fail(f"nothing to choose in {name}")


def build_a_dataset(page: Page) -> None:
    open_page(page, "Datasets")
    expect(page.get_by_text(f"{TUNES + 3} pieces match at present.")).to_be_visible()
    page.get_by_label("Name").fill("school")
    page.get_by_label("Name").press("Enter")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_text("Dataset: school@1")).to_be_visible()


def keep_families_together(workspace: Workspace) -> None:
    """The tune and its setting a fourth lower are in one split."""
    with open_store(workspace) as store:
        version = store.datasets.get("school@1")
        tunes: dict[str, set[str]] = {}
        for piece, split, _ in store.datasets.scores(version.id):
            tunes.setdefault(store.pieces.get(piece).tune, set()).add(split)
        assert len(tunes) == TUNES + 2
        assert all(len(splits) == 1 for splits in tunes.values())


def change_and_compare(page: Page) -> None:
    page.get_by_text("Change this dataset").click()
    box = page.get_by_role("searchbox", name="Take out: search")
    box.fill("reel")
    box.press("Enter")
    expect(page.get_by_placeholder(re.compile("pieces? found"))).to_be_visible()
    choose(page, "Take out")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Make the next version").click()
    expect(page.get_by_text("Dataset: school@2")).to_be_visible()
    page.get_by_text("What changed between two datasets").click()
    expect(page.get_by_text("1 piece taken away")).to_be_visible()


def carry_out(page: Page, folder: Path) -> tuple[Path, str]:
    """The file of the dataset, and the fingerprint that the page shows."""
    page.get_by_text("Take it elsewhere, or bring one in").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download school@2").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path, fingerprint_shown(page)


def fingerprint_shown(page: Page) -> str:
    return page.locator("code", has_text=re.compile("^[0-9a-f]{64}$")).inner_text()


def carry_in(page: Page, file: Path, fingerprint: str) -> None:
    page.goto("/datasets")
    page.get_by_text("Take it elsewhere, or bring one in").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_text("Dataset: school@")).to_be_visible()
    assert fingerprint_shown(page) == fingerprint


def train(page: Page) -> None:
    """One short pass of a small network over the dataset that was brought in."""
    open_page(page, "Train")
    page.get_by_text("Settings", exact=True).click()
    for name, value in (("Epochs", "1"), ("Units", "16")):
        settle(page, name, value)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("1 of 1", exact=True)).to_be_visible(timeout=2 * MINUTE)
    expect(page.get_by_text("done", exact=True)).to_be_visible()


def settle(page: Page, name: str, value: str) -> None:
    box = page.get_by_role("spinbutton", name=name)
    box.fill(value)
    box.press("Enter")
