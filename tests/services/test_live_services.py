"""Playing live with the bundled models: a piece grows bar after bar, follows its sliders, and is made again note for note."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from untrained import MELODY_VAE, TRANSFORMER, keep_untrained

from workbench import formats
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.live import CLOSING_BARS, Turn
from workbench.core.provenance import Credits
from workbench.core.score import bars
from workbench.core.specs import ComposeRequest, ModelSpec, TokenizerSpec, TrainingSpec
from workbench.services import (
    activity,
    composing,
    datasets,
    exporting,
    keeping,
    live,
    models,
    steering,
    training,
)
from workbench.services.live import MOST_TURNS, RANGES, Ask, Wishes, heeded
from workbench.store import open_store


def done(workspace, job):
    ended = activity.finish(workspace, job)
    assert ended.state == "done", ended.details
    return ended


def play(workspace, request, wishes, *, closes_at=None):
    """Play bars under wishes, one after another; the composition, and what sounded."""
    composition, sounds = "", []
    for number, wish in enumerate(wishes):
        ask = Ask(1, number, wish, closes_at is not None and number >= closes_at)
        if number == 0:
            composition, job = live.begin(workspace, request, ask)
        else:
            job = live.go_on(workspace, composition, ask)
        sounds.append(live.sound_of(done(workspace, job)))
        assert len(composing.get(workspace, composition).request.live) == number + 1
    return composition, sounds


def random_wishes(rng: random.Random) -> Wishes:
    values = {name: rng.uniform(low, high) for name, (low, high) in RANGES.items()}
    return Wishes(**{name: round(value, 2) for name, value in values.items()})


@pytest.mark.parametrize(("model", "meter", "count"), [("folk", "6/8", 17), ("chorales", "3/4", 5)])
def test_a_live_piece_is_made_again_note_for_note(workspace, model, meter, count):
    rng = random.Random(3)
    request = ComposeRequest(model, seed=5, meter=meter, key="D major")
    wishes = [random_wishes(rng) for _ in range(count)]
    composition, sounds = play(workspace, request, wishes, closes_at=count - CLOSING_BARS)
    done(workspace, live.end(workspace, composition, count))
    made, score = composing.get(workspace, composition), composing.score(workspace, composition)
    assert len(bars(score)) == len(made.plan.bars) == count
    assert made.request.live[-1].left == 0
    assert [note[2] for sound in sounds for note in sound["notes"]] == score.notes["pitch"].tolist()
    assert [turn.tempo for turn in made.request.live] == [each.tempo for each in wishes]
    again = done(workspace, composing.again(workspace, composition)).result["composition"]
    assert composing.same_notes(workspace, composition, again)
    assert composing.get(workspace, again).tokens == made.tokens
    one, other = (composing.explanation(workspace, each) for each in (composition, again))
    assert np.array_equal(one.candidates, other.candidates)
    with pytest.raises(InvalidSetting, match="come to its end"):
        live.go_on(workspace, composition, Ask(1, count, Wishes(), False))


def test_what_was_played_is_kept_at_every_moment_and_cut_where_it_was_stopped(workspace):
    request = ComposeRequest("folk", seed=2, meter="4/4")
    composition, _ = play(workspace, request, [Wishes()] * 4)
    (listed,), _ = keeping.find(workspace)
    assert listed.id == composition
    assert listed.title == "Live no. 1, 4/4 in G major"
    whole = composing.score(workspace, composition)
    done(workspace, live.end(workspace, composition, 3))
    kept = composing.get(workspace, composition)
    assert len(kept.request.live) == kept.request.bars == len(kept.plan.bars) == 3
    assert len(composing.explanation(workspace, composition).candidates) == len(kept.tokens)
    cut = composing.score(workspace, composition)
    assert len(bars(cut)) == 3
    assert cut.notes["pitch"].tolist() == whole.notes["pitch"][: len(cut.notes)].tolist()
    again = done(workspace, composing.again(workspace, composition)).result["composition"]
    assert composing.same_notes(workspace, composition, again)
    done(workspace, live.end(workspace, composition, 0))  # nobody heard a note
    with pytest.raises(UnknownName):
        composing.get(workspace, composition)


def test_the_next_bar_follows_the_sliders(workspace):
    few, many = (
        Wishes(density=-2, register=-1),
        Wishes(density=2, register=1, tempo=160, loudness=110),
    )
    composition, sounds = play(workspace, ComposeRequest("folk", seed=1, meter="4/4"), [few] * 3 + [many] * 3)  # fmt: skip
    before, after = (
        [note for sound in half for note in sound["notes"]] for half in (sounds[:3], sounds[3:])
    )
    assert 2 * len(before) < len(after)
    assert max(note[2] for note in before) < 78 and min(note[2] for note in after) > 64
    assert {note[3] for note in before} == {80} and {note[3] for note in after} == {110}
    assert [sound["tempo"] for sound in sounds] == [100.0] * 3 + [160.0] * 3
    found = live.stretches(composing.get(workspace, composition).request.live)
    assert [stretch[:2] for stretch in found] == [(1, 3), (4, 6)]


def test_bars_on_the_way_to_an_end_are_of_one_setting():
    turns = [Turn(), Turn(), Turn(left=1), Turn(left=0)]
    assert [stretch[:2] for stretch in live.stretches(turns)] == [(1, 2), (3, 4)]


def test_a_bar_that_is_asked_for_twice_is_told_twice_and_composed_once(workspace):
    composition, sounds = play(workspace, ComposeRequest("folk", seed=4), [Wishes()] * 3)
    again = live.go_on(workspace, composition, Ask(1, 2, Wishes(density=3), False))
    assert live.sound_of(done(workspace, again))["notes"] == sounds[2]["notes"]
    assert len(composing.get(workspace, composition).request.live) == 3


def test_a_piece_ends_by_itself(workspace):
    """The turns of a piece that comes to its bound, without the music before."""
    model = models.get(workspace, "folk")
    left = []
    before = None
    for bar in range(MOST_TURNS - 4, MOST_TURNS):
        before = live._turn(model, Ask(1, bar, Wishes(), False), before)
        left.append(before.left)
    assert left == [None, None, 1, 0]


@pytest.mark.long
def test_an_ngram_plays_live_and_is_not_mixed_with_what_it_became(filled):
    """One that is trained anew under the same name would go on with other notes than those that can be made again."""
    datasets.create(filled, "tunes")
    spec = TrainingSpec("tunes", TokenizerSpec("melody-steps"), ModelSpec("ngram"))
    run = training.start(filled, spec)
    done(filled, training.job(filled, run))
    composition, _ = play(filled, ComposeRequest(run, seed=1), [Wishes(density=1)] * 3)
    again = done(filled, composing.again(filled, composition)).result["composition"]
    assert composing.same_notes(filled, composition, again)
    made = composing.get(filled, composition)
    with open_store(filled) as store:
        other = replace(made, id="other", model_fingerprint="of another file")
        score, why = store.compositions.score(made.id), store.compositions.explanation(made.id)
        store.compositions.add(other, score, why)
    ended = activity.finish(filled, live.go_on(filled, "other", Ask(1, 3, Wishes(), False)))
    assert ended.state == "failed"
    assert "trained on meanwhile" in ended.message


@pytest.mark.long
def test_who_can_play_live(workspace, tmp_path):
    for name, spec in (("fills", None), ("space", MELODY_VAE), ("looks", TRANSFORMER)):
        keep_untrained(workspace.runs / name, *([spec] if spec else []))
    can = {model.name for model in live.models_for(models.available(workspace))}
    assert can == {"folk", "chorales", "looks"}
    composition, _ = play(workspace, ComposeRequest("looks", seed=1), [Wishes()] * 2)
    assert composing.explanation(workspace, composition).looks["token"].max() < 2 * 64
    for name in ("fills", "space"):
        with pytest.raises(InvalidSetting, match="bar after bar"):
            live.begin(workspace, ComposeRequest(name), Ask(1, 0, Wishes(), False))


def test_more_like_a_live_piece_is_an_ordinary_piece(workspace):
    composition, _ = play(workspace, ComposeRequest("folk", seed=1, meter="4/4"), [Wishes()] * 4)
    request = steering.like(workspace, composition)
    assert not request.live
    assert request.primer
    composing.enqueue(workspace, request)


def test_a_live_piece_is_given_out_like_any_other(workspace):
    wishes = [Wishes(tempo=100), Wishes(tempo=140, loudness=40)]
    composition, _ = play(workspace, ComposeRequest("chorales", seed=1), wishes)
    score = composing.score(workspace, composition)
    credits = exporting.credits(workspace, composing.get(workspace, composition))
    assert isinstance(credits, Credits) and "model" in credits.statement
    for suffix in (".mid", ".musicxml"):
        content = formats.encode(score, suffix, title=credits.title, statement=credits.statement)
        path = workspace.cache / f"live{suffix}"
        path.write_bytes(content)
        read = formats.read(path)[0].score
        assert [round(tempo.bpm) for tempo in read.tempos] == [100, 140]
        assert sorted(read.notes["pitch"].tolist()) == sorted(score.notes["pitch"].tolist())


GOOD = {
    "play": 7,
    "bar": 0,
    "closes": False,
    "wishes": {name: low for name, (low, _) in RANGES.items()},
}


@pytest.mark.parametrize(
    "change",
    [
        {"play": -1}, {"play": 2**40}, {"play": "7"}, {"play": True}, {"bar": MOST_TURNS}, {"bar": 1.5}, {"bar": None},
        {"closes": "yes"}, {"wishes": None}, {"wishes": {}}, {"wishes": []},
        *({"wishes": GOOD["wishes"] | {name: value}} for name in RANGES for value in (1e9, -1e9, math.nan, math.inf, "loud", None)),
    ],
)  # fmt: skip
def test_what_a_browser_says_is_checked(change):
    assert heeded(GOOD).wishes.tempo == RANGES["tempo"][0]
    with pytest.raises(InvalidSetting):
        heeded(GOOD | change)


@pytest.mark.parametrize("words", [None, 3, "play", [], {}, {"play": 1}])
def test_what_is_no_ask_is_refused(words):
    with pytest.raises(InvalidSetting, match="asked for no bar"):
        heeded(words)


def test_bars_come_one_after_another(workspace):
    composition, _ = play(workspace, ComposeRequest("folk", seed=1), [Wishes()])
    for bar in (0, 2, 50):
        with pytest.raises(InvalidSetting, match="one after another"):
            live.go_on(workspace, composition, Ask(1, bar, Wishes(), False))
    with pytest.raises(InvalidSetting, match="one after another"):
        live.begin(workspace, ComposeRequest("folk"), Ask(2, 3, Wishes(), False))
    with open_store(workspace) as store:
        assert not store.jobs.in_state(("waiting",))
