"""In the browser: music is given, and each thing that can be done with it is done by clicks, to the engraved result.

The music is a hymn in four voices and three jigs of the library, or what is typed. What was made is then read from the
workspace: whether the notes that were to stay did, and what the model was asked.
"""

import re
from itertools import islice

import pytest
from compose_page import MINUTE, begin_with, compose
from playwright.sync_api import expect

from workbench import formats
from workbench.core.score import TICKS_PER_QUARTER, bars, clip, split_parts
from workbench.corpora import CORPORA
from workbench.services import activity, composing, importing
from workbench.workspace import open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.long]
BARS = 4
VAE = "Melody VAE"
JIGS = ("First jig", "Second jig", "Third jig")


def cut(score):
    return clip(score, 0, bars(score)[BARS - 1].end)


@pytest.fixture(scope="module")
def hymn():
    """Four full bars of a chorale, without its upbeat."""
    corpus = CORPORA.get("bach-chorales")
    return cut(composing.without_upbeat(corpus.read("001-bwv269").score))


@pytest.fixture(scope="module")
def workspace(home, hymn):
    workspace = open_workspace(home)
    corpus = CORPORA.get("ryans-mammoth")
    read = (corpus.read(member).score for member in corpus.members()[4:])
    in_six = (cut(score) for score in read if str(score.meters[0]) == "6/8")
    jigs = islice(in_six, 0, 2 * len(JIGS), 2)  # the second is the first again
    pieces = {"Hymn": hymn} | dict(zip(JIGS, jigs, strict=True))
    files = [
        (f"{title}.musicxml", formats.encode(score, ".musicxml", title=title))
        for title, score in pieces.items()
    ]
    assert activity.finish(workspace, importing.import_files(workspace, files)).state == "done"
    return workspace


@pytest.fixture
def page(browser, address, workspace):
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(MINUTE)
    yield context.new_page()
    context.close()


def find(page, label, title):
    """Type a title into a box for a piece of the library, until it is found."""
    box = page.get_by_role("textbox", name=label, exact=True)
    box.fill(title)
    box.press("Enter")
    expect(page.get_by_role("combobox", name="Pieces found: 1").last).to_have_value(title)


def choose(page, task, model):
    """Choose what is done with the music, and the model that does it."""
    page.get_by_role("radio", name=task, exact=True).click()
    expect(page.get_by_role("radio", name=task, exact=True)).to_be_checked()
    expect(page.get_by_text(re.compile(f"By: .*{model}"))).to_be_visible()
    page.wait_for_selector('[data-test-script-state="notRunning"]')  # else its list may close again
    page.get_by_role("combobox", name="Model", exact=True).click()
    page.get_by_role("option", name=model, exact=True).click()


def begin_with_piece(page, title):
    begin_with(page, "A piece")
    find(page, "A piece from the library", title)


def voices(score):
    """For each part, its notes as rows of onset, duration and pitch."""
    return [
        part.notes[["onset", "duration", "pitch"]].tolist() for part in split_parts(score)
    ]  # fmt: skip


def sounding(voice, start, end):
    """Which notes of a voice sound in a stretch, each cut to it."""
    return [
        (max(onset, start), min(onset + length, end), pitch)
        for onset, length, pitch in voice
        if onset < end and onset + length > start
    ]


def test_typed_notes_are_continued(page, home, workspace):
    begin_with(page, "Type it")
    box = page.get_by_role("textbox", name="Notes")
    box.fill("C4 D4 E4:2 G4 F4 D4:2")
    box.press("Control+Enter")
    page.wait_for_selector(".player .notehead")
    choose(page, "Continue", "Folk tunes")
    made = compose(page, home)
    (tune,) = voices(composing.score(workspace, made.id))
    quarters = [(onset / TICKS_PER_QUARTER, pitch) for onset, _, pitch in tune]
    assert quarters[:6] == [(0, 60), (1, 62), (2, 64), (4, 67), (5, 65), (6, 62)]
    assert len(quarters) > 6


def test_a_tune_is_harmonised(page, home, workspace, hymn):
    begin_with_piece(page, "Hymn")
    choose(page, "Harmonise", "Harmoniser")
    made = compose(page, home)
    result = voices(composing.score(workspace, made.id))
    assert made.title.endswith("after Hymn")
    assert result[0] == voices(hymn)[0]
    assert len(result) == 4
    assert all(len(voice) > BARS for voice in result)


def test_a_bass_is_written_below_three_voices(page, home, workspace, hymn):
    begin_with_piece(page, "Hymn")
    choose(page, "Write a part", "Harmoniser")
    for voice in ("Alto", "Tenor"):
        page.get_by_role("button", name=voice, exact=True).click()
    made = compose(page, home)
    result = voices(composing.score(workspace, made.id))
    given = voices(hymn)
    assert result[:3] == given[:3]
    assert len(result[3]) > BARS
    assert result[3] != given[3]


def test_bars_are_filled_in_between_those_that_stay(page, home, workspace, hymn):
    begin_with_piece(page, "Hymn")
    choose(page, "Fill in bars", "Harmoniser")
    box = page.get_by_role("textbox", name="Bars to rewrite")
    box.fill("2-3")
    box.press("Enter")
    made = compose(page, home)
    result, given = voices(composing.score(workspace, made.id)), voices(hymn)
    first, second, third, last = bars(hymn)
    for stays in (first, last):
        for ours, theirs in zip(result, given, strict=True):
            assert sounding(ours, stays.start, stays.end) == sounding(
                theirs, stays.start, stays.end
            )
    between = second.start, third.end
    assert any(
        sounding(ours, *between) != sounding(theirs, *between)
        for ours, theirs in zip(result, given, strict=True)
    )


def test_a_tune_is_varied(page, home, workspace):
    begin_with_piece(page, "First jig")
    choose(page, "Vary", VAE)
    on_top = page.get_by_role("link", name=f"Model: {VAE}")
    expect(on_top).to_be_visible()  # which the task chose, and not the one before
    slider = page.get_by_role("slider", name="From faithful to free")
    slider.focus()
    slider.press("End")
    made = compose(page, home)
    asked = made.request.latent
    assert (asked.given.title, asked.vary) == ("First jig", 1.0)
    assert len(made.plan.bars) == BARS


def test_a_tune_is_blended_with_another(page, home, workspace):
    begin_with_piece(page, "First jig")
    choose(page, "Blend", VAE)
    find(page, "Tune to go to", "Second jig")
    page.get_by_role("combobox", name="How far to go").click()
    page.get_by_role("option", name="0.5", exact=True).click()
    made = compose(page, home)
    asked = made.request.latent
    assert made.title.endswith("between First jig and Second jig")
    assert (asked.given.title, asked.toward.title, asked.blend) == (
        "First jig",
        "Second jig",
        0.5,
    )


def test_the_style_of_a_tune_is_changed(page, home, workspace):
    begin_with_piece(page, "First jig")
    choose(page, "Change its style", VAE)
    find(page, "Less like", "Second jig")
    find(page, "More like", "Third jig")
    made = compose(page, home)
    asked = made.request.latent
    assert [each.title for each in (asked.given, asked.minus, asked.plus)] == list(JIGS)
