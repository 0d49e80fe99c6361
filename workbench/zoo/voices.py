"""What architectures for music in voices ask of a vocabulary: cells on a grid, said voice after voice."""

from workbench.core.vocabulary import Vocabulary

FIELD = "voice"


def voice_column(vocabulary: Vocabulary) -> int:
    """Which number of the context tells the voice; the vocabulary must be one in voices."""
    return [field.name for field in vocabulary.context].index(FIELD)


def voices(vocabulary: Vocabulary) -> int:
    """How many voices the cells belong to; 0 where the vocabulary knows no voices."""
    return next((field.size for field in vocabulary.context if field.name == FIELD), 0)


def in_voices(vocabulary: Vocabulary) -> str | None:
    """Why a vocabulary does not suit such an architecture; None where it does."""
    if voices(vocabulary):
        return None
    return "it reads music in voices on a grid; choose the tokenizer chorale-grid"
