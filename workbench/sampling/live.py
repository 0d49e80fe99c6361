"""Drawing live music: one bar after what was played, with the settings of its moment.

For languages in cells (``core.frames``). Of what was played the model hears the phrase before and this one (``core.live``), as if a piece
began there, so a bar is a function of these, its turn and its seed alone, and takes as long late in the evening as at its
beginning: to hear a bar of a melody again takes 2 ms, one of a chorale 8 ms.

*Density* is added to the logarithm of the odds with which a note begins, after the temperature: at 0.7 the odds are twice those of the
model, at -0.7 half of them. Below 0 rests begin as much less often, so that what is sparse is long, and not silent.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import FIRST_PITCH, HOLD, REST
from workbench.core.live import Turn, heard_from, plans
from workbench.core.vocabulary import START, Decoder, Plan, Tokenizer
from workbench.sampling.draw import PENALTY_WINDOW, draw, penalised, probabilities

Choice = Callable[[int, NDArray[np.floating], NDArray[np.float64], Any, int], None]


def draw_bar(
    decoder: Decoder,
    tokenizer: Tokenizer,
    plan: Plan,
    before: Sequence[int],
    turn: Turn,
    seed: int,
    on_choice: Choice | None = None,
) -> list[int]:
    """The tokens of the next bar of a piece.

    Parameters
    ----------
    plan
        Of the piece, of which its key, tempo, controls and first bar count; all bars are alike.
    before
        The tokens of all bars before, whole ones.
    seed
        Of the piece; the bar's own generator comes of it and the bar's number.
    on_choice
        Called with every token: the token, the model's logits (V,), the probabilities (V,) it was drawn with, the
        decoder's state, and the token's number among those that the model heard.
    """
    cells = plan.bars[0].steps * len(tokenizer.sung)
    number = len(before) // cells
    heard = _beginning(before, heard_from(number) * cells, len(tokenizer.sung))
    told, written = (tokenizer.grammar(each) for each in plans(plan, number, turn))
    rng = np.random.Generator(np.random.PCG64([seed, number]))
    moving = tokenizer.moving
    push = _push(turn, len(tokenizer.vocabulary))
    state, tokens = decoder.start(1), list[int]()
    while not written.finished:
        previous = np.array([tokens[-1] if tokens else START], np.int32)
        logits, state = decoder.step(previous, told.context()[np.newaxis], state)
        if len(tokens) < len(heard):
            token = heard[len(tokens)]
        else:
            recent = [each for each in tokens[-PENALTY_WINDOW:] if moving[each]]
            scores = penalised(logits[0], recent, turn.repetition_penalty) + push
            chances = probabilities(
                scores, written.allowed(), turn.temperature, top_p=turn.top_p, min_p=turn.min_p
            )
            token = draw(chances, rng)
            if on_choice is not None:
                on_choice(token, logits[0], chances, state, len(tokens))
        for grammar in (told, written):
            grammar.advance(token)
        tokens.append(token)
    return tokens[len(heard) :]


def _push(turn: Turn, size: int) -> NDArray[np.float64]:
    """(V,) what density adds to the logits. They are divided by the temperature later, so it is multiplied here."""
    push = np.zeros(size)
    push[FIRST_PITCH:] = turn.density * turn.temperature
    push[REST] = min(turn.density, 0.0) * turn.temperature
    return push


def _beginning(tokens: Sequence[int], start: int, voices: int) -> list[int]:
    """The tokens from ``start`` on, as a piece that begins there says them: what a voice holds, it begins."""
    found = list(tokens[start:])
    for voice in range(min(voices, len(found))):
        if found[voice] == HOLD:
            own = tokens[voice : start + voice : voices]
            found[voice] = next(token for token in reversed(own) if token != HOLD)
    return found
