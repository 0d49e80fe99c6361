"""Choices and look-ups of an exported graph become one operation each, and say the same to the last bit."""

import shutil

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.core.model_card import best_file, read_card
from workbench.training.rewriting import rewrite
from workbench.workspace import REPOSITORY

TABLE = np.arange(15, dtype=np.float32).reshape(5, 3)


def looked_up(path, index):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"index": np.array(index, np.int32)})[0]


def kinds(path):
    return [node.op_type for node in onnx.load(path).graph.node]


def node(kind, given, made, **attributes):
    return helper.make_node(kind, given.split(), [made], **attributes)


def write_look_up(path, *, bound=0, turned=5):
    """A look-up as Keras spells it out, which adds ``turned`` to an index below ``bound``."""
    constants = {
        "table": TABLE,
        "bound": np.array(bound, np.float32),
        "turned": np.array(turned, np.int32),
    }
    graph = helper.make_graph(
        [
            node("Cast", "index", "asked", to=TensorProto.FLOAT),
            node("Less", "asked bound", "below"),
            node("Add", "index turned", "from_end"),
            node("Cast", "below", "ones", to=TensorProto.INT32),
            node("Not", "below", "others"),
            node("Cast", "others", "zeros", to=TensorProto.INT32),
            node("Mul", "ones from_end", "a"),
            node("Mul", "index zeros", "b"),
            node("Add", "a b", "place"),
            node("Gather", "table place", "y", axis=0),
        ],
        "look_up",
        [helper.make_tensor_value_info("index", TensorProto.INT32, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.save(model, path)


def test_a_look_up_from_the_end_is_one_operation(tmp_path):
    path = tmp_path / "graph.onnx"
    write_look_up(path)
    rewrite(path)
    assert kinds(path) == ["Gather"]
    np.testing.assert_array_equal(looked_up(path, [0, 4, -1, -5]), TABLE[[0, 4, -1, -5]])


@pytest.mark.parametrize(("other", "index", "meant"), [
    ({"bound": 2, "turned": 1}, [0, 1, 3], [1, 2, 3]),
    ({"turned": 4}, [-1, -4, 4], [3, 0, 4]),
])  # fmt: skip
def test_another_choice_stays_one(tmp_path, other, index, meant):
    path = tmp_path / "graph.onnx"
    write_look_up(path, **other)
    np.testing.assert_array_equal(looked_up(path, index), TABLE[meant])
    rewrite(path)
    assert kinds(path) == ["Cast", "Less", "Add", "Where", "Gather"]
    np.testing.assert_array_equal(looked_up(path, index), TABLE[meant])


def test_what_only_a_branch_reads_stays(tmp_path):
    """A branch reads what stands around it, without naming it among its inputs."""
    path = tmp_path / "graph.onnx"
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
    branches = {
        name: helper.make_graph([node(kind, "read", "y")], name, [], [y])
        for name, kind in (("then_branch", "Neg"), ("else_branch", "Identity"))
    }
    graph = helper.make_graph(
        [node("Add", "x x", "read"), node("Add", "x x", "unread"), node("If", "is_so", "y", **branches)],
        "branches",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [2]),
            helper.make_tensor_value_info("is_so", TensorProto.BOOL, []),
        ],
        [y],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), path)  # fmt: skip
    rewrite(path)
    assert kinds(path) == ["Add", "If"]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": np.array([1, 2], np.float32), "is_so": np.array(True)})
    np.testing.assert_array_equal(found, [-2, -4])


@pytest.mark.parametrize("name", ["folk", "folk-abc", "chorales", "quartets", "melody-vae"])
def test_bundled_models_are_written_for_speed(tmp_path, name):
    folder = REPOSITORY / "models" / "pretrained" / name
    path = best_file(folder, read_card(folder))
    shutil.copyfile(path, tmp_path / "again.onnx")
    rewrite(tmp_path / "again.onnx")
    assert kinds(tmp_path / "again.onnx") == kinds(path)
    assert "Not" not in kinds(path)
