"""How music is played on a page, and the pictures of it: every control changes what the browser is given."""

import json

from app_pages import everything, open_page

from workbench.core.expression import performed
from workbench.core.score import Score, clip, make_notes
from workbench.services import composing, library, previews
from workbench.ui import result
from workbench.ui.result import Page


def player(app) -> dict:
    (found,) = [element for element in app.main if element.type == "bidi_component"]
    return json.loads(found.proto.json)


def heard(app, name: str):
    """The page once the browser has the sound, which is when the rest comes."""
    app.session_state["workbench"]["notes"].setdefault(result.PLACE, {})[name] = 1
    return app.run()


def opened(workspace):
    (made, *_), _ = composing.all(workspace)
    return made, heard(open_page("compositions", composition=made.id), made.id)


def test_expression_is_heard_and_seen_and_goes_into_files_only_on_wish(full_workspace):
    made, app = opened(full_workspace)
    written = player(app)
    assert written["asks"]
    assert "4 bars" in written["summary"]
    app.toggle(key=f"playing.{made.id}.expression").set_value(True).run()
    played = player(app)
    assert played["audio"] != written["audio"]
    assert played["drawing"] != written["drawing"]
    assert "not learned" in everything(app)
    midi = f"download.{made.id}.mid"
    before = app.download_button(key=midi).proto.url
    app.toggle(key=f"playing.{made.id}.files").set_value(True).run()
    assert app.download_button(key=midi).proto.url != before
    app.toggle(key=f"playing.{made.id}.expression").set_value(False).run()
    assert player(app) == written
    assert app.download_button(key=midi).proto.url == before


def test_what_is_played_otherwise_keeps_its_drawing_and_moves_its_times(full_workspace):
    (made, *_), _ = composing.all(full_workspace)
    score = composing.score(full_workspace, made.id)
    written = previews.preview(full_workspace, score, (previews.WIDE,))
    played = previews.preview(full_workspace, score, (previews.WIDE,), performed(score))
    assert played.engravings[0].pages == written.engravings[0].pages
    assert played.engravings[0].seconds > written.engravings[0].seconds
    assert played.bars != written.bars
    assert played.sound != written.sound


def test_the_mixer_changes_the_instrument_and_a_mute_part_says_so(full_workspace):
    pieces, _ = library.search(full_workspace, limit=1)
    app = heard(open_page("library", piece=pieces[0].id), pieces[0].id)
    place = f"playing.{pieces[0].id}"
    app.session_state[f"{place}.mixer"] = True
    app.run()
    app.selectbox(key=f"{place}.program.0").set_value(71).run()
    assert app.toggle(key=f"{place}.files").label == "MIDI and sound files too"
    app.slider(key=f"{place}.volume.0").set_value(0).run()
    assert "turn one on in the mixer" in everything(app)
    next(button for button in app.button if button.label == "As written").click().run()
    assert not app.warning
    assert f"{place}.files" not in {toggle.key for toggle in app.toggle}


def test_a_piece_is_told_in_words_and_drawn_in_other_ways(full_workspace):
    made, app = opened(full_workspace)
    for view in ("Dynamics and tempo", "Waveform", "Mel spectrogram", "In words", "Piano roll"):
        app.session_state[f"views.{made.id}"] = view
        app.run()
        assert not app.exception, view
        if view == "In words":
            assert "- Bar 1: " in everything(app)
    app.toggle(key=f"roll.{made.id}.sure").set_value(True).run()
    app.segmented_control(key=f"roll.{made.id}.colour").set_value("pitch class").run()
    assert not app.exception


def test_a_note_that_was_asked_about_stands_out(full_workspace):
    made, app = opened(full_workspace)
    assert player(app)["marked"] == []
    app.session_state[f"why.{made.id}"] = True
    app.run()
    app.slider(key=f"why.{made.id}.note").set_value(3).run()
    assert player(app)["marked"] == ["n2"]


def test_a_note_of_a_later_page_is_found_in_the_whole_piece():
    rows = [(i * 10080, 15120, 60 + i % 7) for i in range(200)]
    score = Score(make_notes(rows))
    (_, (start, end)) = previews.spans(score)
    page = Page(clip(score, start, end), start, end, 2, is_whole=False)
    numbers = page.numbers(score)
    assert len(numbers) == len(page.score.notes)
    assert (score.notes["pitch"][numbers] == page.score.notes["pitch"]).all()
    assert numbers[0] == 127  # held over from the page before
