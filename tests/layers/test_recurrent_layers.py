"""Our recurrent layers compute what Keras' own do, and learn what those would learn: values and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from workbench.layers import GRU, LSTM

UNITS, INPUTS = 7, 5


def with_keras_weights(kind, keras_layer):
    """Ours with the weights of Keras' layer, whose gates stand in another order."""
    order = {LSTM: (0, 1, 3, 2), GRU: (0, 1, 2)}[kind]  # Keras: i f c o, and z r h

    def ordered(columns):
        blocks = np.split(columns, len(order), axis=-1)
        return np.concatenate([blocks[place] for place in order], axis=-1)

    ours = kind(UNITS)
    ours.build((None, None, INPUTS))
    kernel, recurrent, bias = keras_layer.get_weights()
    biases = [ordered(each) for each in np.atleast_2d(bias)]
    ours.set_weights([ordered(kernel), ordered(recurrent), *biases])
    return ours, ordered


@pytest.mark.parametrize(("kind", "theirs"), [(LSTM, keras.layers.LSTM), (GRU, keras.layers.GRU)])
def test_values_and_gradients_are_those_of_keras(kind, theirs):
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(1)
    layer = theirs(UNITS, return_sequences=True, bias_initializer="glorot_uniform")
    x = tf.constant(rng.normal(size=(3, 11, INPUTS)), tf.float32)
    wanted = tf.constant(rng.normal(size=(3, 11, UNITS)), tf.float32)
    layer.build(x.shape)
    ours, ordered = with_keras_weights(kind, layer)
    results = []
    for each in (layer, ours):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = each(x)
            loss = tf.reduce_sum((y - wanted) ** 2)
        weights = [variable.value for variable in each.trainable_variables]
        results.append((y, tape.gradient(loss, [x, *weights])))
    (y, (to_x, *to_weights)), (my_y, (my_to_x, *mine)) = results
    np.testing.assert_allclose(my_y, y, atol=1e-5)
    np.testing.assert_allclose(my_to_x, to_x, atol=1e-4)
    kernel, recurrent, bias = (np.asarray(each) for each in to_weights)
    expected = [
        ordered(kernel),
        ordered(recurrent),
        *(ordered(each) for each in np.atleast_2d(bias)),
    ]
    for found, right in zip(mine, expected, strict=True):
        np.testing.assert_allclose(found, right, atol=1e-4)


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_hidden_weights_are_the_recurrent_ones_and_only_in_training(kind):
    keras.utils.set_random_seed(2)
    layer = kind(32, weight_dropout=0.5)
    x = tf.constant(np.random.default_rng(0).normal(size=(3, 11, INPUTS)), tf.float32)
    plain = kind(32)
    plain.build(x.shape)
    layer.build(x.shape)
    plain.set_weights(layer.get_weights()[: len(plain.get_weights())])
    np.testing.assert_array_equal(layer(x), plain(x))
    with tf.GradientTape() as tape:
        y = layer(x, training=True)
        loss = tf.reduce_sum(y**2)
    assert np.abs(y - plain(x)).max() > 0.01
    hidden = {
        variable.name: (gradient.numpy() == 0).mean()
        for variable, gradient in zip(
            layer.trainable_variables,
            tape.gradient(loss, [each.value for each in layer.trainable_variables]),
            strict=True,
        )
    }
    assert 0.45 < hidden.pop("recurrent") < 0.55
    assert not any(hidden.values())


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_other_weights_are_hidden_each_time(kind):
    keras.utils.set_random_seed(2)
    layer = kind(8, weight_dropout=0.5)
    x = tf.ones((1, 5, INPUTS))
    first, second = layer(x, training=True), layer(x, training=True)
    assert np.abs(first - second).max() > 1e-3
    # All rows of a batch are read with the same weights.
    twice = layer(tf.ones((2, 5, INPUTS)), training=True)
    np.testing.assert_allclose(twice[0], twice[1], rtol=1e-6)


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_a_layer_is_made_again_of_its_config(kind):
    again = kind.from_config(kind(8, weight_dropout=0.25, name="layer").get_config())
    assert (again.units, again.weight_dropout, again.name) == (8, 0.25, "layer")
    without = {k: v for k, v in kind(8).get_config().items() if k != "weight_dropout"}
    assert kind.from_config(without).weight_dropout == 0
