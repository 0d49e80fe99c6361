"""A share page, opened from the disk without any network: it shows the score, plays it, and follows it."""

import pytest

from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, exporting
from workbench.workspace import open_workspace

pytestmark = pytest.mark.browser
TITLE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The file of a tune of 32 bars with a title that somebody wished ill with."""
    workspace = open_workspace(tmp_path_factory.mktemp("share"))
    job = composing.enqueue(workspace, ComposeRequest("folk", bars=32, seed=3), title=TITLE)
    made = activity.finish(workspace, job).result["composition"]
    path = workspace.home / "share.html"
    path.write_bytes(exporting.file(workspace, made, ".html"))
    assert path.stat().st_size < 1_500_000
    return path


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_it_plays_and_follows_without_a_network(browser, shared, width, scheme):
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    asked, trouble = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
    page.goto(shared.as_uri())
    page.wait_for_selector(".player .notehead")
    assert page.get_by_role("heading", name=TITLE).is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Play"
    page.keyboard.press("Enter")
    first = page.wait_for_selector(".note.sounding").get_attribute("id")
    page.wait_for_selector(f".note.sounding:not(#{first})")
    assert page.evaluate("document.querySelector('audio').currentTime") > 0
    page.locator(".notehead").nth(20).click()
    now = page.evaluate("document.querySelector('audio').currentTime")
    assert now > 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 20, 28)"
    assert dark == (scheme == "dark")
    assert page.get_by_text("Made by a model").first.is_visible()
    assert trouble == []
    assert all(url.startswith(("file:", "blob:")) for url in asked), asked
    context.close()
