"""Training as a job: from a run's folder to a model that composes, with its held-out figures.

The folder holds all that the work needs, so that it can be done anywhere: ``dataset.zip`` with the scores, named
``split/piece``. What training leaves there is described in :mod:`workbench.core.model_card`.
"""

import logging
from pathlib import Path
from typing import Any

from workbench.core.errors import CannotEncode, WorkFailed
from workbench.core.packing import read_scores
from workbench.core.records import from_json, to_json
from workbench.core.report import Report
from workbench.core.specs import ModelSpec, TrainingSpec
from workbench.core.vocabulary import Decoder, Tokenizer, TokenSequence
from workbench.jobs import TRAIN, Result, Spec, job
from workbench.metrics.likelihood import likelihood
from workbench.tokenizers import make
from workbench.workspace import Workspace

log = logging.getLogger("workbench.train")

BASELINE = "ngram"
DATASET_FILE = "dataset.zip"


@job("train", lane=TRAIN)
def train(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Train run ``run`` by its ``spec``; resumes where the folder has a checkpoint."""
    # Here, not above: the composer lists this job too, and TensorFlow must not enter it.
    from workbench.training.train import train as fit_model

    folder = workspace.runs / spec["run"]
    asked = from_json(TrainingSpec, spec["spec"])
    tokenizer = make(asked.tokenizer)
    report.progress(0.0, "Encoding the music")
    splits, skipped = encode(folder / DATASET_FILE, tokenizer)
    for split in ("train", "valid"):
        if not splits[split]:
            raise WorkFailed(
                f"No piece of the {split} split fits the tokenizer {asked.tokenizer.name}; "
                "choose another tokenizer or dataset."
            )
    initial = workspace.home / spec["initial"] if spec.get("initial") else None
    result = fit_model(
        asked, tokenizer, splits["train"], splits["valid"], folder, report, initial=initial
    )
    evaluation: dict[str, Any] = {"skipped": skipped}
    if splits["test"]:
        report.progress(1.0, "Scoring the held-out pieces")
        evaluation |= _held_out(folder, asked, tokenizer, splits)
    report.event(
        "trained",
        {
            "parameters": result.parameters,
            "versions": result.versions,
            "evaluation": evaluation,
        },
    )
    return {"run": spec["run"]}


def encode(path: Path, tokenizer: Tokenizer) -> tuple[dict[str, list[TokenSequence]], int]:
    """Token sequences by split, and how many pieces the tokenizer has no way to say."""
    splits: dict[str, list[TokenSequence]] = {"train": [], "valid": [], "test": []}
    skipped = 0
    for name, score in read_scores(path).items():
        try:
            splits[name.split("/")[0]].append(tokenizer.encode(score))
        except CannotEncode as error:
            log.info("%s is left out: %s", name, error)
            skipped += 1
    return splits, skipped


def _held_out(
    folder: Path, asked: TrainingSpec, tokenizer: Tokenizer, splits: dict[str, list[TokenSequence]]
) -> dict[str, Any]:
    """Likelihood of the test pieces under the kept weights, beside an n-gram of the same training split."""
    from workbench.jobs.compose import load_decoder

    measured = {"test": figures(load_decoder(folder), splits["test"])}
    if asked.model.architecture != BASELINE:
        measured["baseline"] = figures(_baseline(tokenizer, splits["train"]), splits["test"])
    return measured


def _baseline(tokenizer: Tokenizer, sequences: list[TokenSequence]) -> Decoder:
    from workbench.core.settings import validated
    from workbench.zoo import ARCHITECTURES

    architecture = ARCHITECTURES.get(BASELINE)
    settings = validated(architecture.settings, ModelSpec(BASELINE).settings)
    assert architecture.fit is not None  # the n-gram counts
    return architecture.fit(settings, tokenizer.vocabulary, sequences)


def figures(decoder: Decoder, sequences: list[TokenSequence]) -> dict[str, Any]:
    """The likelihood of whole pieces, as plain numbers."""
    found = likelihood(decoder, sequences)
    return {
        **to_json(found),
        "pieces": len(sequences),
        "nats_per_token": found.nats_per_token,
        "nats_per_quarter": found.nats_per_quarter,
        "accuracy": found.accuracy,
    }
