"""Singing: real tunes sung by a voice that glides, trembles and is out of tune; and what nobody sings."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sung import RATE, sung, wav

from workbench import formats
from workbench.core.errors import UnreadableFile
from workbench.core.score import Tempo, bars, clip, monophonic, seconds_at
from workbench.corpora import CORPORA

NEAR = 0.1  # seconds


def tunes():
    """Three fiddle tunes of four bars at a singer's tempo, an octave lower; on, off and pitch of every note."""
    corpus = CORPORA.get("ryans-mammoth")
    for member in corpus.members()[14:29:5]:
        score = corpus.read(member).score
        score = replace(clip(score, 0, bars(score)[3].end), tempos=(Tempo(0, 72.0),))
        notes = monophonic(score).notes
        yield [
            (seconds_at(score, onset), seconds_at(score, onset + duration), pitch - 12)
            for onset, duration, pitch in notes[["onset", "duration", "pitch"]].tolist()
        ]


def right(wanted, found):
    """How many of the notes were found, at their time and with their pitch."""
    left, count = list(found), 0
    for on, _, pitch in wanted:
        match = next((n for n in left if abs(n[0] - on) < NEAR and n[2] == pitch), None)
        if match:
            left.remove(match)
            count += 1
    return count


@pytest.mark.long
@pytest.mark.parametrize(("noise", "least"), [(0.0, 0.95), (0.03, 0.95), (0.1, 0.9)])
def test_real_tunes_are_heard(noise, least):
    wanted = found = given = 0
    for tune in tunes():
        heard = formats.decode_sung(wav(sung(tune, noise=noise)), "song.wav")
        wanted, found, given = wanted + len(tune), found + right(tune, heard), given + len(heard)
    assert wanted > 50
    assert found / wanted >= least  # none of them lost
    assert found / given >= least  # and none invented


@pytest.mark.long
def test_notes_of_one_pitch_sung_again_are_told_apart_in_any_tuning():
    tune = [
        (at * 0.5 + 0.2, at * 0.5 + 0.7, pitch) for at, pitch in enumerate([57, 57, 57, 60, 60])
    ]
    for detuned in (-0.4, 0.0, 0.4):
        heard = formats.decode_sung(wav(sung(tune, detuned=detuned)), "song.wav")
        pitches = [pitch for *_, pitch in heard]
        assert np.diff(pitches).tolist() == [0, 0, 3, 0]
        assert all(one[1] <= other[0] for one, other in pairwise(heard))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"RIFF\0\0\0\0WAVEnothing", "damaged"),
        (wav(np.zeros(RATE, np.float32)), "no melody was heard"),
        (wav(np.zeros(100, np.float32)), "too short"),
        (wav(np.zeros(61 * RATE, np.float32)), "longer than the 60 seconds"),
        (bytes(30_000_001), "more than the 30 MB"),
    ],
    ids=["empty", "damaged", "silent", "short", "long", "large"],
)
def test_what_nobody_sings_is_refused_in_words(data, words):
    with pytest.raises(UnreadableFile, match=words):
        formats.decode_sung(data, "song.wav")
