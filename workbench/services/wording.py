"""Music that stays, in the language of the model that is to keep it.

A request holds such music as numbers of one vocabulary and says of which. The person may choose another model for it, or the model may have
been replaced by one with another vocabulary since: then the same sounding notes get other numbers here, before anything is checked.
"""

import json
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.frames import FIRST_PITCH, Frames
from workbench.core.model_card import ModelCard
from workbench.core.records import from_json, to_json
from workbench.core.score import Key, parse_key
from workbench.core.specs import ComposeRequest, Given, TokenizerSpec
from workbench.core.vocabulary import Plan, Tokenizer
from workbench.jobs.requests import language_of
from workbench.tokenizers import make
from workbench.tokenizers.grid import first_pitch, is_told_signatures


def worded_for(request: ComposeRequest, card: ModelCard) -> ComposeRequest:
    """The request with the music that stays in the model's language, where that is another one; else the request itself.

    A model of one key moves what is given to the key that is asked for by itself. One of music in its own keys is given it there.

    Raises ``CannotEncode`` where the model has other steps, or no way to say some of the notes.
    """
    stays = request.given or request.locked
    known = made(TokenizerSpec(card.tokenizer.name, card.tokenizer.settings))
    if stays is None or not Frames(known.vocabulary).voices:
        return request
    said = made(language_of(stays))
    if Frames(said.vocabulary).voices != Frames(known.vocabulary).voices:
        return request
    if said.settings.steps_per_quarter != known.settings.steps_per_quarter:
        raise CannotEncode(
            f"What stays is written in {said.settings.steps_per_quarter} steps a quarter note and this model in "
            f"{known.settings.steps_per_quarter}; give it again."
        )
    key = _asked_key(request, known, stays.plan)
    way = (key.tonic - stays.plan.key.tonic + 5) % 12 - 5
    shift = first_pitch(said.vocabulary, stays.plan.key) + way - first_pitch(known.vocabulary, key)
    if not shift and key == stays.plan.key and said.name == known.name:
        return request
    plan = replace(stays.plan, key=key)
    language = TokenizerSpec(card.tokenizer.name, card.tokenizer.settings)
    count = len(known.vocabulary) - FIRST_PITCH
    if isinstance(stays, Given):
        numbers = np.array(stays.states)
        rows = _shifted(numbers // 2 - 1, numbers >= 2, shift, count)
        numbers = np.where(numbers >= 2, 2 * (rows + 1) + numbers % 2, numbers)
        return replace(
            request, given=replace(stays, plan=plan, states=tuple(numbers.tolist()), language=language)
        )  # fmt: skip
    numbers = np.array(stays.cells)
    rows = _shifted(numbers - FIRST_PITCH, numbers >= FIRST_PITCH, shift, count)
    numbers = np.where(numbers >= FIRST_PITCH, rows + FIRST_PITCH, numbers)
    return replace(request, locked=replace(stays, cells=tuple(numbers.tolist()), language=language))


def _asked_key(request: ComposeRequest, known: Tokenizer, plan: Plan) -> Key:
    """The key that what is given is to be moved to: another one than its own for a model in its own keys alone. What is no such key is refused later."""
    if not (request.given and request.key and is_told_signatures(known.vocabulary)):
        return plan.key
    try:
        key = parse_key(request.key)
    except ValueError:
        return plan.key
    return key if key.mode == plan.key.mode else plan.key


def _shifted(
    rows: NDArray[np.int64], sounding: NDArray[np.bool_], shift: int, count: int
) -> NDArray[np.int64]:
    """Pitches, counted from the lowest of ``count``, where they sound."""
    found = rows + shift
    if not ((found[sounding] >= 0) & (found[sounding] < count)).all():
        raise CannotEncode(
            "Some of the music that stays is too high or too low for this model; give other music, or ask for another key."
        )
    return found


def made(spec: TokenizerSpec) -> Tokenizer:
    """A tokenizer, made once."""
    return _made(json.dumps(to_json(spec)))


@lru_cache(maxsize=32)
def _made(spec: str) -> Tokenizer:
    return make(from_json(TokenizerSpec, json.loads(spec)))
