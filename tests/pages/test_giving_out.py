"""Downloads, the zip of many, and the page that checks files."""

import pytest
from app_pages import everything, open_page, press

from workbench.core.provenance import statement
from workbench.services import activity, composing, exporting, library
from workbench.ui import composition_export, result


def heard(app, name: str):
    """The page once the browser has the sound, which is when the downloads come."""
    app.session_state["workbench"]["notes"].setdefault(result.PLACE, {})[name] = 1
    return app.run()


def labels(app) -> list[str]:
    return [each.label for each in app.get("download_button")]


def test_a_composition_can_be_taken_home_in_every_format(full_workspace):
    ((made,), _) = composing.all(full_workspace)
    app = heard(open_page("compositions", composition=made.id), made.id)
    assert not app.exception
    assert labels(app)[:5] == ["PDF", "MIDI", "MusicXML", "MP3", "Share page"]
    assert sorted(labels(app)[5:]) == ["ABC", "FLAC", "OGG", "SVG", "WAV"]
    assert "a mark too faint to be noticed" in everything(app)


def test_a_piece_of_a_person_is_not_said_to_be_made_by_a_model(full_workspace):
    pieces, _ = library.search(full_workspace, limit=1)
    app = heard(open_page("library", piece=pieces[0].id), pieces[0].id)
    assert "PDF" in labels(app)
    assert "a mark too faint to be noticed" not in everything(app)


def test_many_are_made_into_a_zip_by_a_worker(on_duty, monkeypatch):
    app = open_page("compositions")
    app.session_state["compositions.export"] = True
    press(app.run(), "Make a zip of 1 composition")
    (job,) = activity.current(on_duty)
    assert job.title == "Exporting 1 composition"
    done = activity.finish(on_duty, job.id)
    app.run()
    assert "Download 4 files" in labels(app)
    data = composition_export._read(on_duty, done.result["stored"])
    assert data == exporting.made(on_duty, done.result["stored"]).read_bytes()


@pytest.mark.parametrize("suffix", [".mid", ".flac", ".pdf"])
def test_a_file_is_checked_and_not_kept(on_duty, suffix):
    ((made,), _) = composing.all(on_duty)
    app = open_page("check")
    data = exporting.file(on_duty, made.id, suffix)
    app.get("file_uploader")[0].upload(f"tune{suffix}", data).run()
    (job,) = activity.current(on_duty)
    activity.finish(on_duty, job.id)
    app.run()
    assert not app.exception
    said = everything(app)
    assert "model made this" in said and statement(made) in said
    assert not list(on_duty.cache.glob("check-*"))


def test_a_broken_file_is_refused_in_a_sentence(on_duty):
    app = open_page("check")
    app.get("file_uploader")[0].upload("tune.mid", b"no music at all").run()
    activity.finish(on_duty, activity.current(on_duty)[0].id)
    app.run()
    assert not app.exception
    assert "tune.mid" in app.error[0].value
