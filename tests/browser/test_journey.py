"""The whole job in a browser, on a fresh workspace, against the real server and the real workers.

Music is loaded, a dataset built, a model trained and watched, a piece composed, seen, heard, made again and
taken home in files that other people's libraries read.
"""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import music21
import pretty_midi
import pytest
from playwright.sync_api import Browser, Download, Page, expect
from read_back import tied

from workbench.store import open_store
from workbench.workspace import open_workspace

REPOSITORY = Path(__file__).resolve().parents[2]
MINUTE = 60_000  # milliseconds, as Playwright counts
SLOW = 4 * MINUTE  # for work that takes seconds where nothing else runs

pytestmark = pytest.mark.browser
expect.set_options(timeout=MINUTE)


@pytest.fixture
def page(browser: Browser, serve, tmp_path: Path) -> Iterator[Page]:
    """A page of the app over an empty workspace. Its workers end with it."""
    home = tmp_path / "home"
    address = serve(REPOSITORY / "Home.py", home=home)
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(MINUTE)
    yield context.new_page()
    context.close()
    with open_store(open_workspace(home)) as store:
        for worker in store.jobs.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker["pid"], signal.SIGTERM)


def test_from_an_empty_workspace_to_a_piece_in_the_hand(page: Page, tmp_path: Path):
    load_music(page)
    build_a_dataset(page)
    train(page)
    hear_it_learn(page)
    compose(page)
    listen(page)
    make_again(page)
    take_home(page, tmp_path)


def open_page(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def load_music(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Music workbench")).to_be_visible()
    open_page(page, "Library")
    expect(page.get_by_text("The library is empty.")).to_be_visible()
    page.locator(".st-key-load-ryans-mammoth-100").get_by_role("button").click()
    expect(page.get_by_text(re.compile(r"9\d imported|100 imported"))).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("pieces. Click a row")).to_be_visible()


def build_a_dataset(page: Page) -> None:
    open_page(page, "Datasets")
    expect(page.get_by_text("pieces match at present.")).to_be_visible()
    page.get_by_label("Name").fill("tunes")
    page.get_by_label("Name").press("Enter")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_text("Fingerprint", exact=False).first).to_be_visible()
    expect(page.get_by_text("Dataset: tunes@1")).to_be_visible()


def train(page: Page) -> None:
    """Both curves grow, also after the page was loaded anew in between."""
    open_page(page, "Train")
    page.get_by_text("Settings", exact=True).click()
    _set(page, "Epochs", was="20", to="2")
    _set(page, "Units", was="256", to="32")
    _set(page, "Batch size", was="64", to="4")  # more steps: time to load the page anew in between
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("LSTM on tunes@1", exact=True)).to_be_visible()
    page.wait_for_function(f"{CURVES}[0] > 0", timeout=SLOW)
    before = page.evaluate(CURVES)
    page.reload()
    page.wait_for_function(f"{CURVES}[0] > {before[0]}", timeout=SLOW)
    page.wait_for_function(f"{CURVES}[1] === 2", timeout=SLOW)
    expect(page.get_by_text("2 of 2", exact=True)).to_be_visible()
    expect(page.get_by_text("done", exact=True)).to_be_visible()


def hear_it_learn(page: Page) -> None:
    """A piece for every time: before the first epoch, and after the two; a click opens another one."""
    cards = page.locator(".gallery .card")
    expect(cards).to_have_count(3)
    expect(cards.last).to_have_attribute("aria-current", "true")
    expect(page.locator(".player")).to_have_attribute("aria-label", "After 2 epochs: player")
    cards.first.click()
    expect(page.locator(".player")).to_have_attribute("aria-label", "Before it learned: player")
    expect(cards.first).to_have_attribute("aria-current", "true")


def _set(page: Page, name: str, *, was: str, to: str) -> None:
    box = page.get_by_role("spinbutton", name=name)
    expect(box).to_have_value(was)
    box.fill(to)
    box.press("Enter")


CURVES = """(() => {
    const plot = document.querySelector('[class*="st-key-loss"] .js-plotly-plot');
    const lengths = (plot?._fullData ?? []).map((trace) => trace._length ?? 0);
    return [lengths[0] ?? 0, lengths[1] ?? 0];
})()"""
"""How many points the curves of training and validation have."""


def compose(page: Page) -> None:
    page.get_by_role("button", name="Compose with this").click()
    expect(page.get_by_role("heading", name="Compose", exact=True)).to_be_visible()
    page.get_by_role("button", name="Compose", exact=True).click()
    page.wait_for_selector(".player .notehead", timeout=MINUTE)
    assert page.locator(".player .notehead").count() > 8


def listen(page: Page) -> None:
    """The highlight moves with the sound, and a click on a note is heard from there."""
    page.locator(".player .play").click()
    first = page.wait_for_selector(".player .note.sounding").get_attribute("id")
    page.wait_for_selector(f".player .note.sounding:not(#{first})")
    page.locator(".player .play").click()
    audio = page.locator(".player audio")
    assert (
        audio.evaluate("audio => audio.currentTime") < audio.evaluate("audio => audio.duration") / 2
    )
    page.locator(".player .notehead").last.click()
    assert (
        audio.evaluate("audio => audio.currentTime") > audio.evaluate("audio => audio.duration") / 2
    )


def make_again(page: Page) -> None:
    page.get_by_role("button", name="Make again").click()
    expect(page.get_by_text("Made again: the same")).to_be_visible()


def take_home(page: Page, folder: Path) -> None:
    midi = pretty_midi.PrettyMIDI(str(_download(page, "MIDI", folder)))
    notes = [note.pitch for instrument in midi.instruments for note in instrument.notes]
    sheet = music21.converter.parse(str(_download(page, "MusicXML", folder)), forceSource=True)
    sounding = [pitch for *_, pitch in tied(sheet.parts[0])]
    assert len(notes) > 8
    assert sounding == notes


def _download(page: Page, label: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    download: Download = waiting.value
    path = folder / download.suggested_filename
    download.save_as(path)
    return path
