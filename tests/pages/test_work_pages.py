"""The pages that make something: datasets, training, composing."""

import pytest
from app_pages import everything, open_page, press

from workbench.services import activity, composing, datasets, keeping, training


def new_dataset():
    """The page of datasets with its form unfolded."""
    app = open_page("datasets")
    app.session_state["datasets.new"] = True
    return app.run()


def test_a_dataset_is_created_from_a_query(full_workspace):
    app = new_dataset()
    app.text_input(key="datasets.query").set_value("reel").run()
    app.text_input(key="datasets.name").set_value("reels").run()
    app = press(app, "Create dataset")
    made = datasets.get(full_workspace, "reels")
    assert made.query == "reel"
    assert app.query_params["dataset"] == made.id
    assert made.fingerprint in everything(app)


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [("", "", "Give the dataset a name."), ("one", 'title:"7th Regiment"', "needs at least 3")],
)
def test_a_dataset_that_cannot_be_is_refused_in_words(name, query, words, full_workspace):
    app = new_dataset()
    app.text_input(key="datasets.query").set_value(query).run()
    app.text_input(key="datasets.name").set_value(name).run()
    app = press(app, "Create dataset")
    assert words in app.error[0].value
    assert len(datasets.summaries(full_workspace)) == 1


def test_start_training_queues_what_the_form_says(on_duty):
    app = open_page("train")
    app.number_input(key="train/lstm/small.units").set_value(32).run()
    app.number_input(key="train/lstm/small/melody-steps.epochs").set_value(3).run()
    app = press(app, "Start training")
    run = training.runs(on_duty)[0]
    assert run.state == "waiting"
    assert run.spec.model.settings["units"] == 32
    assert run.spec.training.epochs == 3
    assert app.query_params["run"] == run.id
    assert "waiting its turn" in everything(app) or app.get("progress")


@pytest.mark.long
def test_a_model_is_told_what_the_form_says_and_asked_for_it_when_composing(on_duty):
    app = open_page("train")
    app.number_input(key="train/lstm/small.units").set_value(16).run()
    app.number_input(key="train/lstm/small/melody-steps.epochs").set_value(1).run()
    app.pills(key="train.controls").set_value(["density"]).run()
    assert "Density: " in everything(app)
    app = press(app, "Start training")
    run = training.runs(on_duty)[0]
    assert run.spec.controls == ("density",)
    activity.finish(on_duty, training.job(on_duty, run.id))
    app = open_page("compose")
    app.selectbox[0].set_value(run.id).run()
    (label, *_) = run.spec.tokenizer.controls["density"]
    app.selectbox(key=f"compose.control.density.{run.id}").set_value(label).run()
    app = press(app, "Compose")
    (job,) = activity.current(on_duty)
    assert job.spec["request"]["controls"] == {"density": label}


def test_a_trained_model_goes_on_learning_as_the_form_says(on_duty):
    app = open_page("train")
    app.selectbox(key="train.begin_with").set_value("folk").run()
    assert [box.value for box in app.text_input if box.disabled] == ["Melody in steps", "LSTM"]
    app.segmented_control(key="train/lstm/small/tuning.tune").set_value("lora").run()
    app.toggle(key="train.anew").set_value(True).run()
    app = press(app, "Start training")
    anew, tuned = training.runs(on_duty)[:2]
    if tuned.spec.start_from is None:
        anew, tuned = tuned, anew
    assert (tuned.spec.start_from, tuned.spec.training.tune) == ("folk", "lora")
    assert (anew.spec.start_from, anew.spec.training.tune) == (None, "all")
    assert anew.spec.model == tuned.spec.model
    assert app.query_params["run"] == tuned.id


def test_what_cannot_be_said_is_told_before_training(full_workspace):
    app = open_page("train")
    sentence = "29 of 30 pieces can be written this way; the other will be left out"
    assert sentence in [expander.label for expander in app.expander]
    assert "choose a tokenizer with a finer grid" in everything(app)
    app.selectbox(key="train.tokenizer").set_value("abc-subwords").run()
    assert "All 30 pieces can be written this way." in everything(app)
    assert not [each for each in app.text_input if "merges" in str(each.key)]
    app.selectbox(key="train.tokenizer").set_value("chorale-grid").run()
    assert "None of it can be written this way. Four voices are needed" in everything(app)


def test_a_waiting_run_can_be_stopped(on_duty):
    app = press(open_page("train"), "Start training")
    run = training.runs(on_duty)[0]
    app.button(key="train.stop").click().run()
    assert training.get(on_duty, run.id).state == "stopped"
    assert "Stopped" in everything(app.run())


def test_a_run_shows_its_figures_beside_its_settings(full_workspace):
    run = training.runs(full_workspace)[0]
    app = open_page("runs", run=run.id)
    assert not app.exception
    assert f"{run.evaluation['test']['nats_per_quarter']:.3f}" in str(app.table[0].value)
    assert "N-gram on tunes@1" in everything(app)


def test_compose_waits_for_its_piece_and_shows_it(on_duty):
    app = open_page("compose")
    app.slider(key="compose.bars").set_value(2).run()
    app = press(app, "Compose")
    (job,) = activity.current(on_duty)
    assert job.spec["request"]["bars"] == 2
    assert activity.finish(on_duty, job.id).state == "done"
    app.run()
    made = composing.get(on_duty, app.query_params["composition"])
    assert made.request.bars == 2
    assert len(made.plan.bars) == 2


def test_the_primer_is_checked_before_any_work(on_duty):
    app = open_page("compose")
    app.button_group(key="compose.way").set_value("type").run()
    app.text_area(key="compose.primer").set_value("60 quack").run()
    app = press(app, "Compose")
    assert "quack" in app.error[0].value
    assert not activity.current(on_duty)


def test_make_again_gives_the_same_notes_and_says_so(on_duty):
    made, count = composing.all(on_duty)
    app = open_page("compositions", composition=made[0].id)
    app = press(app, "Make again")
    (job,) = activity.current(on_duty)
    activity.finish(on_duty, job.id)
    app.run()
    assert "the same" in app.success[0].value
    assert composing.all(on_duty)[1] == count


def test_the_settings_of_a_composition_come_back_into_the_form(full_workspace):
    (made, *_), _ = composing.all(full_workspace)
    app = open_page("compose", composition=made.id)
    app.slider(key="compose.bars").set_value(32).run()
    app = press(app, "Change the settings")
    assert app.slider(key="compose.bars").value == made.request.bars


def test_a_composition_is_renamed_and_deleted(full_workspace):
    (made, *_), _ = composing.all(full_workspace)
    app = open_page("compositions", composition=made.id)
    app.text_input[0].set_value("Evening tune").run()
    app = press(app, "Save")
    assert composing.get(full_workspace, made.id).title == "Evening tune"
    app = press(app, "Delete")
    assert composing.all(full_workspace)[1] == 0
    app = press(app, "Trash (1)")
    app = press(app, "Restore")
    assert composing.all(full_workspace)[1] == 1
    app = press(app, "Undo")
    app = press(app, "Empty the trash")
    app = press(app, "Empty it")
    assert keeping.trashed(full_workspace) == 0
    assert "Nothing has been composed here yet" in everything(app)


def test_a_composition_says_why_these_notes(full_workspace):
    (made, *_), _ = composing.all(full_workspace)
    app = open_page("compositions", composition=made.id)
    app.session_state[f"why.{made.id}"] = True
    app.run()
    assert not app.exception
    assert "nats. The choices were" in everything(app)
    before = next(each.value for each in app.markdown if "The choices were" in each.value)
    app.slider(key=f"why.{made.id}.note").set_value(3).run()
    after = next(each.value for each in app.markdown if "The choices were" in each.value)
    assert before != after
