"""Putting compositions in order with the mouse and the keyboard: ticks, trash and undo, bars, versions."""

import re

import pytest
from conftest import REPOSITORY
from playwright.sync_api import expect

from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, feedback, keeping
from workbench.services.keeping import Wish
from workbench.workspace import open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Three tunes, the second and third made out of the first."""
    workspace = open_workspace(tmp_path_factory.mktemp("keeping"))
    parent = ""
    for seed in range(3):
        request = ComposeRequest("folk", bars=4, seed=seed)
        came = {"parent": parent, "origin": "another"} if parent else {}
        job = composing.enqueue(workspace, request, title=f"Tune {seed}", **came)
        made = activity.finish(workspace, job).result["composition"]
        parent = parent or made
    return workspace


@pytest.fixture(scope="module")
def address(serve, workspace):
    return serve(REPOSITORY / "Home.py", home=workspace.home)


@pytest.fixture
def page(browser, address):
    page = browser.new_context(
        base_url=address, viewport={"width": 1280, "height": 1400}
    ).new_page()
    page.set_default_timeout(30_000)
    yield page
    page.context.close()


def test_ticked_ones_are_tagged_and_thrown_away_and_taken_back(page, workspace):
    page.goto("/compositions")
    page.get_by_label("Tick Tune 0").check()
    page.get_by_label("Tick Tune 2").check()
    expect(page.get_by_text("2 ticked")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("2 pieces moved to the trash.")).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)
    assert keeping.trashed(workspace) == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".card")).to_have_count(3)
    assert keeping.trashed(workspace) == 0
    page.get_by_label("Tick Tune 1").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name=re.compile("Tag")).click()
    page.get_by_role("combobox", name="Tag").last.fill("calm")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Put on").click()
    expect(page.get_by_text("1 piece tagged calm.")).to_be_visible()
    assert [made.title for made in keeping.find(workspace, Wish(tag="calm"))[0]] == ["Tune 1"]


def test_a_bar_is_judged_and_a_version_opened(page, workspace):
    (first,) = keeping.find(workspace, Wish(words="Tune 0"))[0]
    page.goto(f"/compositions?composition={first.id}")
    page.wait_for_selector(".player .notehead")
    page.get_by_role("button", name=re.compile("Bars")).click()
    strip = page.get_by_test_id("stPopoverBody")
    strip.get_by_text("3", exact=True).click()
    signs = strip.get_by_role("radiogroup", name="Bar 3")
    expect(signs).to_be_visible()  # until then the last button is a bar's
    signs.get_by_role("radio").last.click()
    expect(page.get_by_role("button", name=re.compile("1 marked"))).to_be_visible()
    assert feedback.of(workspace, first.id) == {3: "star"}
    page.keyboard.press("Escape")
    page.get_by_text("Compare with another").click()
    expect(page.locator(".player")).to_have_count(3)
    expect(page.locator(".note.marked").first).to_be_visible()
    page.get_by_text("Versions", exact=True).click()
    box = page.locator(".box", has_text="Tune 2")
    box.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tune 2")).to_be_visible()
    assert "composition=" in page.url and first.id not in page.url
