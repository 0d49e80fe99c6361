"""What is added to a product of matrices is added in the same operation, and comes to the same but for rounding."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.training.rewriting import rewrite

RANDOM = np.random.default_rng(0)
WEIGHTS = RANDOM.standard_normal((3, 4)).astype(np.float32)
BIAS = np.arange(4, dtype=np.float32)


def write_sum(path, *, added="residual", of_all=("rows", 4), read_again=False):
    """Rows of three numbers times weights, and something added."""
    value = helper.make_tensor_value_info
    outputs = [value("y", TensorProto.FLOAT, ["rows", 4])]
    outputs += [value("product", TensorProto.FLOAT, ["rows", 4])] * read_again
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "weights"], ["product"]),
            helper.make_node("Add", [added, "product"], ["y"]),
        ],
        "sum",
        [value("x", TensorProto.FLOAT, ["rows", 3]), value("residual", TensorProto.FLOAT, of_all)],
        outputs,
        [numpy_helper.from_array(WEIGHTS, "weights"), numpy_helper.from_array(BIAS, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.save(model, path)


def kinds(path):
    return [node.op_type for node in onnx.load(path).graph.node]


def summed(path, rows, residual):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(1).standard_normal((rows, 3)).astype(np.float32)
    return session.run(["y"], {"x": x, "residual": residual})[0]


@pytest.mark.parametrize("rows", [1, 5])
def test_rows_that_are_added_are_added_while_they_are_multiplied(tmp_path, rows):
    path = tmp_path / "graph.onnx"
    write_sum(path)
    residual = RANDOM.standard_normal((rows, 4)).astype(np.float32)
    wanted = summed(path, rows, residual)
    rewrite(path)
    assert kinds(path) == ["Gemm"]
    np.testing.assert_allclose(summed(path, rows, residual), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("other", [
    {"added": "bias"},  # onnxruntime's own business
    {"read_again": True},
    {"of_all": ("batch", 1, 4)},  # the sum has an axis more than the product
])  # fmt: skip
def test_other_sums_stay_as_they_are(tmp_path, other):
    path = tmp_path / "graph.onnx"
    write_sum(path, **other)
    rewrite(path)
    assert kinds(path) == ["MatMul", "Add"]
