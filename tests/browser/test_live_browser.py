"""Playing live in the browser: press Play, move a slider, see the next bars follow, stop, and make the same piece again."""

import contextlib
import os
import re
import signal

import pytest
from playwright.sync_api import expect
from test_ways_in import LISTEN

from workbench.core.creativity import creativity
from workbench.services import composing
from workbench.store import open_store
from workbench.workspace import REPOSITORY, open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.long]
MINUTE = 60_000  # milliseconds


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Where the server keeps its things; the composer that it starts ends with the module."""
    workspace = open_workspace(tmp_path_factory.mktemp("live") / "home")
    yield workspace
    with open_store(workspace) as store:
        for worker in store.jobs.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker["pid"], signal.SIGTERM)


@pytest.fixture(scope="module")
def address(serve, workspace):
    return serve(REPOSITORY / "Home.py", home=workspace.home)


@pytest.fixture
def page(browser, address):
    page = browser.new_context(
        base_url=address, viewport={"width": 1280, "height": 1000}
    ).new_page()
    page.set_default_timeout(MINUTE)
    page.add_init_script(LISTEN)
    yield page
    page.context.close()


def begin(page, model, tempo):
    page.goto(f"/live?model={model}")
    page.get_by_label("Tempo").fill(str(tempo))
    page.get_by_role("button", name="Play", exact=True).click()


def until_bar(page, number):
    expect(page.locator(".live .state")).to_have_text(
        re.compile(rf"Bar {number}\."), timeout=MINUTE
    )


def test_a_slider_is_heard_within_two_bars_and_what_was_heard_is_kept(page, workspace):
    begin(page, "folk", 120)
    until_bar(page, 2)
    page.get_by_label("Creativity").fill("8")
    page.get_by_label("Loudness").fill("110")
    said = page.locator(".live .state").inner_text()
    follows = int(re.search(r"from bar (\d+)", said)[1])
    moved_in = int(re.search(r"Bar (\d+)", said)[1])
    assert follows - moved_in <= 2
    until_bar(page, follows + 1)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("Live no."))).to_be_visible(timeout=MINUTE)
    (made,), _ = composing.all(workspace)
    turns = made.request.live
    assert len(turns) in (follows + 1, follows + 2)  # it may have gone on for a moment
    for number, turn in enumerate(turns, start=1):
        level, velocity = (8.0, 110) if number >= follows else (5.0, 80)
        assert turn.temperature == creativity(level)["temperature"]
        assert turn.velocity == velocity
    score = composing.score(workspace, made.id)
    assert set(score.notes["velocity"]) == {80, 110}
    page.get_by_role("button", name="Make again").click()
    expect(page.get_by_text("Made again: the same")).to_be_visible(timeout=MINUTE)


def test_it_is_heard_and_comes_to_its_close(page, workspace):
    """By the keyboard; the sound is taken from the synthesizer's own output."""
    page.goto("/live?model=chorales")
    page.get_by_label("Tempo").fill("200")
    page.keyboard.press("Space")
    until_bar(page, 2)
    page.get_by_role("button", name="End with a close").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".live .state")).to_have_text(
        re.compile("came to its close"), timeout=MINUTE
    )
    heard = page.evaluate("window.heard.flat()")
    assert 0.02 < max(map(abs, heard)) < 1
    expect(page.get_by_role("heading", name=re.compile("Live no."))).to_be_visible(timeout=MINUTE)
    made = composing.all(workspace)[0][0]
    assert [turn.left for turn in made.request.live][-2:] == [1, 0]
    assert made.request.live[0].tempo == 200


def test_who_leaves_loses_nothing(page, workspace):
    begin(page, "folk", 120)
    until_bar(page, 2)
    page.reload()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=MINUTE)
    page.wait_for_timeout(3000)
    made = composing.all(workspace)[0][0]
    assert made.title.startswith("Live no.")
    kept = len(made.request.live)
    assert 2 <= kept <= 4
    page.wait_for_timeout(4000)
    assert len(composing.get(workspace, made.id).request.live) == kept  # nobody asks any more


def test_another_key_ends_what_plays(page, workspace):
    begin(page, "folk", 120)
    until_bar(page, 1)
    page.get_by_role("combobox", name="Key").fill("A minor")
    page.keyboard.press("Enter")
    expect(page.locator(".live .state")).to_have_text(
        re.compile("key or meter changed"), timeout=MINUTE
    )
    page.get_by_role("button", name="Play", exact=True).click()
    until_bar(page, 1)
    page.locator("h1").click()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name=re.compile("in A minor"))).to_be_visible(timeout=MINUTE)
