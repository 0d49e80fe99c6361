"""States of an exported step graph that change at one place only, and may stay where they lie.

A network that looks back keeps keys and values of many positions, and a step changes those of one. As Keras says it, all are
written anew: the new ones where their place is, elsewhere the old. Here one place is written. Whoever runs the graph may then give
a state and what comes after it the same memory, and nothing else is moved.
"""

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper

from workbench.sampling.onnx import IN_PLACE
from workbench.training.graph_walk import Around, is_whole, of_kind, replace, shapes

WRITER = "ScatterElements"
PLACES = 2
"""The axis of a state (B, H, L, E) that its places are along."""


def write_places(model: ModelProto) -> None:
    """``ScatterElements`` where a state takes something new at one place."""
    graph, around, known = model.graph, Around(model.graph), shapes(model)
    nodes: list[NodeProto] = []
    indices: dict[tuple[str, tuple[int, ...]], str] = {}
    for node in graph.node:
        place = _place(around, node, known)
        if place:
            _, new, state = node.input
            written = (1, *known[new][1:])
            if (place, written) not in indices:  # one for all blocks
                zeros, index = (f"{kind}_{len(indices)}" for kind in ("zeros", "index"))
                array = np.zeros(written, np.int32)
                graph.initializer.append(numpy_helper.from_array(array, zeros))
                nodes.append(helper.make_node("Add", [place, zeros], [index]))
                indices[place, written] = index
            written_to = [state, indices[place, written], new]
            node = helper.make_node(WRITER, written_to, node.output, node.name, axis=PLACES)
        nodes.append(node)
    replace(graph.node, nodes)


def changed_in_place(graph: GraphProto) -> list[str]:
    """The states, by the names of their inputs, that nothing reads but what writes one place of them for the next state."""
    around = Around(graph)
    states = [each.name for each in graph.input if not is_whole(each)]
    following = dict(zip(states, (each.name for each in graph.output[1:]), strict=False))
    return [
        node.input[0]
        for node in of_kind(graph, WRITER)
        if following.get(node.input[0]) == node.output[0]
        and around.readers(node.input[0]) == [node]
    ]


def say_in_place(model: ModelProto) -> None:
    """Name these states in the model's properties."""
    names = changed_in_place(model.graph)
    said = {each.key: each.value for each in model.metadata_props}
    if names:
        helper.set_model_props(model, said | {IN_PLACE: " ".join(names)})


def _place(around: Around, node: NodeProto, known: dict[str, tuple[int, ...]]) -> str:
    """The tensor (B, 1, 1, 1) that says where a node puts something new (B, H, 1, E) into a state (B, H, L, E); nothing for other nodes."""
    if node.op_type != "Where" or around.kind(node.input[0]) != "Equal":
        return ""
    is_there, new, state = node.input
    places, place = around.writers[is_there].input
    _, heads, length, width = (*known.get(state, ()), 0, 0, 0, 0)[:4]
    is_one = (
        state not in around.writers
        and known.get(new, ())[1:] == (heads, 1, width)
        and known.get(place, ())[1:] == (1, 1, 1)
        and around.is_constant(places)
        and around.constant(places).dtype == np.int32
        and around.constant(places).shape[-2:] == (length, 1)
        and np.array_equal(around.constant(places).ravel(), np.arange(length))
    )
    return place if is_one else ""
