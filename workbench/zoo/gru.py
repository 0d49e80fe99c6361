"""GRU: a recurrent network with two gates instead of the LSTM's three, and no memory apart from its output.

It has three quarters of an LSTM's weights at the same width. See :mod:`workbench.zoo.recurrent` for the frame.

References
----------
Cho et al., *Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation* (2014).
Chung et al., *Empirical Evaluation of Gated Recurrent Neural Networks on Sequence Modeling* (2014), compare it
with the LSTM on polyphonic music.
"""

from functools import partial

from workbench.core.vocabulary import Vocabulary
from workbench.zoo import KerasModel, architecture
from workbench.zoo.recurrent import PRESETS, Settings, stack, stack_diagram, stack_step


def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The layers of ``model``, one position at a time. Each has one state: hidden."""
    return stack_step(1, settings, vocabulary, model, name="gru")


@architecture(
    "gru",
    title="GRU",
    settings=Settings,
    reference="Cho et al. 2014",
    presets=PRESETS,
    diagram=partial(stack_diagram, name="gru", title="GRU"),
    build_step=build_step,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """A lighter recurrent network: two gates decide what it forgets and what it takes in."""
    from workbench.layers import GRU

    return stack(GRU, settings, vocabulary, name="gru")
