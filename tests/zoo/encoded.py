"""A few real pieces in the words of a tokenizer."""

from functools import cache

from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import TokenSequence, Vocabulary
from workbench.corpora import CORPORA
from workbench.tokenizers import make


@cache
def pieces_of(param):
    plain = param == "without context"
    name = "melody-steps" if plain else param
    tokenizer = make(TokenizerSpec(name))
    corpus = CORPORA.get("bach-chorales" if name.startswith("chorale") else "ryans-mammoth")
    pieces = [tokenizer.encode(corpus.read(member).score) for member in corpus.members()[4:7]]
    if not plain:
        return tokenizer.vocabulary, pieces
    none = [TokenSequence(p.tokens, p.context[:, :0], p.plan, p.quarters) for p in pieces]
    return Vocabulary(tokenizer.vocabulary.tokens), none
