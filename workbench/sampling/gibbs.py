"""Filling the holes of a piece by blocked Gibbs sampling, with fewer and fewer cells drawn anew.

The model gives a distribution for every hidden cell, but as if the others stayed hidden: drawn all at once, cells do not know of
one another. So a piece is written again and again. In each step every free cell is hidden with a probability, the *share*, and
all hidden ones are drawn at once, each knowing the cells that stayed. The share falls in a line from ``MOST`` to
``LEAST`` over the first ``FALLING`` of the steps (Yao, Ozair, Cho & Bengio, *On the Equivalence Between Deep NADE and
Generative Stochastic Networks*, 2014; for music Huang et al., *Counterpoint by Convolution*, 2017): first the outline,
then the details. Cells that are given never change.

The same model, canvas, seed and choices give the same piece: one generator (PCG64) decides what is hidden and what is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import FIRST_PITCH, HOLD, REST, Filler, Frames
from workbench.core.specs import FREE
from workbench.core.vocabulary import Plan, Tokenizer
from workbench.sampling.draw import check_choices, draw, probabilities

STEPS = 96
MOST, LEAST, FALLING = 0.95, 0.05, 0.8


@dataclass(frozen=True, eq=False)
class Canvas:
    """What is fixed before a piece of T steps is filled."""

    given: NDArray[np.int32]
    """(T, V) states; ``Frames.hidden`` where a cell is free."""
    context: NDArray[np.int32]
    """(T, C)"""
    allowed: NDArray[np.bool_]
    """(T, V, S) which states may be drawn."""


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
    """Nothing but holes, for a plan. What may be drawn, and what is known, is as the grammar has it."""
    grammar = tokenizer.grammar(plan)
    context: list[NDArray[np.int32]] = []
    sung: list[NDArray[np.bool_]] = []
    while not grammar.finished:
        allowed = grammar.allowed()
        context.append(grammar.context())
        sung.append(allowed)
        grammar.advance(HOLD if allowed[HOLD] else int(np.flatnonzero(allowed)[-1]))
    known = frames.context_of(np.array(context))
    pitches = np.array(sung[: frames.voices])[:, FIRST_PITCH:]  # (V, pitches), at the beginning
    row = np.concatenate([np.ones((frames.voices, 1), bool), pitches], axis=1)
    allowed = np.repeat(np.repeat(row, 2, axis=1)[np.newaxis], len(known), axis=0)
    allowed[-1, :, :2] = False  # the last bar is to sound
    given = np.full((len(known), frames.voices), frames.hidden, np.int32)
    return Canvas(given, known, allowed)


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
    seed: int = 0,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    steps: int = STEPS,
    on_step: Callable[[int], None] | None = None,
) -> Filled:
    """Fill the free cells of a canvas.

    ``on_step`` is called with the number of each step before it; an exception it raises ends the work.

    Raises
    ------
    InvalidSetting
        Where temperature, top-k, top-p or min-p is out of range.
    """
    check_choices(temperature, top_k, top_p, min_p)
    random = np.random.Generator(np.random.PCG64(seed))
    free = canvas.given == frames.hidden
    states = canvas.given.copy()
    logits = np.zeros((*states.shape, frames.states), np.float32)
    chances = np.zeros(logits.shape, np.float64)
    for step in range(steps):
        if on_step is not None:
            on_step(step)
        drawn = free if step == 0 else free & (random.random(free.shape) < share(step, steps))
        if not drawn.any():
            continue
        seen = np.where(drawn, frames.hidden, states).astype(np.int32)
        found = filler.logits(seen[np.newaxis], canvas.context[np.newaxis])[0]
        logits[drawn] = found[drawn]
        for cell in zip(*np.nonzero(drawn), strict=True):
            chances[cell] = probabilities(
                found[cell], canvas.allowed[cell], temperature, top_k, top_p, min_p
            )
            states[cell] = draw(chances[cell], random)
    return Filled(states, logits, chances)


def share(step: int, steps: int) -> float:
    """The probability with which a free cell is drawn anew in a step, counted from 0."""
    return max(LEAST, MOST - (MOST - LEAST) * step / (FALLING * steps))
