"""Searching for good settings on the pages: asked for on Train, watched on Runs, and used on Train again."""

import pytest
from app_pages import REPOSITORY, SECONDS, everything, open_page, press
from streamlit.testing.v1 import AppTest

from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.core.sweeps import Budget, SweepSpec, Vary
from workbench.services import activity, sweeps

SPEC = SweepSpec(
    TrainingSpec("tunes", TokenizerSpec("melody-steps"), ModelSpec("ngram")),
    (Vary("order", 1.0, 3.0, is_whole=True), Vary("use_position", choices=(True, False))),
    seed=1,
)


def finish(workspace, sweep):
    while job := sweeps.next_job(workspace, sweep):
        activity.finish(workspace, job)


def searching():
    """The page Train with the form of the search unfolded."""
    app = open_page("train")
    app.session_state["sweep.new"] = True
    return app.run()


def check(app):
    assert not app.exception, app.exception
    assert not app.error, app.error[0].value
    return app


def test_a_search_is_asked_for_as_the_form_says(on_duty):
    app = searching()
    app.multiselect(key="sweep.vary.lstm").set_value(["learning_rate", "units", "optimizer"]).run()
    app.number_input(key="sweep/lstm.units.from").set_value(16).run()
    app.number_input(key="sweep/lstm.units.to").set_value(24).run()
    app.pills(key="sweep/lstm.optimizer").set_value(["adam", "lion"]).run()
    app.segmented_control(key="sweep.by").set_value("Minutes").run()
    app.number_input(key="sweep.budget.Minutes").set_value(7).run()
    app.toggle(key="sweep.prunes").set_value(False).run()
    app = press(check(app), "Start the search")
    (found,) = sweeps.all(on_duty)
    rate, units, optimizer = found.spec.vary
    assert (rate.name, rate.is_log, rate.low < 2e-3 < rate.high) == ("learning_rate", True, True)
    assert (units.low, units.high, units.is_whole) == (16.0, 24.0, True)
    assert optimizer.choices == ("adam", "lion")
    assert (found.budget, found.spec.prunes, found.asked_by) == (Budget(minutes=7.0), False, "page")
    assert [job.kind for job in activity.training_queue(on_duty)] == ["sweep"]
    shown = check(open_page("runs", sweep=found.id))
    assert "searching" in everything(shown)
    assert "Charts appear here" in everything(shown)
    app = press(shown, "Stop")
    assert sweeps.get(on_duty, found.id).state == "stopped"


def test_a_range_that_is_none_is_refused_in_words(on_duty):
    app = searching()
    app.multiselect(key="sweep.vary.lstm").set_value(["units"]).run()
    app.number_input(key="sweep/lstm.units.from").set_value(64).run()
    app.number_input(key="sweep/lstm.units.to").set_value(32).run()
    app = press(app, "Start the search")
    assert "from the smaller to the larger" in app.error[0].value
    assert not sweeps.all(on_duty)


@pytest.fixture
def searched(on_duty):
    """A search of five trials that has come to its end; its id."""
    sweep = sweeps.start(on_duty, SPEC, Budget(trials=5))
    finish(on_duty, sweep)
    return sweep


def test_a_search_shows_its_trials_and_its_best_settings_come_back_into_the_form(on_duty, searched):
    found = sweeps.get(on_duty, searched)
    app = check(open_page("runs", sweep=searched))
    assert {metric.label: metric.value for metric in app.metric}["Trials done"] == "5 of 5"
    assert len(app.get("plotly_chart")) == 3
    table = app.dataframe[0].value
    assert list(table["Order"]) == [trial.settings["order"] for trial in found.trials]
    assert [name for name in table["Trial"] if "★" in name] == [f"{found.best.number + 1} ★"]
    app.selectbox(key=f"sweep.trials.{searched}.named").set_value(found.best.run).run()
    assert app.query_params["run"] == found.best.run
    app = press(check(app), f"Trial {found.best.number + 1} of {searched}")
    assert "Which settings matter" in everything(app)
    app = press(app, "All runs")
    assert "Searches for good settings: 1 so far" in [each.label for each in app.expander]
    app = app.button(key=f"sweep.open.{searched}").click().run()
    assert app.query_params["sweep"] == searched

    app.number_input(key="sweep.more").set_value(1).run()
    app = press(app, "Go on")
    assert sweeps.get(on_duty, searched).state == "running"
    finish(on_duty, searched)
    assert "6 of 6" in [metric.value for metric in check(app.run()).metric]


def test_the_best_settings_are_put_into_the_form(on_duty, searched):
    found = sweeps.get(on_duty, searched)
    app = AppTest.from_file(str(REPOSITORY / "Home.py"), default_timeout=SECONDS)
    app.query_params["sweep"] = searched
    app = app.run().switch_page("pages/runs.py").run()
    app = press(check(app), "Use these settings")
    app = app.switch_page(
        "pages/train.py"
    ).run()  # as the page asked for, which the tester of pages does not follow
    assert check(app).title[0].value == "Train"
    best = found.best.settings
    assert app.slider(key="train/ngram/small.order").value == best["order"]
    assert app.toggle(key="train/ngram/small.use_position").value is best["use_position"]
    assert app.selectbox(key="train.architecture").value == "ngram"
