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
