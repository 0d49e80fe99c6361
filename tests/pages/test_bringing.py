"""Bringing music in through the library page: files, addresses, collections, and the report of what came of it."""

import music21
from app_pages import everything, open_page, press
from sources.archives_made import zipped
from sources.range_server import serving

from workbench.services import activity, importing, library
from workbench.ui.bringing import ADD_KEY


def opened():
    """The library page with the ways in unfolded."""
    app = open_page("library")
    app.session_state[ADD_KEY] = True
    return app.run()


def report_of(app):
    return next(
        each for each in app.expander if "imported" in each.label or "refused" in each.label
    )


def test_uploads_are_imported_at_once_and_reported(on_duty, tmp_path):
    chorale = music21.corpus.parse("bwv66.6").write("midi", tmp_path / "bwv66.6.mid")
    app = opened()
    app.selectbox(key="library.new_licence").set_value("own").run()
    app.file_uploader[0].upload("bwv66.6.mid", chorale.read_bytes())
    app.file_uploader[0].upload("empty.mid", b"")
    app.run()
    job = importing.last_import(on_duty)
    assert [place["shown"] for place in job.spec["places"]] == ["bwv66.6.mid", "empty.mid"]
    activity.finish(on_duty, job.id)
    app.run()
    assert "1 imported, 1 refused" in report_of(app).label
    report = f"report.filter.{job.id}"
    assert app.selectbox(key=report)
    later = open_page("library")
    assert "1 imported, 1 refused" in report_of(later).label
    assert not [box for box in later.selectbox if box.key == report], "it stands open once"
    (piece,) = library.search(on_duty, 'collection:"my music"')[0]
    assert piece.licence == importing.LICENCES["own"]


def test_a_collection_is_loaded_by_a_click(on_duty):
    app = opened()
    app.button(key="load.ryans-mammoth.100").click().run()
    job = importing.last_import(on_duty)
    assert (job.kind, job.state, len(job.spec["members"])) == ("load-corpus", "waiting", 100)
    assert len(job.spec["skip"]) == 30
    assert any("Loading" in str(each.value) for each in app.caption)


def test_every_collection_states_its_licence_and_size(full_workspace):
    said = everything(opened())
    for corpus in importing.corpora():
        assert corpus.title in said.replace("\\", "")
        assert corpus.licence.name in said.replace("\\", "")
        assert f"{corpus.pieces:,} pieces" in said


def named(app, place):
    box = next(
        each for each in app.text_input if each.label in ("Address", "Folder, file or address")
    )
    box.set_value(place)
    return press(app, "Bring in")


def test_an_address_is_noted_for_the_worker(on_duty):
    with serving() as server:
        server.files["/school.zip"] = zipped({"bad.mid": b"", "notes.txt": b""})
        named(opened(), server.url + "/school.zip")
        job = importing.last_import(on_duty)
        assert job.spec["places"] == [{"url": server.url + "/school.zip"}]
        assert not job.spec["own_net"]  # this app can be reached by others
        assert activity.finish(on_duty, job.id).state == "done"
        assert server.asked == []


def test_a_hosted_app_reads_no_folder_for_strangers(on_duty, tmp_path, monkeypatch):
    monkeypatch.delenv("WORKBENCH_LOCAL_PATHS", raising=False)
    app = named(opened(), str(tmp_path))
    assert "Only addresses that begin with http" in app.error[0].value.replace("\\", "")
    monkeypatch.setenv("WORKBENCH_LOCAL_PATHS", "1")
    named(opened(), str(tmp_path))
    assert importing.last_import(on_duty).spec["places"] == [{"path": str(tmp_path)}]


def test_the_report_is_filtered_by_reason(full_workspace):
    files = [("a.mid", b""), ("b.mid", b""), ("c.mid", b"MThd"), ("d.zip", zipped({"x.txt": b"x"}))]
    job = importing.import_files(full_workspace, files)
    activity.finish(full_workspace, job)
    app = opened()
    app.session_state[f"report.{job}"] = True
    app.run()
    assert any("1 left out" in each.label and "warning" in each.icon for each in app.expander)
    choice = next(each for each in app.selectbox if each.label == "Show")
    table = next(each for each in app.dataframe if "What to do" in each.value)
    assert set(table.value["Outcome"]) == {"refused", "left out"}
    empty = next(option for option in choice.options if "Is empty" in option)
    assert empty.endswith("(2)")
    app = choice.set_value(empty).run()
    table = next(each for each in app.dataframe if "What to do" in each.value)
    assert list(table.value["Name"]) == ["a.mid", "b.mid"]
    assert all(table.value["What to do"])
    assert any(each.label == "CSV" for each in app.get("download_button"))


def test_a_stopped_import_goes_on_from_the_page(on_duty):
    job = importing.load_corpus(on_duty, "monteverdi", limit=3)
    activity.stop(on_duty, job)
    app = opened()
    press(app, "Go on with the rest")
    assert activity.job(on_duty, job).state == "waiting"
    assert activity.finish(on_duty, job).state == "done"
    assert library.search(on_duty, "collection:monteverdi")[1] == 3
