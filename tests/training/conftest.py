"""A few short tunes to train on."""

from contextlib import suppress

import pytest

from workbench.core.errors import CannotEncode
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.tokenizers import make


@pytest.fixture(scope="session")
def tokenizer():
    return make(TokenizerSpec("melody-steps"))


@pytest.fixture(scope="session")
def tunes(tokenizer):
    corpus = CORPORA.get("ryans-mammoth")
    found = []
    for member in corpus.members()[:20]:
        with suppress(CannotEncode):  # a few tunes are too high
            found.append(tokenizer.encode(corpus.read(member).score))
    return found[:12]
