"""From Home to a PDF in the hand without a mouse."""

import contextlib
import os
import signal

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from workbench.store import open_store
from workbench.workspace import REPOSITORY, open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.long]
MINUTE = 60_000  # milliseconds
MOST_TABS = 120
RINGED = """() => { const a = document.activeElement; return a.tagName !== "A" || getComputedStyle(a).outlineStyle === "solid" }"""
FOCUSED = """() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.innerText?.trim() ?? "";
}"""


def test_from_home_to_a_pdf_by_keyboard_alone(browser, serve, tmp_path):
    home = tmp_path / "home"
    context = browser.new_context(base_url=serve(REPOSITORY / "Home.py", home=home))
    context.set_default_timeout(MINUTE)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("button", name="Compose a tune")).to_be_visible(timeout=MINUTE)
    walk_to(page, "Compose a tune")
    page.keyboard.press("Enter")
    page.wait_for_selector(".player .notehead")
    expect(page.get_by_role("button", name="PDF", exact=True)).to_be_enabled(timeout=MINUTE)
    walk_to(page, "PDF")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.suffix == ".pdf"
    document = pypdfium2.PdfDocument(path)
    assert "Made by a model" in document[0].get_textpage().get_text_range()
    context.close()
    with open_store(open_workspace(home)) as store:
        for worker in store.jobs.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker["pid"], signal.SIGTERM)


def walk_to(page: Page, label: str) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(MOST_TABS):
        if page.evaluate(FOCUSED).splitlines()[-1:] == [label]:
            return
        assert page.evaluate(RINGED), "A link does not show that the focus is on it."
        page.keyboard.press("Tab")
    raise AssertionError(f"{label!r} cannot be reached with Tab")
