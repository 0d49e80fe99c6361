"""Step graphs on onnxruntime. The graph is a small real one: next state = state + one-hot of the token."""

import numpy as np
import pytest
from onnx import TensorProto, helper, save

from workbench.core.errors import UnreadableFile
from workbench.sampling.onnx import OnnxDecoder

SIZE = 5


def step_graph(*, with_context: bool, logits_rank: int = 2, state_length: int | str = SIZE):
    """Counts tokens in its state; logits are the counts, plus the sum of the context."""
    int32, float32 = TensorProto.INT32, TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info("tok", int32, ["batch", 1])]
    nodes = [
        helper.make_node("Gather", ["one_hot", "tok"], ["hot"]),
        helper.make_node("Squeeze", ["hot", "one"], ["seen"]),
        helper.make_node("Add", ["seen", "past"], ["now"]),
    ]
    logits = "now"
    if with_context:
        inputs.append(helper.make_tensor_value_info("ctx", int32, ["batch", 1, 2]))
        nodes += [
            helper.make_node("Cast", ["ctx"], ["ctx_float"], to=float32),
            helper.make_node("ReduceSum", ["ctx_float", "both"], ["total"], keepdims=0),
            helper.make_node("Unsqueeze", ["total", "one"], ["bonus"]),
            helper.make_node("Add", ["now", "bonus"], ["scores"]),
        ]
        logits = "scores"
    shape = ["batch", SIZE] if logits_rank == 2 else ["batch", 1, SIZE]
    if logits_rank == 3:
        nodes.append(helper.make_node("Unsqueeze", [logits, "one"], ["wide"]))
        logits = "wide"
    inputs.append(helper.make_tensor_value_info("past", float32, ["batch", state_length]))
    outputs = [
        helper.make_tensor_value_info(logits, float32, shape),
        helper.make_tensor_value_info("future", float32, ["batch", SIZE]),
    ]
    nodes.append(helper.make_node("Identity", ["now"], ["future"]))
    constants = [
        helper.make_tensor("one_hot", float32, [SIZE, SIZE], np.eye(SIZE).ravel()),
        helper.make_tensor("one", TensorProto.INT64, [1], [1]),
        helper.make_tensor("both", TensorProto.INT64, [2], [1, 2]),
    ]
    graph = helper.make_graph(nodes, "step", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


@pytest.mark.parametrize("rank", [2, 3])
@pytest.mark.parametrize("with_context", [False, True])
def test_state_is_carried_and_context_is_heard(tmp_path, with_context, rank):
    path = tmp_path / "step.onnx"
    save(step_graph(with_context=with_context, logits_rank=rank), path)
    decoder = OnnxDecoder(path)
    state = decoder.start(2)
    assert [array.shape for array in state] == [(2, SIZE)]
    context = np.array([[1, 2], [0, 10]], np.int32)
    for tokens in ([1, 4], [1, 3]):
        logits, state = decoder.step(np.array(tokens, np.int32), context, state)
    counts = np.array([[0, 2, 0, 0, 0], [0, 0, 0, 1, 1]], np.float32)
    bonus = np.array([[3], [10]], np.float32) if with_context else 0
    assert np.array_equal(logits, counts + bonus)
    assert np.array_equal(state[0], counts)


def test_two_walks_at_once_keep_to_themselves(tmp_path):
    save(step_graph(with_context=False), tmp_path / "step.onnx")
    decoder = OnnxDecoder(tmp_path / "step.onnx")
    none = np.zeros((1, 0), np.int32)
    one, other = decoder.start(1), decoder.start(1)
    for token in (0, 2, 2, 4):
        logits, one = decoder.step(np.array([token], np.int32), none, one)
        others, other = decoder.step(np.array([1], np.int32), none, other)
    assert logits.tolist() == [[1, 0, 2, 0, 1]]
    assert others.tolist() == [[0, 4, 0, 0, 0]]


def test_what_a_step_gave_stays_until_the_next(tmp_path):
    save(step_graph(with_context=False), tmp_path / "step.onnx")
    decoder = OnnxDecoder(tmp_path / "step.onnx")
    none, token = np.zeros((1, 0), np.int32), np.array([3], np.int32)
    states, found = [decoder.start(1)], []
    for count in (1, 2, 3, 4):
        logits, state = decoder.step(token, none, states[-1])
        found.append(logits)
        states.append(state)
        assert state[0][0, 3] == count
    assert [logits[0, 3] for logits in found] == [1, 2, 3, 4]
    with pytest.raises(RuntimeError, match="gone on from already"):
        decoder.step(token, none, states[3])
    with pytest.raises(RuntimeError, match="gone on from already"):
        states[3][0]


def test_a_missing_or_damaged_file_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"step\.onnx is missing"):
        OnnxDecoder(tmp_path / "step.onnx")
    path = tmp_path / "step.onnx"
    save(step_graph(with_context=True), path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        OnnxDecoder(path)


def test_a_graph_that_is_no_step_graph_is_refused(tmp_path):
    path = tmp_path / "other.onnx"
    save(step_graph(with_context=False, state_length="free"), path)
    with pytest.raises(UnreadableFile, match="no step graph"):
        OnnxDecoder(path)
