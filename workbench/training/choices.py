"""Choices and look-ups of an exported graph, one operation each. A step of a small network is mostly the number of its operations.

- Where one of two tensors is to be taken, the exporter multiplies both, by ones and by zeros, and adds. ONNX can choose.
- Keras lets an index below zero count from the end, and spells that out before every look-up. ONNX does so itself.
"""

from onnx import GraphProto, NodeProto, helper

from workbench.training.graph_walk import Around, of_kind

CONDITIONS = ("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or")


def choose(graph: GraphProto) -> None:
    """``Where`` in place of products with ones and zeros. It takes what they would have added up, to the last bit, of finite numbers."""
    around = Around(graph)
    for node in of_kind(graph, "Add"):
        found = filter(None, (_counted(around, name) for name in node.input))
        counted = {(condition, is_so): tensor for condition, is_so, tensor in found}
        for condition in {condition for condition, _ in counted}:
            sides = [counted.get((condition, is_so), "") for is_so in (True, False)]
            if all(sides):
                where = helper.make_node("Where", [condition, *sides], list(node.output), node.name)
                node.CopyFrom(where)


def _counted(around: Around, name: str) -> tuple[str, bool, str] | None:
    """Of a product with ones and zeros: the condition they tell, whether there is a one where it holds, and what is multiplied."""
    product = around.writers.get(name, NodeProto())
    for told, tensor in zip(product.input, reversed(product.input), strict=True):
        if product.op_type != "Mul" or around.kind(told) != "Cast":
            continue
        condition = around.writers[told].input[0]
        if around.kind(condition) == "Not":
            return around.writers[condition].input[0], False, tensor
        if around.kind(condition) in CONDITIONS:
            return condition, True, tensor
    return None


def look_up(graph: GraphProto) -> None:
    """Indices as they are, where those below zero were to count from the end of a table."""
    around = Around(graph)
    for node in of_kind(graph, "Gather"):
        table, asked = node.input
        if around.kind(asked) != "Where":
            continue
        below, turned, index = around.writers[asked].input
        axis = next((each.i for each in node.attribute if each.name == "axis"), 0)
        if _is_below_zero(around, below, index) and _is_longer(around, turned, index, table, axis):
            node.input[1] = index


def _is_below_zero(around: Around, name: str, index: str) -> bool:
    if around.kind(name) != "Less":
        return False
    asked, bound = around.writers[name].input
    if around.kind(asked) == "Cast":
        (asked,) = around.writers[asked].input
    return asked == index and around.is_all(bound, 0)


def _is_longer(around: Around, name: str, index: str, table: str, axis: int) -> bool:
    """Whether a tensor is ``index`` and the length of a table."""
    sides = list(around.writers[name].input) if around.kind(name) == "Add" else []
    if index not in sides:
        return False
    sides.remove(index)
    (added,) = sides
    if around.is_constant(table):
        return around.is_all(added, around.constant(table).shape[axis])
    node = around.writers.get(added, NodeProto())
    chain = around.before(node, ("Shape", "Cast", "Slice")) if node.op_type == "Squeeze" else []
    return (
        len(chain) == 3
        and chain[0].input[0] == table
        and around.is_all(chain[2].input[1], axis)  # where the slice begins
    )
