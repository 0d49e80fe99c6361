"""Networks that have learned nothing yet: all that pages and services need of one, within seconds."""

from pathlib import Path

from workbench.core.frames import Frames
from workbench.core.model_card import Heard, ModelCard, file_digest, write_card
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES

HEARD = Heard({"4/4": 9, "3/4": 2}, {"major": 6, "minor": 5}, {"G major": 6, "A minor": 5}, 90.0)


COCONET = ModelSpec("coconet", {"filters": 8, "blocks": 1})
TRANSFORMER = ModelSpec("transformer", {"width": 16, "layers": 2, "heads": 2, "reach": 24})


def keep_untrained(folder: Path, spec: ModelSpec = COCONET) -> None:
    """Write what a training of no steps would leave in a run's folder."""
    from workbench.training.export import export_filler, export_step

    language = TokenizerSpec("chorale-grid")
    vocabulary, architecture = make(language).vocabulary, ARCHITECTURES.get(spec.architecture)
    settings = validated(architecture.settings, spec.settings)
    network = architecture.build(settings, vocabulary)
    folder.mkdir(parents=True)
    path = folder / "best.onnx"
    if architecture.is_orderless:
        export_filler(network, Frames(vocabulary), path)
    else:
        export_step(architecture.build_step(settings, vocabulary, network), vocabulary, path)
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
