"""Every network learns: one batch by heart, the same under the same seed, and in mixed precision too."""

import numpy as np
import pytest
from backend_child import tiny

from workbench.core.specs import TrainingSettings
from workbench.training.batches import Windows
from workbench.training.network import Network

TRAINING = TrainingSettings(batch_size=2, window=24, seed=3)


@pytest.mark.long
def test_learns_one_batch_by_heart_and_ignores_filling(one_music, architecture):
    vocabulary, pieces = one_music
    network = Network(architecture, tiny(architecture, layers=1), vocabulary, TRAINING)
    batch = next(Windows(pieces[:2], 24, 2).epoch(0, 1))
    hidden = batch.counted.copy()
    hidden[:, 16:] = 0
    nonsense = batch.targets.copy()
    nonsense[:, 16:] = 1
    begun = network.state()
    losses = []
    for targets in (batch.targets, nonsense):
        network.restore(begun)
        losses.append(
            network.step(type(batch)(batch.tokens, batch.context, targets, hidden), 0.0).loss
        )
    assert losses[0] == losses[1]

    first = network.step(batch, 0.02).loss
    assert any(network.step(batch, 0.02).loss < 0.1 * first for _ in range(600))

    again = Network(architecture, tiny(architecture, layers=1), vocabulary, TRAINING)
    for name, values in begun.items():
        np.testing.assert_array_equal(values, again.state()[name], err_msg=f"seed and {name}")
    network.restore(begun)
    assert network.step(batch, 0.02).loss == first


@pytest.mark.long
def test_learns_in_mixed_precision(one_music, architecture):
    vocabulary, pieces = one_music
    mixed = TrainingSettings(batch_size=2, window=24, mixed_precision=True)
    network = Network(architecture, tiny(architecture), vocabulary, mixed)
    batch = next(Windows(pieces[:2], 24, 2).epoch(0, 1))
    losses = [network.step(batch, 0.01).loss for _ in range(60)]
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.7 * losses[0]
