"""Convolutions of an exported graph, written as onnxruntime works through them fastest. Logits stay the same, but for rounding.

Two things that the exporter leaves behind are mended.

- A dilated convolution comes in three steps: a picture is taken apart into as many small ones as there are places between the points of the
  kernel, these are convolved, and what comes out is put together again. It becomes one convolution with dilations, whose picture stays as large as it is.
- onnxruntime keeps pictures in blocks of channels from one convolution to the next, and adds and rectifies them there. One sum with a picture that no
  convolution wrote makes it leave the blocks at every sum that follows. That picture goes through a convolution that changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, helper, numpy_helper

APART = ("Pad", "Transpose", "SpaceToDepth", "Transpose")
TOGETHER = ("Transpose", "DepthToSpace", "Slice", "Transpose")


def rewrite(path: Path) -> None:
    """Rewrite the graph at ``path``. What has another form than the exporter's is left as it is."""
    model = onnx.load(path)
    dilate(model.graph)
    keep_blocks(model.graph)
    prune(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def dilate(graph: GraphProto) -> None:
    """One convolution with dilations in place of each that was taken apart."""
    around = _Around(graph)
    for node in _of_kind(graph, "Conv"):
        before, after = around.before(node, APART), around.after(node, TOGETHER)
        if not before or not after:
            continue
        (dilation,) = (each.i for each in before[2].attribute if each.name == "blocksize")
        reach = [(size - 1) * dilation for size in around.constant(node.input[1]).shape[2:]]
        pads = [each // 2 for each in reach] + [each - each // 2 for each in reach]
        del node.attribute[:]
        node.attribute.append(helper.make_attribute("dilations", [dilation, dilation]))
        node.attribute.append(helper.make_attribute("pads", pads))
        node.input[0], node.output[0] = before[0].input[0], after[-1].output[0]
        for each in after:
            graph.node.remove(each)


def keep_blocks(graph: GraphProto) -> None:
    """A convolution that changes nothing, where a picture that none wrote is added to what another wrote."""
    around = _Around(graph)
    for node in _of_kind(graph, "Add"):
        writers = {around.kind(name): name for name in node.input}
        if set(writers) != {"Conv", "Transpose"}:
            continue
        channels = len(around.constant(around.writers[writers["Conv"]].input[1]))
        ones, same = (f"{node.output[0]}/{each}" for each in ("ones", "same"))
        kernel = np.ones((channels, 1, 1, 1), np.float32)
        graph.initializer.append(numpy_helper.from_array(kernel, ones))
        added = helper.make_node("Conv", [writers["Transpose"], ones], [same], group=channels)
        node.input[list(node.input).index(writers["Transpose"])] = same
        graph.node.insert(list(graph.node).index(node), added)


def prune(graph: GraphProto) -> None:
    """Take out what nobody reads."""
    read = {each.name for each in graph.output}
    nodes: list[NodeProto] = []
    for node in reversed(graph.node):
        if read.intersection(node.output):
            read.update(node.input)
            nodes.append(node)
    _replace(graph.node, reversed(nodes))
    _replace(graph.initializer, [each for each in graph.initializer if each.name in read])
    del graph.value_info[:]


class _Around:
    """Which node writes a tensor, and which read it."""

    def __init__(self, graph: GraphProto) -> None:
        self.writers = {name: node for node in graph.node for name in node.output}
        self._readers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in graph.node:
            for name in node.input:
                self._readers[name].append(node)
        for each in graph.output:
            self._readers[each.name].append(NodeProto())  # whoever runs the graph
        self._constants = {each.name: each for each in graph.initializer}

    def kind(self, tensor: str) -> str:
        """The operator that writes a tensor; nothing for constants and inputs."""
        return self.writers[tensor].op_type if tensor in self.writers else ""

    def constant(self, tensor: str) -> NDArray[np.float32]:
        return numpy_helper.to_array(self._constants[tensor])

    def before(self, node: NodeProto, kinds: Sequence[str]) -> list[NodeProto]:
        """The nodes of these kinds that its first input comes through, in their order; empty where there are others."""
        found: list[NodeProto] = []
        for kind in reversed(kinds):
            if self.kind(node.input[0]) != kind:
                return []
            node = self.writers[node.input[0]]
            found.insert(0, node)
        return found

    def after(self, node: NodeProto, kinds: Sequence[str]) -> list[NodeProto]:
        """The nodes of these kinds that its output goes through and nowhere else; empty where there are others."""
        found: list[NodeProto] = []
        for kind in kinds:
            readers = self._readers[node.output[0]]
            if [each.op_type for each in readers] != [kind]:
                return []
            (node,) = readers
            found.append(node)
        return found


def _of_kind(graph: GraphProto, kind: str) -> list[NodeProto]:
    return [node for node in graph.node if node.op_type == kind]


def _replace(field: Any, values: Iterable[Any]) -> None:
    """All that a repeated field holds."""
    kept = list(values)
    del field[:]
    field.extend(kept)
