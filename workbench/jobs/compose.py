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
from workbench.core.explanation import Explanation, candidates, given, look
from workbench.core.frames import Frames
from workbench.core.model_card import read_card
from workbench.core.records import from_json, to_json
from workbench.core.report import Report
from workbench.core.runs import Composition
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import START, Decoder, Plan, Tokenizer
from workbench.jobs import QUICK, Result, Spec, artifacts, job
from workbench.jobs.latent import load_path_decoder
from workbench.jobs.loading import load_decoder, load_filler
from workbench.jobs.requests import check_vocabulary, plan_for
from workbench.sampling.draw import softmax
from workbench.sampling.gibbs import STEPS, canvas, fill
from workbench.sampling.loop import sample
from workbench.tokenizers import make
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

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
    architecture = ARCHITECTURES.get(card.model.architecture)
    try:
        if architecture.is_orderless:
            tokens, rows, looks = _fill(folder, tokenizer, plan, request, report)
        else:
            decoder = (
                load_path_decoder(folder, card, tokenizer, plan, request)
                if architecture.is_autoencoder
                else load_decoder(folder)
            )
            tokens, rows, looks = _go_on(decoder, tokenizer, plan, request, report)
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
    decoder: Decoder, tokenizer: Tokenizer, plan: Plan, request: ComposeRequest, report: Report
) -> Written:
    """From left to right, after the primer."""
    primer = tokenizer.parse(request.primer, plan)
    walk, composed = tokenizer.grammar(plan), 0
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
