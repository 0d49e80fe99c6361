"""The Compose page with a latent space: from nothing with sliders, a tune of the library, another to go to, and again."""

import shutil
from itertools import islice

import pytest
from app_pages import everything, open_page, press
from untrained import MELODY_VAE, keep_untrained

from workbench import formats
from workbench.core.score import bars, clip
from workbench.corpora import CORPORA
from workbench.services import activity, composing, importing

MODEL = "melody-vae-small"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / MODEL
    keep_untrained(folder, MELODY_VAE)
    return folder


@pytest.fixture
def with_space(on_duty, kept):
    """A workspace with such a model and two short jigs."""
    shutil.copytree(kept, on_duty.runs / MODEL)
    corpus = CORPORA.get("ryans-mammoth")
    read = (corpus.read(member).score for member in corpus.members()[4:])
    jigs = list(islice((score for score in read if str(score.meters[0]) == "6/8"), 0, 9, 8))
    files = [
        (f"{name}.musicxml", formats.encode(clip(score, 0, bars(score)[3].end), ".musicxml", title=name))
        for name, score in zip(("First jig", "Second jig"), jigs, strict=True)
    ]  # fmt: skip
    assert activity.finish(on_duty, importing.import_files(on_duty, files)).state == "done"
    return on_duty


def composed(workspace, app):
    (job,) = activity.current(workspace)
    assert activity.finish(workspace, job.id).state == "done"
    app.run()
    return composing.get(workspace, app.query_params["composition"])


def test_from_nothing_with_sliders(with_space):
    app = open_page("compose", model=MODEL)
    assert "Vary" not in [slider.label for slider in app.slider]
    app.slider(key="compose.bars").set_value(2).run()
    app.slider(key="compose.attribute.density").set_value(1.5).run()
    made = composed(with_space, press(app, "Compose"))
    assert made.request.latent.attributes == {"density": 1.5}
    assert made.request.latent.given is None
    assert made.request.latent.joined
    assert made.request.bars == 2


def test_phrases_return_unless_somebody_says_no(with_space):
    assert not any(box.label == "Phrases return" for box in open_page("compose", model=MODEL).checkbox)  # fmt: skip
    app = open_page("compose", model="melody-vae")
    app.slider(key="compose.bars").set_value(4).run()
    box = app.checkbox(key="compose.joined")
    assert box.value
    box.uncheck().run()
    made = composed(with_space, press(app, "Compose"))
    assert not made.request.latent.joined
    app = press(app, "Change the settings")
    assert not app.checkbox(key="compose.joined").value


def test_between_two_tunes_and_changed_again(with_space):
    app = open_page("compose", model=MODEL)
    app.button_group(key="compose.way").set_value("piece").run()
    app.text_input(key="compose.tune_words").set_value("First jig").run()
    assert app.button_group(key="compose.task").value == "vary"
    app.button_group(key="compose.task").set_value("blend").run()
    assert app.slider(key="compose.bars_given.4").disabled
    app.text_input(key="compose.toward_words").set_value("Second jig").run()
    app.slider(key="compose.vary").set_value(0.25).run()
    app.selectbox(key="compose.blend").set_value(0.5).run()
    made = composed(with_space, press(app, "Compose"))
    assert "between First jig and Second jig" in made.title
    asked = made.request.latent
    assert (asked.vary, asked.blend) == (0.25, 0.5)
    assert len(bars(composing.score(with_space, made.id))) == len(asked.given.plan.bars)

    app = press(app, "Change the settings")
    assert everything(app).count("is given") == 2
    app = press(app, "Compose")
    (job,) = activity.current(with_space)
    request = job.spec["request"]["latent"]
    assert request["given"]["tokens"] == list(asked.given.tokens)
    assert (request["blend"], request["vary"]) == (0.5, 0.25)
    assert activity.finish(with_space, job.id).state == "done"
    app.button(key="tune.another").click().run()
    assert not app.exception
    assert app.text_input(key="compose.tune_words").value == "First jig"


def test_a_tune_it_cannot_take_is_refused_in_words(with_space):
    corpus = CORPORA.get("ryans-mammoth")
    reel = next(
        s
        for s in (corpus.read(member).score for member in corpus.members()[4:])
        if str(s.meters[0]) == "2/4"
    )
    app = open_page("compose", model=MODEL)
    content = formats.encode(reel, ".mid")
    app.button_group(key="compose.way").set_value("piece").run()
    app.file_uploader(key="tune.0").set_value(("reel.mid", content, "audio/midi")).run()
    (job,) = activity.current(with_space)
    assert activity.finish(with_space, job.id).state == "done"
    app.run()
    assert "reel.mid" in everything(app)
    app = press(app, "Compose")
    assert "never heard 2/4" in app.error[0].value
    assert not activity.current(with_space)


def test_it_is_offered_for_one_melody_alone(full_workspace):
    app = open_page("train")
    assert "Melody VAE" in app.selectbox(key="train.architecture").options
    labels = {each.label for each in app.number_input} | {each.label for each in app.slider}
    assert "Window" in labels
    app.selectbox(key="train.architecture").set_value("melody-vae").run()
    assert not app.exception
    labels = {each.label for each in app.number_input} | {each.label for each in app.slider}
    assert {"Free bits", "Batch size"} <= labels
    assert "Window" not in labels  # it reads segments of bars
    app.selectbox(key="train.tokenizer").set_value("chorale-grid").run()
    assert "Melody VAE" not in app.selectbox(key="train.architecture").options
