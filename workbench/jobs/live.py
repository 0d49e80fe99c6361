"""Live music as jobs: a bar is one short job of the quick lane, and the composition grows by it.

So whatever becomes of the page, what was played is kept. When it is over, a last job cuts off what nobody heard. Making a live piece
again is an ordinary job of composing, which draws all bars of its request one after another.
"""

import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from workbench.core.errors import InvalidSetting
from workbench.core.live import Turn, bar_sound, sounded
from workbench.core.model_card import ModelCard, read_card
from workbench.core.records import from_json, to_json
from workbench.core.report import Report
from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import Tokenizer
from workbench.jobs import QUICK, Result, Spec, artifacts, job
from workbench.jobs.compose import VERSIONS
from workbench.jobs.loading import load_decoder
from workbench.jobs.requests import check_vocabulary, plan_for
from workbench.jobs.writing import Rows, explanation, play_turn
from workbench.tokenizers import make
from workbench.workspace import Workspace

BEGIN, GO_ON, END, WARM = KINDS = ("live_begin", "live", "live_end", "live_warm")


@job(WARM, lane=QUICK)
def warm(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Open the model in ``folder``, before anybody waits for it."""
    load_decoder(Path(spec["folder"]))
    return {}


@job(BEGIN, lane=QUICK)
@job(GO_ON, lane=QUICK)
def play(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Compose bar ``bar`` (from 0) of the composition, under ``turn``; the first begins it, as ``request`` asks.

    The result is what sounds in the bar (``core.live.BarSound``). A bar that is there already is only told again.
    """
    number, turn = int(spec["bar"]), from_json(Turn, spec["turn"])
    started = time.perf_counter()
    folder = Path(spec["folder"])
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    made, rows, looks = _begun(spec, card) if number == 0 else _so_far(spec, report)
    if made.model_fingerprint != card.sha256:
        raise InvalidSetting("The model has been trained on meanwhile; begin anew to play with it.")
    if number < len(made.request.live):
        score = _score(made, tokenizer)
    else:
        request = replace(made.request, live=(*made.request.live, turn), bars=number + 1)
        plan = plan_for(request, card, tokenizer)
        new = play_turn(load_decoder(folder), tokenizer, plan, made.tokens, turn, request.seed)
        made = replace(
            made, request=request, plan=plan, tokens=(*made.tokens, *new[0]),
            seconds=made.seconds + time.perf_counter() - started,
        )  # fmt: skip
        score = _kept(made, tokenizer, [*rows, *new[1]], [*looks, *new[2]], report)
    return {"bar": number, **asdict(bar_sound(score, number))}


@job(END, lane=QUICK)
def end(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Cut a live composition behind its first ``bars`` bars, which were heard; of none nothing is kept."""
    count = int(spec["bars"])
    if count < 1:
        report.event("never_heard", {"composition": spec["composition"]})
        return {}
    made, rows, looks = _so_far(spec, report)
    card = read_card(Path(spec["folder"]))
    tokenizer = make(card.tokenizer)
    if count < len(made.request.live):
        request = replace(made.request, live=made.request.live[:count], bars=count)
        plan = replace(made.plan, bars=made.plan.bars[:count])
        cells = plan.steps * len(tokenizer.sung)
        made = replace(made, request=request, plan=plan, tokens=made.tokens[:cells])
        score = _kept(made, tokenizer, rows[:cells], looks[:cells], report)
    else:
        score = _score(made, tokenizer)
    artifacts.preview(workspace, score)  # so that a page finds it ready
    return {"composition": made.id}


def _begun(spec: Spec, card: ModelCard) -> tuple[Composition, Rows, Rows]:
    """A composition without a bar."""
    request = from_json(ComposeRequest, spec["request"])
    plan = plan_for(request, card, make(card.tokenizer))
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    empty = Composition(
        spec["composition"], request, card.sha256, (), plan, now, 0.0, spec["title"], VERSIONS
    )
    return empty, [], []


def _so_far(spec: Spec, report: Report) -> tuple[Composition, Rows, Rows]:
    """The composition, and for each of its tokens the two rows of its explanation."""
    made, explained = report.composition(spec["composition"])
    assert explained is not None  # live music always is
    return made, list(explained.candidates), list(explained.looks)


def _kept(
    made: Composition, tokenizer: Tokenizer, rows: Rows, looks: Rows, report: Report
) -> Score:
    """Keep the composition as it is now; its score."""
    score = _score(made, tokenizer)
    explained = explanation(tokenizer, made.plan, made.tokens, rows, looks)
    report.event("played", {"composition": to_json(made), "score": score, "explanation": explained})
    return score


def _score(made: Composition, tokenizer: Tokenizer) -> Score:
    return sounded(tokenizer.decode(made.tokens, made.plan), made.request.live)
