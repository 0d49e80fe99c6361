"""The page Bench: asked for, waited for, read."""

import pytest
from app_pages import open_page, press

from workbench.core.bench import BenchSpec
from workbench.services import activity, benches, composing, datasets, originality, training


@pytest.fixture
def bench(on_duty):
    """The n-gram of the filled workspace and the bundled model, measured on few pieces."""
    run = training.runs(on_duty)[0].id
    found = benches.enqueue(on_duty, BenchSpec("tunes", (run, "folk"), 2))
    activity.finish(on_duty, benches.job(on_duty, found).id)
    return found


def check(app):
    assert not app.exception, app.exception
    assert not app.error, app.error[0].value
    return app


def test_a_bench_is_asked_for_waited_for_and_opened(on_duty):
    app = check(open_page("bench"))
    run = training.runs(on_duty)[0].id
    assert app.multiselect(key="bench.models").value == [run]  # it was trained on this dataset
    app.select_slider(key="bench.pieces").set_value(0).run()
    app = check(press(app, "Measure"))
    (job,) = benches.under_way(on_duty)
    activity.finish(on_duty, job.id)
    app = check(app.run())
    assert app.query_params["bench"] == job.spec["bench"]
    (table,) = [each.value for each in app.dataframe]
    assert table["Model"].iloc[0].startswith("N-gram")
    assert any("Held-out figures are of" in each.value for each in app.caption)


def test_each_tab_says_what_stands_behind_the_figures(bench, on_duty):
    app = check(open_page("bench", bench=bench))
    words = " ".join(each.value for each in app.caption)
    titles = benches.get(on_duty, bench).titles
    assert titles["folk"] == "Folk tunes"
    assert "Folk tunes has heard" in words
    (chips,) = [each for each in app.button_group if each.label == "Models"]
    assert chips.options == list(titles.values())
    for tab, expected in (
        ("Foreseeing", "by kind of piece"),
        ("As music", "Source:"),
        ("Originality", "so a copy in another key is found too"),
    ):
        app.session_state["bench.views"] = tab
        app = check(app.run())
        assert any(expected in each.value for each in app.caption), tab
    app.session_state["bench.views"] = "Validity"
    app = check(app.run())
    assert app.success or app.dataframe


def test_one_composition_is_looked_up_among_what_its_model_learned_from(on_duty):
    (made,), _ = composing.all(on_duty)
    app = open_page("compositions", composition=made.id)
    app.session_state[f"originality.{made.id}"] = True
    app = check(app.run())
    job = activity.current(on_duty)[-1]
    assert job.kind == "originality"
    activity.finish(on_duty, job.id)
    app = check(app.run())
    found = originality.found(activity.job(on_duty, job.id))
    assert any(found.borrowed.verdict.capitalize() in each.value for each in app.markdown)
    learned = len(training_pieces(on_duty))
    assert found.pieces == learned
    assert any(f"with {learned} pieces" in each.value for each in app.caption)


def training_pieces(workspace):
    version = datasets.get(workspace, "tunes")
    return [*version.members("train"), *version.members("valid")]


def test_without_music_the_page_says_what_to_do(workspace):
    app = check(open_page("bench"))
    assert any("no held-out music to measure with yet" in each.value for each in app.markdown)
    assert not app.button
