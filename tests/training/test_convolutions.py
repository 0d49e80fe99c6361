"""Graphs are rewritten for speed, and say the same."""

import shutil

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.core.frames import Frames
from workbench.core.model_card import best_file, read_card
from workbench.core.specs import TokenizerSpec
from workbench.tokenizers import make
from workbench.training.rewriting import rewrite
from workbench.workspace import REPOSITORY

CHANNELS, STEPS, ROWS = 3, 8, 12
TURNED = [1, 0, 2, 3]


def logits(path, **fed):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, fed)[0]


def kinds(path):
    return [node.op_type for node in onnx.load(path).graph.node]


def node(kind, given, made, **attributes):
    return helper.make_node(kind, given.split(), [made], **attributes)


def taken_apart(kernel, dilation):
    """A dilated convolution as the exporter writes it, whose picture is a sum, and a picture that no convolution wrote added to it."""
    random = np.random.default_rng(0)
    beside = (kernel - 1) * dilation
    sides = [0, 0, beside // 2, beside // 2]
    sides += [0, 0, *(beside - beside // 2 + -(length + beside) % dilation for length in (STEPS, ROWS))]  # fmt: skip
    constants = {
        "kernel": random.normal(size=(CHANNELS, CHANNELS, kernel, kernel)).astype(np.float32),
        "sides": np.array(sides, np.int64),
        "begin": np.zeros(2, np.int64),
        "end": np.array([STEPS, ROWS], np.int64),
        "axes": np.array([2, 3], np.int64),
    }
    return helper.make_graph(
        [
            node("Add", "x x", "twice"),
            node("Pad", "twice sides", "padded"),
            node("Transpose", "padded", "a", perm=TURNED),
            node("SpaceToDepth", "a", "b", blocksize=dilation),
            node("Transpose", "b", "c", perm=TURNED),
            node("Conv", "c kernel", "d"),
            node("Transpose", "d", "e", perm=TURNED),
            node("DepthToSpace", "e", "f", blocksize=dilation),
            node("Slice", "f begin end axes", "g"),
            node("Transpose", "g", "h", perm=TURNED),
            node("Transpose", "other", "i", perm=[0, 3, 1, 2]),
            node("Add", "h i", "y"),
        ],
        "apart",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", CHANNELS, STEPS, ROWS]),
            helper.make_tensor_value_info("other", TensorProto.FLOAT, ["b", STEPS, ROWS, CHANNELS]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["b", CHANNELS, STEPS, ROWS])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )


def write(graph, path):
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), path)  # fmt: skip


@pytest.mark.parametrize("dilation", [2, 4])
@pytest.mark.parametrize("kernel", [3, 4, 5])
def test_a_convolution_that_was_taken_apart_becomes_one(tmp_path, kernel, dilation):
    path = tmp_path / "graph.onnx"
    write(taken_apart(kernel, dilation), path)
    random = np.random.default_rng(1)
    x = random.normal(size=(2, CHANNELS, STEPS, ROWS)).astype(np.float32)
    other = random.normal(size=(2, STEPS, ROWS, CHANNELS)).astype(np.float32)
    wanted = logits(path, x=x, other=other)
    rewrite(path)
    assert kinds(path) == ["Add", "Conv", "Transpose", "Conv", "Add"]
    np.testing.assert_allclose(logits(path, x=x, other=other), wanted, atol=1e-4)
    before = path.read_bytes()
    rewrite(path)
    assert kinds(path) == ["Add", "Conv", "Transpose", "Conv", "Add"]
    assert path.read_bytes() == before


def test_what_is_read_elsewhere_too_is_left_as_it_is(tmp_path):
    path = tmp_path / "graph.onnx"
    graph = taken_apart(3, 2)
    graph.output.append(helper.make_tensor_value_info("f", TensorProto.FLOAT, ["b", "c", "t", "r"]))
    write(graph, path)
    rewrite(path)
    assert "SpaceToDepth" in kinds(path)


def test_the_bundled_harmoniser_is_written_for_speed(tmp_path):
    folder = REPOSITORY / "models" / "pretrained" / "harmoniser"
    path = best_file(folder, read_card(folder))
    shutil.copyfile(path, tmp_path / "again.onnx")
    rewrite(tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == path.read_bytes()
    graph = onnx.load(path).graph
    dilations = [
        list(each.ints)
        for node in graph.node
        for each in node.attribute
        if node.op_type == "Conv" and each.name == "dilations"
    ]
    assert [2, 2] in dilations and [4, 4] in dilations
    assert not {"SpaceToDepth", "DepthToSpace"} & {node.op_type for node in graph.node}


@pytest.mark.long
@pytest.mark.parametrize("kernel", [3, 4])
def test_a_network_with_dilations_is_exported_for_speed(tmp_path, kernel):
    from workbench.core.specs import TrainingSettings
    from workbench.training.export import export_filler
    from workbench.training.network import Network
    from workbench.zoo import ARCHITECTURES

    vocabulary = make(TokenizerSpec("chorale-grid")).vocabulary
    architecture = ARCHITECTURES.get("coconet")
    settings = architecture.settings(filters=8, blocks=3, kernel=kernel)
    network = Network(architecture, settings, vocabulary, TrainingSettings(seed=3))
    network.settle()
    path = tmp_path / "filler.onnx"
    export_filler(network.kept, Frames(vocabulary), path)  # raises where the logits are others
    assert "SpaceToDepth" not in kinds(path)
