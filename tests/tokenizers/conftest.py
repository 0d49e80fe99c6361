"""Real music for every tokenizer: tunes for one voice, chorales for four."""

import pytest

from workbench.core.errors import CannotEncode
from workbench.core.score import Score
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import Tokenizer
from workbench.corpora import CORPORA
from workbench.tokenizers import TOKENIZERS, learned, make

SHARES = {"bach-chorales": 24, "ryans-mammoth": 18}  # every so manieth piece is read


@pytest.fixture(scope="session")
def music() -> dict[str, list[Score]]:
    """Some sixty tunes and fifteen chorales, by the name of the tokenizer that is made for them."""
    read = {
        collection: [CORPORA.get(collection).read(member).score for member in members[::share]]
        for collection, share in SHARES.items()
        if (members := CORPORA.get(collection).members())
    }
    return {name: read[_collection(name, read["bach-chorales"][0])] for name in TOKENIZERS.names()}


def _collection(name: str, chorale: Score) -> str:
    """Chorales for whoever keeps all voices of one; tunes for whoever takes its melody or refuses it."""
    tokenizer = make(TokenizerSpec(name))
    try:
        sequence = tokenizer.encode(chorale)
    except CannotEncode:
        return "ryans-mammoth"
    kept = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
    is_whole = len(kept.notes) == len(chorale.notes)
    return "bach-chorales" if is_whole else "ryans-mammoth"


@pytest.fixture(scope="session")
def tokenizers(music) -> dict[str, Tokenizer]:
    """Every tokenizer with its usual settings; one that learns has learned from this music."""
    return {name: make(learned(TokenizerSpec(name), music[name])) for name in TOKENIZERS.names()}
