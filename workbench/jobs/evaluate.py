"""Scoring held-out music as a job."""

from pathlib import Path

from workbench.core.errors import WorkFailed
from workbench.core.model_card import read_card
from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.core.runs import Evaluation
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.requests import check_vocabulary
from workbench.jobs.scoring import scored
from workbench.jobs.train import encode, read_labels
from workbench.tokenizers import make
from workbench.workspace import Workspace


@job("evaluate", lane=BULK)
def evaluate(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Likelihood of the pieces in ``scores`` under the model in ``folder``."""
    folder = Path(spec["folder"])
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    report.progress(0.0, "Encoding the music")
    splits, skipped = encode(
        workspace.cache / spec["scores"],
        tokenizer,
        spec.get("window_bars", 0),
        read_labels(workspace.cache / spec["labels"]) if spec.get("labels") else None,
    )
    sequences = splits[spec["split"]]
    if not sequences:
        raise WorkFailed(
            f"No piece of the {spec['split']} split fits the tokenizer {card.tokenizer.name}; "
            "choose another model or dataset."
        )
    report.progress(0.1, f"Scoring {len(sequences)} pieces")
    found, estimate = scored(folder, sequences)
    evaluation = Evaluation(
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
    )
    return {"evaluation": to_json(evaluation)}
