"""LSTM: the network most music models are measured against.

Two layers of 256 with dropout are the stack of many tutorials (LSTM, Dropout, Dense); unlike there, it learns at
every position of a window and not only at its end. See :mod:`workbench.zoo.recurrent` for the frame.

References
----------
Hochreiter & Schmidhuber, *Long Short-Term Memory* (1997). For music so used: Sturm et al., *Music
transcription modelling and composition using deep learning* (2016), known as folk-rnn.
"""

from functools import partial

from workbench.core.vocabulary import Vocabulary
from workbench.zoo import KerasModel, architecture
from workbench.zoo.recurrent import PRESETS, Settings, stack, stack_diagram, stack_step


def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The layers of ``model``, one position at a time. Each has two states: hidden, memory."""
    return stack_step(2, settings, vocabulary, model, name="lstm")


@architecture(
    "lstm",
    title="LSTM",
    settings=Settings,
    reference="Hochreiter & Schmidhuber 1997",
    presets=PRESETS,
    diagram=partial(stack_diagram, name="lstm", title="LSTM"),
    build_step=build_step,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """A recurrent network: it reads a piece from left to right and keeps what matters in its cells."""
    from workbench.layers import LSTM

    return stack(LSTM, settings, vocabulary, name="lstm")
