"""Composing as a job: from a request to notes, with engraving and sound made ready.

Where goals are asked for, each candidate is drawn as a request with its seed alone would be; only the nearest is kept,
with the figures of them all. The others can be had again by their seeds.
"""

import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from workbench import __version__
from workbench.core.editing import NO_EDITS, NoteEdits, apply
from workbench.core.live import sounded
from workbench.core.model_card import read_card
from workbench.core.records import from_json, to_json
from workbench.core.report import Report, SilentReport
from workbench.core.runs import Candidate, Composition
from workbench.core.score import Score
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import Plan, Tokenizer
from workbench.jobs import QUICK, Result, Spec, artifacts, job
from workbench.jobs.requests import check_vocabulary, is_melody, plan_for
from workbench.jobs.writing import Stopped, Written, explanation, write
from workbench.metrics.goals import distance, figures
from workbench.tokenizers import make
from workbench.workspace import Workspace

VERSIONS = {
    "workbench": __version__,
    "python": sys.version.split()[0],
    **{package: metadata.version(package) for package in ("numpy", "onnxruntime")},
}
MOST_SEED = 2**63


@job("compose", lane=QUICK)
def compose(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Compose what ``request`` asks for with the model in ``folder``, and change in it what ``edits`` say, where they are given."""
    request = from_json(ComposeRequest, spec["request"])
    edits = from_json(NoteEdits, spec.get("edits") or {})
    folder = Path(spec["folder"])
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    plan = plan_for(request, card, tokenizer)
    started = time.perf_counter()

    def written(asked: ComposeRequest, watched: Report) -> Written:
        return write(folder, card, tokenizer, plan, asked, watched)

    try:
        (tokens, rows, looks), drawn = _nearest(request, tokenizer, plan, written, report)
    except Stopped:
        return {}
    score = tokenizer.decode(tokens, plan)
    if request.locked:
        score = apply(score, request.locked.exact)
    score = score if edits == NO_EDITS else apply(score, edits)
    if request.live:
        score = sounded(score, request.live)
    composition = Composition(
        id=spec.get("id") or secrets.token_hex(6),
        request=request,
        model_fingerprint=card.sha256,
        tokens=tuple(tokens),
        plan=plan,
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
        seconds=time.perf_counter() - started,
        title=spec.get("title", ""),
        versions=VERSIONS,
        candidates=drawn,
        parent=spec.get("parent", ""),
        origin=spec.get("origin", ""),
        edits=edits,
    )
    explained = explanation(tokenizer, plan, tokens, rows, looks)
    made = {"composition": to_json(composition), "score": score, "explanation": explained}
    report.event("composed", made)
    artifacts.preview(workspace, score)  # so that a page finds it ready
    return {"composition": composition.id}


def _nearest(
    request: ComposeRequest,
    tokenizer: Tokenizer,
    plan: Plan,
    written: Callable[[ComposeRequest, Report], Written],
    report: Report,
) -> tuple[Written, tuple[Candidate, ...]]:
    """What comes nearest to the goals of all that is drawn, and how near all came, the nearest first."""
    if not request.goals:
        return written(request, report), ()
    best: Written | None = None
    drawn: list[Candidate] = []
    for number in range(request.candidates):
        seed = (request.seed + number) % MOST_SEED
        found = written(replace(request, seed=seed), _Share(report, number, request.candidates))
        candidate = _judged(seed, tokenizer.decode(found[0], plan), request, tokenizer)
        if best is None or candidate.distance < min(each.distance for each in drawn):
            best = found
        drawn.append(candidate)
    assert best is not None  # there is at least one candidate
    return best, tuple(sorted(drawn, key=lambda each: each.distance))


def _judged(seed: int, score: Score, request: ComposeRequest, tokenizer: Tokenizer) -> Candidate:
    found = figures(score, request.goals)
    apart = distance(found, request.goals, is_melody=is_melody(tokenizer))
    return Candidate(seed, apart, found)


class _Share(SilentReport):
    """The report of one of several candidates, as a share of the whole."""

    def __init__(self, report: Report, number: int, of: int) -> None:
        self._report, self._number, self._of = report, number, of

    def progress(self, done: float, text: str) -> None:
        words = (
            text if self._of == 1 else f"Candidate {self._number + 1} of {self._of}, {text.lower()}"
        )
        self._report.progress((self._number + done) / self._of, words)

    def should_stop(self) -> bool:
        return self._report.should_stop()
