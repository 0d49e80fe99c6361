"""What goes over the wire: no rerun of a page with a composition opened sends more than 300 kB."""

import pytest
from conftest import REPOSITORY
from playwright.sync_api import Page, expect

from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing
from workbench.workspace import open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.long]
MOST_BYTES = 300_000
QUIET = 1500  # milliseconds without a word from the server, by which a rerun is taken to be over
BARS = {"folk": 32, "chorales": 40}  # 40 is the longest that is shown on one page


class Wire:
    """Counts what a page gets over its web socket."""

    def __init__(self, page: Page) -> None:
        self.page, self.got, self.largest = page, 0, 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, frame: bytes | str) -> None:
        self.got += len(frame)

    def rerun(self) -> int:
        """Bytes since this was called last, once nothing more comes."""
        before = -1
        while before != self.got:
            before = self.got
            self.page.wait_for_timeout(QUIET)
        taken, self.got = self.got, 0
        self.largest = max(self.largest, taken)
        return taken


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A tune and a long chorale."""
    workspace = open_workspace(tmp_path_factory.mktemp("wire"))
    for model, bars in BARS.items():
        job = composing.enqueue(workspace, ComposeRequest(model, bars=bars, seed=2), title=model)
        activity.finish(workspace, job)
    return workspace


@pytest.fixture(scope="module")
def address(serve, workspace):
    return serve(REPOSITORY / "Home.py", home=workspace.home)


@pytest.mark.parametrize("place", ["compose", "compositions"])
@pytest.mark.parametrize("model", list(BARS))
def test_no_rerun_sends_more_than_300_kilobytes(browser, address, workspace, place, model):
    made = next(each for each in composing.all(workspace)[0] if each.title == model)
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(60_000)
    page = context.new_page()
    wire = Wire(page)
    page.goto(f"/{place}?composition={made.id}")
    page.wait_for_selector(".player .notehead")
    expect(page.get_by_role("button", name="Share page")).to_be_visible(timeout=60_000)
    sent = {"opening": wire.rerun()}
    page.reload()
    expect(page.get_by_role("button", name="Share page")).to_be_visible(timeout=60_000)
    sent["opening again"] = wire.rerun()
    for label in ("Where it comes from", "Everything needed to make it again", "In words"):
        page.get_by_text(label).first.click()
        sent[label] = wire.rerun()
    for tab in page.get_by_role("tab").all():
        tab.click()
        sent[f"tab {tab.inner_text()}"] = wire.rerun()
    page.locator(".player .notehead").nth(5).click()
    sent["a note"] = wire.rerun()
    print(place, model, sent)
    context.close()
    assert max(sent.values()) < MOST_BYTES, sent
