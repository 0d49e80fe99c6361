"""Composing as a job: from a request to notes, with engraving and sound made ready."""

import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import __version__
from workbench.core.errors import CannotEncode, InvalidSetting, UnreadableFile
from workbench.core.explanation import Explanation, candidates, given, look
from workbench.core.frames import Frames
from workbench.core.model_card import ModelCard, read_card
from workbench.core.records import from_json, to_json
from workbench.core.report import Report
from workbench.core.runs import Composition
from workbench.core.score import parse_key, parse_meter
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import START, Plan, Tokenizer
from workbench.jobs import QUICK, Result, Spec, artifacts, job
from workbench.jobs.loading import load_decoder, load_filler
from workbench.sampling.draw import check_choices, softmax
from workbench.sampling.gibbs import STEPS, canvas, fill
from workbench.sampling.loop import check_primer, sample
from workbench.tokenizers import make
from workbench.tokenizers.controlled import Controlled
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

MOST_BARS = 256
VERSIONS = {
    "workbench": __version__,
    "python": sys.version.split()[0],
    **{package: metadata.version(package) for package in ("numpy", "onnxruntime")},
}


Written = tuple[list[int], list[NDArray[np.void]], list[NDArray[np.void]]]
"""Tokens, and for each its two rows of an :class:`Explanation`."""

NOT_LOOKED = look(None, 0)


class Stopped(Exception):
    """Somebody asked for a stop meanwhile."""


@job("compose", lane=QUICK)
def compose(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Compose what ``request`` asks for with the model in ``folder``."""
    request = from_json(ComposeRequest, spec["request"])
    folder = Path(spec["folder"])
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    plan = plan_for(request, card, tokenizer)
    started = time.perf_counter()
    write = _fill if ARCHITECTURES.get(card.model.architecture).is_orderless else _go_on
    try:
        tokens, rows, looks = write(folder, tokenizer, plan, request, report)
    except Stopped:
        return {}
    score = tokenizer.decode(tokens, plan)
    composition = Composition(
        id=secrets.token_hex(6),
        request=request,
        model_fingerprint=card.sha256,
        tokens=tuple(tokens),
        plan=plan,
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
        seconds=time.perf_counter() - started,
        title=spec.get("title", ""),
        versions=VERSIONS,
    )
    explained = explanation(tokenizer, plan, tokens, rows, looks)
    made = {"composition": to_json(composition), "score": score, "explanation": explained}
    report.event("composed", made)
    artifacts.preview(workspace, score)  # so that a page finds it ready
    return {"composition": composition.id}


def _go_on(
    folder: Path, tokenizer: Tokenizer, plan: Plan, request: ComposeRequest, report: Report
) -> Written:
    """From left to right, after the primer."""
    primer = tokenizer.parse(request.primer, plan)
    walk, composed = tokenizer.grammar(plan), 0
    decoder = load_decoder(folder)
    rows, looks = [given()] * len(primer), [NOT_LOOKED] * len(primer)

    def on_choice(
        token: int, logits: NDArray[np.floating], chances: NDArray[np.float64], state: Any
    ) -> None:
        attention = decoder.attention(state)
        looks.append(look(None if attention is None else attention[0], len(rows)))
        rows.append(candidates(softmax(logits), chances, token))

    def on_token(token: int) -> None:
        nonlocal composed
        composed += 1
        walk.advance(token)
        if composed % 16 == 0:
            if report.should_stop():
                raise Stopped
            done = walk.place[0] // plan.meter.bar_ticks  # all bars of a plan to compose are alike
            bar = min(done + 1, request.bars)
            report.progress(done / request.bars, f"Bar {bar} of {request.bars}")

    tokens = sample(
        decoder, tokenizer, plan,
        primer=primer, seed=request.seed, temperature=request.temperature,
        top_k=request.top_k, top_p=request.top_p, on_token=on_token, on_choice=on_choice,
    )  # fmt: skip
    return tokens, rows, looks


def _fill(
    folder: Path, tokenizer: Tokenizer, plan: Plan, request: ComposeRequest, report: Report
) -> Written:
    """All holes at once, rewritten many times."""

    def on_step(step: int) -> None:
        if report.should_stop():
            raise Stopped
        report.progress(step / STEPS, f"Writing {step + 1} of {STEPS}")

    frames = Frames(tokenizer.vocabulary)
    asked = canvas(frames, tokenizer, plan)
    if request.given:
        asked = replace(asked, given=request.given.frames(frames))
    filled = fill(
        load_filler(folder), frames, asked,
        seed=request.seed, temperature=request.temperature, top_k=request.top_k,
        top_p=request.top_p, on_step=on_step,
    )  # fmt: skip
    tokens = frames.tokens_of(filled.states).tolist()
    free = (asked.given == frames.hidden).reshape(-1)
    logits = filled.logits.reshape(len(tokens), -1)
    chances = frames.tokens_meant(filled.chances.reshape(len(tokens), -1))
    rows = [
        candidates(frames.tokens_meant(softmax(logits[cell])), chances[cell], token)
        if free[cell]
        else given()
        for cell, token in enumerate(tokens)
    ]
    return tokens, rows, [NOT_LOOKED] * len(rows)


def explanation(
    tokenizer: Tokenizer,
    plan: Plan,
    tokens: Sequence[int],
    rows: Sequence[NDArray[np.void]],
    looks: Sequence[NDArray[np.void]],
) -> Explanation:
    """What each token was drawn among, and where the model looked; a row is empty where nothing is known."""
    table = np.stack(rows)
    looked = np.zeros((len(rows), max(map(len, looks))), NOT_LOOKED.dtype)
    for row, found in zip(looked, looks, strict=True):
        row[: len(found)] = found
    grammar = tokenizer.grammar(plan)
    places = []
    for token in tokens:
        places.append(grammar.place)
        grammar.advance(token)
    meant = {int(token) for token in np.unique(table["token"])} - {START}
    symbols = {token: tokenizer.symbols([token], plan) for token in meant}
    return Explanation(table, np.array(places, np.int32), symbols, looked)


def plan_for(request: ComposeRequest, card: ModelCard, tokenizer: Tokenizer) -> Plan:
    """The plan a request asks for; what it leaves open is what the model has heard most.

    Raises
    ------
    CannotEncode
        For a key, mode or meter that is none, or that the model has never heard.
    """
    heard = card.heard
    if request.given:
        return _plan_of_given(request, card)
    try:
        key = parse_key(request.key or next(iter(heard.keys)))
        meter = parse_meter(request.meter or next(iter(heard.meters)))
    except ValueError as error:
        raise CannotEncode(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if key.mode not in heard.modes:
        raise CannotEncode(
            f"This model has never heard music in {key.mode}; choose {_or(heard.modes)}."
        )
    if str(meter) not in heard.meters:
        raise CannotEncode(f"This model has never heard {meter}; choose {_or(heard.meters)}.")
    if request.controls and not isinstance(tokenizer, Controlled):
        raise InvalidSetting("This model was trained without controls; leave them out.")
    plan = tokenizer.plan(key, meter, request.bars, request.tempo or heard.tempo)
    return replace(plan, controls=tuple(sorted(request.controls.items())))


def _plan_of_given(request: ComposeRequest, card: ModelCard) -> Plan:
    """The plan of the music that is given, in another key or tempo where these are asked for."""
    assert request.given is not None
    plan = request.given.plan
    try:
        key = parse_key(request.key) if request.key else plan.key
    except ValueError as error:
        raise CannotEncode(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if plan.key.mode not in card.heard.modes:
        raise CannotEncode(
            f"This model has never heard music in {plan.key.mode}; give it music in {_or(card.heard.modes)}."
        )
    if key.mode != plan.key.mode:
        raise CannotEncode(
            f"The music that is given is in {plan.key.mode}; ask for a key in {plan.key.mode} instead of {key}."
        )
    if request.meter and str(parse_meter(request.meter)) != str(plan.meter):
        raise CannotEncode(
            f"The music that is given is in {plan.meter}; leave the meter {request.meter} out."
        )
    controls = tuple(sorted(request.controls.items()))
    return replace(plan, key=key, tempo=request.tempo or plan.tempo, controls=controls)


def check_request(request: ComposeRequest, card: ModelCard) -> Plan:
    """Everything about a request that can be known before composing; its plan.

    Raises ``WorkbenchError`` with what is wrong and what would do.
    """
    if not 1 <= request.bars <= MOST_BARS:
        raise InvalidSetting(f"{request.bars} bars cannot be composed; ask for 1 to {MOST_BARS}.")
    if request.tempo is not None and not 20 <= request.tempo <= 400:
        raise InvalidSetting(
            f"A tempo of {request.tempo:g} cannot be played; choose 20 to 400 quarters a minute."
        )
    if not 0 <= request.seed < 2**63:
        raise InvalidSetting("The seed must be a whole number, 0 or larger.")
    check_choices(request.temperature, request.top_k, request.top_p)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    plan = plan_for(request, card, tokenizer)
    if ARCHITECTURES.get(card.model.architecture).is_orderless:
        _check_given(request, tokenizer)
    elif request.given:
        raise InvalidSetting(
            "This model writes from left to right and cannot fill holes; choose a Coconet, or give the music as a primer."
        )
    check_primer(tokenizer, plan, tokenizer.parse(request.primer, plan))
    return plan


def _check_given(request: ComposeRequest, tokenizer: Tokenizer) -> None:
    """Refuse what a model that fills holes cannot begin with."""
    if request.primer:
        raise InvalidSetting(
            "This model fills holes and takes no beginning; give it music to keep instead (--given on the command line)."
        )
    if request.given:
        request.given.frames(Frames(tokenizer.vocabulary))


def check_vocabulary(card: ModelCard, tokenizer: Tokenizer) -> None:
    """Refuse a model whose tokens no longer mean what they meant."""
    if tokenizer.vocabulary != card.vocabulary:
        raise UnreadableFile(
            f"This model was trained with another version of the tokenizer {tokenizer.name}; "
            "train it again."
        )


def _or(names: dict[str, int]) -> str:
    return " or ".join(names)
