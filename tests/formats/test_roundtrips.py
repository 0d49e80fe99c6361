"""What is written is read again: notes, meters, keys, tempos and part names, in every format."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from grid_scores import scores, without
from hypothesis import HealthCheck, given, settings

from workbench import formats
from workbench.core.errors import CannotEncode
from workbench.core.score import Key, Meter, Part, Score, Tempo, make_notes
from workbench.corpora import CORPORA
from workbench.formats import abc, midi, musicxml

EXAMPLES = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
Q = 10080


@EXAMPLES
@given(scores())
def test_midi(score: Score) -> None:
    expected = without(score, "spelling")
    assert midi.decode(midi.encode(score, title="A title"))[0].score == expected


@EXAMPLES
@given(scores(voices=2))
def test_musicxml(score: Score) -> None:
    assert musicxml.decode(musicxml.encode(score).encode())[0].score == score


@EXAMPLES
@given(scores(drums=False))
def test_abc(score: Score) -> None:
    plain = replace(
        without(score, "velocity"), parts=tuple(Part(part.name) for part in score.parts)
    )
    assert abc.decode(abc.encode(score).encode())[0].score == plain


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".xml", ".mxl", ".abc"])
@pytest.mark.parametrize("corpus", ["bach-chorales", "ryans-mammoth"])
def test_real_music(tmp_path: Path, corpus: str, suffix: str) -> None:
    collection = CORPORA.get(corpus)
    for member in collection.members()[:: len(collection.members()) // 5]:
        score = collection.read(member).score
        path = tmp_path / f"piece{suffix}"
        formats.write(score, path, title="Title", composer="Composer")
        again = formats.read(path)[0]
        if suffix == ".mid":
            modal = {
                "dorian": "minor",
                "phrygian": "minor",
                "mixolydian": "major",
                "lydian": "major",
            }
            keys = tuple(replace(key, mode=modal.get(key.mode, key.mode)) for key in score.keys)
            score = replace(without(score, "spelling"), keys=keys)
        else:
            assert (again.title, again.composer) == ("Title", "Composer")
        assert again.score == score, member


@pytest.mark.parametrize("suffix", [".mid", ".mxl", ".abc"])
def test_the_meters_of_the_brief(tmp_path: Path, suffix: str) -> None:
    """An upbeat, 3/4, 6/8, 5/4 and changes between them."""
    meters = (
        Meter(0, 3, 4),
        Meter(Q, 3, 4),
        Meter(Q * 7, 6, 8),
        Meter(Q * 10, 5, 4),
        Meter(Q * 15, 4, 4),
    )
    score = Score(
        make_notes([(i * Q // 2, Q // 2, 60 + i % 12) for i in range(40)]),
        meters=meters,
        keys=(Key(0, 2), Key(Q * 7, -3, "minor")),
        tempos=(Tempo(0, 96.0), Tempo(Q * 10, 60.5)),
        parts=(Part("Geige"),),
    )
    formats.write(score, tmp_path / f"x{suffix}")
    again = formats.read(tmp_path / f"x{suffix}")[0].score
    assert without(again, "spelling") == without(score, "spelling")


def test_played_music_moves_by_no_more_than_half_a_grid_step() -> None:
    rng = np.random.default_rng(0)
    onsets = np.cumsum(rng.integers(300, 9000, 200))
    rows = [(int(o), int(rng.integers(500, 12000)), int(rng.integers(40, 90))) for o in onsets]
    score = Score(make_notes(rows), meters=(Meter(0, 3, 4), Meter(20011, 4, 4)))
    again = musicxml.decode(musicxml.encode(score).encode())[0].score
    assert len(again.notes) == len(score.notes)
    order = np.lexsort((score.notes["pitch"], score.notes["onset"]))
    moved = np.abs(np.sort(again.notes["onset"]) - np.sort(score.notes["onset"][order]))
    assert moved.max() <= Q // 96


def test_abc_refuses_what_one_line_cannot_say() -> None:
    score = Score(make_notes([(0, 2 * Q, 60), (Q, 2 * Q, 64)]), parts=(Part("Piano"),))
    with pytest.raises(CannotEncode, match="Piano has several at once"):
        abc.encode(score)


def test_five_lengths_at_once_lose_no_note() -> None:
    score = Score(make_notes([(0, Q * (i + 1), 60 + i) for i in range(6)]))
    again = musicxml.decode(musicxml.encode(score).encode())[0].score
    assert sorted(again.notes["pitch"]) == sorted(score.notes["pitch"])
