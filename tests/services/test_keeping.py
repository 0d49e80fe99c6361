"""Keeping compositions: found, tagged, put into folders, thrown away and taken out again."""

import json
import time
from dataclasses import replace

import pytest
from workspaces import copied

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.score import bars
from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, feedback, keeping
from workbench.services.keeping import Wish
from workbench.store import open_store
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    """Three tunes, the third made of the settings of the second."""
    workspace = open_workspace(tmp_path_factory.mktemp("keeping"))
    ids: list[str] = []
    for title, came in (("Été", {}), ("A Jig", {}), ("A Reel", {"origin": "another"})):
        came = {"parent": ids[-1], **came} if came else {}
        request = ComposeRequest("folk", bars=2, seed=len(ids))
        job = composing.enqueue(workspace, request, title=title, **came)
        ids.append(activity.finish(workspace, job).result["composition"])
    return workspace, ids


@pytest.fixture
def kept(composed, tmp_path):
    workspace, ids = composed
    return copied(workspace, tmp_path / "home"), ids


def titles(workspace, **wish) -> set[str]:
    found, total = keeping.find(workspace, Wish(**wish))
    assert total == len(found)
    return {made.title for made in found}


def test_what_is_said_of_pieces_is_what_they_are_found_by(kept):
    workspace, (summer, jig, reel) = kept
    keeping.tag(workspace, [jig, reel], add=["dance", "for  the band"])
    keeping.tag(workspace, [reel], remove=["dance"])
    keeping.move(workspace, [jig], " Dances / Sketches/")
    keeping.rate(workspace, [summer], 4)
    keeping.annotate(workspace, summer, "Ends too early, à revoir.")
    assert titles(workspace, tag="for the band") == {"A Jig", "A Reel"}
    assert titles(workspace, tag="dance") == {"A Jig"}
    assert titles(workspace, folder="Dances") == titles(workspace, words="sketch") == {"A Jig"}
    assert titles(workspace, folder="Dance") == set()
    assert titles(workspace, rating=4) == titles(workspace, words="revoir ete") == {"Été"}
    assert titles(workspace, words='"', model="folk") == set()
    assert titles(workspace, model="folk", words="a") == {"A Jig", "A Reel", "Été"}
    assert keeping.facets(workspace) == {
        "folder": {"Dances": 1, "Dances/Sketches": 1},
        "tag": {"dance": 1, "for the band": 2},
        "model": {"folk": 3},
    }
    found, _ = keeping.find(workspace, sort="title", limit=1)
    assert [made.title for made in found] == ["A Jig"]
    composing.rename(workspace, jig, "Hornpipe")
    assert titles(workspace, words="horn") == {"Hornpipe"}
    assert titles(workspace, words="jig") == set()


def test_the_trash_keeps_all_until_it_is_emptied(kept):
    workspace, (_, jig, reel) = kept
    keeping.rate(workspace, [jig], 5)
    change = keeping.trash(workspace, [jig, reel])
    assert change.words == "2 pieces moved to the trash"
    assert titles(workspace) == {"Été"}
    assert titles(workspace, is_trashed=True) == {"A Jig", "A Reel"}
    assert composing.all(workspace)[1] == 1
    keeping.restore(workspace, [jig])
    assert composing.get(workspace, jig).kept.rating == 5
    assert keeping.empty_trash(workspace) == 1
    assert titles(workspace) == {"Été", "A Jig"}
    keeping.undo(workspace, change)  # the jig was taken out since, the reel is gone
    assert titles(workspace) == {"Été", "A Jig"}
    with pytest.raises(UnknownName):
        composing.get(workspace, reel)


def test_taking_back_leaves_what_was_changed_since(kept):
    workspace, (summer, jig, _) = kept
    keeping.rate(workspace, [summer], 1)
    change = keeping.rate(workspace, [summer, jig], 3)
    keeping.rate(workspace, [jig], 5)
    keeping.annotate(workspace, summer, "Later")
    keeping.undo(workspace, change)
    said = composing.get(workspace, summer).kept
    assert (said.rating, said.note) == (1, "Later")
    assert composing.get(workspace, jig).kept.rating == 5


@pytest.mark.parametrize(
    "refused",
    [
        lambda workspace, one: keeping.rate(workspace, [one], 6),
        lambda workspace, one: keeping.tag(workspace, [one], add=[" "]),
        lambda workspace, one: keeping.tag(workspace, [one], add=[str(n) for n in range(31)]),
        lambda workspace, one: keeping.tag(workspace, [one]),
        lambda workspace, one: keeping.move(workspace, [one], "x" * 201),
        lambda workspace, one: keeping.annotate(workspace, one, "x" * 4001),
        lambda workspace, one: feedback.say(workspace, one, "fine"),
        lambda workspace, one: feedback.say(workspace, one, "up", bar=3),
    ],
)
def test_what_cannot_be_said_changes_nothing(kept, refused):
    workspace, (one, *_) = kept
    before = composing.get(workspace, one)
    with pytest.raises(InvalidSetting):
        refused(workspace, one)
    assert composing.get(workspace, one) == before
    assert feedback.of(workspace, one) == {}


def test_one_that_is_not_there_leaves_all_others_as_they_are(kept):
    workspace, (one, *_) = kept
    with pytest.raises(UnknownName):
        keeping.trash(workspace, [one, "nobody"])
    assert composing.get(workspace, one).kept.deleted is None


def test_feedback_is_kept_by_bar_and_written_with_the_notes_that_are_meant(kept):
    workspace, (summer, jig, reel) = kept
    feedback.say(workspace, summer, "up")
    feedback.say(workspace, summer, "down", bar=2)
    feedback.say(workspace, summer, "star", bar=2)
    feedback.say(workspace, jig, "down", bar=1)
    feedback.say(workspace, jig, "", bar=1)
    feedback.say(workspace, reel, "up")
    assert feedback.of(workspace, summer) == {feedback.WHOLE: "up", 2: "star"}
    keeping.trash(workspace, [reel])
    rows = [json.loads(line) for line in feedback.lines(workspace)]
    assert [(row["composition"], row["bar"], row["value"]) for row in rows] == [
        (summer, None, "up"),
        (summer, 2, "star"),
    ]
    score = composing.score(workspace, summer)
    second = bars(score)[1]
    begun = score.notes[(score.notes["onset"] >= second.start)]
    assert [note[2] for note in rows[1]["notes"]][-len(begun) :] == begun["pitch"].tolist()
    assert len(rows[0]["notes"]) == len(score.notes)
    assert tuple(rows[0]["tokens"]) == composing.get(workspace, summer).tokens
    keeping.trash(workspace, [summer])
    keeping.empty_trash(workspace)
    assert list(feedback.lines(workspace)) == []


@pytest.mark.long
def test_ten_thousand_are_listed_in_a_tenth_of_a_second(kept):
    workspace, (one, *_) = kept
    made, score = composing.get(workspace, one), composing.score(workspace, one)
    with open_store(workspace) as store, store.db.atomic():
        explained = store.compositions.explanation(one)
        for number in range(10_000):
            each = replace(
                made, id=f"c{number}", title=f"Tune {number}", created=f"2031-{number:05}"
            )
            store.compositions.add(each, score, explained)
    keeping.tag(workspace, [f"c{number}" for number in range(0, 10_000, 7)], add=["seventh"])
    asked = [
        ({}, {}),
        ({"words": "tune 99", "tag": "seventh"}, {"sort": "title"}),
        ({"model": "folk"}, {"sort": "rating", "offset": 9_900}),
    ]
    for wish, page in asked:
        seconds = []
        for _ in range(5):
            begun = time.process_time()
            keeping.find(workspace, Wish(**wish), limit=12, **page)
            seconds.append(time.process_time() - begun)
        assert min(seconds) < 0.1, (wish, seconds)
