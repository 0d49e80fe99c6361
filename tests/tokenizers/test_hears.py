"""A tokenizer's kind says which augmentations it can hear: no more and no less.

Tokenizers that bring all music into one key may have to choose another octave for it: that is no hearing.
"""

from contextlib import suppress

import numpy as np
import pytest

from workbench.core.augmentation import (
    KINDS,
    TEMPO,
    TRANSPOSITION,
    VELOCITY,
    Augmentation,
    variants,
)
from workbench.core.errors import CannotEncode
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.tokenizers import TOKENIZERS, make

ASKED = {
    TRANSPOSITION: Augmentation(semitones=(-1, 2)),
    TEMPO: Augmentation(tempos=(0.8, 1.25)),
    VELOCITY: Augmentation(velocities=(-20, 20)),
}


@pytest.fixture(scope="module")
def pieces():
    chorales, tunes = CORPORA.get("bach-chorales"), CORPORA.get("ryans-mammoth")
    chosen = [(chorales, member) for member in chorales.members()[:4]]
    chosen += [(tunes, member) for member in tunes.members()[:4]]
    return [corpus.read(member).score for corpus, member in chosen]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TOKENIZERS.names())
def test_what_is_declared_is_what_is_heard(name, kind, pieces):
    tokenizer = make(TokenizerSpec(name))
    compared, differ = 0, False
    for score in pieces:
        with suppress(CannotEncode):
            plain = tokenizer.encode(score)
            for variant in list(variants(score, ASKED[kind]))[1:]:
                found = tokenizer.encode(variant)
                compared, differ = compared + 1, differ or not _same(tokenizer, plain, found)
    assert compared >= 4
    assert differ == (kind in TOKENIZERS.get(name).hears)


def _same(tokenizer, plain, found) -> bool:
    """The same notes to the model, in the same octave or in another one."""
    before, after = (tokenizer.decode(each.tokens, plain.plan).notes for each in (plain, found))
    if len(before) != len(after):
        return False
    moved = after["pitch"] - before["pitch"]
    return all(
        np.array_equal(before[field], after[field]) for field in ("onset", "duration", "velocity")
    ) and set(moved.tolist()) <= {0, -12, 12}
