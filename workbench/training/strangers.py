"""Model files from elsewhere: looked at before anything opens them.

A ``.keras`` file can name classes to be made and code to be run (a Lambda layer is marshalled bytecode), an ONNX graph can
name files to be read and operators of its own, an HDF5 file can point at other files. So nothing of a stranger's is built: the
network is made here, by the card's settings, and takes nothing but numbers. What the files say beside is held to
what our own say. Every refusal is ``UnreadableFile``.
"""

import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import onnx

from workbench import layers
from workbench.core.errors import UnreadableFile
from workbench.sampling.onnx import IN_PLACE
from workbench.training.in_place import changed_in_place

WEIGHTS_MEMBER, CONFIG_MEMBER = "model.weights.h5", "config.json"
_MEMBERS = {WEIGHTS_MEMBER, CONFIG_MEMBER, "metadata.json"}
_CONFIG_BYTES = 10_000_000
_MOST_NODES = 100_000
FORMER = ("Dropout", "GRU", "LSTM")
"""Keras' own layers that networks of earlier versions had."""
OPERATORS = frozenset(
    (  # noqa: SIM905
        "Abs Add And ArgMax Cast Clip Concat Constant ConstantOfShape Conv CumSum DepthToSpace Div "
        "Einsum Elu Equal Erf Exp Expand Flatten Gather GatherND Gelu Gemm GlobalAveragePool "
        "Greater GreaterOrEqual Identity If LayerNormalization Less LessOrEqual Log LogSoftmax MatMul "
        "Max Min Mod Mul Neg Not OneHot Or Pad Pow Reciprocal ReduceMax ReduceMean ReduceMin "
        "ReduceProd ReduceSum Relu Reshape ScatterElements ScatterND Shape Sigmoid Sign Slice Softmax Softplus "
        "SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile Transpose Trilu Unsqueeze Where"
    ).split()
)
"""Of the standard domain: arithmetic and the moving of numbers. No loops, no chance, no functions of a file's own."""
BRANCHES = "If"
"""The operator that graphs may stand within: what is told of a piece is read in a branch that only the first step goes through."""


def check_keras(path: Path, network: keras.Model) -> None:
    """Hold a ``.keras`` file to our own network: its members, the classes it names, and where its numbers lie."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if set(names) - _MEMBERS or len(set(names)) < len(names):
                raise _refused(path, "it holds files that are no part of a Keras model")
            if archive.getinfo(CONFIG_MEMBER).file_size > _CONFIG_BYTES:
                raise _refused(path, "its description is too large")
            config = json.loads(archive.read(CONFIG_MEMBER))
            _check_classes(path, config, network)
            _check_numbers(path, archive, network)
    except (OSError, ValueError, KeyError, RuntimeError, EOFError, zlib.error, zipfile.BadZipFile, RecursionError) as error:  # fmt: skip
        raise _refused(path, str(error)[:200]) from error


def _check_classes(path: Path, config: Any, network: keras.Model) -> None:
    """Only the classes that our own network is made of, our own layers, and those that they took the place of."""
    known = {name for name, _ in _classes(keras.saving.serialize_keras_object(network))}
    known |= {(name, f"workbench>{name}") for name in layers.__all__}
    known |= {(name, name) for name in FORMER}
    for name, module in _classes(config):
        if name not in known or module.partition(".")[0] not in ("", "keras", "workbench"):
            raise _refused(
                path,
                f"it names the class {name[0][:60]!r} of {module[:60]!r}, which this architecture has not",
            )


def _classes(config: Any) -> Iterator[tuple[tuple[str, str], str]]:
    """Every class that a description names, with the name it is registered by, and its module."""
    if isinstance(config, dict):
        if "class_name" in config:
            registered = str(config.get("registered_name") or config["class_name"])
            yield (str(config["class_name"]), registered), str(config.get("module") or "")
        for each in config.values():
            yield from _classes(each)
    elif isinstance(config, list | tuple):
        for each in config:
            yield from _classes(each)


def _check_numbers(path: Path, archive: zipfile.ZipFile, network: keras.Model) -> None:
    """Plain arrays in the file itself, as many numbers as the network has."""
    least, most = (
        sum(int(np.prod(each.shape)) for each in numbers)
        for numbers in (network.weights, network.variables)  # seeds of chance may be kept or not
    )
    if archive.getinfo(WEIGHTS_MEMBER).file_size > 16 * most + _CONFIG_BYTES:
        raise _refused(path, "its weights are larger than this network's")
    with (
        tempfile.TemporaryDirectory() as folder,
        h5py.File(archive.extract(WEIGHTS_MEMBER, folder), "r") as file,
    ):
        found = _numbers(path, file)
    if not least <= found <= most:
        raise _refused(path, f"it has {found:,} numbers, and this network {most:,}")


def _numbers(path: Path, group: Any) -> int:
    total = 0
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise _refused(path, "its weights point at another place")
        item = group.get(name)
        if isinstance(item, h5py.Group):
            total += _numbers(path, item)
            continue
        is_plain = item.dtype.kind in "fiu" and item.external is None and not item.is_virtual
        if not is_plain or item.compression is not None:
            raise _refused(path, "its weights are no plain numbers")
        total += int(item.size)
    return total


def check_graph(path: Path) -> None:
    """Hold an ONNX file to what our exports are: numbers in the file itself, and known operators."""
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # protobuf's own exceptions share no base class
        raise _refused(path, f"it is no graph ({str(error)[:100]})") from error
    if model.functions or model.training_info:
        raise _refused(path, "it brings operators of its own")
    graphs = list(_graphs(model.graph))
    nodes = [node for graph in graphs for node in graph.node]
    if len(nodes) > _MOST_NODES or any(graph.sparse_initializer for graph in graphs):
        raise _refused(path, "it is larger than the graphs of networks here")
    said = {each.key: each.value.split() for each in model.metadata_props}
    if set(said.get(IN_PLACE, ())) - set(changed_in_place(model.graph)):
        raise _refused(path, "it calls a state changed in place that is read elsewhere")
    tensors = [each for graph in graphs for each in graph.initializer]
    for node in nodes:
        if node.domain or node.op_type not in OPERATORS:
            raise _refused(
                path, f"it has the operator {node.op_type[:60]!r} of {node.domain[:60]!r}"
            )
        for attribute in node.attribute:
            is_within = attribute.HasField("g") and node.op_type != BRANCHES
            if is_within or attribute.graphs or attribute.HasField("sparse_tensor"):
                raise _refused(path, "a graph stands within it")
            if attribute.HasField("t"):
                tensors.append(attribute.t)
    for tensor in tensors:
        if tensor.data_location != onnx.TensorProto.DEFAULT or tensor.external_data:
            raise _refused(path, "its numbers lie in another file")


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """A graph and all that stand within it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _graphs(inner)


def _refused(path: Path, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} is not taken in: {why}; export the run again where it was trained."
    )
