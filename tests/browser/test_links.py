"""A link opens what it names, also in a server that has just started."""

import pytest
from playwright.sync_api import Browser, expect

from workbench.services import activity, importing, library
from workbench.workspace import REPOSITORY, open_workspace

pytestmark = pytest.mark.browser


@pytest.mark.long
def test_the_first_visit_of_a_new_server_may_be_a_link_to_a_piece(
    browser: Browser, serve, tmp_path
):
    workspace = open_workspace(tmp_path / "home")
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=3))
    piece = library.search(workspace)[0][0]
    address = serve(REPOSITORY / "Home.py", home=workspace.home)
    page = browser.new_page()
    page.goto(f"{address}/library?piece={piece.id}")
    expect(page.get_by_role("heading", name=piece.title)).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name="Compositions", exact=True).first).to_be_visible()
    expect(page.locator(".player .notehead").first).to_be_visible(timeout=60_000)
    page.close()


@pytest.mark.long
def test_links_opened_at_the_same_instant_have_one_navigation(browser: Browser, serve):
    address = serve(REPOSITORY / "Home.py")
    names = ("library", "datasets", "train", "runs", "bench", "compose", "compositions")
    pages = [browser.new_page() for _ in names]
    for page, name in zip(pages, names, strict=True):
        page.goto(f"{address}/{name}", wait_until="commit")
    for page in pages:
        ours = page.get_by_role("link", name="Compositions", exact=True).first
        expect(ours).to_be_visible(timeout=60_000)
        page.close()
