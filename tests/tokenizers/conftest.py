"""Real music for every tokenizer: tunes for one voice, chorales for four."""

import pytest

from workbench.core.score import Score
from workbench.corpora import CORPORA

COLLECTIONS = {"melody-steps": "ryans-mammoth", "chorale-grid": "bach-chorales"}
SHARES = {"melody-steps": 20, "chorale-grid": 24}  # every so manieth piece is read


@pytest.fixture(scope="session")
def music() -> dict[str, list[Score]]:
    """Some fifty tunes and fifteen chorales, by the name of the tokenizer that is made for them."""
    result = {}
    for name, collection in COLLECTIONS.items():
        corpus = CORPORA.get(collection)
        members = corpus.members()[:: SHARES[name]]
        result[name] = [corpus.read(member).score for member in members]
    return result
