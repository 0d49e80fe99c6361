"""Walking about an exported graph: who writes a tensor, who reads it, and what nobody needs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from numpy.typing import NDArray
from onnx import (
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    numpy_helper,
    shape_inference,
)


class Around:
    """Which node writes a tensor, and which read it."""

    def __init__(self, graph: GraphProto) -> None:
        self.writers = {name: node for node in graph.node for name in node.output}
        self._readers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in graph.node:
            for name in _read_by(node):
                self._readers[name].append(node)
        for each in graph.output:
            self._readers[each.name].append(NodeProto())  # whoever runs the graph
        self._constants = {each.name: each for each in graph.initializer}

    def readers(self, tensor: str) -> list[NodeProto]:
        """The nodes that read a tensor; an empty one for whoever runs the graph."""
        return self._readers[tensor]

    def kind(self, tensor: str) -> str:
        """The operator that writes a tensor; nothing for constants and inputs."""
        return self.writers[tensor].op_type if tensor in self.writers else ""

    def is_constant(self, tensor: str) -> bool:
        return tensor in self._constants

    def constant(self, tensor: str) -> NDArray[Any]:
        return numpy_helper.to_array(self._constants[tensor])

    def is_all(self, tensor: str, number: float) -> bool:
        """Whether a tensor is a constant that holds one number only."""
        return self.is_constant(tensor) and bool((self.constant(tensor) == number).all())

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
            readers = self.readers(node.output[0])
            if [each.op_type for each in readers] != [kind]:
                return []
            (node,) = readers
            found.append(node)
        return found


def prune(graph: GraphProto) -> None:
    """Take out what nobody reads."""
    read = {each.name for each in graph.output}
    nodes: list[NodeProto] = []
    for node in reversed(graph.node):
        if read.intersection(node.output):
            read.update(_read_by(node))
            nodes.append(node)
    replace(graph.node, reversed(nodes))
    replace(graph.initializer, [each for each in graph.initializer if each.name in read])
    del graph.value_info[:]


def replace(field: Any, values: Iterable[Any]) -> None:
    """All that a repeated field holds."""
    kept = list(values)
    del field[:]
    field.extend(kept)


def lengths(tensor: ValueInfoProto) -> tuple[int, ...]:
    """The shape of a tensor, 0 where a length is free."""
    return tuple(each.dim_value for each in tensor.type.tensor_type.shape.dim)


def shapes(model: ModelProto) -> dict[str, tuple[int, ...]]:
    """The shapes that are known of tensors that go in or are computed, 0 where a length is free."""
    graph = shape_inference.infer_shapes(model).graph
    return {each.name: lengths(each) for each in (*graph.input, *graph.value_info, *graph.output)}


def is_whole(tensor: ValueInfoProto) -> bool:
    """Whether a tensor holds whole numbers: tokens and context do, states do not."""
    return tensor.type.tensor_type.elem_type in (TensorProto.INT32, TensorProto.INT64)


def of_kind(graph: GraphProto, kind: str) -> list[NodeProto]:
    """The nodes of an operator, in the order of the graph."""
    return [node for node in graph.node if node.op_type == kind]


def _read_by(node: NodeProto) -> Iterator[str]:
    """The tensors that a node reads, itself or in its branches."""
    yield from node.input
    for attribute in node.attribute:
        for inner in attribute.g.node:
            yield from _read_by(inner)
