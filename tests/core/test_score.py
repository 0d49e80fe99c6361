"""Scores are values, and their algebra keeps what it promises."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_scores import scores

from workbench.core.score import (
    MODES,
    TICKS_PER_QUARTER,
    UNSPELLED,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
    bars,
    clip,
    fingerprint,
    key_at,
    make_notes,
    merge,
    monophonic,
    parse_key,
    parse_meter,
    pitch_name,
    quantize,
    quarters,
    seconds_at,
    spell,
    spelling_name,
    split_parts,
    transpose,
    tune_fingerprint,
)

Q = TICKS_PER_QUARTER
TONICS = {"major": 0, "minor": 3}
"""Fifths from the signature to the tonic."""


def melody(*pitches: int, length: int = Q, **fields) -> Score:
    """Notes of one length, one after another."""
    return Score(make_notes((i * length, length, p) for i, p in enumerate(pitches)), **fields)


# --- values -----------------------------------------------------------------------------------


@given(scores(), st.randoms(use_true_random=False))
def test_the_order_of_notes_does_not_matter(score, random):
    order = list(range(len(score.notes)))
    random.shuffle(order)
    same = replace(score, notes=score.notes[order])
    assert same == score
    assert hash(same) == hash(score)
    assert fingerprint(same) == fingerprint(score)


def test_notes_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        melody(60).notes["pitch"][0] = 61


def test_a_score_keeps_a_copy_of_its_notes():
    notes = make_notes([(0, Q, 60)])
    score = Score(notes)
    notes["pitch"] = 72
    assert score.notes["pitch"][0] == 60


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ((-1, Q, 60), "onset"),
        ((0, 0, 60), "duration"),
        ((0, Q, 128), "pitch"),
        ((0, Q, 60, 0), "velocity"),
        ((0, Q, 60, 80, 1), "part"),
        ((2**31 - 2, Q, 60), "too late"),
    ],
)
def test_impossible_notes_are_refused(row, word):
    with pytest.raises(ValueError, match=word):
        Score(make_notes([row]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Meter(0, 0, 4),
        lambda: Meter(0, 4, 3),
        lambda: Key(0, 8),
        lambda: Key(0, 0, "happy"),
        lambda: Tempo(0, 0),
        lambda: Part("", 128),
        lambda: Score(make_notes([]), meters=(Meter(-1, 4, 4),)),
    ],
)
def test_impossible_events_are_refused(make):
    with pytest.raises(ValueError):
        make()


def test_timelines_are_sorted_and_begin_at_zero():
    late = (Meter(8 * Q, 2, 4), Meter(4 * Q, 3, 4), Meter(4 * Q, 6, 8))
    assert melody(60, meters=late).meters == (
        Meter(0, 4, 4),
        Meter(4 * Q, 6, 8),
        Meter(8 * Q, 2, 4),
    )


# --- time -------------------------------------------------------------------------------------


def test_seconds_follow_the_tempos():
    score = melody(60, tempos=(Tempo(0, 120), Tempo(2 * Q, 60)))
    assert seconds_at(score, 2 * Q) == pytest.approx(1.0)
    assert seconds_at(score, 4 * Q) == pytest.approx(3.0)
    np.testing.assert_allclose(seconds_at(score, np.array([0, Q, 3 * Q])), [0, 0.5, 2.0])


@given(scores(min_notes=1))
def test_seconds_grow_with_ticks(score):
    ticks = np.arange(0, score.end + Q, Q // 2)
    assert np.all(np.diff(seconds_at(score, ticks)) > 0)


@given(scores())
def test_bars_tile_the_time_line(score):
    found = bars(score)
    assert found[0].start == 0
    assert all(left.end == right.start for left, right in itertools.pairwise(found))
    assert found[-1].end >= score.end
    assert all(0 < bar.end - bar.start <= bar.meter.bar_ticks for bar in found)
    starts = {bar.start for bar in found}
    assert all(meter.onset in starts for meter in score.meters if meter.onset < score.end)


def test_a_pickup_is_a_bar_cut_short():
    score = melody(60, 62, 64, 65, length=Q // 2, meters=(Meter(0, 6, 8), Meter(Q // 2, 6, 8)))
    pickup, full = bars(score)
    assert (pickup.end, pickup.is_full) == (Q // 2, False)
    assert (full.end - full.start, full.is_full) == (3 * Q, True)


def test_beats_of_compound_meters_are_dotted():
    beats = {str(meter): meter.beat_ticks / Q for meter in (Meter(0, 6, 8), Meter(0, 3, 8))}
    assert beats == {"6/8": 1.5, "3/8": 0.5}
    assert Meter(0, 12, 8).beat_ticks == 1.5 * Q
    assert Meter(0, 3, 4).beat_ticks == Q


# --- the algebra ------------------------------------------------------------------------------


@given(scores(), st.integers(-12, 12))
def test_transposing_there_and_back(score, semitones):
    there = transpose(score, semitones)
    assert np.array_equal(there.notes["pitch"], score.notes["pitch"] + semitones)
    back = transpose(there, -semitones)
    assert np.array_equal(back.notes["pitch"], score.notes["pitch"])
    assert [key.tonic for key in back.keys] == [key.tonic for key in score.keys]
    assert tune_fingerprint(there) == tune_fingerprint(score)


@given(scores(), st.integers(-12, 12))
def test_transposing_keeps_spelling_true_to_pitch(score, semitones):
    moved = transpose(score, semitones)
    spelled = moved.notes[moved.notes["spelling"] != UNSPELLED]
    assert np.array_equal(spelled["spelling"] * 7 % 12, spelled["pitch"] % 12)
    tonics = [(key.tonic + semitones) % 12 for key in score.keys]
    assert [key.tonic for key in moved.keys] == tonics


def test_a_tonic_is_spelled_as_its_key_in_every_key_of_a_piece():
    """Moved up, a second key wraps round the circle of fifths where the first does not, and the other way round."""
    for first, second in (("A major", "C major"), ("C major", "F# major"), ("Eb minor", "B major")):
        keys = (parse_key(first), replace(parse_key(second), onset=4 * Q))
        rows = [
            (n * 4 * Q, Q, 60 + key.tonic, 80, 0, TONICS[key.mode] + key.fifths)
            for n, key in enumerate(keys)
        ]
        for semitones in range(-11, 12):
            moved = transpose(Score(make_notes(rows), keys=keys), semitones)
            tonics = [TONICS[key.mode] + key.fifths for key in moved.keys]
            assert moved.notes["spelling"].tolist() == tonics


def test_drums_are_not_transposed():
    score = Score(
        make_notes([(0, Q, 38, 80, 1), (0, Q, 60, 80, 0)]), parts=(Part(), Part(is_drum=True))
    )
    assert list(transpose(score, 2).notes["pitch"]) == [62, 38]


def test_transposing_out_of_range_is_refused():
    with pytest.raises(ValueError, match="pitch"):
        transpose(melody(127), 1)


@given(scores(min_notes=1), st.integers(0, 100), st.integers(1, 100))
def test_clipping_keeps_what_sounds(score, start, length):
    step = Q // 12
    begin, end = start * step, (start + length) * step
    cut = clip(score, begin, end)
    assert cut.end <= end - begin
    for tick in range(begin, end, 5 * step):
        assert _sounding(cut, tick - begin) == _sounding(score, tick)
        assert key_at(cut, tick - begin).tonic == key_at(score, tick).tonic


def _sounding(score: Score, tick: int) -> list[int]:
    notes = score.notes
    here = (notes["onset"] <= tick) & (notes["onset"] + notes["duration"] > tick)
    return sorted(notes["pitch"][here].tolist())


def test_clipping_keeps_the_bar_lines():
    score = melody(*range(60, 72), meters=(Meter(0, 3, 4),))
    cut = clip(score, Q, 9 * Q)
    assert [(bar.start, bar.end) for bar in bars(cut)] == [
        (0, 2 * Q),
        (2 * Q, 5 * Q),
        (5 * Q, 8 * Q),
    ]


def test_clipping_inside_a_bar_keeps_the_meter_that_follows_it():
    score = melody(*range(60, 70), meters=(Meter(0, 4, 4), Meter(4 * Q, 3, 4)))
    cut = clip(score, 2 * Q, 10 * Q)
    assert cut.meters == (Meter(0, 4, 4), Meter(2 * Q, 3, 4))


@given(scores(step=331), st.sampled_from([Q // 4, Q // 3, Q]))
def test_quantizing_lands_on_the_grid(score, step):
    once = quantize(score, step)
    assert not np.any(once.notes["onset"] % step)
    assert not np.any(once.notes["duration"] % step)
    assert len(once.notes) == len(score.notes)
    assert quantize(once, step) == once


@given(scores())
def test_parts_split_and_merge(score):
    singles = split_parts(score)
    assert all(len(single.parts) == 1 for single in singles)
    assert merge(singles) == score


@given(scores(min_notes=1))
def test_a_melody_has_one_note_at_a_time(score):
    line = monophonic(score).notes
    assert np.all(line["onset"][:-1] + line["duration"][:-1] <= line["onset"][1:])
    assert set(line["onset"]) == set(score.notes["onset"])
    for onset, pitch in zip(line["onset"], line["pitch"], strict=True):
        assert pitch == score.notes["pitch"][score.notes["onset"] == onset].max()


# --- names and fingerprints -------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fifths", range(-7, 8))
def test_the_name_of_a_key_can_be_read_again(fifths, mode):
    key = Key(0, fifths, mode)
    assert parse_key(str(key)) == key


@pytest.mark.parametrize(
    ("text", "fifths", "mode"),
    [("D", 2, "major"), ("Am", 0, "minor"), ("B♭ minor", -5, "minor"), ("f# Dorian", 4, "dorian")],
)
def test_keys_as_people_write_them(text, fifths, mode):
    assert parse_key(text) == Key(0, fifths, mode)


@pytest.mark.parametrize("text", ["", "H major", "C sharp", "D happy", "G# major", "m"])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError):
        parse_key(text)


@pytest.mark.parametrize("text", ["", "6", "6/", "/8", "6/7", "0/4", "-3/4", "3/4/5"])
def test_what_is_no_meter_is_refused(text):
    with pytest.raises(ValueError):
        parse_meter(text)


def test_meters_are_read():
    assert parse_meter(" 6/8 ") == Meter(0, 6, 8)


@pytest.mark.parametrize(
    ("pitch", "spelling", "name"),
    [
        (60, 0, "C4"),
        (61, 7, "C#4"),
        (61, -5, "Db4"),
        (59, -7, "Cb4"),
        (60, 12, "B#3"),
        (69, 3, "A4"),
    ],
)
def test_pitch_names(pitch, spelling, name):
    assert pitch_name(pitch, spelling) == name


@given(st.integers(0, 127), st.integers(-7, 7))
def test_a_spelling_sounds_as_its_pitch(pitch, fifths):
    assert spell(pitch, fifths) * 7 % 12 == pitch % 12


def test_the_scale_is_spelled_with_its_signature():
    scale = [62, 64, 66, 67, 69, 71, 73]
    assert [spelling_name(spell(pitch, 2)) for pitch in scale] == [
        "D",
        "E",
        "F#",
        "G",
        "A",
        "B",
        "C#",
    ]
    assert [spelling_name(spell(pitch, -4)) for pitch in (61, 63, 65, 67)] == ["Db", "Eb", "F", "G"]


def test_fingerprints_tell_music_apart_and_nothing_else():
    score = melody(60, 62, 64)
    relabelled = replace(score, parts=(Part("Flute", 73),), tempos=(Tempo(0, 90),))
    assert fingerprint(relabelled) == fingerprint(score)
    for other in (melody(60, 62, 65), melody(60, 62, 64, length=Q // 2), melody(60, 62)):
        assert fingerprint(other) != fingerprint(score)
    assert fingerprint(replace(score, meters=(Meter(0, 3, 4),))) != fingerprint(score)


def test_a_fingerprint_is_the_same_on_every_machine():
    assert fingerprint(melody(60, 62, 64)) == FINGERPRINT


FINGERPRINT = "4f4b8811e3436902881c6c135c4697c05ffe716b05b506248fc98a087834562d"


def test_a_tune_is_the_same_in_other_note_values():
    assert tune_fingerprint(melody(60, 62, 64)) == tune_fingerprint(
        melody(65, 67, 69, length=Q // 2)
    )
    assert tune_fingerprint(melody(60, 62, 64)) != tune_fingerprint(melody(60, 62, 63))


def test_quarters_round_to_whole_ticks():
    assert quarters(1.5) == 15120
    assert quarters(1 / 3) == 3360
