"""Every awkward file at once through a real import: each has its line, and the outcome it must have."""

import pytest
from awkward import awkward_files
from sources.archives_made import zipped

from workbench.services import activity, importing


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    from workbench.workspace import open_workspace

    workspace = open_workspace(tmp_path_factory.mktemp("awkward"))
    archive = zipped({file.name: file.data for file in awkward_files()})
    job = importing.import_files(workspace, [("awkward.zip", archive)])
    done = activity.finish(workspace, job)
    assert done.state == "done", done.details
    return {row.name: row for row in importing.report(workspace, job)}


@pytest.mark.long
def test_every_file_has_the_outcome_it_must_have(report):
    wrong = []
    for file in awkward_files():
        row = report[f"awkward.zip/{file.name}"]
        fits = ("refused", "left out") if file.outcome == "refused" else ("imported", "duplicate")
        if row.outcome not in fits:
            wrong.append((file.name, file.outcome, row.outcome, row.reason))
    assert not wrong


@pytest.mark.long
def test_every_refusal_says_what_to_do(report):
    refused = [row for row in report.values() if row.outcome == "refused"]
    assert len(refused) > 20
    for row in refused:
        assert row.reason and row.remedy and row.kind, row
        assert "Traceback" not in row.reason and "Error:" not in row.reason, row
