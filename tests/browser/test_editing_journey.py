"""Editing on the piano roll with mouse, finger and keys; bars locked and the rest composed again."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import REPOSITORY
from playwright.sync_api import expect

from workbench.core.score import TICKS_PER_QUARTER
from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, editing, versions
from workbench.workspace import open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.long]
MINUTE = 60_000  # milliseconds, for what a composer does


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return open_workspace(tmp_path_factory.mktemp("editing"))


@pytest.fixture(scope="module")
def address(serve, workspace):
    return serve(REPOSITORY / "Home.py", home=workspace.home)


@pytest.fixture
def made(workspace):
    request = ComposeRequest("folk", bars=4, seed=3, meter="4/4", key="D major")
    job = composing.enqueue(workspace, request, title="Tune")
    return composing.get(workspace, activity.finish(workspace, job).result["composition"])


def opened(browser, address, made, **options):
    options = {"viewport": {"width": 1280, "height": 1400}} | options
    page = browser.new_context(base_url=address, **options).new_page()
    page.set_default_timeout(30_000)
    page.goto(f"/compositions?composition={made.id}")
    page.wait_for_selector(".player .notehead")
    page.get_by_text("Edit the notes").click()
    page.wait_for_selector(".editor .note")
    page.locator(".editor").scroll_into_view_if_needed()
    page.wait_for_timeout(1500)  # the page grows until the charts are there
    return page


@pytest.fixture
def page(browser, address, made):
    page = opened(browser, address, made)
    yield page
    page.context.close()


def notes(page):
    """Rows of (onset, duration, pitch) as the editor would send them."""
    told = page.locator(".editor .note").evaluate_all(
        "all => all.map(n => n.getAttribute('aria-label'))"
    )
    return sorted(told)


def drag(page, box, x, y, at_end=False):
    place = box.bounding_box()
    start = place["x"] + (place["width"] - 2 if at_end else place["width"] / 2 - 2)
    middle = place["y"] + place["height"] / 2
    page.mouse.move(start, middle)
    page.mouse.down()
    page.mouse.move(start + x / 2, middle + y / 2, steps=4)
    page.mouse.move(start + x, middle + y, steps=4)
    page.mouse.up()


def test_notes_are_dragged_and_deleted_and_kept_and_the_rest_composed_again(page, workspace, made):
    before = composing.score(workspace, made.id)
    original = notes(page)
    keep = page.get_by_role("button", name="Keep this version")
    expect(keep).to_be_disabled()
    first = page.locator(".editor .note").first
    name = first.get_attribute("aria-label")
    row = first.bounding_box()["height"] + 1
    drag(page, first, 0, -2 * row)
    expect(page.locator(".editor .state")).to_have_text("1 change not kept yet")
    assert first.get_attribute("aria-label") != name
    drag(page, first, 24, 0, at_end=True)  # half a quarter longer
    page.locator(".editor .note").nth(5).click()
    page.keyboard.press("Delete")
    expect(page.locator(".editor .note")).to_have_count(len(before.notes) - 1)
    edited = notes(page)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert notes(page) == original
    expect(keep).to_be_disabled()
    for _ in range(3):
        page.get_by_role("button", name="Redo").click()
    assert notes(page) == edited
    page.reload()  # a draft outlives the page
    page.wait_for_selector(".player .notehead")
    page.get_by_text("Edit the notes").click()
    expect(page.locator(".editor .state")).to_have_text("2 changes not kept yet", timeout=MINUTE)
    assert notes(page) == edited
    page.get_by_role("button", name="Keep this version").click()
    expect(page.get_by_role("heading", name="Tune, edited")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("2 notes taken out, 1 put in")).to_be_visible(timeout=MINUTE)
    (branch,) = versions.tree(workspace, made.id)[0].children
    kept = branch.made
    assert (kept.origin, kept.parent) == ("edited", made.id)
    moved = before.notes[0]
    (put,) = kept.edits.put
    assert put[2] == moved["pitch"] + 2
    assert put[1] == moved["duration"] + TICKS_PER_QUARTER // 2
    assert composing.score(workspace, made.id) == before

    page.get_by_text("Edit the notes").click()
    page.wait_for_selector(".editor .note")
    page.get_by_role("button", name="Lock bar 1").click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator(".editor .state")).to_have_text("2 bars locked")
    page.get_by_role("button", name="Compose the rest again").click()
    expect(page.get_by_text(re.compile("Bars 1,3 stayed as they were"))).to_be_visible(
        timeout=MINUTE
    )
    (rest,) = versions.tree(workspace, made.id)[0].children[0].children
    one, other = (composing.score(workspace, each) for each in (kept.id, rest.made.id))
    lines = editing.bars_of(kept, one)
    for bar in (lines[0], lines[2]):
        assert sounding(one, bar) == sounding(other, bar)
    assert one != other
    page.goto(f"/compositions?composition={made.id}")
    page.wait_for_selector(".player .notehead")
    page.get_by_text("Edit the notes").click()
    page.wait_for_selector(".editor .note")
    expect(page.locator(".editor .state")).to_have_text("")  # what was kept is no draft any more


def sounding(score, bar):
    ends = score.notes["onset"] + score.notes["duration"]
    there = score.notes[(score.notes["onset"] < bar.end) & (ends > bar.start)]
    return there[["onset", "duration", "pitch"]].tolist()


def test_with_the_keyboard_alone(page, workspace, made):
    box = page.locator(".editor .roll")
    first = page.locator(".editor .note[tabindex='0']")
    first.focus()
    told = page.locator(".editor .told")
    label = first.get_attribute("aria-label")
    assert re.fullmatch(r"[A-G]( sharp | flat )?\d, bar 1, beat 1, [a-z -]+", label)
    page.keyboard.press("ArrowUp")
    expect(told).not_to_have_text("")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Period")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("n")
    expect(told).to_have_text(re.compile("^Added: "))
    count = len(composing.score(workspace, made.id).notes)
    expect(page.locator(".editor .note")).to_have_count(count + 1)
    page.keyboard.press("Backspace")
    expect(page.locator(".editor .note")).to_have_count(count)
    page.keyboard.press("l")
    expect(page.locator(".editor .state")).to_have_text("2 changes not kept yet · 1 bar locked")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+Z")
    page.keyboard.press("Control+y")
    page.keyboard.press("Control+a")
    assert box.locator("[aria-pressed='true']").count() == count
    page.get_by_role("button", name="Discard changes").press("Enter")
    expect(page.locator(".editor .state")).to_have_text("")


def test_what_is_touched_and_played_is_heard(page):
    page.evaluate("""() => {
        window.began = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...all) { window.began++; return start.apply(this, all); };
    }""")
    page.locator(".editor .note").nth(2).click()
    assert page.evaluate("window.began") == 2  # two waves a note
    page.locator(".editor .play").click()
    page.wait_for_timeout(1200)
    assert page.evaluate("window.began") > 4
    expect(page.locator(".editor .head")).to_be_visible()
    page.locator(".editor .play").click()
    expect(page.locator(".editor .head")).to_be_hidden()


def test_what_the_server_refuses_is_said_and_can_be_mended(page, workspace, made):
    """A last bar that is to stay and has lost its notes; then a chord, which the model has no way to say."""
    for box in page.get_by_label(re.compile("bar 4,")).all():
        box.click(modifiers=["Shift"])
    page.get_by_role("button", name="Delete note").click()
    page.get_by_role("button", name="Lock bar 4").click()
    page.get_by_role("button", name="Compose the rest again").click()
    expect(page.get_by_text(re.compile("The last bar is locked and silent"))).to_be_visible(
        timeout=MINUTE
    )
    expect(page.get_by_role("button", name="Compose the rest again")).to_be_enabled(timeout=MINUTE)
    assert versions.tree(workspace, made.id)[0].children == ()
    place = page.locator(".editor .note").first.bounding_box()
    page.mouse.dblclick(place["x"] + 3, place["y"] + 4 * place["height"])
    expect(page.locator(".editor .told")).to_have_text(re.compile("^Added: .*bar 1, beat 1"))
    page.get_by_role("button", name="Lock bar 4").click()
    page.get_by_role("button", name="Lock bar 1").click()
    page.get_by_role("button", name="Compose the rest again").click()
    expect(page.get_by_text(re.compile("Bar 1 stayed as it was in Tune, edited"))).to_be_visible(
        timeout=MINUTE
    )
    (edited,) = versions.tree(workspace, made.id)[0].children
    (rest,) = edited.children
    assert len(rest.made.request.locked.exact.put) > 0


def swiped(page, box, up):
    """A finger put on a note and moved, once the page has come to rest."""
    box.element_handle().wait_for_element_state("stable")
    place, finger = box.bounding_box(), page.context.new_cdp_session(page)
    x, y = place["x"] + 4, place["y"] + place["height"] / 2
    for kind, points in [
        ("touchStart", [(x, y)]),
        *[("touchMove", [(x, y + up * step / 5)]) for step in range(1, 6)],
        ("touchEnd", []),
    ]:
        touches = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_finger_edits_on_a_phone_and_nothing_serious_is_found(browser, address, made, scheme):
    page = opened(
        browser, address, made, viewport={"width": 390, "height": 844}, has_touch=True, color_scheme=scheme
    )  # fmt: skip
    box = page.locator(".editor .note").first
    box.scroll_into_view_if_needed()
    box.tap()
    expect(page.locator(".editor .told")).to_have_text(re.compile("bar 1, beat 1"))
    page.get_by_role("button", name="Add note").tap()
    expect(page.locator(".editor .state")).to_have_text("1 change not kept yet")
    page.get_by_role("button", name="Lock bar 1").tap()
    expect(page.locator(".editor .state")).to_have_text("1 change not kept yet · 1 bar locked")
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    swiped(page, box, -40)
    expect(page.locator(".editor .state")).to_have_text("2 changes not kept yet · 1 bar locked")
    view = page.locator(".editor .view")
    assert view.evaluate("view => view.scrollWidth > view.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.wait_for_timeout(500)
    found = [
        (fault["help"], [node["html"][:200] for node in fault["nodes"][:3]])
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    page.context.close()
    assert not found
