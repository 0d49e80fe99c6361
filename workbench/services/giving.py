"""Giving a model music to fill: a melody to harmonise, voices to add, bars to write anew."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode, InvalidSetting, UnreadableFile
from workbench.core.frames import Frames
from workbench.core.score import Key, Score, parse_key, split_parts, transpose
from workbench.core.sections import TONIC, close_classes, end_ticks
from workbench.core.specs import FREE, ComposeRequest, Given, TokenizerSpec
from workbench.core.vocabulary import Plan, TokenSequence, printed_numbers
from workbench.jobs.reader import BoundedReader
from workbench.services import library, models
from workbench.services.models import Model
from workbench.services.wording import made, worded_for
from workbench.tokenizers import TOKENIZERS
from workbench.tokenizers.chorale_grid import VOICES, ChoraleGrid
from workbench.tokenizers.grid import first_pitch, is_told_signatures, step_ticks
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

SILENCE = 1
"""In ``core.frames``, the highest number of a silent cell."""
LETTERS = "".join(voice[0].upper() for voice in VOICES)
"""How the voices are named in short: SATB."""


def fills(model: Model) -> bool:
    """Whether a model fills holes, so that it can be given music."""
    return ARCHITECTURES.get(model.card.model.architecture).is_orderless


def keeps_voices(model: Model) -> bool:
    """Whether a model writes four voices, so that it can be given some of them."""
    return TOKENIZERS.get(model.card.tokenizer.name).form == "voices"


def named(workspace: Workspace, name: str) -> tuple[Score, str]:
    """The music of a file, which has a suffix, or of a piece of the library by its id, which has none; and what it is called.

    Raises ``UnreadableFile`` or ``UnknownName`` where there is none.
    """
    path = Path(name)
    if not path.suffix:
        found = library.piece(workspace, name)
        return library.score(workspace, found.id), found.title
    if not path.is_file():
        raise UnreadableFile(
            f"There is no file {path}; give a file, or a piece of the library by its id."
        )
    with BoundedReader() as reader:
        return reader.read_file(path, path.name)[0].score, path.stem


def with_given_named(
    workspace: Workspace, request: ComposeRequest, name: str, *, voices: str = "S", bars: str = ""
) -> ComposeRequest:
    """:func:`with_given` of a file or a piece, as :func:`named` finds it."""
    score, title = named(workspace, name)
    return with_given(workspace, request, score, title=title, voices=voices, bars=bars)


def with_given(
    workspace: Workspace,
    request: ComposeRequest,
    score: Score,
    *,
    title: str = "",
    voices: str = "S",
    bars: str = "",
) -> ComposeRequest:
    """The request with music that stays, in its own key, meters and bars; what is silent at the end of its last bar is cut off.

    An end on the tonic that the request asks for is kept to where the last notes that stay belong to the tonic chord, and is left out of the request where they do not.

    Parameters
    ----------
    score
        Four voices, or a melody, which becomes the one voice that is named.
    voices
        Those of the score that stay, by letter: ``"S"`` keeps the soprano and has the others written.
    bars
        Bars in which nothing stays, such as ``"5-8,12"``; the first full bar is 1, an upbeat before it 0.

    Raises
    ------
    InvalidSetting
        For a model that writes no four voices, one that writes from left to right where bars are to be filled, voices or
        bars that are none, or nothing left to fill.
    CannotEncode
        Where the model has no way to say the score.
    """
    model = models.get(workspace, request.model)
    if not keeps_voices(model):
        raise InvalidSetting(
            f"{model.title} does not write four voices, so none of them can be given; choose a model of chorales, such as a Coconet."
        )
    if bars and not fills(model):
        raise InvalidSetting(
            f"{model.title} writes from left to right and cannot fill holes; choose a Coconet."
        )
    kept, language = _voices(voices), _language(model)
    if is_told_signatures(language.vocabulary):
        score = _in_key(score, request.key)
    sequence = _said(language, score, kept)
    frames, plan = Frames(language.vocabulary), sequence.plan
    stays = np.zeros((plan.steps, len(VOICES)), bool)
    stays[:, kept] = True
    stays[_steps_of(plan, bars)] = False
    states = np.where(stays, frames.states_of(sequence.tokens), FREE)
    plan = _without_silent_end(plan, states)
    states = states[: plan.steps]
    spec = model.card.tokenizer
    given = Given(plan, tuple(states.reshape(-1).tolist()), title, TokenizerSpec(spec.name, spec.settings))  # fmt: skip
    given.frames(frames)  # refuses music without holes
    return closing(workspace, replace(request, given=given, bars=len(plan.bars)))


def _said(language: ChoraleGrid, score: Score, kept: list[int]) -> TokenSequence:
    """Four voices, or a melody as the one voice that is kept, in a model's language."""
    sounding = [part for part in split_parts(score) if len(part.notes)]
    if len(sounding) == len(VOICES):
        return language.encode(score)
    if len(kept) == 1:
        return language.encode_melody(score, VOICES[kept[0]])
    raise InvalidSetting(
        f"The voices {''.join(LETTERS[each] for each in kept)} are to stay, and here are {len(sounding)} parts; "
        "give a score in four voices, or a melody and the one voice that sings it."
    )


def _in_key(score: Score, name: str | None) -> Score:
    """The score by the nearest way in a key that is asked for. Models in one key are given music as it is, and move it themselves."""
    if not name:
        return score
    try:
        return transpose(score, (parse_key(name).tonic - score.keys[0].tonic + 5) % 12 - 5)
    except ValueError as error:
        raise CannotEncode(f"The music cannot be moved to {name}: {error}.") from error


def closing(workspace: Workspace, request: ComposeRequest) -> ComposeRequest:
    """The request with the length of its close, where it asks for an end on the tonic and what is given leaves one; else without that end."""
    close = 0.0
    model = models.get(workspace, request.model)
    request = worded_for(request, model.card)
    if request.given and request.limits.ends_on_tonic:
        language, plan = _language(model), request.given.plan
        per_quarter = language.settings.steps_per_quarter
        usual = end_ticks(plan.meter) // step_ticks(per_quarter)
        states = np.array(request.given.states).reshape(plan.steps, len(VOICES))
        first = first_pitch(language.vocabulary, plan.key)
        close = _close_steps(plan.key, states, first, usual) / per_quarter
    limits = replace(request.limits, ends_on_tonic=close > 0, close=close)
    return replace(request, limits=limits)


def _without_silent_end(plan: Plan, states: NDArray[np.int32]) -> Plan:
    """The plan with its last bar as short as what stays in it, as it is in music with an upbeat; the plan itself where nothing sounds there or some of it is to be filled."""
    sounds = np.flatnonzero((states > SILENCE).any(axis=1))
    begin = plan.steps - plan.bars[-1].steps
    end = int(sounds[-1]) + 1 if len(sounds) else 0
    if end <= begin or (states[end:] == FREE).all(axis=1).any():
        return plan
    return replace(plan, bars=(*plan.bars[:-1], replace(plan.bars[-1], steps=end - begin)))


def _close_steps(key: Key, states: NDArray[np.integer], first: int, usual: int) -> int:
    """How long a piece (T, V) may close on its tonic: from the last note that stays, if all that stays there belongs to such a close; the ``usual``
    steps where all of these are to be filled; else 0. ``first`` is the pitch of the lowest note there is.
    """
    begins = 0
    stay = np.flatnonzero(states[-1] != FREE)
    if not len(stay):
        return usual if (states[-usual:] == FREE).all() else 0
    for voice in stay.tolist():
        pitch = first + int(states[-1, voice]) // 2 - 1
        belongs = close_classes(key, TONIC, voice, len(VOICES))
        if states[-1, voice] <= SILENCE or pitch % 12 not in belongs:
            return 0
        begins = max(begins, int(np.flatnonzero(states[:, voice] % 2 == 0)[-1]))
    return 0 if len(stay) == len(VOICES) else len(states) - begins


def _language(model: Model) -> ChoraleGrid:
    """What a model of voices is written in, without controls."""
    spec = model.card.tokenizer
    language = made(TokenizerSpec(spec.name, spec.settings))
    assert isinstance(language, ChoraleGrid)  # tokenizers in voices are its kind
    return language


def _voices(letters: str) -> list[int]:
    """Which voices the letters name."""
    found = [LETTERS.find(letter) for letter in letters.upper()]
    if not found or -1 in found or len(set(found)) < len(found):
        raise InvalidSetting(
            f"{letters!r} names no voices; write those that stay by their letters, such as S or SB, out of {LETTERS}."
        )
    return sorted(found)


def _steps_of(plan: Plan, bars: str) -> NDArray[np.bool_]:
    """(T,) which steps of a plan lie in the bars that are named."""
    numbers = np.array(printed_numbers(plan))
    wanted = np.zeros(len(numbers), bool)
    for span in filter(None, (each.strip() for each in bars.split(","))):
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", span)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        inside = (numbers >= first) & (numbers <= last)
        if not inside.any() or last > numbers[-1]:
            raise InvalidSetting(
                f"{span!r} names no bars of this piece; write numbers from {numbers[0]} to {numbers[-1]}, such as 5-8."
            )
        wanted |= inside
    return np.repeat(wanted, [bar.steps for bar in plan.bars])
