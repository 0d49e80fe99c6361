"""Compositions kept in order: found, said something of, compared with their versions."""

from dataclasses import replace

import pytest
from app_pages import everything, open_page, press

from workbench.services import activity, composing, feedback, keeping
from workbench.services.keeping import Wish
from workbench.store import open_store
from workbench.ui import composition_list


@pytest.fixture
def made(full_workspace):
    return composing.all(full_workspace)[0][0]


def test_many_are_looked_through_a_page_at_a_time(full_workspace, made):
    score = composing.score(full_workspace, made.id)
    with open_store(full_workspace) as store, store.db.atomic():
        for number in range(299):
            each = replace(
                made,
                id=f"c{number}",
                title=f"Tune {number}",
                created=f"2025-01-01T00:00:00.{number:06}+00:00",
            )
            store.compositions.add(each, score, None)
    keeping.tag(full_workspace, ["c7"], add=["calm"])
    keeping.move(full_workspace, ["c7", "c8"], "Waltzes/Sketches")
    app = open_page("compositions")
    assert not app.exception
    assert "300 compositions" in everything(app)
    app.selectbox(key=composition_list.FOLDER).set_value("Waltzes").run()
    assert "2 compositions" in everything(app)
    app.selectbox(key=composition_list.TAG).set_value("calm").run()
    assert "1 composition." in everything(app)
    app = open_page("compositions", find="firs", order="By title", leaf="25")
    assert "1 composition." in everything(app)
    app = open_page("compositions", find="tune", leaf="1000")
    assert not app.exception
    app = open_page("compositions", find="nothing of the kind", folder="Nowhere", stars="x")
    assert not app.exception
    assert "No composition matches" in everything(app)


def test_a_piece_and_its_bars_are_judged(full_workspace, made):
    app = open_page("compositions", composition=made.id)
    app.get("feedback")[0].set_value(3).run()
    assert composing.get(full_workspace, made.id).kept.rating == 4
    app.segmented_control(key=f"feedback.{made.id}.0").set_value("up").run()
    app.pills(key=f"feedback.bar.{made.id}").set_value(3).run()
    app.segmented_control(key=f"feedback.{made.id}.3").set_value("star").run()
    assert feedback.of(full_workspace, made.id) == {0: "up", 3: "star"}
    app.segmented_control(key=f"feedback.{made.id}.0").set_value(None).run()
    assert feedback.of(full_workspace, made.id) == {3: "star"}
    assert not app.exception


def test_tags_folder_and_note_are_kept_and_shown(full_workspace, made):
    key = f"compositions.one.{made.id}"
    app = open_page("compositions", composition=made.id)
    app.multiselect(key=f"{key}.tags").set_value(["calm"])
    app.text_area(key=f"{key}.note").set_value("Ends *too* early.")
    app = press(app, "Keep")
    said = composing.get(full_workspace, made.id).kept
    assert (said.tags, said.note) == (("calm",), "Ends *too* early.")
    assert r"Ends \*too\* early." in everything(app)
    assert keeping.find(full_workspace, Wish(tag="calm"))[1] == 1


def test_another_is_drawn_beside_the_first_and_compared_with_it(on_duty):
    (made,), _ = composing.all(on_duty)
    app = press(open_page("compositions", composition=made.id), "Another")
    (job,) = activity.current(on_duty)
    activity.finish(on_duty, job.id)
    app.run()
    second = composing.get(on_duty, app.query_params["composition"])
    assert (second.parent, second.origin) == (made.id, "another")
    app = press(app, "Another")
    (job,) = activity.current(on_duty)
    activity.finish(on_duty, job.id)
    app.run()
    third = composing.get(on_duty, app.query_params["composition"])
    assert third.parent == made.id  # all three differ by their seeds alone
    app = open_page("compositions", composition=made.id)
    app.session_state[f"versions.tree.{made.id}"] = True
    app.session_state[f"versions.beside.{made.id}"] = True
    app.run()
    assert not app.exception
    assert "note" in everything(app) and "only in the second" in everything(app)
    assert app.table[0].value["Setting"].tolist() == ["Seed"]


def test_changed_settings_make_a_version_of_what_they_came_from(on_duty):
    (made,), _ = composing.all(on_duty)
    app = open_page("compose", composition=made.id)
    app = press(app, "Change the settings")
    app = press(app, "Compose")
    (job,) = activity.current(on_duty)
    assert (job.spec["parent"], job.spec["origin"]) == (made.id, "changed")


def test_one_in_the_trash_says_so_and_comes_back(full_workspace, made):
    keeping.trash(full_workspace, [made.id])
    app = open_page("compositions", composition=made.id)
    assert "is in the trash" in everything(app)
    app = press(app, "Restore")
    assert not app.exception
    assert composing.get(full_workspace, made.id).kept.deleted is None
