"""Convolutions of an exported graph, written as onnxruntime works through them fastest. Logits stay the same, but for rounding.

Two things that the exporter leaves behind are mended.

- A dilated convolution comes in three steps: a picture is taken apart into as many small ones as there are places between the points of the
  kernel, these are convolved, and what comes out is put together again. It becomes one convolution with dilations, whose picture stays as large as it is.
- onnxruntime keeps pictures in blocks of channels from one convolution to the next, and adds and rectifies them there. One sum with a picture that no
  convolution wrote makes it leave the blocks at every sum that follows. That picture goes through a convolution that changes nothing.
"""

import numpy as np
from onnx import GraphProto, helper, numpy_helper

from workbench.training.graph_walk import Around, of_kind

APART = ("Pad", "Transpose", "SpaceToDepth", "Transpose")
TOGETHER = ("Transpose", "DepthToSpace", "Slice", "Transpose")


def dilate(graph: GraphProto) -> None:
    """One convolution with dilations in place of each that was taken apart."""
    around = Around(graph)
    for node in of_kind(graph, "Conv"):
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
    around = Around(graph)
    for node in of_kind(graph, "Add"):
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
