"""Melodies written down as symbols."""

from workbench.core.score import parse_key, parse_meter
from workbench.core.vocabulary import TokenSequence
from workbench.tokenizers import TOKENIZERS

MELODIES = TOKENIZERS.get("melody-steps")
STEPS = MELODIES.make(MELODIES.settings())


def written(text: str, bars: int) -> TokenSequence:
    """A melody in 2/4."""
    plan = STEPS.plan(parse_key("C major"), parse_meter("2/4"), bars, 100.0)
    return STEPS.encode(STEPS.decode(STEPS.parse(text, plan), plan))


ABAC = written(
    "60 _ 62 _ 64 _ 65 _ | 67 _ _ _ r _ _ _ | 60 _ 62 _ 64 _ 65 _ | 67 _ _ _ 48 _ _ _ | 67 _ _ _ _ _ _ _", 5
)  # fmt: skip
