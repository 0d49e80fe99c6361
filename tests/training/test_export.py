"""Graphs of earlier versions, which remember other states, are compared with their networks all the same."""

import keras
import pytest

from workbench.core.errors import WorkFailed
from workbench.core.specs import TokenizerSpec, TrainingSettings
from workbench.tokenizers import make
from workbench.training.export import check_step, export_step
from workbench.training.network import Network
from workbench.zoo import ARCHITECTURES

ARCHITECTURE = ARCHITECTURES.get("gru")
SMALL = ARCHITECTURE.settings(units=8, layers=1)


@pytest.fixture(scope="module")
def vocabulary():
    return make(TokenizerSpec("melody-steps")).vocabulary


def step_graph(vocabulary, seed):
    network = Network(ARCHITECTURE, SMALL, vocabulary, TrainingSettings(seed=seed))
    network.settle()
    return ARCHITECTURE.build_step(SMALL, vocabulary, network.kept)


def test_a_graph_that_remembers_more_is_compared(vocabulary, tmp_path):
    step = step_graph(vocabulary, seed=3)
    more = keras.Input((2, 5))
    earlier = keras.Model([*step.inputs, more], [*step.outputs, more + 1])
    export_step(earlier, vocabulary, tmp_path / "earlier.onnx")
    check_step(step, vocabulary, tmp_path / "earlier.onnx")
    with pytest.raises(WorkFailed, match="differs from the network"):
        check_step(step_graph(vocabulary, seed=4), vocabulary, tmp_path / "earlier.onnx")
