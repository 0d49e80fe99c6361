"""The page of datasets: changing, comparing, checking and carrying one, and correcting families."""

import pytest
from app_pages import everything, open_page, press

from workbench.core.augmentation import ALL_KEYS, Augmentation
from workbench.jobs.registration import Registration
from workbench.services import activity, datasets, families, library, portable
from workbench.workspace import open_workspace


def unfolded(*names):
    """The page of datasets with some of its boxes open."""
    app = open_page("datasets")
    for name in names:
        app.session_state[name] = True
    return app.run()


def test_pieces_are_picked_by_hand_and_the_rest_is_declared(full_workspace):
    first, second, third, *_ = library.search(full_workspace)[0]
    app = unfolded("datasets.new")
    app.toggle(key="datasets.only_picked").set_value(True).run()
    app.text_input(key="datasets.add.words").set_value("reel").run()
    for piece in (first, second, third):
        app.text_input(key="datasets.add.words").set_value(f"id:{piece.id}").run()
        app.multiselect(key="datasets.add").select(piece.id).run()
    assert "3 pieces match" in everything(app)
    assert "learned by heart" in everything(app)
    app.multiselect(key="datasets.keys").select("all 24 keys").run()
    app.number_input(key="datasets.window_bars").set_value(16).run()
    app.selectbox(key="datasets.stratify").set_value("meter").run()
    app.text_input(key="datasets.name").set_value("mine").run()
    app = press(app, "Create dataset")
    made = datasets.get(full_workspace, "mine")
    assert set(made.pieces) == {first.id, second.id, third.id}
    assert made.augmentation.keys == ALL_KEYS
    assert (made.window_bars, made.stratify) == (16, "meter")
    assert "in all keys" in everything(app)
    assert "picked by hand" in everything(app)


def test_a_change_makes_the_next_version_and_shows_what_changed(full_workspace):
    old = datasets.get(full_workspace, "tunes")
    gone = old.members("train")[0]
    app = unfolded("datasets.change")
    place = f"datasets.change.{old.id}"
    app.text_input(key=f"{place}.Take out.words").set_value(f"id:{gone}").run()
    app.multiselect(key=f"{place}.Take out").select(gone).run()
    app.text_input(key=f"{place}.note").set_value("one less").run()
    app.button(key=f"{place}.go").click().run()
    new = datasets.get(full_workspace, "tunes")
    assert (new.parent, new.note) == (old.id, "one less")
    assert gone not in new.pieces
    app = unfolded("datasets.changes")
    assert "**1 piece** taken away" in everything(app)
    assert "**0 pieces** moved" in everything(app)


def test_our_own_split_does_not_leak_and_families_can_be_joined(full_workspace):
    app = unfolded("datasets.leaks")
    assert "No pair leaks" in everything(app)
    dataset = datasets.get(full_workspace, "tunes")
    one, other = dataset.members("train")[0], dataset.members("test")[0]
    families.join(full_workspace, [one, other])
    app = unfolded("datasets.leaks", "families.all")
    assert "1 pair leaks" in everything(app)
    next(button for button in app.button if button.label == "Take back").click().run()
    assert families.corrections(full_workspace) == []


def test_a_dataset_is_brought_in(full_workspace, tmp_path, monkeypatch):
    data = portable.exported(full_workspace, "tunes")
    workspace = open_workspace(tmp_path / "other")
    monkeypatch.setenv("WORKBENCH_HOME", str(workspace.home))
    app = unfolded("datasets.carry")
    app.file_uploader(key="datasets.file").set_value(("tunes.zip", data, "application/zip")).run()
    with Registration(workspace, "composer"):  # so that nobody else is called for
        app.button(key="datasets.take").click().run()
    job = activity.current(workspace)[0]
    activity.finish(workspace, job.id)
    app = app.run()
    assert datasets.get(workspace, "tunes").fingerprint in everything(app)


def test_the_training_page_says_what_a_tokenizer_hears(full_workspace):
    datasets.create(full_workspace, "keys", augmentation=Augmentation(keys=("C major",)))
    app = open_page("train")
    assert "cannot tell transposition apart" in everything(app)


@pytest.mark.parametrize("keys", [(), ("C major",), ALL_KEYS])
def test_the_training_page_says_which_keys_a_model_will_know(full_workspace, keys):
    datasets.create(full_workspace, "keys", augmentation=Augmentation(keys=keys))
    app = open_page("train")
    words = "knows only keys that it has heard"
    assert words not in everything(app)  # melodies are moved into one key
    app.selectbox(key="train.tokenizer").set_value("remi-keys").run()
    assert (words in everything(app)) == (keys != ALL_KEYS)
    assert not app.exception
