"""Models that read music in its own keys: what is given to them is moved to the key that is asked for, or refused."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.augmentation import ALL_KEYS
from workbench.core.errors import CannotEncode
from workbench.core.model_card import write_card
from workbench.core.score import bars, clip, parse_key
from workbench.core.specs import ComposeRequest
from workbench.corpora import CORPORA
from workbench.jobs.requests import plan_for
from workbench.services import activity, composing, datasets, giving, models, recipes, remembering
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


def test_what_was_given_in_one_key_is_not_taken_for_another(workspace, chorale):
    asked = giving.with_given(workspace, ComposeRequest(MODEL, seed=3), chorale)
    with pytest.raises(CannotEncode, match="what is given is in G major; give it in A major"):
        composing.enqueue(workspace, replace(asked, key="A major"))
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
