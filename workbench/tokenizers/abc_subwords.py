"""One melody as ABC text, in words that were learned from music: byte-pair encoding.

The words begin as single characters. Again and again the two neighbours that stand together most often become a
word of their own, until the vocabulary is full: figures such as ``c/d/`` or a whole bar ``c2c2|`` come to be one
token, and a network looks back over more bars with as many tokens. No word goes beyond a barline, for the bar is what the
grammar counts.

The merges are learned with the library ``tokenizers``, which nothing but ``learn`` imports; ``_merged`` applies them.

References
----------
Sennrich, Haddow & Birch, *Neural Machine Translation of Rare Words with Subword Units* (2016). For music: Fradet,
Gutowski, Chhel & Briot, *Byte Pair Encoding for Symbolic Music* (2023).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.score import Score
from workbench.core.settings import setting
from workbench.core.specs import Values
from workbench.tokenizers import abc_chars, tokenizer
from workbench.tokenizers.abc_chars import AbcChars
from workbench.tokenizers.abc_grammar import CHARACTERS
from workbench.tokenizers.abc_language import BAR

LEAST_OFTEN = 2  # a pair that stands once in all music is nothing to learn


@dataclass(frozen=True)
class Settings(abc_chars.Settings):
    vocabulary_size: int = setting(
        512, low=64, high=4096, help="Characters and learned words together, at most"
    )
    merges: str = setting("", hidden=True)
    """What was learned: pairs of words that are joined, the first learned first, all with spaces between."""


def learn(settings: Settings, scores: Iterable[Score]) -> Values:
    """The merges that these scores teach; the same scores, in whatever order, teach the same."""
    # Here, not above: only training learns.
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    plain = AbcChars(settings)

    def texts() -> Iterator[str]:
        for score in scores:
            try:
                yield "".join(plain.text(score)[0])
            except CannotEncode:
                continue

    pairs = Tokenizer(models.BPE())
    pairs.pre_tokenizer = pre_tokenizers.Split(BAR, "merged_with_previous")
    trainer = trainers.BpeTrainer(
        vocab_size=settings.vocabulary_size - 1,  # without the start symbol
        min_frequency=LEAST_OFTEN,
        initial_alphabet=list(CHARACTERS),
        show_progress=False,
    )
    pairs.train_from_iterator(texts(), trainer)
    merges = json.loads(pairs.to_str())["model"]["merges"]
    return {"merges": " ".join(f"{left} {right}" for left, right in merges)}


@tokenizer(
    "abc-subwords",
    title="ABC, by learned words",
    settings=Settings,
    training={"window": 64, "batch_size": 32},
    learn=learn,
)
class AbcSubwords(AbcChars):
    """One melody as ABC text, in words learned from the training music (byte-pair encoding). Learns in one key, plays in any."""

    name = "abc-subwords"

    settings: Settings

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], int]:
        """When each pair was learned; ``InvalidSetting`` where the merges are none."""
        words = self.settings.merges.split()
        ranks = {pair: rank for rank, pair in enumerate(zip(words[::2], words[1::2], strict=False))}
        known = set(CHARACTERS)
        for left, right in ranks:
            if left not in known or right not in known:
                raise InvalidSetting(
                    f"The learned vocabulary is damaged at {left!r} and {right!r}; train the model again."
                )
            known.add(left + right)
        return ranks

    def _words_but_start(self) -> Sequence[str]:
        learned = dict.fromkeys(left + right for left, right in self._ranks)
        return (*CHARACTERS, *learned)

    @cached_property
    def _tokens(self) -> dict[str, int]:
        return {word: token for token, word in enumerate(self.vocabulary.tokens)}

    @cached_property
    def _bar_words(self):
        return lru_cache(maxsize=10_000)(self._merged)

    def _split(self, bar: str) -> list[int]:
        return [self._tokens[word] for word in self._bar_words(bar)]

    def _merged(self, bar: str) -> tuple[str, ...]:
        """A bar's words: of the pairs that stand there, the one learned first is joined, until none is left."""
        words = list(bar)
        while True:
            known = [pair for pair in pairwise(words) if pair in self._ranks]
            if not known:
                return tuple(words)
            left, right = min(known, key=self._ranks.__getitem__)
            joined: list[str] = []
            index = 0
            while index < len(words):
                is_pair = words[index : index + 2] == [left, right]
                joined.append(left + right if is_pair else words[index])
                index += 1 + is_pair
            words = joined
