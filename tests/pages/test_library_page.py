"""The library page: searching, opening, tagging, bringing music in."""

import io

import numpy as np
import pytest
import soundfile
from app_pages import everything, open_page, press

from workbench import formats
from workbench.core.score import transpose
from workbench.services import activity, importing, library


def table(app):
    return app.dataframe[-1].value


def test_words_and_filters_narrow_the_table(full_workspace):
    app = open_page("library")
    assert len(table(app)) == 25
    app.text_input(key="library.query").set_value("reel").run()
    assert all("Reel" in title for title in table(app)["Title"])
    app.text_input(key="library.query").set_value("").run()
    key = next(iter(library.facets(full_workspace, "key")))
    app.selectbox(key="library.key").set_value(key).run()
    assert set(table(app)["Key"]) == {key}


def test_the_order_holds_over_all_pages(full_workspace):
    app = open_page("library")
    app.selectbox(key="library.sort").set_value("Longest first").run()
    longest = library.search(full_workspace, sort="bars", descending=True, limit=1)[0][0]
    assert table(app)["Bars"].iloc[0] == longest.facts["bars"]


def test_a_query_that_is_not_understood_is_refused_in_words(full_workspace):
    app = open_page("library")
    app.text_input(key="library.query").set_value("bars:many").run()
    assert "bars:many is not understood" in app.error[0].value.replace("\\", "")


def test_a_search_without_a_match_says_what_to_do(full_workspace):
    app = open_page("library")
    app.text_input(key="library.query").set_value("xylophone").run()
    assert "No piece matches" in app.info[0].value


@pytest.fixture
def piece(full_workspace):
    return library.search(full_workspace, limit=1)[0][0]


def test_a_link_opens_a_piece_and_the_way_back_leads_to_the_table(piece):
    app = open_page("library", piece=piece.id)
    assert not app.exception
    assert piece.title in everything(app).replace("\\", "")
    assert "In the dataset tunes@1" in everything(app)
    app = press(app, "All music")
    assert "piece" not in app.query_params
    assert len(table(app)) == 25


def test_a_piece_opens_by_name_without_a_mouse(full_workspace):
    app = open_page("library")
    third = library.search(full_workspace, limit=3)[0][2]
    box = next(each for each in app.selectbox if each.label == "Open by name")
    app = box.set_value(third.id).run()
    assert app.query_params["piece"] == third.id


def test_a_tag_is_added_and_taken_away(piece, full_workspace):
    app = open_page("library", piece=piece.id)
    for box, text in zip(app.text_input, ("mood", "calm"), strict=True):
        box.set_value(text)
    app = press(app, "Add tag")
    assert library.piece(full_workspace, piece.id).tags == {"mood": "calm"}
    assert "mood: calm" in everything(app)
    press(app, "Remove")
    assert library.piece(full_workspace, piece.id).tags == {}


def test_a_tag_by_the_name_of_a_fact_is_refused(piece):
    app = open_page("library", piece=piece.id)
    for box, text in zip(app.text_input, ("key", "calm"), strict=True):
        box.set_value(text)
    assert "choose another name" in press(app, "Add tag").error[0].value


def test_a_recording_opens_with_its_thumbnails_and_facts(workspace):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(3 * 22050) / 22050)
    stream = io.BytesIO()
    soundfile.write(stream, tone, 22050, format="WAV")
    activity.finish(workspace, importing.import_files(workspace, [("tone.wav", stream.getvalue())]))
    found = library.search(workspace, "kind:recording")[0][0]
    assert library.recording_file(workspace, found).read_bytes() == stream.getvalue()
    app = open_page("library", piece=found.id)
    assert not app.exception
    assert "22050" in app.table[0].value.to_string()
    assert [tab.label for tab in app.tabs] == ["Waveform", "Mel spectrogram"]


def test_a_piece_names_the_pieces_most_like_it(full_workspace, piece, tmp_path):
    lower = tmp_path / "A fourth lower.mid"
    formats.write(transpose(library.score(full_workspace, piece.id), -5), lower, title=lower.stem)
    sources = [(lower.name, lower.read_bytes())]
    activity.finish(full_workspace, importing.import_files(full_workspace, sources))
    shown = everything(open_page("library", piece=piece.id)).replace("\\", "")
    assert "Similar pieces" in shown
    assert "A fourth lower (my music): 100% alike" in shown
