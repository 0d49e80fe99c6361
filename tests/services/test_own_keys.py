"""Models that read music in its own keys: what is given to them is moved to the key that is asked for, or refused."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.augmentation import ALL_KEYS
from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.model_card import write_card
from workbench.core.score import bars, clip, parse_key
from workbench.core.specs import ComposeRequest, TokenizerSpec
from workbench.corpora import CORPORA
from workbench.jobs.requests import check_request, plan_for
from workbench.services import (
    activity,
    composing,
    datasets,
    giving,
    locking,
    models,
    recipes,
    remembering,
)
from workbench.tokenizers import make
from workbench.workspace import open_workspace

MODEL = "chorales"


@pytest.fixture(scope="module")
def chorale():
    score = CORPORA.get("bach-chorales").read("001-bwv269").score
    return clip(score, 0, bars(score)[5].start)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return open_workspace(tmp_path_factory.mktemp("own-keys"))


def test_who_hears_pieces_in_other_keys_has_heard_no_others(tmp_path):
    """The splits of one dataset, with augmentation and without it, are the same: neither model knows the other's held-out pieces."""
    workspace = open_workspace(tmp_path)
    names = ("chorales", "harmoniser")
    plain = models.get(workspace, "harmoniser").card.recipe
    for job in recipes.load_collections(workspace, plain):
        activity.finish(workspace, job)
    version = recipes.make_dataset(workspace, plain)
    held_out = version.members("test")
    assert len(held_out) == 33
    found = remembering.heard_among(workspace, names, held_out)
    assert found == {name: (set(), True) for name in names}
    assert all(remembering.is_of_split(workspace, name, version) for name in names)

    other = datasets.create(workspace, "other", query="collection:bach-chorales parts:4", seed=2)
    assert not any(remembering.is_of_split(workspace, name, other) for name in names)
    dealt_otherwise = remembering.heard_among(workspace, names, other.members("test"))
    assert all(
        20 < len(heard) < len(other.members("test")) and known
        for heard, known in dealt_otherwise.values()
    )


def soprano(score):
    return score.notes[score.notes["part"] == 0][["onset", "duration", "pitch"]]


def planned(workspace, **changes):
    card = models.get(workspace, MODEL).card
    return plan_for(ComposeRequest(MODEL, **changes), card, make(card.tokenizer))


def test_the_bundled_chorales_know_every_key_and_count_their_own(workspace):
    heard = models.get(workspace, MODEL).card.heard
    assert set(heard.keys) >= {*ALL_KEYS} - {"Gb major"}
    assert (
        sum(heard.keys.values()) == sum(heard.modes.values()) == sum(heard.meters.values()) == 266
    )
    assert list(heard.keys.values()) == sorted(heard.keys.values(), reverse=True)
    assert 0 in heard.keys.values()


@pytest.mark.parametrize("key", ["B major", "D major", "Eb major"])
def test_a_melody_stays_in_the_key_that_is_asked_for(workspace, chorale, key):
    asked = giving.with_given(workspace, ComposeRequest(MODEL, seed=3, key=key), chorale)
    done = activity.finish(workspace, composing.enqueue(workspace, asked))
    assert done.state == "done", done.details
    score = composing.score(workspace, done.result["composition"])
    assert str(score.keys[0]) == key
    given, found = soprano(chorale), soprano(score)
    np.testing.assert_array_equal(given["onset"], found["onset"])
    moved = set((found["pitch"] - given["pitch"]).tolist())
    assert len(moved) == 1
    assert (moved.pop() - parse_key(key).tonic + chorale.keys[0].tonic) % 12 == 0


def composed(workspace, request):
    done = activity.finish(workspace, composing.enqueue(workspace, request))
    assert done.state == "done", done.details
    return done.result["composition"], composing.score(workspace, done.result["composition"])


def test_what_was_given_in_one_key_is_moved_to_another(workspace, chorale):
    asked = giving.with_given(workspace, ComposeRequest(MODEL, seed=3), chorale)
    name, score = composed(workspace, replace(asked, key="A major"))
    assert (soprano(score)["pitch"] == soprano(chorale)["pitch"] + 2).all()
    assert composing.get(workspace, name).plan.key == score.keys[0] == parse_key("A major")
    with pytest.raises(CannotEncode, match="given is in major; ask for a key in major"):
        composing.enqueue(workspace, replace(asked, key="A minor"))
    with pytest.raises(CannotEncode, match="cannot be moved to H major"):
        giving.with_given(workspace, ComposeRequest(MODEL, key="H major"), chorale)


def test_a_signature_that_was_never_heard_is_refused(workspace):
    """A model of a dataset without augmentation knows the keys of its pieces alone."""
    model = models.get(workspace, MODEL)
    folder = workspace.runs / "few-keys"
    folder.mkdir(parents=True)
    for path in (each for each in model.folder.iterdir() if each.is_file()):
        (folder / path.name).write_bytes(path.read_bytes())
    few = replace(model.card.heard, keys={"G major": 3, "A minor": 2, "Gb major": 1})
    write_card(folder, replace(model.card, heard=few))
    card = models.get(workspace, "few-keys").card
    for key in ("G major", "C major", "F# major"):
        plan_for(ComposeRequest("few-keys", key=key), card, make(card.tokenizer))
    with pytest.raises(CannotEncode, match="none with the signature of D major"):
        plan_for(ComposeRequest("few-keys", key="D major"), card, make(card.tokenizer))
    assert str(planned(workspace, key="D major").key) == "D major"


@pytest.mark.parametrize(("first", "second"), [("harmoniser", MODEL), (MODEL, "harmoniser")])
@pytest.mark.parametrize("key", [None, "A major"])
def test_music_that_stays_sounds_the_same_to_another_model(first, second, key, workspace, chorale):
    """They write in different languages; numbers of one used to be read as numbers of the other."""
    rewrites = {"harmoniser": 16, MODEL: 0}
    asked = ComposeRequest(first, seed=3, rewrites=rewrites[first])
    asked = giving.with_given(workspace, asked, chorale)
    other = replace(asked, model=second, key=key, rewrites=rewrites[second])
    _, score = composed(workspace, other)
    moved = 0 if key is None else 2
    np.testing.assert_array_equal(soprano(score)["pitch"], soprano(chorale)["pitch"] + moved)

    name, score = composed(workspace, asked)
    locked = locking.with_locked(workspace, name, [1, 2])
    other = replace(locked, model=second, rewrites=rewrites[second])
    _, rest = composed(workspace, other)
    end = bars(score)[1].end
    np.testing.assert_array_equal(
        clip(rest, 0, end).notes["pitch"], clip(score, 0, end).notes["pitch"]
    )


def test_what_was_given_before_languages_were_kept_is_read_in_that_of_then(workspace, chorale):
    asked = giving.with_given(workspace, ComposeRequest("harmoniser", seed=3), chorale)
    was = replace(asked, given=replace(asked.given, language=None), model=MODEL, rewrites=0)
    _, score = composed(workspace, was)
    np.testing.assert_array_equal(soprano(score)["pitch"], soprano(chorale)["pitch"])
    card = models.get(workspace, MODEL).card
    with pytest.raises(InvalidSetting, match="written for another kind of model"):
        check_request(was, card, models.get(workspace, MODEL).folder)


def test_music_in_other_steps_or_out_of_reach_is_refused(workspace, chorale):
    asked = giving.with_given(workspace, ComposeRequest("harmoniser", seed=3), chorale)
    coarse = TokenizerSpec("chorale-grid", {"steps_per_quarter": 2})
    with pytest.raises(CannotEncode, match="in 2 steps a quarter note and this model in 4"):
        composing.enqueue(workspace, replace(asked, given=replace(asked.given, language=coarse)))
    states = tuple(state and 2 for state in asked.given.states)
    with pytest.raises(CannotEncode, match="too high or too low for this model"):
        composing.enqueue(
            workspace, replace(asked, model=MODEL, key="D major", given=replace(asked.given, states=states))
        )  # fmt: skip
