"""The networks that the benchmarks write in PyTorch are those of the workbench. Runs where PyTorch is installed."""

import numpy as np
import pytest

from workbench.core.vocabulary import Vocabulary
from workbench.zoo import ARCHITECTURES

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install torch)")

TOKENS, STEPS, WIDTH, HEADS = 11, 20, 16, 2


def with_noise(network):
    random = np.random.default_rng(0)
    for weight in network.weights:
        weight.assign_add(0.1 * random.standard_normal(weight.shape))
    return network


def put(mine, *theirs):
    with torch.no_grad():
        for weight, value in zip(mine, theirs, strict=True):
            weight.copy_(torch.from_numpy(np.asarray(value)))


def put_dense(mine, layer):
    kernel, bias = layer.get_weights()
    put((mine.weight, mine.bias), kernel.T, bias)


def agree(ours, theirs):
    tokens = np.random.default_rng(1).integers(0, TOKENS, (3, STEPS)).astype(np.int32)
    wanted = np.asarray(ours(tokens))
    theirs.eval()
    with torch.inference_mode():
        given = torch.from_numpy(tokens).long()
        np.testing.assert_allclose(theirs(given).numpy(), wanted, atol=1e-4)
        state = theirs.start()
        for position in range(STEPS):
            logits, state = theirs.step(given[:, position], state)
            np.testing.assert_allclose(logits.numpy(), wanted[:, position], atol=1e-4)


@pytest.fixture
def built():
    def build(name, **settings):
        kind = ARCHITECTURES.get(name)
        vocabulary = Vocabulary(tuple(map(str, range(TOKENS))))
        return with_noise(kind.build(kind.settings(**settings), vocabulary))

    return build


@pytest.mark.parametrize("cells", [False, True])
def test_lstm(built, cells):
    from benchmarks.pytorch_networks import LSTMNetwork

    ours = built("lstm", units=WIDTH, layers=2)
    theirs = LSTMNetwork(TOKENS, units=WIDTH, layers=2, dropout=0.0, cells=cells)
    put([theirs.table.weight], *ours.get_layer("token_table").get_weights())
    order = [0, 1, 3, 2]  # ours: i f o g; theirs: i f g o
    for number in range(2):
        kernel, recurrent, bias = (
            np.concatenate([np.split(each, 4, axis=-1)[place] for place in order], axis=-1).T
            for each in ours.get_layer(f"lstm_{number}").get_weights()
        )
        put(theirs.stack.all_weights[number], kernel, recurrent, bias, np.zeros_like(bias))
    put_dense(theirs.logits, ours.get_layer("logits"))
    agree(ours, theirs)


@pytest.mark.parametrize("fused", [False, True])
def test_transformer(built, fused):
    from benchmarks.pytorch_networks import Transformer

    sizes = {"width": WIDTH, "layers": 2, "heads": HEADS, "reach": STEPS}
    ours = built("transformer", **sizes)
    theirs = Transformer(TOKENS, **sizes, dropout=0.0, fused=fused)
    put([theirs.table.weight], *ours.get_layer("token_table").get_weights())
    for number, block in enumerate(theirs.blocks):
        entering, leaving, distance = ours.get_layer(f"attention_{number}").get_weights()
        mine = block.attention
        weights = (mine.entering.weight, mine.leaving.weight, mine.distance)
        put(weights, entering.T, leaving.T, distance)
        for name in ("attention_norm", "inner_norm"):
            norm = getattr(block, name)
            put((norm.weight, norm.bias), *ours.get_layer(f"{name}_{number}").get_weights())
        for name in ("inner", "outer"):
            put_dense(getattr(block, name), ours.get_layer(f"{name}_{number}"))
    put((theirs.norm.weight, theirs.norm.bias), *ours.get_layer("norm").get_weights())
    for name in ("widen", "logits"):
        put_dense(getattr(theirs, name), ours.get_layer(name))
    agree(ours, theirs)
