"""Filling the holes of a piece by blocked Gibbs sampling, with fewer and fewer cells drawn anew.

The model gives a distribution for every hidden cell, but as if the others stayed hidden: drawn all at once, cells do not know of
one another. So a piece is written again and again. In each step a *share* of the free cells is hidden, and
all hidden ones are drawn at once, each knowing the cells that stayed. The share falls in a line from ``MOST`` to
``LEAST`` over the first ``FALLING`` of the steps (Yao, Ozair, Cho & Bengio, *On the Equivalence Between Deep NADE and
Generative Stochastic Networks*, 2014; for music Huang et al., *Counterpoint by Convolution*, 2017): first the outline,
then the details. Cells that are given never change.

Which cells are hidden decides how many steps it takes. *By doubt*, those that were drawn with the smallest chance when they were drawn last are
hidden first (Ghazvininejad, Levy, Liu & Zettlemoyer, *Mask-Predict*, 2019), but for noise, without which what was once drawn with a high chance would
stay, and rests most of all (Chang et al., *MaskGIT*, 2022). ``REWRITES`` such steps give music that the model finds as likely as after 96
(``STEPS``) in which all cells are as likely to be hidden, as the authors have it. Requests from before there was doubt are filled like that still.

The same model, canvas, seed and choices give the same piece: one generator (PCG64) decides what is hidden and what is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import FIRST_PITCH, HOLD, REST, Filler, Frames
from workbench.core.specs import FREE
from workbench.core.vocabulary import Plan, Tokenizer
from workbench.sampling.draw import check_choices, draw_each, each_probabilities

STEPS, REWRITES = 96, 24
MOST, LEAST, FALLING = 0.95, 0.05, 0.8
NOISE = 3.0
"""By doubt: the scale, in nats, of the noise (of a Gumbel distribution) on how sure each cell is."""


class Choices(NamedTuple):
    """How boldly cells are drawn (:mod:`workbench.sampling.draw`)."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


PLAIN = Choices()


@dataclass(frozen=True, eq=False)
class Canvas:
    """What is fixed before a piece of T steps is filled."""

    given: NDArray[np.int32]
    """(T, V) states; ``Frames.hidden`` where a cell is free."""
    context: NDArray[np.int32]
    """(T, C)"""
    allowed: NDArray[np.bool_]
    """(T, V, S) which states may be drawn."""
    held: NDArray[np.bool_]
    """(T, V) cells that hold what stands in the cell before, whatever the model says: those of a close, after its first."""


@dataclass(frozen=True, eq=False)
class Filled:
    """A piece without holes, and what each free cell was drawn among the last time it was."""

    states: NDArray[np.int32]
    """(T, V)"""
    logits: NDArray[np.float32]
    """(T, V, S) the model's; zero in given cells."""
    chances: NDArray[np.float64]
    """(T, V, S) what was drawn with; zero in given cells."""


def canvas(frames: Frames, tokenizer: Tokenizer, plan: Plan) -> Canvas:
    """Nothing but holes, for a plan. What may be drawn, and what is known, is as the grammar has it.

    The grammar's own walk knows of parallels only in one order of voices; they are looked after in :mod:`workbench.sampling.mending`.
    """
    grammar = tokenizer.grammar(
        replace(plan, limits=replace(plan.limits, no_parallels=False, no_cross_relations=False))
    )
    context: list[NDArray[np.int32]] = []
    sung: list[NDArray[np.bool_]] = []
    while not grammar.finished:
        allowed = grammar.allowed()
        context.append(grammar.context())
        sung.append(allowed)
        grammar.advance(HOLD if allowed[HOLD] else int(np.flatnonzero(allowed)[-1]))
    known = frames.context_of(np.array(context))
    masks = np.array(sung).reshape(len(known), frames.voices, -1)
    pitches = masks[0, :, FIRST_PITCH:]  # (V, pitches), at the beginning
    row = np.concatenate([np.ones((frames.voices, 1), bool), pitches], axis=1)
    allowed = np.repeat(np.repeat(row, 2, axis=1)[np.newaxis], len(known), axis=0)
    allowed[-1, :, :2] = False  # the last bar is to sound
    held = _close(masks, allowed) if plan.limits.ends_on_tonic else np.zeros(masks.shape[:2], bool)
    given = np.full((len(known), frames.voices), frames.hidden, np.int32)
    return Canvas(given, known, allowed, held)


def _close(masks: NDArray[np.bool_], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take from ``allowed`` what the grammar's ``masks`` (T, V, tokens) leave out at the close; (T, V) where it is held.

    At its first step every voice begins a note; in the steps that follow it may do nothing but hold.
    """
    must_begin = np.logical_not(masks[..., :FIRST_PITCH].any(axis=-1))
    held: NDArray[np.bool_] = masks[..., HOLD] & (masks.sum(axis=-1) == 1)
    for voice in range(masks.shape[1]):
        starts = np.flatnonzero(must_begin[:, voice] & np.append(held[1:, voice], True))
        if not held[-1, voice] or not len(starts):
            held[:, voice] = False
            continue
        begin = starts[-1]
        pitches = np.repeat(masks[begin, voice, FIRST_PITCH:], 2)
        allowed[begin:, voice, :2] = False
        allowed[begin:, voice, 2:] &= pitches
        allowed[begin, voice, 1::2] = False
        allowed[begin + 1 :, voice, 0::2] = False
        held[:begin, voice] = False
    return held


def locked(canvas: Canvas, frames: Frames, cells: Sequence[int]) -> Canvas:
    """The canvas with cells that stay (T * V,), as ``core.specs.Locked`` has them; a note among them is not held on where it ended."""
    wanted = np.asarray(cells, np.int64).reshape(canvas.given.shape)
    given, allowed = canvas.given.copy(), canvas.allowed.copy()
    for voice in range(frames.voices):
        before = frames.hidden
        for step, cell in enumerate(wanted[:, voice].tolist()):
            is_note = before < frames.states and before > 1  # of the cell before
            if cell == FREE:
                if is_note:
                    allowed[step, voice, before | 1] = False
                before = frames.hidden
                continue
            if cell == HOLD:
                before |= 1
            else:
                before = int(before <= 1) if cell == REST else 2 * (cell - REST)
            given[step, voice] = before
    return replace(canvas, given=given, allowed=allowed)


def fill(
    filler: Filler,
    frames: Frames,
    canvas: Canvas,
    *,
    random: np.random.Generator,
    choices: Choices = PLAIN,
    steps: int = STEPS,
    by_doubt: bool = False,
    on_step: Callable[[int], None] | None = None,
) -> Filled:
    """Fill the free cells of a canvas, drawing from ``random``.

    ``by_doubt`` says which cells are hidden in each step. ``on_step`` is called with the number of each step before it; an exception it raises ends the work.

    Raises
    ------
    InvalidSetting
        Where temperature, top-k, top-p or min-p is out of range.
    """
    check_choices(*choices)
    free = canvas.given == frames.hidden
    states = canvas.given.copy()
    logits = np.zeros((*states.shape, frames.states), np.float32)
    chances = np.zeros(logits.shape, np.float64)
    sure = np.zeros(free.shape, np.float64)  # log of the chance that each cell was drawn with
    for step in range(steps):
        if on_step is not None:
            on_step(step)
        if step == 0:
            hidden = free
        elif by_doubt:
            hidden = _most_doubtful(sure, free & ~canvas.held, share(step, steps), random)
        else:
            hidden = free & (random.random(free.shape) < share(step, steps))
        hidden = _with_close(hidden, canvas.held) if canvas.held.any() else hidden
        if not hidden.any():
            continue
        seen = np.where(hidden, frames.hidden, states).astype(np.int32)
        found = filler.logits(seen[np.newaxis], canvas.context[np.newaxis])[0]
        logits[hidden] = found[hidden]
        drawn = hidden & ~canvas.held
        cells = each_probabilities(found[drawn], canvas.allowed[drawn], *choices)
        states[drawn] = draw_each(cells, random)
        chances[drawn] = cells
        sure[drawn] = np.log(cells[np.arange(len(cells)), states[drawn]])
        _hold(canvas.held & free, states, chances)
    return Filled(states, logits, chances)


def _most_doubtful(
    sure: NDArray[np.float64],
    free: NDArray[np.bool_],
    share: float,
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """(T, V) the share of the free cells that were drawn with the smallest chances, but for noise."""
    noisy = (sure + NOISE * random.gumbel(size=sure.shape))[free]
    count = max(round(share * len(noisy)), 1)
    hidden = np.zeros_like(free)
    if len(noisy):
        chosen = np.zeros(len(noisy), bool)
        chosen[np.argsort(noisy, kind="stable")[:count]] = True
        hidden[free] = chosen
    return hidden


def _with_close(hidden: NDArray[np.bool_], held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(T, V) what is to be hidden, where held cells are hidden with the one that they hold, and not without it."""
    result = hidden.copy()
    for step, voice in zip(*np.nonzero(held), strict=True):
        result[step, voice] = result[step - 1, voice]
    return result


def _hold(held: NDArray[np.bool_], states: NDArray[np.int32], chances: NDArray[np.float64]) -> None:
    """Write held cells as what stands before them; they are certain."""
    for step, voice in zip(*np.nonzero(held), strict=True):
        states[step, voice] = states[step - 1, voice] | 1
        chances[step, voice] = 0
        chances[step, voice, states[step, voice]] = 1


def share(step: int, steps: int) -> float:
    """The probability with which a free cell is drawn anew in a step, counted from 0."""
    return max(LEAST, MOST - (MOST - LEAST) * step / (FALLING * steps))
