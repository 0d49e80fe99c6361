"""Byte-pair encoding: the two neighbours that stand together most often become a word of their own, again and again.

Pairs are learned with the library ``tokenizers``, which is loaded by ``learned_pairs`` alone: what was learned is kept as text, and
``merged`` applies it.

References
----------
Sennrich, Haddow & Birch, *Neural Machine Translation of Rare Words with Subword Units* (2016). For music: Fradet,
Gutowski, Chhel & Briot, *Byte Pair Encoding for Symbolic Music* (2023).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

Symbol = TypeVar("Symbol")
LEAST_OFTEN = 2  # a pair that stands once in all music is nothing to learn


def learned_pairs(
    spans: Iterable[str], alphabet: Sequence[str], size: int
) -> list[tuple[str, str]]:
    """The pairs that these spans teach, the first learned first; no word goes beyond its span.

    ``alphabet`` are the single characters; ``size`` is that of the vocabulary, characters and words together. The same spans, in
    whatever order, teach the same.
    """
    # Here, not above: only training learns.
    from tokenizers import Tokenizer, models, trainers

    pairs = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=LEAST_OFTEN,
        initial_alphabet=list(alphabet),
        show_progress=False,
    )
    pairs.train_from_iterator(spans, trainer)
    return [(left, right) for left, right in json.loads(pairs.to_str())["model"]["merges"]]


def merged(
    symbols: Iterable[Symbol], ranks: Mapping[tuple[Symbol, Symbol], tuple[int, Symbol]]
) -> list[Symbol]:
    """The words of a span: of the pairs that stand there, the one learned first is joined, until none is left.

    ``ranks`` holds for every learned pair when it was learned, and the word that it makes.
    """
    words = list(symbols)
    while known := [pair for pair in pairwise(words) if pair in ranks]:
        pair = min(known, key=lambda each: ranks[each][0])
        joined: list[Symbol] = []
        index = 0
        while index < len(words):
            is_pair = tuple(words[index : index + 2]) == pair
            joined.append(ranks[pair][1] if is_pair else words[index])
            index += 1 + is_pair
        words = joined
    return words
