"""Looking back, one position at a time, and the normalisation of step graphs."""

import keras
import numpy as np

from workbench.layers import NewestLast, RelativeAttention
from workbench.layers.normalised import Normalised

ROWS, WIDTH, HEADS, REACH, STEPS = 2, 12, 3, 6, 15


def test_steps_give_what_all_positions_give_and_say_where_they_looked():
    keras.utils.set_random_seed(2)
    attention = RelativeAttention(WIDTH, HEADS, REACH)
    x = np.random.default_rng(0).standard_normal((ROWS, STEPS, WIDTH), np.float32)
    wanted = np.asarray(attention(x))
    keys = values = np.zeros((ROWS, HEADS, REACH, WIDTH // HEADS), np.float32)
    for position in range(STEPS):
        count = np.full((ROWS, 1), position, np.float32)
        found, keys, values, looked = attention.cell(x[:, position], keys, values, count)
        np.testing.assert_allclose(found, wanted[:, position], atol=1e-5)
        shares = np.asarray(NewestLast()(looked, count))  # (B, H, 1, L)
        np.testing.assert_allclose(shares.sum(-1), 1, atol=1e-5)
        assert (shares[..., : max(REACH - position - 1, 0)] == 0).all()


def test_normalised_is_the_normalisation_of_keras():
    random = np.random.default_rng(1)
    layer = keras.layers.LayerNormalization()
    x = 3 + random.standard_normal((4, WIDTH), np.float32)
    layer.build(x.shape)
    layer.set_weights([random.standard_normal(WIDTH), random.standard_normal(WIDTH)])
    np.testing.assert_allclose(Normalised(layer)(x), layer(x), atol=1e-5)
