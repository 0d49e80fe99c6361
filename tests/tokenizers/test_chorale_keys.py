"""Four voices in the keys they sound in: Bach's chorales in all of them."""

import numpy as np
import pytest

from workbench.core.augmentation import ALL_KEYS, Augmentation, variants
from workbench.core.errors import CannotEncode
from workbench.core.score import Key, Meter, parse_key
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.tokenizers import make
from workbench.tokenizers.chorale_grid import VOICES
from workbench.tokenizers.grid import SIGNATURE, first_pitch, key_shift

KEYS, GRID = make(TokenizerSpec("chorale-keys")), make(TokenizerSpec("chorale-grid"))


@pytest.fixture(scope="module")
def chorales():
    corpus = CORPORA.get("bach-chorales")
    scores = [corpus.read(member).score for member in corpus.members()[::40]]
    return [score for score in scores if len(score.parts) == len(VOICES)]


def told(sequence) -> set[int]:
    names = [field.name for field in KEYS.vocabulary.context]
    return set(sequence.context[:, names.index(SIGNATURE)].tolist())


def test_every_chorale_is_heard_in_twelve_keys_as_it_sounds(chorales):
    for score in chorales:
        heard = list(variants(score, Augmentation(keys=ALL_KEYS)))
        assert len(heard) == 12
        sequences = [KEYS.encode(each) for each in heard]
        assert len({each.tokens.tobytes() for each in sequences}) == 12
        assert sorted(min(told(each)) for each in sequences) == list(range(12))
        for variant, sequence in zip(heard, sequences, strict=True):
            assert told(sequence) == {variant.keys[0].fifths % 12}
            found = KEYS.decode(sequence.tokens.tolist(), sequence.plan).notes
            assert sorted(set(found["pitch"])) == sorted(set(variant.notes["pitch"]))


def test_in_a_key_without_accidentals_both_say_the_same(chorales):
    for score in chorales:
        plain = GRID.decode((found := GRID.encode(score)).tokens.tolist(), found.plan)
        natural = next(
            each
            for each in variants(plain, Augmentation(keys=ALL_KEYS))
            if each.keys[0].fifths % 12 == 0
        )
        ours, theirs = KEYS.encode(natural), GRID.encode(natural)
        assert KEYS.symbols(ours.tokens, ours.plan) == GRID.symbols(theirs.tokens, theirs.plan)


def test_what_sounds_is_what_stands_there():
    for fifths in range(-7, 8):
        key = Key(0, fifths)
        assert key_shift(KEYS.vocabulary, key) == 0
        assert first_pitch(KEYS.vocabulary, key) == min(low for low, _ in KEYS.ranges)
        assert first_pitch(GRID.vocabulary, key) == 31 - key_shift(GRID.vocabulary, key)


def test_primers_are_read_as_they_sound():
    plan = KEYS.plan(parse_key("E major"), Meter(0, 4, 4), 2, 80.0)
    tokens = KEYS.parse("71 68 64 40", plan)
    assert [KEYS.vocabulary.tokens[token] for token in tokens] == ["71", "68", "64", "40"]
    with pytest.raises(CannotEncode, match=r"in E major it must lie in 30 to 71"):
        KEYS.parse("71 68 64 80", plan)


def test_music_beyond_every_range_is_refused_as_it_sounds(chorales):
    notes = chorales[0].notes.copy()
    notes["pitch"][np.flatnonzero(notes["part"] == 0)[:2]] = 20, 100
    with pytest.raises(
        CannotEncode, match=r"from 20 to 100 in .*, and 51 to 88 is what it can sing\."
    ):
        KEYS.encode(type(chorales[0])(notes, chorales[0].meters, chorales[0].keys, chorales[0].tempos, chorales[0].parts))  # fmt: skip
