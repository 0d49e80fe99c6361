"""Scoring held-out music as a job."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from workbench.core.augmentation import Augmentation
from workbench.core.errors import WorkFailed
from workbench.core.model_card import ModelCard, read_card
from workbench.core.records import from_json, to_json
from workbench.core.report import Report
from workbench.core.runs import Evaluation
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.encoding import Heard, lay_out, read_labels
from workbench.jobs.requests import check_vocabulary
from workbench.jobs.scoring import LEFT_TO_RIGHT, read_in_order, scored
from workbench.jobs.train import baseline
from workbench.metrics.likelihood import Likelihood, pooled
from workbench.tokenizers import TOKENIZERS, make
from workbench.workspace import Workspace


@job("evaluate", lane=BULK)
def evaluate(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Likelihood of the pieces in ``scores`` under the model in ``folder``."""
    folder = Path(spec["folder"])
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    report.progress(0.0, "Encoding the music")
    plain = heard_plainly(spec, workspace, card)
    augmented = replace(plain, augmentation=from_json(Augmentation, spec["augmentation"]))
    scores = workspace.cache / spec["scores"]
    with TemporaryDirectory(dir=workspace.cache) as place:
        # The n-gram hears the training split as it does in training.
        train, _ = lay_out(scores, tokenizer, Path(place) / "counted", augmented, ("train",))
        splits, skipped = lay_out(scores, tokenizer, Path(place), plain, (spec["split"],))
        result = _evaluation(spec, card, tokenizer, train | splits, skipped, report)
        del train, splits  # nothing is mapped any more
    return {"evaluation": to_json(result)}


def heard_plainly(spec: Spec, workspace: Workspace, card: ModelCard) -> Heard:
    """How the pieces to be scored are heard: as they are, in the stretches and with the labels that the model knows."""
    return Heard(
        window_bars=spec["window_bars"],
        kinds=TOKENIZERS.get(card.tokenizer.name).hears,
        labels=read_labels(workspace.cache / spec["labels"]) if spec["labels"] else {},
    )


def _scoring(report: Report, share: float) -> None:
    """Say how far it is; ``WorkFailed`` where somebody stops it."""
    report.progress(0.1 + 0.7 * share, f"Scored {share:.0%} of the pieces")
    _go_on(report)


def _go_on(report: Report) -> None:
    if report.should_stop():
        raise WorkFailed("The reading was stopped before every piece was read; start it again.")


def _in_order(folder: Path, sequences: Sequence[TokenSequence], report: Report) -> Likelihood:
    """Every piece from left to right; ``WorkFailed`` where somebody stops that."""
    found = []
    for each in read_in_order(folder, sequences):
        found.append(each)
        report.progress(0.1 + 0.7 * len(found) / len(sequences), f"Read {len(found)} of {len(sequences)} pieces")  # fmt: skip
        _go_on(report)
    return pooled(found)


def _evaluation(
    spec: Spec,
    card: ModelCard,
    tokenizer: Tokenizer,
    splits: Mapping[str, Sequence[TokenSequence]],
    skipped: int,
    report: Report,
) -> Evaluation:
    """The model's figures beside the n-gram's."""
    sequences = splits[spec["split"]]
    if not sequences:
        raise WorkFailed(
            f"No piece of the {spec['split']} split fits the tokenizer {card.tokenizer.name}; "
            "choose another model or dataset."
        )
    report.progress(0.1, f"Scoring {len(sequences)} pieces")
    began = perf_counter()
    if spec.get("in_order"):
        found, estimate = _in_order(Path(spec["folder"]), sequences, report), LEFT_TO_RIGHT
    else:
        found, estimate = scored(Path(spec["folder"]), sequences, partial(_scoring, report))
    seconds = perf_counter() - began
    report.progress(0.8, "Scoring the n-gram")
    return Evaluation(
        model=spec["model"],
        dataset=spec["dataset"],
        split=spec["split"],
        pieces=found.pieces,
        skipped=skipped,
        tokens=found.tokens,
        quarters=found.quarters,
        nats_per_token=found.nats_per_token,
        nats_per_quarter=found.nats_per_quarter,
        accuracy=found.accuracy,
        estimate=estimate,
        perplexity=found.perplexity,
        moving_accuracy=found.moving_accuracy,
        parameters=card.parameters,
        seconds=seconds,
        baseline=baseline(card.model, tokenizer, splits, spec["split"]),
    )
