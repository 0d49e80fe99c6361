"""Training as a job: from a run's folder to a model that composes, with its held-out figures.

What the folder holds before is told in :mod:`workbench.jobs.encoding`, what training leaves in :mod:`workbench.core.model_card`.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.core.records import from_json
from workbench.core.report import Report
from workbench.core.specs import ModelSpec, TrainingSpec
from workbench.core.vocabulary import Decoder, Tokenizer, TokenSequence
from workbench.jobs import TRAIN, Result, Spec, job
from workbench.jobs.encoding import SEQUENCES, encode, learn_vocabulary
from workbench.jobs.forgetting import forgetting
from workbench.jobs.scoring import figures, scored
from workbench.jobs.sweep_trial import trial_of_sweep
from workbench.metrics.likelihood import likelihood
from workbench.tokenizers import make
from workbench.workspace import Workspace

BASELINE = "ngram"


@job("train", lane=TRAIN)
def train(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Train run ``run`` by its ``spec``; resumes where the folder has a checkpoint. ``trial`` says of which sweep it is one."""
    if "trial" not in spec:
        return _train(spec, workspace, report)
    with trial_of_sweep(spec["trial"], workspace, report) as watched:
        result = _train(spec, workspace, watched)
    return result | {"ended_early": watched.ended_early}


def _train(spec: Spec, workspace: Workspace, report: Report) -> Result:
    # Here, not above: the composer lists this job too, and TensorFlow must not enter it.
    from workbench.training.train import train as fit_model

    folder = workspace.runs / spec["run"]
    asked = from_json(TrainingSpec, spec["spec"])
    asked = replace(asked, tokenizer=learn_vocabulary(folder, asked.tokenizer))
    tokenizer = make(asked.tokenizer)
    report.progress(0.0, "Encoding the music")
    splits, skipped = encode(folder, tokenizer, spec)
    initial = workspace.home / spec["initial"] if spec.get("initial") else None
    result = fit_model(
        asked, tokenizer, splits["train"], splits["valid"], folder, report, initial=initial
    )
    evaluation: dict[str, Any] = {"skipped": skipped, "known": spec.get("known", 0)}
    is_kept = result.best is not None  # else it was stopped before anything was
    if splits["test"] and is_kept:
        evaluation |= _held_out(folder, asked, tokenizer, splits, report)
    if initial and is_kept and spec.get("remembered"):
        report.progress(1.0, "Looking for what was forgotten")
        evaluation["learned"] = result.learned
        evaluation["forgetting"] = forgetting(folder, initial.parent, spec["remembered"], tokenizer)
    report.event(
        "trained",
        {
            "parameters": result.parameters,
            "versions": result.versions,
            "machine": result.machine,
            "evaluation": evaluation,
        },
    )
    del splits  # nothing is mapped any more
    shutil.rmtree(folder / SEQUENCES, ignore_errors=True)
    return {"run": spec["run"]}


def _held_out(
    folder: Path,
    asked: TrainingSpec,
    tokenizer: Tokenizer,
    splits: Mapping[str, Sequence[TokenSequence]],
    report: Report,
) -> dict[str, Any]:
    """Likelihood of the test pieces under the kept weights, beside an n-gram of the same training split.

    The n-gram goes from left to right. A model that fills holes is scored over all orders of filling; both are nats of the
    same music.
    """
    words = "Scoring the held-out pieces"
    report.progress(1.0, words)
    found = scored(
        folder, splits["test"], lambda share: report.progress(1.0, f"{words}: {share:.0%}")
    )
    measured = {"test": figures(*found)}
    if asked.model.architecture != BASELINE:
        measured["baseline"] = baseline(asked.model, tokenizer, splits, "test")
    return measured


def baseline(
    model: ModelSpec,
    tokenizer: Tokenizer,
    splits: Mapping[str, Sequence[TokenSequence]],
    split: str,
) -> dict[str, Any]:
    """Figures of the n-gram of the training split on another one; nothing beside itself, and on what it counted."""
    if model.architecture == BASELINE or split == "train" or not splits["train"]:
        return {}
    ngram = count_ngram(tokenizer, splits["train"])
    return figures(likelihood(ngram, splits[split], moving=tokenizer.moving))


def count_ngram(tokenizer: Tokenizer, sequences: Sequence[TokenSequence]) -> Decoder:
    """The baseline: an n-gram with its usual settings, counted on a training split."""
    from workbench.core.settings import validated
    from workbench.zoo import ARCHITECTURES

    architecture = ARCHITECTURES.get(BASELINE)
    settings = validated(architecture.settings, ModelSpec(BASELINE).settings)
    assert architecture.fit is not None  # the n-gram counts
    return architecture.fit(settings, tokenizer.vocabulary, sequences)
