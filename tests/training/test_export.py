"""Graphs of earlier versions, whose states lie in another order, are compared all the same."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from workbench.training.export import _as_taken


def test_a_state_is_given_in_the_shape_that_a_graph_takes():
    state = helper.make_tensor_value_info("state_1", TensorProto.FLOAT, ["batch", 6, 8])
    after = helper.make_tensor_value_info("after", TensorProto.FLOAT, ["batch", 6, 8])
    copy = helper.make_node("Identity", ["state_1"], ["after"])
    graph = helper.make_model(
        helper.make_graph([copy], "earlier", [state], [after]),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    (taken,) = onnxruntime.InferenceSession(graph.SerializeToString()).get_inputs()
    assert _as_taken(taken, np.zeros((3, 2, 6, 4), np.float32)).shape == (3, 6, 8)
    other = np.zeros((3, 2, 6, 5), np.float32)  # another network's: onnxruntime refuses it
    assert _as_taken(taken, other) is other
