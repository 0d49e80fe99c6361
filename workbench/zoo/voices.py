"""What architectures for music in voices ask of a vocabulary: cells on a grid, said voice after voice."""

from workbench.core.frames import Frames
from workbench.core.vocabulary import Vocabulary


def in_voices(vocabulary: Vocabulary) -> str | None:
    """Why a vocabulary does not suit such an architecture; None where it does."""
    if Frames(vocabulary).voices:
        return None
    return "it reads music in voices on a grid; choose the tokenizer chorale-grid"
