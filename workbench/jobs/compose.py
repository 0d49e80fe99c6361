"""Composing as a job: from a request to notes, with engraving and sound made ready."""

import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench import __version__
from workbench.core.errors import CannotEncode, InvalidSetting, UnreadableFile
from workbench.core.explanation import Explanation, candidates, given
from workbench.core.model_card import ModelCard, best_file, file_digest, read_card
from workbench.core.records import from_json, to_json
from workbench.core.report import Report
from workbench.core.runs import Composition
from workbench.core.score import parse_key, parse_meter
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import START, Decoder, Plan, Tokenizer
from workbench.jobs import QUICK, Result, Spec, artifacts, job
from workbench.sampling.draw import check_choices, softmax
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


class Stopped(Exception):
    """Somebody asked for a stop between two tokens."""


@job("compose", lane=QUICK)
def compose(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Compose what ``request`` asks for with the model in ``folder``."""
    request = from_json(ComposeRequest, spec["request"])
    folder = Path(spec["folder"])
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    plan = plan_for(request, card, tokenizer)
    primer = tokenizer.parse(request.primer, plan)
    decoder = load_decoder(folder)
    started = time.perf_counter()
    walk, composed = tokenizer.grammar(plan), 0
    choices: list[NDArray[np.void]] = []

    def on_choice(token: int, logits: NDArray[np.floating], chances: NDArray[np.float64]) -> None:
        choices.append(candidates(softmax(logits), chances, token))

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

    try:
        tokens = sample(
            decoder, tokenizer, plan,
            primer=primer, seed=request.seed, temperature=request.temperature,
            top_k=request.top_k, top_p=request.top_p, on_token=on_token, on_choice=on_choice,
        )  # fmt: skip
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
    explained = explanation(tokenizer, plan, tokens, choices)
    made = {"composition": to_json(composition), "score": score, "explanation": explained}
    report.event("composed", made)
    artifacts.prepare(workspace, score)
    return {"composition": composition.id}


def explanation(
    tokenizer: Tokenizer, plan: Plan, tokens: Sequence[int], choices: Sequence[NDArray[np.void]]
) -> Explanation:
    """What the last tokens were drawn among, one of ``choices`` each; those before them were given."""
    rows = [given()] * (len(tokens) - len(choices)) + list(choices)
    table = np.stack(rows)
    grammar = tokenizer.grammar(plan)
    places = []
    for token in tokens:
        places.append(grammar.place)
        grammar.advance(token)
    meant = {int(token) for token in np.unique(table["token"])} - {START}
    symbols = {token: tokenizer.symbols([token], plan) for token in meant}
    return Explanation(table, np.array(places, np.int32), symbols)


def plan_for(request: ComposeRequest, card: ModelCard, tokenizer: Tokenizer) -> Plan:
    """The plan a request asks for; what it leaves open is what the model has heard most.

    Raises
    ------
    CannotEncode
        For a key, mode or meter that is none, or that the model has never heard.
    """
    heard = card.heard
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
    check_primer(tokenizer, plan, tokenizer.parse(request.primer, plan))
    return plan


def check_vocabulary(card: ModelCard, tokenizer: Tokenizer) -> None:
    """Refuse a model whose tokens no longer mean what they meant."""
    if tokenizer.vocabulary != card.vocabulary:
        raise UnreadableFile(
            f"This model was trained with another version of the tokenizer {tokenizer.name}; "
            "train it again."
        )


def load_decoder(folder: Path) -> Decoder:
    """The model in a folder, ready to compose; kept in memory for the next time.

    Raises ``UnreadableFile`` where it is not the file that its card speaks of.
    """
    path = best_file(folder, read_card(folder))
    try:
        return _load(folder, path, path.stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise UnreadableFile(
            f"The model {folder.name} has lost its file {path.name}; train or export it again."
        ) from error


@lru_cache(maxsize=3)
def _load(folder: Path, path: Path, changed: int) -> Decoder:
    """``changed`` is there so that a newer file is a new entry."""
    card = read_card(folder)
    if file_digest(path) != card.sha256:
        raise UnreadableFile(
            f"The file {path.name} of the model {folder.name} is not the one its card speaks of; "
            "train or export it again."
        )
    architecture = ARCHITECTURES.get(card.model.architecture)
    if architecture.load:
        return architecture.load(path)
    # Here, not above: the web process checks requests with this module and never runs a model.
    from workbench.sampling.onnx import OnnxDecoder

    return OnnxDecoder(path)


def _or(names: dict[str, int]) -> str:
    return " or ".join(names)
