"""The loop that composes: token after token, as the grammar allows.

The same model, plan, primer, seed and choices give the same tokens: one generator (PCG64) is seeded
once, and one number is taken from it for every token that is drawn. Tokens of the primer, and those that stay, take none.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.vocabulary import START, Decoder, Grammar, Plan, Tokenizer
from workbench.sampling.draw import (
    PENALTY_WINDOW,
    check_choices,
    draw,
    penalised,
    probabilities,
)
from workbench.sampling.locks import Locks
from workbench.sampling.repeats import with_repeats

Choice = Callable[[int, NDArray[np.floating], NDArray[np.float64], Any], None]


def sample(
    decoder: Decoder,
    tokenizer: Tokenizer,
    plan: Plan,
    *,
    primer: Sequence[int] = (),
    stays: Sequence[int] = (),
    over: Callable[[Grammar], Grammar] | None = None,
    locks: Locks | None = None,
    seed: int = 0,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    repetition_penalty: float = 1.0,
    on_token: Callable[[int], None] | None = None,
    on_choice: Choice | None = None,
) -> list[int]:
    """Compose a whole piece under a plan.

    Parameters
    ----------
    primer
        Tokens the piece begins with, as ``tokenizer.parse`` or ``encode`` gives them.
    stays
        For every place of the piece the token that stands there whatever the model wants, or a negative number; empty for none.
        What comes of the others is drawn from left to right, so the model hears what stays only once it has come there.
    over
        Makes of the plan's grammar one that allows less, such as ``sampling.repeats.Returning``.
    locks
        Cells that stay with what is around them (``sampling.locks``), at their beginning.
    on_token
        Called with every token in turn, those of the primer included; an exception it raises
        ends the loop.
    on_choice
        Called before ``on_token`` with every token that was drawn: the token, the model's logits (V,), the
        probabilities (V,) it was drawn with, and the decoder's state.

    Returns
    -------
    list of int
        All tokens of the piece, the primer among them, ready for ``tokenizer.decode``.

    Raises
    ------
    CannotEncode
        Where the grammar forbids the primer; the message names the position.
    InvalidSetting
        Where temperature, top-k, top-p, min-p or the penalty is out of range.
    """
    check_choices(temperature, top_k, top_p, min_p, repetition_penalty)
    check_primer(tokenizer, plan, primer)
    rng = np.random.Generator(np.random.PCG64(seed))
    grammar = with_repeats(tokenizer.grammar(plan), plan)
    grammar = over(grammar) if over else grammar
    moving = tokenizer.moving
    state = decoder.start(1)
    tokens: list[int] = []
    previous = START
    while not grammar.finished:
        context = grammar.context()[np.newaxis]  # (1, C)
        logits, state = decoder.step(np.array([previous], np.int32), context, state)
        if len(tokens) < len(primer):
            previous = int(primer[len(tokens)])
        elif len(tokens) < len(stays) and stays[len(tokens)] >= 0:
            previous = int(stays[len(tokens)])
        elif locks is not None and locks.forced is not None:
            previous = locks.forced
        else:
            scores = logits[0]
            if repetition_penalty != 1:
                recent = [token for token in tokens[-PENALTY_WINDOW:] if moving[token]]
                scores = penalised(scores, recent, repetition_penalty)
            allowed = grammar.allowed() if locks is None else locks.mask(grammar.allowed())
            chances = probabilities(scores, allowed, temperature, top_k, top_p, min_p)
            previous = draw(chances, rng)
            if on_choice is not None:
                on_choice(previous, logits[0], chances, state)
        grammar.advance(previous)
        if locks is not None:
            locks.advance(previous)
        tokens.append(previous)
        if on_token is not None:
            on_token(previous)
    return tokens


def check_primer(tokenizer: Tokenizer, plan: Plan, primer: Sequence[int]) -> None:
    """Raise ``CannotEncode`` where a piece under this plan cannot begin with the primer.

    Under limits the primer has to keep to them, as all that is composed; but its voices may go as a person lets them go.
    """
    limits = replace(plan.limits, no_parallels=False, no_cross_relations=False)
    plan = replace(plan, limits=limits)
    grammar = with_repeats(tokenizer.grammar(plan), plan)
    for position, token in enumerate(primer):
        if grammar.finished:
            raise CannotEncode(
                f"The primer has {len(primer)} symbols and the piece has room for {position};"
                " shorten the primer or ask for more bars."
            )
        if not plan.limits.are_open and not _may_stand(grammar, int(token)):
            symbol = tokenizer.symbols([int(token)], plan)
            raise CannotEncode(
                f"The primer does not keep to what is asked for at its symbol {position + 1}, {symbol!r}: range, key, lengths, form"
                " or the end on the tonic, or what an instrument of this model plays at all; leave these open or change the primer."
            )
        grammar.advance(int(token))


def _may_stand(grammar: Grammar, token: int) -> bool:
    allowed = grammar.allowed()
    return 0 <= token < len(allowed) and bool(allowed[token])
