"""Variants of real music, and what is refused."""

import pytest

from workbench.core.augmentation import (
    ALL_KEYS,
    NONE,
    Augmentation,
    parse_augmentation,
    variants,
)
from workbench.core.errors import InvalidSetting
from workbench.core.score import parse_key
from workbench.corpora import CORPORA


@pytest.fixture(scope="module")
def tune():
    return CORPORA.get("ryans-mammoth").read("FloggingReel").score


def test_all_keys_are_twelve_of_a_mode(tune):
    assert len(ALL_KEYS) == 24
    assert len({(parse_key(key).tonic, parse_key(key).mode) for key in ALL_KEYS}) == 24
    heard = list(variants(tune, Augmentation(keys=ALL_KEYS)))
    assert heard[0] == tune
    assert {score.keys[0].tonic for score in heard} == set(range(12))
    assert {score.keys[0].mode for score in heard} == {tune.keys[0].mode}
    assert len(heard) == 12
    moves = [int(score.notes["pitch"][0]) - int(tune.notes["pitch"][0]) for score in heard]
    assert min(moves) >= -6 and max(moves) <= 6


def test_kinds_multiply_and_what_is_not_heard_is_left_out(tune):
    asked = Augmentation(semitones=(-2, 0, 2), tempos=(0.9,), velocities=(10, 200 - 150))
    assert len(list(variants(tune, asked))) == len(asked) == 3 * 2 * 3
    assert len(list(variants(tune, asked, hears={"tempo"}))) == 2
    assert list(variants(tune, asked, hears=())) == [tune]
    faster = list(variants(tune, asked, hears={"tempo"}))[1]
    assert faster.seconds == pytest.approx(tune.seconds / 0.9)


def test_pitches_that_no_one_can_play_are_left_out(tune):
    low = next(variants(tune, NONE))
    for _ in range(2):
        low = list(variants(low, Augmentation(semitones=(-24,))))[-1]
    assert (
        list(variants(low, Augmentation(semitones=(-24, 2))))[1:]
        == list(variants(low, Augmentation(semitones=(2,))))[1:]
    )


def test_words_of_a_command_line():
    asked = parse_augmentation(["keys=C# major,Am", "tempo=1.1,0.9", "velocity=-10", "semitones=2"])
    assert asked == Augmentation((2,), ("Db major", "A minor"), (0.9, 1.1), (-10,))
    assert parse_augmentation(["keys=all"]).keys == ALL_KEYS
    assert parse_augmentation([]) == NONE
    assert not NONE


@pytest.mark.parametrize(
    "word", ["", "keys", "keys=", "keys=H major", "tempo=fast", "pitch=2", "semitones=1.5"]
)
def test_other_words_are_refused(word):
    with pytest.raises(InvalidSetting, match="no augmentation"):
        parse_augmentation([word])


@pytest.mark.parametrize(
    "values",
    [
        {"semitones": (25,)},
        {"keys": ("Cb major",)},
        {"tempos": (5.0,)},
        {"velocities": (99,)},
        {"keys": ALL_KEYS, "tempos": (0.8, 0.9, 1.1), "velocities": (-10, 10)},
    ],
)
def test_values_out_of_range_are_refused(values):
    with pytest.raises(InvalidSetting):
        Augmentation(**values)
