"""The library page: searching, opening, tagging, bringing music in."""

import io
import json

import numpy as np
import pytest
import soundfile
from app_pages import everything, open_page, press

from workbench import formats
from workbench.core.score import transpose
from workbench.services import activity, importing, library, searches, tagging


def table(app):
    return app.dataframe[-1].value


def look_for(app, query):
    return app.text_input(key="search").set_value(query).run()


def test_words_and_filters_narrow_the_table(full_workspace):
    app = open_page("library")
    assert len(table(app)) == 25
    app = look_for(app, "reel")
    assert all("Reel" in title for title in table(app)["Title"])
    app = look_for(app, "")
    key = next(iter(library.facets(full_workspace, "key")))
    app.selectbox(key="library.key").set_value(key).run()
    assert set(table(app)["Key"]) == {key}


def test_a_filter_writes_into_the_query_and_shows_what_it_says(full_workspace):
    app = look_for(open_page("library"), "reel meter:2/4")
    assert app.selectbox(key="library.meter").value == "2/4"
    app.selectbox(key="library.key").set_value("D major").run()
    assert app.text_input(key="search").value == 'reel meter:2/4 key:"D major"'
    app.selectbox(key="library.meter").set_value("").run()
    assert app.text_input(key="search").value == 'reel key:"D major"'


def test_a_link_shows_the_same_pieces_in_the_same_order(full_workspace):
    app = open_page("library", search="meter:2/4", sort="Longest first")
    expected, _ = library.search(
        full_workspace, "meter:2/4", sort="bars", descending=True, limit=25
    )
    assert list(table(app)["Title"]) == [piece.title for piece in expected]
    assert len(table(open_page("library", page="2"))) == 5
    for beyond in ("9", "9" * 30, "-1", "two"):
        app = open_page("library", page=beyond)
        assert not app.exception
        assert len(table(app)) == (5 if beyond == "9" else 25)


def test_another_search_begins_at_its_first_page(full_workspace):
    app = look_for(open_page("library", page="2"), "reel")
    assert len(table(app)) == library.search(full_workspace, "reel")[1]


def test_the_order_holds_over_all_pages(full_workspace):
    app = open_page("library")
    app.selectbox(key="sort").set_value("Longest first").run()
    longest = library.search(full_workspace, sort="bars", descending=True, limit=1)[0][0]
    assert table(app)["Bars"].iloc[0] == longest.facts["bars"]


def test_a_query_that_is_not_understood_is_refused_in_words(full_workspace):
    app = look_for(open_page("library"), "bars:many")
    assert "bars:many is not understood" in app.error[0].value.replace("\\", "")


def test_a_search_without_a_match_says_what_to_do(full_workspace):
    app = look_for(open_page("library"), "xylophone")
    assert "No piece matches" in app.info[0].value
    whole = table(look_for(app, "jig"))
    assert "shorten a word" in look_for(app, "jigs").info[0].value
    assert len(table(look_for(app, "ji"))) >= len(whole) > 0


def test_a_search_is_saved_and_opened_again(full_workspace):
    app = look_for(open_page("library"), "reel key:D")
    app.session_state["searches"] = True
    app.run()
    next(box for box in app.text_input if box.label == "Save this search as").set_value("reels")
    app = press(app, "Save")
    assert searches.saved(full_workspace)[0].query == "reel key:D"
    app = press(look_for(app, ""), "reels")
    assert app.text_input(key="search").value == "reel key:D"


def type_tag(app, place, name, value):
    """Type into the boxes of a tag. They take new words, which the tester of pages knows no way to say: it offers them."""
    for widget, word in (("name", name), ("value", value)):
        box = app.selectbox(key=f"{place}.{widget}")
        box.options.append(word)
        app = box.set_value(word).run()
    return app


def test_all_that_match_are_tagged_and_the_change_undone(full_workspace):
    app = look_for(open_page("library"), "reel")
    total = library.search(full_workspace, "reel")[1]
    app = tick(app, "library.By title.1.reel.0.table", 0)
    app.selectbox(key="library.selected.scope").set_value("all").run()
    app = type_tag(app, "library.selected", "mood", "merry")
    app = press(app, "Tag")
    assert library.search(full_workspace, "mood:merry")[1] == total
    assert "mood: merry" in everything(app)
    assert f"mood: merry ({total})" in app.selectbox(key="library.tag").options
    app = press(app, "Undo")
    assert "library.tag" not in [box.key for box in app.selectbox]
    assert library.search(full_workspace, "mood:merry")[1] == 0


def tick(app, key, row):
    """Tick a row, as the browser reports it: the tester of pages has no mouse."""
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return app.run()


def test_a_tag_is_renamed_and_its_values_changed(full_workspace):
    ids = [piece.id for piece in library.search(full_workspace, limit=3)[0]]
    tagging.tag(full_workspace, ids, {"feel": "soft"})
    app = open_page("library")
    app.session_state["library.care.box"] = True
    app.session_state["library.care.tabs"] = "Tidy tags"
    app.run()
    next(box for box in app.text_input if box.label == "New name").set_value("mood")
    app = press(app, "Rename")
    assert tagging.tag_names(full_workspace) == {"mood": {"soft": 3}}
    next(box for box in app.text_input if box.label == "New value").set_value("calm")
    press(app, "Change")
    assert tagging.tag_names(full_workspace) == {"mood": {"calm": 3}}


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
    app = press(type_tag(app, f"tag.{piece.id}", "mood", "calm"), "Add tag")
    assert library.piece(full_workspace, piece.id).tags == {"mood": "calm"}
    assert "mood: calm" in everything(app)
    press(app, "Remove")
    assert library.piece(full_workspace, piece.id).tags == {}


def test_a_tag_that_cannot_be_is_refused_in_words(piece):
    app = open_page("library", piece=piece.id)
    app = press(type_tag(app, f"tag.{piece.id}", "mood", "calm" * 60), "Add tag")
    assert "200 characters" in app.error[0].value


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


def test_the_key_judged_from_the_notes_says_by_how_much_it_leads(full_workspace, piece):
    shown = open_page("library", piece=piece.id).table[0].value.to_string()
    lead = piece.facts["key_confidence"]
    assert f"ahead of the next key by {lead:.2f} in correlation" in shown
    assert "confidence" not in shown


def test_a_piece_names_the_pieces_most_like_it(full_workspace, piece, tmp_path):
    lower = tmp_path / "A fourth lower.mid"
    formats.write(transpose(library.score(full_workspace, piece.id), -5), lower, title=lower.stem)
    sources = [(lower.name, lower.read_bytes())]
    activity.finish(full_workspace, importing.import_files(full_workspace, sources))
    app = open_page("library", piece=piece.id)
    assert "Similar pieces" in [each.label for each in app.expander]
    app.session_state["piece.similar"] = True
    app.run()
    cards = json.loads(app.get("bidi_component")[-1].proto.json)["cards"]
    assert any(
        card["title"] == "A fourth lower" and "100% alike" in card["words"] for card in cards
    )
