"""Products of matrices in an exported graph, with what is added to them in the same operation."""

from itertools import permutations

from onnx import ModelProto, helper

from workbench.training.graph_walk import Around, of_kind, shapes


def add_to_products(model: ModelProto) -> None:
    """``Gemm`` where rows of numbers are multiplied by weights, and other rows, one for each, are added.

    onnxruntime does that by itself where the same is added to every row, a bias. It rounds a little otherwise.
    """
    around, known = Around(model.graph), shapes(model)
    for node in of_kind(model.graph, "Add"):
        for product, added in permutations(node.input):
            if around.kind(product) != "MatMul" or around.readers(product) != [node]:
                continue
            rows, weights = around.writers[product].input
            if not around.is_constant(weights) or around.constant(weights).ndim != 2:
                continue
            entering, leaving = around.constant(weights).shape
            if known.get(rows) == (0, entering) and known.get(added) == (0, leaving):
                given = [rows, weights, added]
                node.CopyFrom(helper.make_node("Gemm", given, list(node.output), node.name))
                break
