"""What a training gets from a dataset: variants for the training split alone, stretches, and what cannot be said."""

from dataclasses import dataclass

import numpy as np
import pytest

from workbench.core import model_card
from workbench.core.augmentation import KINDS, Augmentation, stretches
from workbench.core.packing import pack, write_scores
from workbench.core.score import bars
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import TokenSequence
from workbench.corpora import CORPORA
from workbench.jobs.encoding import Heard, lay_out
from workbench.tokenizers import make


@dataclass
class Pitches:
    """A tokenizer that hears keys, as those that are to come will: pitches as they are, and nothing else."""

    plain = make(TokenizerSpec("melody-steps"))

    def encode(self, score):
        tokens = score.notes["pitch"].astype(np.int32)
        return TokenSequence(
            tokens,
            np.zeros((len(tokens), 0), np.int32),
            self.plain.encode(score).plan,
            score.quarters,
        )


@pytest.fixture(scope="module")
def scores():
    corpus = CORPORA.get("ryans-mammoth")
    return [
        corpus.read(member).score for member in ("FloggingReel", "BlackwaterReel", "BalkanHornpipe")
    ]


@pytest.fixture
def laid_out(scores, tmp_path):
    write_scores(
        tmp_path / "d.zip",
        [(f"{split}/{i}", pack(s)) for i, (split, s) in enumerate(zip(("train", "valid", "test"), scores, strict=True))],
    )  # fmt: skip
    return lambda tokenizer, heard: lay_out(tmp_path / "d.zip", tokenizer, tmp_path / "s", heard)


def test_variants_are_of_the_training_split_alone(laid_out, scores):
    heard = Heard(Augmentation(semitones=(-2, 2), tempos=(1.1,)), 0, frozenset(KINDS))
    splits, skipped = laid_out(Pitches(), heard)
    assert skipped == 0
    # tempo makes no other tokens here, so it is heard once
    assert [len(splits[each]) for each in ("train", "valid", "test")] == [3, 1, 1]
    pitches = [int(each.tokens[0]) for each in splits["train"]]
    assert [pitch - pitches[0] for pitch in pitches] == [0, -2, 2]
    np.testing.assert_array_equal(splits["valid"][0].tokens, scores[1].notes["pitch"])
    assert [each.is_variant for each in splits["train"]] == [False, True, True]
    assert not splits["valid"][0].is_variant


def test_variants_are_no_pieces_that_were_heard(laid_out, scores):
    splits, _ = laid_out(make(TokenizerSpec("melody-steps")), Heard())
    plain = model_card.heard(splits["train"])
    assert list(plain.keys) == [own := str(scores[0].keys[0])]

    splits, _ = laid_out(Pitches(), Heard(Augmentation(semitones=(-2, 2)), 0, frozenset(KINDS)))
    found = model_card.heard(splits["train"])
    assert (found.meters, found.modes) == (plain.meters, plain.modes)
    assert (found.keys[own], sum(found.keys.values()), len(found.keys)) == (1, 1, 3)


def test_what_a_tokenizer_cannot_hear_is_not_even_encoded(laid_out):
    heard = Heard(Augmentation(semitones=(-2, 2)), 0, frozenset())
    splits, _ = laid_out(make(TokenizerSpec("melody-steps")), heard)
    assert len(splits["train"]) == 1


def test_long_pieces_are_cut_into_stretches(laid_out, scores):
    parts = stretches(scores[0], 4)
    assert len(parts) == -(-len(bars(scores[0])) // 4)
    assert sum(len(part.notes) for part in parts) >= len(scores[0].notes)
    assert all(len(bars(part)) <= 4 for part in parts)
    assert stretches(scores[0], 0) == [scores[0]] == stretches(scores[0], 1000)
    splits, skipped = laid_out(make(TokenizerSpec("melody-steps")), Heard(window_bars=4))
    assert len(splits["train"]) == len(parts)
    assert skipped == 0


def test_what_cannot_be_said_is_counted(tmp_path, scores):
    chorale = CORPORA.get("bach-chorales").read("001-bwv269").score
    write_scores(tmp_path / "d.zip", [("train/0", pack(scores[0])), ("train/1", pack(chorale))])
    splits, skipped = lay_out(
        tmp_path / "d.zip", make(TokenizerSpec("chorale-grid")), tmp_path / "s", Heard()
    )
    assert (len(splits["train"]), skipped) == (1, 1)
