"""One melody as ABC text, in words that were learned from music: byte-pair encoding.

The words begin as single characters. Again and again the two neighbours that stand together most often become a
word of their own, until the vocabulary is full: figures such as ``c/d/`` or a whole bar ``c2c2|`` come to be one
token, and a network looks back over more bars with as many tokens. No word goes beyond a barline, for the bar is what the
grammar counts.

The pairs are learned, and joined, in ``byte_pairs``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.score import Score
from workbench.core.settings import setting
from workbench.core.specs import Values
from workbench.tokenizers import abc_chars, tokenizer
from workbench.tokenizers.abc_chars import AbcChars
from workbench.tokenizers.abc_grammar import CHARACTERS
from workbench.tokenizers.byte_pairs import learned_pairs, merged


@dataclass(frozen=True)
class Settings(abc_chars.Settings):
    vocabulary_size: int = setting(
        512, low=64, high=4096, help="Characters and learned words together, at most"
    )
    merges: str = setting("", hidden=True)
    """What was learned: pairs of words that are joined, the first learned first, all with spaces between."""


def learn(settings: Settings, scores: Iterable[Score]) -> Values:
    """The merges that these scores teach; the same scores, in whatever order, teach the same."""
    plain = AbcChars(settings)

    def bars() -> Iterator[str]:
        for score in scores:
            try:
                yield from plain.text(score)[0]
            except CannotEncode:
                continue

    # One word of the vocabulary is the start symbol.
    pairs = learned_pairs(bars(), CHARACTERS, settings.vocabulary_size - 1)
    return {"merges": " ".join(f"{left} {right}" for left, right in pairs)}


@tokenizer(
    "abc-subwords",
    title="ABC, by learned words",
    settings=Settings,
    training={"window": 64, "batch_size": 32},
    learn=learn,
    form="abc",
)
class AbcSubwords(AbcChars):
    """One melody as ABC text, in words learned from the training music (byte-pair encoding). Learns in one key, plays in any."""

    name = "abc-subwords"

    settings: Settings

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], tuple[int, str]]:
        """When each pair was learned, and its word; ``InvalidSetting`` where the merges are none."""
        words = self.settings.merges.split()
        pairs = dict.fromkeys(zip(words[::2], words[1::2], strict=False))
        known = set(CHARACTERS)
        for left, right in pairs:
            if left not in known or right not in known:
                raise InvalidSetting(
                    f"The learned vocabulary is damaged at {left!r} and {right!r}; train the model again."
                )
            known.add(left + right)
        return {pair: (rank, "".join(pair)) for rank, pair in enumerate(pairs)}

    def _words_but_start(self) -> Sequence[str]:
        return (*CHARACTERS, *dict.fromkeys(word for _, word in self._ranks.values()))

    @cached_property
    def _tokens(self) -> dict[str, int]:
        return {word: token for token, word in enumerate(self.vocabulary.tokens)}

    @cached_property
    def _bar_words(self):
        return lru_cache(maxsize=10_000)(lambda bar: merged(bar, self._ranks))

    def _split(self, bar: str) -> list[int]:
        return [self._tokens[word] for word in self._bar_words(bar)]
