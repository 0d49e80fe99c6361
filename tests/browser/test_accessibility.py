"""Every page, empty and full, light and dark, looked through by axe-core in headless Chromium: nothing serious is found.

What is folded away at first is opened where it is drawn by ourselves: the mixer, the note editor, the mood pad. Live is looked at while it
plays.
"""

import contextlib
import os
import re
import signal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, importing, library
from workbench.store import open_store
from workbench.ui.frame import SCREENS
from workbench.workspace import REPOSITORY, open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.long]
MINUTE = 60_000  # milliseconds
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def addresses(serve, tmp_path_factory):
    """An empty app and one with music, and the addresses of their pages, those of an opened piece and composition among them."""
    empty, full = (open_workspace(tmp_path_factory.mktemp(name)) for name in ("empty", "full"))
    activity.finish(full, importing.load_corpus(full, "bach-chorales", limit=2))
    activity.finish(full, composing.enqueue(full, ComposeRequest("chorales", bars=4, seed=1)))
    (made, *_), _ = composing.all(full)
    (piece, *_), _ = library.search(full, limit=1)
    places = {name: "/" if name == "home" else f"/{name}" for name in SCREENS}
    links = {
        "a composition": f"/compositions?composition={made.id}",
        "a piece": f"/library?piece={piece.id}",
    }
    home = REPOSITORY / "Home.py"
    yield {
        "empty": (serve(home, home=empty.home), places),
        "full": (serve(home, home=full.home), places | links),
    }
    for workspace in (empty, full):
        with open_store(workspace) as store:
            for worker in store.jobs.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker["pid"], signal.SIGTERM)


def unfold(page, name):
    """Open what a page shows only when it is asked to."""
    if name == "a composition":
        page.get_by_text("Edit the notes").click()
        page.wait_for_selector(".editor .note", timeout=MINUTE)
    if name.startswith("a "):
        page.get_by_role("button", name="PDF", exact=True).wait_for(timeout=MINUTE)
        page.locator("summary", has_text="More: loop").click()
        page.get_by_role("button", name="Mixer").click()
        page.get_by_text("For listening").wait_for()
    elif name == "compose":
        page.get_by_text("Steer the music").click()
        page.wait_for_selector(".pad", timeout=MINUTE)
    elif name == "live":
        page.get_by_role("button", name="Play", exact=True).click()
        playing = re.compile(r"Bar 1\.")
        expect(page.locator(".live .state")).to_have_text(playing, timeout=MINUTE)


@pytest.mark.parametrize(
    ("which", "scheme", "width"),
    [("empty", "light", 1280), ("full", "light", 1280), ("full", "dark", 390)],
)
def test_no_page_has_a_serious_fault(browser, addresses, which, scheme, width):
    address, places = addresses[which]
    context = browser.new_context(
        base_url=address, color_scheme=scheme, viewport={"width": width, "height": 1000}
    )
    page = context.new_page()
    found = []
    for name, place in places.items():
        page.goto(place)
        page.locator("h1").first.wait_for(timeout=MINUTE)
        unfold(page, name)
        page.wait_for_timeout(1500)
        for fault in Axe().run(page).response["violations"]:
            if fault["impact"] in GRAVE:
                where = [
                    (node["html"][:200], node["failureSummary"]) for node in fault["nodes"][:3]
                ]
                found.append(f"{name}: {fault['help']}: {where}")
    context.close()
    assert not found, "\n".join(found)
