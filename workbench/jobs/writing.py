"""Writing the tokens of one piece with a model, from left to right or all at once, and what each was drawn among."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.explanation import Explanation, candidates, each_candidates, given, look
from workbench.core.forms import form_generator, read
from workbench.core.frames import Frames
from workbench.core.live import Turn
from workbench.core.model_card import ModelCard
from workbench.core.report import Report
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import START, Decoder, Grammar, Plan, Tokenizer
from workbench.jobs.latent import load_path_decoder
from workbench.jobs.loading import load_decoder, load_windows
from workbench.jobs.locking import locks_of
from workbench.sampling.draw import softmax
from workbench.sampling.gibbs import STEPS, Choices, canvas, fill, locked
from workbench.sampling.live import draw_bar
from workbench.sampling.loop import sample
from workbench.sampling.mending import mend, rules_of
from workbench.sampling.repeats import BarredGrammar, ReturningBars
from workbench.tokenizers.grid import key_shift
from workbench.zoo import ARCHITECTURES

Rows = list[NDArray[np.void]]
Over = Callable[[Grammar], Grammar]
Written = tuple[list[int], Rows, Rows]
"""Tokens, and for each its two rows of an :class:`Explanation`."""

NOT_LOOKED = look(None, 0)


class Stopped(Exception):
    """Somebody asked for a stop meanwhile."""


def write(
    folder: Path,
    card: ModelCard,
    tokenizer: Tokenizer,
    plan: Plan,
    request: ComposeRequest,
    report: Report,
) -> Written:
    """A piece by the model in a folder, with the seed of the request. Raises ``Stopped``."""
    architecture = ARCHITECTURES.get(card.model.architecture)
    if architecture.is_orderless:
        return fill_holes(folder, tokenizer, plan, request, report)
    if architecture.is_autoencoder:
        path = load_path_decoder(folder, card, tokenizer, plan, request)
        return go_on(path, tokenizer, plan, request, report, path.over)
    decoder = load_decoder(folder)
    if request.live:
        return play_live(decoder, tokenizer, plan, request, report)
    return go_on(decoder, tokenizer, plan, request, report, returning(card, plan, request))


def returning(card: ModelCard, plan: Plan, request: ComposeRequest) -> Over | None:
    """What binds a grammar to the form of a piece of the training split, where the request asks for it."""
    forms = read(card.heard.forms) if request.returning else None
    if forms is None:
        return None
    form = forms.drawn(len(plan.bars), form_generator(request.seed))

    def over(grammar: Grammar) -> Grammar:
        assert isinstance(grammar, BarredGrammar)  # as what knows forms
        return ReturningBars(grammar, form)

    return over


def play_live(
    decoder: Decoder, tokenizer: Tokenizer, plan: Plan, request: ComposeRequest, report: Report
) -> Written:
    """All bars of a request that was played live, one after another."""
    tokens: list[int] = []
    rows: Rows = []
    looks: Rows = []
    for number, turn in enumerate(request.live):
        if report.should_stop():
            raise Stopped
        report.progress(number / request.bars, f"Bar {number + 1} of {request.bars}")
        said, drawn, looked = play_turn(decoder, tokenizer, plan, tokens, turn, request.seed)
        tokens += said
        rows += drawn
        looks += looked
    return tokens, rows, looks


def play_turn(
    decoder: Decoder, tokenizer: Tokenizer, plan: Plan, before: Sequence[int], turn: Turn, seed: int
) -> Written:
    """The next bar of live music, whose bars ``before`` are whole."""
    rows: Rows = []
    looks: Rows = []

    def on_choice(
        token: int, logits: NDArray[np.floating], chances: NDArray[np.float64], state: Any, at: int
    ) -> None:
        attention = decoder.attention(state)
        seen = look(None if attention is None else attention[0], at)
        # Looked at is what the model heard again; the whole piece has more before it.
        seen["token"][seen["share"] > 0] += len(before) + len(rows) - at
        looks.append(seen)
        rows.append(candidates(softmax(logits), chances, token))

    return draw_bar(decoder, tokenizer, plan, before, turn, seed, on_choice), rows, looks


def go_on(
    decoder: Decoder, tokenizer: Tokenizer, plan: Plan, request: ComposeRequest, report: Report,
    over: Over | None = None,
) -> Written:  # fmt: skip
    """From left to right, after the primer and around the voices that are given or the bars that stay; ``over`` as ``sample`` has it."""
    primer = tokenizer.parse(request.primer, plan)
    stays = request.given.tokens(Frames(tokenizer.vocabulary)) if request.given else ()
    walk, composed = tokenizer.grammar(plan), 0
    rows = _Rows()
    looks: list[NDArray[np.void]] = []

    def on_choice(
        token: int, logits: NDArray[np.floating], chances: NDArray[np.float64], state: Any
    ) -> None:
        attention = decoder.attention(state)
        looks.append(look(None if attention is None else attention[0], len(rows)))
        rows.drawn(logits, chances, token)

    def on_token(token: int) -> None:
        nonlocal composed
        composed += 1
        if len(rows) < composed:  # it was not drawn
            rows.given()
            looks.append(NOT_LOOKED)
        walk.advance(token)
        if composed % 16 == 0:
            if report.should_stop():
                raise Stopped
            done = walk.place[0] // plan.meter.bar_ticks  # all bars of a plan to compose are alike
            bar = min(done + 1, len(plan.bars))
            report.progress(done / len(plan.bars), f"Bar {bar} of {len(plan.bars)}")

    tokens = sample(
        decoder, tokenizer, plan,
        primer=primer, stays=stays, over=over, locks=locks_of(request, tokenizer, plan),
        seed=request.seed, temperature=request.temperature,
        top_k=request.top_k, top_p=request.top_p, min_p=request.min_p,
        repetition_penalty=request.repetition_penalty, on_token=on_token, on_choice=on_choice,
    )  # fmt: skip
    return tokens, rows.all(), looks


class _Rows:
    """What tokens were drawn among, worked out for ``TOGETHER`` of them at once: that is quicker."""

    TOGETHER = 256

    def __init__(self) -> None:
        self._rows: Rows = []
        self._drawn: list[tuple[NDArray[np.floating], NDArray[np.float64], int]] = []
        self._places: list[int] = []

    def __len__(self) -> int:
        return len(self._rows)

    def given(self) -> None:
        """The next token was not drawn."""
        self._rows.append(given())

    def drawn(self, logits: NDArray[np.floating], chances: NDArray[np.float64], token: int) -> None:
        """The next token, by the model's ``logits`` (V,) and what it was drawn with (V,)."""
        self._drawn.append((logits, chances, token))
        self._places.append(len(self._rows))
        self.given()
        if len(self._drawn) == self.TOGETHER:
            self._work_out()

    def all(self) -> Rows:
        """A row for every token."""
        if self._drawn:
            self._work_out()
        return self._rows

    def _work_out(self) -> None:
        logits, chances, tokens = zip(*self._drawn, strict=True)
        table = each_candidates(softmax(np.stack(logits)), np.stack(chances), tokens)
        for place, row in zip(self._places, table, strict=True):
            self._rows[place] = row
        self._drawn, self._places = [], []


def fill_holes(
    folder: Path, tokenizer: Tokenizer, plan: Plan, request: ComposeRequest, report: Report
) -> Written:
    """All holes at once, rewritten many times; then faults of voice leading are mended, where they are not allowed."""
    steps = request.rewrites or STEPS

    def on_step(step: int) -> None:
        if report.should_stop():
            raise Stopped
        report.progress(step / (steps + 1), f"Writing {step + 1} of {steps}")

    def on_pass(number: int) -> None:
        if report.should_stop():
            raise Stopped
        report.progress(steps / (steps + 1), "Mending voice leading")

    frames, filler = Frames(tokenizer.vocabulary), load_windows(folder)
    asked = canvas(frames, tokenizer, plan)
    if request.given:
        asked = replace(asked, given=request.given.frames(frames))
    if request.locked:
        asked = locked(asked, frames, request.locked.cells)
    choices = Choices(request.temperature, request.top_k, request.top_p, request.min_p)
    random = np.random.Generator(np.random.PCG64(request.seed))
    filled = fill(
        filler, frames, asked, random=random, choices=choices,
        steps=steps, by_doubt=request.rewrites > 0, on_step=on_step,
    )  # fmt: skip
    per_quarter = tokenizer.settings.steps_per_quarter
    shift = key_shift(frames.vocabulary, plan.key)
    if rules := rules_of(plan, frames, per_quarter, shift):
        filled = mend(filler, frames, asked, filled, rules, random, choices, on_pass)
    tokens = frames.tokens_of(filled.states).tolist()
    free = (asked.given == frames.hidden).reshape(-1)
    logits = filled.logits.reshape(len(tokens), -1)[free]
    chances = filled.chances.reshape(len(tokens), -1)[free]
    rows = np.stack([given()] * len(tokens))
    rows[free] = each_candidates(
        frames.tokens_meant(softmax(logits)), frames.tokens_meant(chances), np.array(tokens)[free]
    )
    return tokens, list(rows), [NOT_LOOKED] * len(rows)


def explanation(
    tokenizer: Tokenizer,
    plan: Plan,
    tokens: Sequence[int],
    rows: Sequence[NDArray[np.void]],
    looks: Sequence[NDArray[np.void]],
) -> Explanation:
    """What each token was drawn among, and where the model looked; a row is empty where nothing is known."""
    table = np.zeros((len(rows), len(rows[0])), rows[0].dtype)
    for row, found in zip(table, rows, strict=True):  # stacking looks at each one's type anew
        row[:] = found
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
