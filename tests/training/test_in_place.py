"""States that change at one place: written there alone, and in the memory where they lay."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.core.errors import UnreadableFile
from workbench.core.vocabulary import Vocabulary
from workbench.sampling.onnx import IN_PLACE, OnnxDecoder
from workbench.training.export import export_step
from workbench.training.rewriting import rewrite
from workbench.training.strangers import check_graph
from workbench.zoo import ARCHITECTURES

HEADS, REACH, WIDTH, BLOCKS = 2, 8, 16, 2
LANGUAGE = Vocabulary(tuple(str(token) for token in range(6)))
NONE = np.zeros((3, 0), np.int32)


@pytest.fixture(scope="module")
def network():
    kind = ARCHITECTURES.get("transformer")
    settings = kind.settings(width=WIDTH, layers=BLOCKS, heads=HEADS, reach=REACH)
    network = kind.build(settings, LANGUAGE)
    random = np.random.default_rng(0)
    for weight in network.weights:
        weight.assign_add(0.3 * random.standard_normal(weight.shape))
    return network, kind.build_step(settings, LANGUAGE, network)


@pytest.fixture(scope="module")
def path(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "step.onnx"
    export_step(network[1], LANGUAGE, path)
    return path


def said(path):
    return {each.key: each.value for each in onnx.load(path).metadata_props}.get(IN_PLACE, "")


def walk(decoder, tokens):
    """Logits and attention of each step, and the memory of each state."""
    state, found, memory = decoder.start(len(tokens)), [], []
    for step in tokens.T:
        logits, state = decoder.step(step, NONE, state)
        found.append((logits, decoder.attention(state).copy()))
        memory.append([each.ctypes.data for each in state])
    return found, memory


def test_keys_and_values_stay_where_they_lie(network, path):
    """Beyond its reach, too, where the newest takes the place of the oldest."""
    assert said(path).split() == [f"state_{number}" for number in range(1, 1 + 2 * BLOCKS)]
    tokens = np.random.default_rng(1).integers(0, len(LANGUAGE), (3, 3 * REACH), np.int32)
    found, memory = walk(OnnxDecoder(path), tokens)
    count, *caches, looked = zip(*memory, strict=True)
    assert all(len(set(each)) == 1 for each in caches)
    assert len(set(count)) == len(set(looked)) == 2
    wanted = np.asarray(network[0]([tokens], training=False))
    np.testing.assert_allclose(np.stack([each for each, _ in found], 1), wanted, atol=1e-4)
    for position, (_, shares) in enumerate(found):
        np.testing.assert_allclose(shares.sum(1), 1, atol=1e-5)
        assert (shares[:, : max(REACH - position - 1, 0)] == 0).all()


def test_a_graph_that_says_nothing_composes_the_same(path, tmp_path):
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "silent.onnx")
    tokens = np.random.default_rng(2).integers(0, len(LANGUAGE), (3, 2 * REACH), np.int32)
    found, _ = walk(OnnxDecoder(path), tokens)
    others, memory = walk(OnnxDecoder(tmp_path / "silent.onnx"), tokens)
    assert all(len(set(each)) == 2 for each in zip(*memory, strict=True))
    for (logits, shares), (other_logits, other_shares) in zip(found, others, strict=True):
        np.testing.assert_array_equal(logits, other_logits)
        np.testing.assert_array_equal(shares, other_shares)


def write_state(path, *, read_again=False, crossed=False):
    """Two states take what stands for a token at the place that the graph is given."""
    shape, one = ["b", HEADS, REACH, 4], ["b", HEADS, 1, 4]
    places = np.arange(REACH, dtype=np.int32).reshape(-1, 1)
    nodes = [
        ("Equal", "places place", "is_there"),
        ("Where", "is_there new a", "a_next"),
        ("Where", "is_there new b", "b_next"),
        ("ReduceSum", "a" if read_again else "a_next", "logits"),
    ]
    outputs = ["b_next", "a_next"] if crossed else ["a_next", "b_next"]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node(kind, given.split(), [made]) for kind, given, made in nodes],
        "step",
        [
            value("place", TensorProto.INT32, ["b", 1, 1, 1]),
            value("a", TensorProto.FLOAT, shape),
            value("b", TensorProto.FLOAT, shape),
        ],
        [value("logits", TensorProto.FLOAT, [1, 1, 1, 1]), *(value(each, TensorProto.FLOAT, shape) for each in outputs)],
        [numpy_helper.from_array(places, "places"), numpy_helper.from_array(np.ones((1, HEADS, 1, 4), np.float32), "ones")],
        value_info=[value("new", TensorProto.FLOAT, one)],
    )  # fmt: skip
    cast = helper.make_node("Cast", ["place"], ["as_float"], to=TensorProto.FLOAT)
    graph.node.insert(0, helper.make_node("Add", ["as_float", "ones"], ["new"]))
    graph.node.insert(0, cast)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), path)  # fmt: skip


@pytest.mark.parametrize(("other", "names"), [
    ({}, "a b"),
    ({"read_again": True}, "b"),
    ({"crossed": True}, ""),
])  # fmt: skip
def test_only_what_nothing_else_reads_is_said_to_stay(tmp_path, other, names):
    path = tmp_path / "step.onnx"
    write_state(path, **other)
    rewrite(path)
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds.count("ScatterElements") == 2
    assert said(path) == names
    check_graph(path)


def test_a_file_that_says_so_of_another_state_is_refused(tmp_path):
    path = tmp_path / "step.onnx"
    write_state(path, read_again=True)
    rewrite(path)
    model = onnx.load(path)
    helper.set_model_props(model, {IN_PLACE: "a b"})
    onnx.save(model, path)
    with pytest.raises(UnreadableFile, match="changed in place"):
        check_graph(path)
