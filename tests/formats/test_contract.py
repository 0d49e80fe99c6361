"""What every format that is written promises, whatever else it says: what went out comes in again."""

import random
from pathlib import Path

import numpy as np
import pytest
from grid_scores import scores
from hypothesis import HealthCheck, given, settings

from workbench import formats
from workbench.core.errors import CannotEncode, UnreadableFile
from workbench.core.score import Score
from workbench.corpora import CORPORA
from workbench.formats import FORMATS, audio

EVERY = list(FORMATS)
WRITTEN = [each for each in EVERY if each.encode]
STATEMENT = "Made by a model: a test of % signs, <tags> and ümlauts, seed 7."
KEPT = ["onset", "duration", "pitch", "part"]


def name(part):
    return part.name


def pieces(collection: str) -> list[Score]:
    corpus = CORPORA.get(collection)
    return [corpus.read(member).score for member in corpus.members()[:: corpus.pieces // 3]]


@pytest.fixture(scope="module")
def music() -> list[Score]:
    return [*pieces("ryans-mammoth"), *pieces("bach-chorales")]


def assert_comes_back(part, score: Score) -> None:
    """Written, known by its content alone, and read to the same notes and bars; or refused in a sentence."""
    try:
        data = part.encode(score, "A title", "A composer", STATEMENT)
    except CannotEncode as refusal:
        assert str(refusal).endswith(".")
        return
    assert [each.name for each in EVERY if each.recognises(data)] == [part.name]
    (reading,) = formats.decode(data, "unnamed")
    np.testing.assert_array_equal(reading.score.notes[KEPT], score.notes[KEPT])
    assert reading.score.meters == score.meters
    assert reading.title in ("", "A title")
    assert reading.composer in ("", "A composer")
    assert reading.statement == STATEMENT
    (again,) = part.decode(part.encode(reading.score, "A title", "A composer", STATEMENT))
    assert again == reading  # with all else that the format says


@pytest.mark.parametrize("part", WRITTEN, ids=name)
def test_real_music_comes_back(part, music):
    for score in music:
        assert_comes_back(part, score)
    plain = part.encode(music[0], "", "", "")
    assert formats.decode(plain, "unnamed")[0].statement == "", (
        "a melody is what every format can say"
    )


@pytest.mark.parametrize("part", WRITTEN, ids=name)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(score=scores(voices=2))
def test_any_score_comes_back_or_is_refused(part, score):
    assert_comes_back(part, score)


@pytest.mark.parametrize("part", WRITTEN, ids=name)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(part, music):
    rng, good = random.Random(part.name), part.encode(music[0], "A title", "", STATEMENT)
    for _ in range(120):
        data = bytearray(good[: rng.choice([len(good), rng.randrange(1, len(good))])])
        for _ in range(rng.randint(0, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            formats.decode(bytes(data), f"x{part.suffixes[0]}")
        except UnreadableFile as refusal:
            assert str(refusal).startswith("x.")
            assert str(refusal).endswith(".")


def test_every_suffix_belongs_to_one_format():
    suffixes = [suffix for part in EVERY for suffix in part.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert not set(suffixes) & set(audio.SUFFIXES)
    for suffix in suffixes:
        assert suffix == Path(f"x{suffix}").suffix.lower()
