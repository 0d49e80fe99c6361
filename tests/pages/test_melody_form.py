"""The Compose page with a model that fills holes: a melody from the library, from a file, and again."""

import shutil

import pytest
from app_pages import everything, open_page, press
from untrained import keep_untrained

from workbench import formats
from workbench.core.score import bars, clip, split_parts
from workbench.corpora import CORPORA
from workbench.services import activity, composing, importing, library

MODEL = "coconet-small"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / MODEL
    keep_untrained(folder)
    return folder


@pytest.fixture(scope="module")
def hymn():
    corpus = CORPORA.get("bach-chorales")
    score = corpus.read(corpus.members()[0]).score
    return clip(score, 0, bars(score)[3].start)


@pytest.fixture
def with_filler(on_duty, kept, hymn):
    """A workspace with such a model and a short hymn."""
    shutil.copytree(kept, on_duty.runs / MODEL)
    content = formats.encode(hymn, ".musicxml", title="Wie schön leuchtet")
    job = importing.import_files(on_duty, [("hymn.musicxml", content)])
    assert activity.finish(on_duty, job).state == "done"
    return on_duty


def soprano(score):
    notes = score.notes[score.notes["part"] == 0]
    return notes[["onset", "duration", "pitch"]].tolist()


def test_a_melody_of_the_library_is_harmonised(with_filler, hymn):
    app = open_page("compose", model=MODEL)
    assert not app.slider(key="compose.bars").disabled
    app.button_group(key="compose.way").set_value("piece").run()
    app.text_input(key="compose.tune_words").set_value("Wie schön").run()
    (piece,) = library.ids(with_filler, "Wie schön")
    assert app.selectbox(key="compose.tune_piece").value == piece
    assert app.button_group(key="compose.task").value == "harmonise"
    assert app.slider(key="compose.bars_given.3").disabled
    app = press(app, "Compose")
    (job,) = activity.current(with_filler)
    assert activity.finish(with_filler, job.id).state == "done"
    app.run()
    made = composing.get(with_filler, app.query_params["composition"])
    assert "Wie schön leuchtet" in made.title
    score = composing.score(with_filler, made.id)
    assert soprano(score) == soprano(hymn)
    assert len(split_parts(score)) == 4

    app = press(app, "Change the settings")
    assert "is given" in everything(app)
    app = press(app, "Compose")
    (job,) = activity.current(with_filler)
    assert job.spec["request"]["given"]["states"] == list(made.request.given.states)
    app = press(app, "Take another")
    assert "is given" not in everything(app)


def test_what_was_given_to_one_model_sounds_the_same_to_another(with_filler, hymn):
    """Voices on a grid of one key, and then in their own keys."""
    app = open_page("compose", model=MODEL)
    app.button_group(key="compose.way").set_value("piece").run()
    app.text_input(key="compose.tune_words").set_value("Wie schön").run()
    app = press(app, "Compose")
    (job,) = activity.current(with_filler)
    activity.finish(with_filler, job.id)
    app = press(app.run(), "Change the settings")
    app.selectbox(key="compose.model").set_value("chorales").run()
    app = press(app, "Compose")
    (job,) = activity.current(with_filler)
    assert activity.finish(with_filler, job.id).state == "done"
    app.run()
    made = composing.get(with_filler, app.query_params["composition"])
    assert made.request.model == "chorales"
    assert soprano(composing.score(with_filler, made.id)) == soprano(hymn)


def test_bars_that_there_are_not_are_refused_in_words(with_filler):
    app = open_page("compose", model=MODEL)
    app.button_group(key="compose.way").set_value("piece").run()
    app.text_input(key="compose.tune_words").set_value("Wie schön").run()
    app.button_group(key="compose.task").set_value("fill").run()
    app.text_input(key="compose.fill_bars").set_value("77").run()
    app = press(app, "Compose")
    assert "names no bars of this piece" in app.error[0].value
    assert not activity.current(with_filler)


def test_left_empty_it_composes_freely(with_filler):
    app = open_page("compose", model=MODEL)
    app.slider(key="compose.bars").set_value(2).run()
    app = press(app, "Compose")
    (job,) = activity.current(with_filler)
    assert job.spec["request"]["given"] is None
    assert job.spec["request"]["bars"] == 2


def test_models_for_voices_are_offered_for_music_in_voices_alone(full_workspace):
    app = open_page("train")
    assert "Coconet" not in app.selectbox(key="train.architecture").options
    app.selectbox(key="train.tokenizer").set_value("chorale-grid").run()
    assert "Coconet" in app.selectbox(key="train.architecture").options
    app.selectbox(key="train.architecture").set_value("coconet").run()
    assert not app.exception
    app.selectbox(key="train.tokenizer").set_value("melody-steps").run()
    assert not app.exception
    assert app.selectbox(key="train.architecture").value == "lstm"


def test_a_melody_from_a_file_is_harmonised(with_filler, hymn):
    app = open_page("compose", model=MODEL)
    content = formats.encode(split_parts(hymn)[0], ".mid")
    app.button_group(key="compose.way").set_value("piece").run()
    app.file_uploader(key="tune.0").set_value(("tune.mid", content, "audio/midi")).run()
    (job,) = activity.current(with_filler)
    assert activity.finish(with_filler, job.id).state == "done"
    app.run()
    assert "tune.mid" in everything(app)
    app = press(app, "Compose")
    (job,) = activity.current(with_filler)
    assert activity.finish(with_filler, job.id).state == "done"
    app.run()
    made = composing.get(with_filler, app.query_params["composition"])
    given = [pitch for *_, pitch in soprano(hymn)]
    assert [pitch for *_, pitch in soprano(composing.score(with_filler, made.id))] == given
