"""A Coconet that has learned nothing yet: all that pages and services need of one, within seconds."""

from pathlib import Path

from workbench.core.frames import Frames
from workbench.core.model_card import Heard, ModelCard, file_digest, write_card
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES

HEARD = Heard({"4/4": 9, "3/4": 2}, {"major": 6, "minor": 5}, {"G major": 6, "A minor": 5}, 90.0)


def keep_untrained(folder: Path) -> None:
    """Write what a training of no steps would leave in a run's folder."""
    from workbench.training.export import export_filler

    spec, language = (
        ModelSpec("coconet", {"filters": 8, "blocks": 1}),
        TokenizerSpec("chorale-grid"),
    )
    vocabulary, architecture = make(language).vocabulary, ARCHITECTURES.get(spec.architecture)
    network = architecture.build(validated(architecture.settings, spec.settings), vocabulary)
    folder.mkdir(parents=True)
    path = folder / "best.onnx"
    export_filler(network, Frames(vocabulary), path)
    card = ModelCard(
        spec,
        language,
        vocabulary,
        path.name,
        file_digest(path),
        network.count_params(),
        0,
        0.0,
        HEARD,
    )
    write_card(folder, card)
