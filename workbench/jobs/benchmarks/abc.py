"""Tunes as ABC text: bits per character, for models whose tokenizer writes ABC.

The data are tunes in ABC, a file or a folder. Each is read and written again by the model's tokenizer: its melody alone, in the key without
accidentals, without header. So the characters are those of one way to write a tune, and figures compare models with tokenizers of
the same settings; the text that stands in the files is longer and told in many ways. Key mode, meter and length are told
before the first character, as to every model of such a tokenizer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench import formats
from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.model_card import read_card
from workbench.core.report import Report
from workbench.core.score import Score
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.core.vocabulary import START, Tokenizer, TokenSequence, Vocabulary
from workbench.corpora import CORPORA
from workbench.jobs.benchmarks import Check, Reading, benchmark, data_files, digests
from workbench.jobs.requests import check_vocabulary
from workbench.jobs.scoring import scored
from workbench.metrics.likelihood import Likelihood, likelihood
from workbench.tokenizers import TOKENIZERS, make
from workbench.zoo import ARCHITECTURES

INSTALLED = 60  # tunes of the self-test without data
HELD_OUT = 6  # every so manieth tune


def self_test(data: Path | None, report: Report) -> list[Check]:
    """The uniform model, and our n-gram fitted to five tunes of six and read on the sixth."""
    scores = _scores(data_files(data, (), (".abc",))) if data else _installed()
    tokenizer = make(TokenizerSpec("abc-chars"))
    sequences, _ = _encoded(tokenizer, scores)
    held_out = sequences[::HELD_OUT]
    train = [each for number, each in enumerate(sequences) if number % HELD_OUT]
    if not train:
        raise InvalidSetting(
            f"{len(sequences)} tunes are too few for a self-test; give {HELD_OUT}."
        )
    symbols = len(tokenizer.vocabulary) - 1  # the start symbol is never written
    uniform = bits_per_character(
        likelihood(Uniform(len(tokenizer.vocabulary)), held_out), tokenizer.vocabulary, held_out
    )
    ngram = ARCHITECTURES.get("ngram")
    assert ngram.fit is not None  # it counts
    settings = validated(ngram.settings, ModelSpec("ngram").settings)
    model = ngram.fit(settings, tokenizer.vocabulary, train)
    counted = bits_per_character(likelihood(model, held_out), tokenizer.vocabulary, held_out)
    known = float(np.log2(symbols))
    return [
        Check(
            f"uniform over {symbols} characters", uniform, known - 1e-9, known + 1e-9,
            f"log2 {symbols}",
        ),
        Check("n-gram", counted, 0.5, known / 2, "less than half of the uniform model's bits"),
    ]  # fmt: skip


@benchmark(
    "abc",
    title="Tunes as ABC text",
    unit="bits per character",
    citation="Sturm, Santos, Ben-Tal & Korshunova 2016, for the use of ABC text",
    self_test=self_test,
)
def measure(model: Path, data: Path, split: str, report: Report) -> Reading:
    """Melodies as ABC text in the key without accidentals, from left to right, every character counted, pooled over all characters."""
    card = read_card(model)
    kind = TOKENIZERS.get(card.tokenizer.name)
    if kind.form != "abc":
        raise InvalidSetting(
            f"This model writes in {kind.title.lower()} and no ABC text; choose one that was trained with the tokenizer"
            " abc-chars or abc-subwords."
        )
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    files = data_files(data, (), (".abc",))
    sequences, skipped = _encoded(tokenizer, _scores(files))
    if not sequences:
        raise InvalidSetting(f"No tune at {data} can be said by this model; choose other tunes.")
    report.progress(0.1, f"Reading {len(sequences)} tunes")
    found, _ = scored(model, sequences)
    return Reading(
        bits_per_character(found, tokenizer.vocabulary, sequences),
        {
            "tunes": len(sequences),
            "left_out": skipped,
            "characters": characters(tokenizer.vocabulary, sequences),
            "tokens": found.tokens,
            "accuracy": found.accuracy,
            "nats_per_quarter": found.nats_per_quarter,
        },
        digests(files),
        (
            "Every file is read whole, whatever the split: choose tunes that the model was not trained on.",
            "The text is that of the tokenizer, without header; key mode, meter and length are told beforehand.",
        ),
    )


@dataclass(frozen=True)
class Uniform:
    """Every token but the start symbol as likely: a ``core.vocabulary.Decoder``."""

    size: int

    def start(self, batch: int) -> None:
        """It remembers nothing."""

    def step(
        self, tokens: NDArray[np.int32], context: NDArray[np.int32], state: None
    ) -> tuple[NDArray[np.float32], None]:
        logits = np.zeros((len(tokens), self.size), np.float32)
        logits[:, START] = -np.inf
        return logits, None

    def attention(self, state: None) -> None:
        """It does not look back."""


def characters(vocabulary: Vocabulary, sequences: Sequence[TokenSequence]) -> int:
    """How many characters the tokens of all sequences write."""
    lengths = np.array([len(token) for token in vocabulary.tokens])
    return int(sum(lengths[sequence.tokens].sum() for sequence in sequences))


def bits_per_character(
    found: Likelihood, vocabulary: Vocabulary, sequences: Sequence[TokenSequence]
) -> float:
    """Surprise in a character, however many of them a token writes."""
    return found.nats / float(np.log(2)) / characters(vocabulary, sequences)


def _encoded(tokenizer: Tokenizer, scores: Iterable[Score]) -> tuple[list[TokenSequence], int]:
    """The tunes as tokens, and how many cannot be said."""
    sequences: list[TokenSequence] = []
    skipped = 0
    for score in scores:
        try:
            sequences.append(tokenizer.encode(score))
        except CannotEncode:
            skipped += 1
    return sequences, skipped


def _scores(files: list[Path]) -> list[Score]:
    """Every tune of the files; ``UnreadableFile`` where one has none."""
    return [reading.score for path in files for reading in formats.read(path)]


def _installed() -> list[Score]:
    """Tunes of Ryan's Mammoth Collection."""
    corpus = CORPORA.get("ryans-mammoth")
    return [corpus.read(member).score for member in corpus.members()[:INSTALLED]]
