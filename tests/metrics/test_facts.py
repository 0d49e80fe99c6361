"""Facts computed by hand, and keys the collections state."""

import json
import time

import pytest

from workbench.core.score import Key, Meter, Part, Score, Tempo, make_notes, transpose
from workbench.corpora import CORPORA
from workbench.metrics.facts import estimate_key, facts, polyphony

Q = 10080
SCALE = [60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60, 60]


def tune(pitches: list[int] = SCALE, **kwargs) -> Score:
    return Score(make_notes([(i * Q, Q, pitch) for i, pitch in enumerate(pitches)]), **kwargs)


def test_facts_by_hand() -> None:
    score = tune(keys=(Key(0, 1),), meters=(Meter(0, 3, 4),), tempos=(Tempo(0, 60.0),))
    found = facts(score)
    assert found["key"] == "G major"
    assert found["estimated_key"] == "C major"
    assert (found["meter"], found["mixed_meter"], found["bars"]) == ("3/4", False, 4)
    assert (found["quarters"], found["seconds"], found["tempo"]) == (12, 12, 60)
    assert (found["notes"], found["parts"], found["lowest"], found["highest"]) == (12, 1, 60, 72)
    assert found["polyphony"] == 1
    assert json.loads(json.dumps(found)) == found


def test_density_pitch_classes_and_mode_by_hand() -> None:
    rows = [(0, 2 * Q, 60), (0, Q, 67), (Q, Q, 64)]  # two quarters, two seconds at 60
    found = facts(Score(make_notes(rows), keys=(Key(0, 0, "minor"),), tempos=(Tempo(0, 60.0),)))
    assert found["mode"] == "minor"
    assert (found["notes_a_quarter"], found["notes_a_second"]) == (1.5, 1.5)
    assert found["pitch_classes"] == [0.5, 0, 0, 0, 0.25, 0, 0, 0.25, 0, 0, 0, 0]


def test_instruments_are_names_or_families_of_parts_that_sound() -> None:
    rows = [(0, Q, 60, 80, part) for part in (0, 1, 2, 3)]
    parts = (Part("Soprano"), Part(program=73), Part(is_drum=True), Part(), Part("Silent"))
    assert facts(Score(make_notes(rows), parts=parts))["instruments"] == [
        "Soprano",
        "pipe",
        "drums",
    ]


def test_an_upbeat_is_no_change_of_meter_but_6_8_is() -> None:
    upbeat = (Meter(0, 3, 4), Meter(Q, 3, 4))
    assert facts(tune(meters=upbeat))["mixed_meter"] is False
    changed = facts(tune(meters=(*upbeat, Meter(Q * 10, 6, 8))))
    assert changed["mixed_meter"] is True
    assert changed["meter"] == "3/4"


def test_polyphony_counts_what_sounds_together() -> None:
    rows = [(0, 2 * Q, 60), (Q, Q, 64), (2 * Q, Q, 67), (Q, Q // 2, 72)]
    assert polyphony(Score(make_notes(rows))) == 3


def test_a_silent_score_has_facts_too() -> None:
    found = facts(Score(make_notes([])))
    assert (found["notes"], found["bars"], found["lowest"], found["polyphony"]) == (0, 0, None, 0)


def test_drums_have_no_key_and_no_range() -> None:
    rows = [(i * Q, Q, pitch, 80, 0) for i, pitch in enumerate(SCALE)]
    rows += [(i * Q, Q, 37, 80, 1) for i in range(40)]
    score = Score(make_notes(rows), parts=(Part(), Part("Kit", is_drum=True)))
    assert facts(score)["estimated_key"] == "C major"
    assert facts(score)["lowest"] == 60


def test_a_lone_c_major_is_believed_only_where_the_notes_agree() -> None:
    assert facts(tune())["key"] == "C major"
    silent = tune([pitch + 2 for pitch in SCALE])
    assert facts(silent)["key"] == "D major"


@pytest.mark.parametrize("semitones", range(-5, 7))
def test_the_estimate_moves_with_the_music(semitones: int) -> None:
    minor = tune([57, 59, 60, 62, 64, 65, 68, 69, 64, 60, 57, 57])
    for score, mode in ((tune(), "major"), (minor, "minor")):
        before, after = estimate_key(score)[0], estimate_key(transpose(score, semitones))[0]
        assert after.mode == before.mode == mode
        assert after.tonic == (before.tonic + semitones) % 12


@pytest.mark.parametrize(("name", "share"), [("ryans-mammoth", 0.85), ("bach-chorales", 0.7)])
def test_the_estimate_is_mostly_the_stated_key(name: str, share: float) -> None:
    corpus = CORPORA.get(name)
    members = corpus.members()
    scores = [corpus.read(member).score for member in members[:: len(members) // 40]]
    plain = [score for score in scores if score.keys[0].mode in ("major", "minor")]
    hits = sum(str(estimate_key(score)[0]) == str(score.keys[0]) for score in plain)
    assert hits / len(plain) >= share


def test_facts_are_quick() -> None:
    score = CORPORA.get("ryans-mammoth").read("AcaciaReel").score
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        facts(score)
        best = min(best, time.perf_counter() - started)
    assert best < 0.005
