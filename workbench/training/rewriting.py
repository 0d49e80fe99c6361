"""An exported graph, rewritten as onnxruntime works through it fastest. It says the same, but for the rounding of convolutions."""

from pathlib import Path

import onnx

from workbench.training.choices import choose, look_up
from workbench.training.convolutions import dilate, keep_blocks
from workbench.training.graph_walk import prune
from workbench.training.in_place import say_in_place, write_places
from workbench.training.products import add_to_products


def rewrite(path: Path) -> None:
    """Rewrite the graph at ``path``. What has another form than the exporter's is left as it is."""
    model = onnx.load(path)
    for change in (choose, look_up, dilate, keep_blocks):
        change(model.graph)
    add_to_products(model)
    write_places(model)
    prune(model.graph)
    say_in_place(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)
