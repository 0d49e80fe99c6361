"""What architectures ask of a vocabulary that says music in cells on a grid, voice after voice."""

from workbench.core.frames import Frames
from workbench.core.segments import is_melody
from workbench.core.vocabulary import Vocabulary


def in_voices(vocabulary: Vocabulary) -> str | None:
    """Why a vocabulary does not suit an architecture for music in voices; None where it does."""
    if Frames(vocabulary).voices:
        return None
    return "it reads music in voices on a grid; choose the tokenizer chorale-grid or chorale-keys"


def one_melody(vocabulary: Vocabulary) -> str | None:
    """Why a vocabulary does not suit an architecture for bars of melody; None where it does."""
    if is_melody(vocabulary):
        return None
    return "it reads one melody on a grid, bar by bar; choose the tokenizer melody-steps"
