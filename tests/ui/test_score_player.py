"""What the score player hands to the browser. What it does there is tested in tests/browser."""

import json

import pytest
from music21 import corpus
from music21.musicxml.m21ToXml import GeneralObjectExporter
from streamlit.testing.v1 import AppTest

from workbench.rendering.engraving import NARROW, WIDE, engrave
from workbench.ui.media import media_url
from workbench.ui.score_player import payload, score_player


def app() -> None:
    from music21 import corpus
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    from workbench.rendering.engraving import NARROW, WIDE, engrave
    from workbench.ui.score_player import score_player

    melody = corpus.parse("ryansMammoth/7thRegimentReel").parts[0].measures(1, 8)
    text = GeneralObjectExporter(melody).parse().decode()
    engravings = [engrave(text, width=width) for width in (WIDE, NARROW)]
    score_player(*engravings, audio=b"fLaC", key="tune", label="The <b>7th</b> Regiment")


@pytest.fixture(scope="module")
def mounted():
    test = AppTest.from_function(app, default_timeout=30).run()
    assert not test.exception
    (player,) = [element for element in test.main if element.type == "bidi_component"]
    return player.proto


def test_both_engravings_and_the_times_reach_the_browser():
    melody = corpus.parse("ryansMammoth/7thRegimentReel").parts[0].measures(1, 8)
    text = GeneralObjectExporter(melody).parse().decode()
    engravings = [engrave(text, width=width) for width in (WIDE, NARROW)]
    data = payload(*engravings, audio=b"fLaC", mimetype="audio/flac", key="tune", label="Reel")
    assert [one["width"] for one in data["engravings"]] == [1000, 360]
    assert all(page.startswith("<svg") for one in data["engravings"] for page in one["pages"])
    timed = {name for _, _, names in data["notes"] for name in names}
    for one in data["engravings"]:
        assert all(f'id="{name}"' in "".join(one["pages"]) for name in timed)
    assert all(on < off <= data["seconds"] * 1000 for on, off, _ in data["notes"])
    assert len(timed) > 30


def test_a_rerun_brings_the_address_of_the_drawing_alone(mounted):
    assert json.loads(mounted.json)["drawing"].endswith(".json")
    assert "<svg" not in mounted.json
    assert len(mounted.json) < 1000


def test_labels_stay_text(mounted):
    assert json.loads(mounted.json)["label"] == "The <b>7th</b> Regiment"
    assert "Regiment" not in mounted.html_content


def test_the_player_is_written_out_in_full_and_fetches_nothing(mounted):
    for source in (mounted.js_content, mounted.css_content, mounted.html_content):
        assert len(source) > 500
        assert "http://" not in source
        assert "https://" not in source


def test_without_a_server_there_is_no_address():
    assert media_url(b"sound", "audio/flac", key="a") == ""


def test_a_player_needs_a_score():
    with pytest.raises(ValueError, match="engraving"):
        score_player(audio=b"", key="none")
