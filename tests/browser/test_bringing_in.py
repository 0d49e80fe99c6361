"""Dropping an archive with good, bad, double and disguised files: progress, stop, go on, and the report."""

import os
import signal

import pytest
from playwright.sync_api import Browser, expect
from sources.archives_made import zipped

from workbench import formats
from workbench.corpora import CORPORA
from workbench.services import importing, library
from workbench.store import open_store
from workbench.workspace import REPOSITORY, open_workspace

pytestmark = pytest.mark.browser

COPIES = 8  # of one music in differing files: enough to do that there is time to stop


@pytest.fixture
def workspace(tmp_path):
    opened = open_workspace(tmp_path / "home")
    yield opened
    with open_store(opened) as store:
        for worker in store.jobs.workers():
            os.kill(worker["pid"], signal.SIGTERM)


def school_archive() -> bytes:
    corpus = CORPORA.get("ryans-mammoth")
    tunes = {
        name: formats.encode(corpus.read(name).score, ".abc") for name in corpus.members()[:150]
    }
    files = {
        f"{copy}/{name}.abc": tune + f"% {copy}\n".encode()
        for name, tune in tunes.items()
        for copy in range(COPIES)
    }
    disguised = formats.encode(CORPORA.get("bach-chorales").read("001-bwv269").score, ".mid")
    return zipped({"disguised.abc": disguised, **files, "bad.mid": b"MThd", "readme.txt": b"Hello"})


@pytest.mark.long
def test_an_archive_is_dropped_stopped_and_gone_on_with(
    browser: Browser, serve, workspace, tmp_path
):
    path = tmp_path / "school.zip"
    path.write_bytes(school_archive())
    page = browser.new_page()
    page.goto(f"{serve(REPOSITORY / 'Home.py', home=workspace.home)}/library")
    page.get_by_role("tab", name="Your own files").click(timeout=60_000)
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.get_by_text("files,")).to_contain_text("left", timeout=60_000)
    page.get_by_role("button", name="Stop").last.click()
    page.get_by_role("button", name="Go on with the rest").click(timeout=60_000)
    report = page.get_by_text("1 refused, 1 left out")
    expect(report).to_be_visible(timeout=90_000)
    job = importing.last_import(workspace)
    counts = importing.counts(workspace, job.id)
    assert sum(counts.values()) == 150 * COPIES + 3
    assert counts["imported"] == library.search(workspace)[1]
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click(timeout=30_000)
    assert "bad.mid" in download.value.path().read_text()
    page.close()
