"""Every architecture comes in three sizes that can be built, and its diagram shows all it is made of."""

import pytest
from backend_child import suiting

from workbench.core.settings import validated
from workbench.core.specs import TokenizerSpec, TrainingSettings
from workbench.core.vocabulary import Vocabulary
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES, PRESETS

EVERY = list(ARCHITECTURES)
NETWORKS = [each for each in EVERY if each.is_network]


def name(architecture):
    return architecture.name


@pytest.mark.parametrize("architecture", EVERY, ids=name)
def test_three_sizes_whose_settings_are_allowed_and_differ(architecture):
    assert list(architecture.presets) == list(PRESETS)
    made = []
    for preset in architecture.presets.values():
        made.append(validated(architecture.settings, preset.model))
        validated(TrainingSettings, preset.training)
    assert len(set(made)) == 3


@pytest.mark.parametrize("architecture", NETWORKS, ids=name)
def test_sizes_grow_and_the_diagram_holds_every_layer_that_learns(architecture):
    sizes = []
    for preset in ("tiny", "small"):
        settings = validated(architecture.settings, architecture.presets[preset].model)
        network = architecture.build(
            settings, make(TokenizerSpec(suiting(architecture))).vocabulary
        )
        sizes.append(network.count_params())
        learning = {
            layer.name for layer in network.layers if layer.weights and "dropout" not in layer.name
        }
        blocks = architecture.diagram(settings)
        shown = [layer for block in blocks for layer in block.layers]
        assert set(shown) == learning
        assert len(shown) == len(learning)
        for block in blocks:
            assert len(block.layers) % block.times == 0
    assert sizes[0] < sizes[1] / 2


@pytest.mark.parametrize("architecture", EVERY, ids=name)
def test_the_diagram_says_the_numbers_that_were_set(architecture):
    tiny, small = (
        str(
            architecture.diagram(validated(architecture.settings, architecture.presets[size].model))
        )
        for size in ("tiny", "small")
    )
    assert tiny != small


def test_a_vocabulary_without_context_is_read_too():
    plain = Vocabulary(("<start>", "a", "b"))
    for architecture in NETWORKS:
        if architecture.suits(plain):
            continue
        settings = validated(architecture.settings, architecture.presets["tiny"].model)
        assert architecture.build(settings, plain).count_params()
