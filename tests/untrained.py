"""Networks that have learned nothing yet: all that pages and services need of one, within seconds."""

from pathlib import Path

import numpy as np

from workbench.core.frames import Frames
from workbench.core.model_card import (
    ENCODER_FILE,
    SPACE_FILE,
    Heard,
    ModelCard,
    file_digest,
    write_card,
)
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.metrics.attributes import ATTRIBUTES
from workbench.sampling.latents import LatentSpace
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES

HEARD = Heard({"4/4": 9, "3/4": 2}, {"major": 6, "minor": 5}, {"G major": 6, "A minor": 5}, 90.0)
HEARD_TUNES = Heard(
    {"4/4": 5, "6/8": 4, "3/4": 2, "5/4": 1}, {"major": 6, "minor": 5}, {"D major": 6, "A minor": 5}, 120.0
)  # fmt: skip

COCONET = ModelSpec("coconet", {"filters": 8, "blocks": 1})
MELODY_VAE = ModelSpec("melody-vae", {"units": 16, "latent": 4})
TRANSFORMER = ModelSpec("transformer", {"width": 16, "layers": 2, "heads": 2, "reach": 24})


def keep_untrained(
    folder: Path, spec: ModelSpec = COCONET, controls: dict[str, tuple[str, ...]] | None = None
) -> None:
    """Write what a training of no steps would leave in a run's folder; of a model that is told ``controls`` where they are given."""
    from workbench.training.export import export_encoder, export_filler, export_step

    architecture = ARCHITECTURES.get(spec.architecture)
    is_melody = architecture.is_autoencoder or controls is not None
    language = TokenizerSpec("melody-steps" if is_melody else "chorale-grid", {}, controls or {})
    vocabulary = make(language).vocabulary
    settings = validated(architecture.settings, spec.settings)
    network = architecture.build(settings, vocabulary)
    folder.mkdir(parents=True)
    path = folder / "best.onnx"
    companions: dict[str, str] = {}
    if architecture.is_orderless:
        export_filler(network, Frames(vocabulary), path)
    else:
        export_step(architecture.build_step(settings, vocabulary, network), vocabulary, path)
    if architecture.is_autoencoder:
        encoder = architecture.build_encoder(settings, vocabulary, network)
        export_encoder(encoder, vocabulary, folder / ENCODER_FILE)
        directions = np.eye(len(ATTRIBUTES), settings.latent, dtype=np.float32)
        likeness = np.array([1, 0.2, 0.8], np.float32)
        LatentSpace(ATTRIBUTES, directions, likeness).save(folder / SPACE_FILE)
        companions = {name: file_digest(folder / name) for name in (ENCODER_FILE, SPACE_FILE)}
    card = ModelCard(
        spec,
        language,
        vocabulary,
        path.name,
        file_digest(path),
        network.count_params(),
        0,
        0.0,
        HEARD if language.name == "chorale-grid" else HEARD_TUNES,
        companions=companions,
    )
    write_card(folder, card)
