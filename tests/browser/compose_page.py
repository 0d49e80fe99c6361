"""The page Compose as a person uses it: what to begin with is chosen, the button pressed, the result looked at."""

from pathlib import Path

from playwright.sync_api import Page, expect

from workbench.core.runs import Composition
from workbench.services import composing
from workbench.workspace import open_workspace

MINUTE = 60_000  # milliseconds


def begin_with(page: Page, way: str) -> None:
    """Open the page and choose a way in, by the words on it."""
    page.goto("/compose")
    page.get_by_role("radio", name=way, exact=True).click()


def compose(page: Page, home: Path) -> Composition:
    """Press the button; what came of it, once it is engraved on the page."""
    workspace = open_workspace(home)
    before = composing.all(workspace)[1]
    page.get_by_role("button", name="Compose", exact=True).click()
    page.wait_for_url("**/compose?*composition=*", timeout=MINUTE)
    (made, *_), count = composing.all(workspace)
    assert count == before + 1
    player = page.locator(f'.player[aria-label="{made.title}: player"]')
    expect(player.locator(".notehead").first).to_be_visible(timeout=MINUTE)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    return made
