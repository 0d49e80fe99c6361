"""Polyphonic music frame by frame: which keys of a piano sound at each step of a grid.

::

    60 64 67 next _60 _64 69 next

is a C major chord whose fifth moves to A while the others are held: ``60`` strikes a key, ``_60`` lets it go on, ``next`` goes to the next step.
The piano roll of Boulanger-Lewandowski, Bengio & Vincent, *Modeling temporal dependencies in high-dimensional sequences* (2012), said from
the lowest key up, so that any network that foresees one token after another foresees the keys of a frame given those below, as their RNN-NADE does.

All parts but drums are one; of notes of one pitch that overlap the later is struck anew, and both sound to the end of the longer. Loudness and
later keys and tempos are not kept. A person who wants chords in quarters takes a grid of 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.rolls import HELD, KEYS, LOWEST, NEXT, STRUCK, Roll, begun, key_of
from workbench.core.score import Key, Meter, Part, Score, Tempo, make_notes, quantize, spell
from workbench.core.settings import setting
from workbench.core.vocabulary import Grammar, Plan, TokenSequence
from workbench.tokenizers import tokenizer
from workbench.tokenizers.grid import (
    VELOCITY,
    fitting_shift,
    full_plan,
    normalising_shift,
    plan_meters,
    plan_of,
    step_ticks,
)
from workbench.tokenizers.roll_language import RollGrammar, RollLanguage, word

PIANO = (LOWEST, LOWEST + KEYS - 1)


@dataclass(frozen=True)
class Settings:
    steps_per_quarter: int = setting(
        4,
        choices=(1, 2, 3, 4, 6, 8, 12),
        help="Grid: 4 is sixteenths, 12 holds triplets as well; 1 and 2 are chords in quarters and eighths",
    )
    tells_end: bool = setting(
        True,
        advanced=True,
        help="Whether the model is told how many bars are left, so that it comes to an end in time",
    )


@tokenizer(
    "piano-roll",
    title="Piano roll: keys in steps",
    settings=Settings,
    training={"window": 256, "batch_size": 32},
    form="roll",
)
class PianoRoll:
    """Any number of voices as one piano: at every step the keys that sound, from below. Learns in one key, plays in any."""

    name = "piano-roll"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._grid = settings.steps_per_quarter
        self._language = RollLanguage(self._grid, settings.tells_end)
        self.vocabulary = self._language.vocabulary
        self.sung = {"all keys": PIANO}
        places = np.arange(len(self.vocabulary))
        self.moving = (places >= STRUCK) & (places < HELD)

    def encode(self, score: Score) -> TokenSequence:
        """The notes of a score as tokens.

        Raises
        ------
        CannotEncode
            Where there are no notes, where a bar is no whole number of steps, where the music is wider than a piano in every octave, or
            where too many keys sound at once.
        """
        heard = quantize(_without_drums(score), step_ticks(self._grid))
        plan = plan_of(heard, self._grid)
        low, high = int(heard.notes["pitch"].min()), int(heard.notes["pitch"].max())
        shift = fitting_shift(normalising_shift(plan.key), [(low, high, *PIANO)])
        if shift is None:
            raise CannotEncode(
                f"The music runs from {low} to {high} in {plan.key}; moved to the key without accidentals that does not fit"
                f" into {PIANO[0]} to {PIANO[1]}, the keys of a piano."
            )
        return self._language.sequence(*self._roll(heard.notes, plan, shift), plan)

    def encode_roll(self, roll: Roll, plan: Plan) -> TokenSequence:
        """A roll (T, ``KEYS``) in the key without accidentals, frame after frame to its own end; a key that stays is held.

        Raises
        ------
        CannotEncode
            Where the plan is shorter than the roll, or too many keys sound at once.
        """
        if plan.steps < len(roll):
            raise CannotEncode(
                f"{len(roll)} frames do not fit into {plan.steps} steps; ask for more bars."
            )
        return self._language.sequence(roll, begun(roll), plan)

    def decode(self, tokens: Sequence[int], plan: Plan) -> Score:
        """The score of a complete sequence, in the plan's key. ``CannotEncode`` where it is none."""
        grammar = self.grammar(plan)
        for token in tokens:
            grammar.advance(int(token))
        if not grammar.finished:
            raise CannotEncode(f"{len(tokens)} symbols are too few for {plan.steps} frames.")
        step, lowest = step_ticks(self._grid), LOWEST - normalising_shift(plan.key)
        notes = make_notes(
            (begin * step, (end - begin) * step, pitch, VELOCITY, 0, spell(pitch, plan.key.fifths))
            for begin, end, key in _spans(tokens)
            for pitch in [lowest + key]
        )
        return Score(
            notes,
            plan_meters(plan, self._grid),
            (plan.key,),
            (Tempo(0, plan.tempo),),
            (Part("Piano", 0),),
        )

    def plan(self, key: Key, meter: Meter, bars: int, tempo: float) -> Plan:
        """``bars`` full bars of one meter."""
        return full_plan(key, meter, bars, tempo, self._grid)

    def grammar(self, plan: Plan) -> Grammar:
        """The rules of ``roll_language``."""
        return RollGrammar(self._language, plan)

    def symbols(self, tokens: Sequence[int], plan: Plan) -> str:
        """What :meth:`parse` reads back: ``60 64 next _60``, in the plan's key."""
        return " ".join(word(int(token), plan) for token in tokens)

    def parse(self, text: str, plan: Plan) -> list[int]:
        """Tokens of ``60 64 next _60``, in the plan's key; ``CannotEncode`` names the first that is wrong."""
        words = {word(token, plan): token for token in range(1, len(self.vocabulary))}
        grammar, tokens = self.grammar(plan), []
        for number, symbol in enumerate(text.split(), start=1):
            if symbol not in words:
                low, high = word(STRUCK, plan), word(HELD - 1, plan)
                raise CannotEncode(
                    f"Symbol {number} of the primer, {symbol!r}, is none of this model's in {plan.key}: write the keys that sound, {low} to {high},"
                    " from below, with _ before one that goes on, and next after each step."
                )
            grammar.advance(words[symbol])
            tokens.append(words[symbol])
        return tokens

    def _roll(self, notes: NDArray[np.void], plan: Plan, shift: int) -> tuple[Roll, Roll]:
        """Where keys sound, and where they are struck, of notes on the grid."""
        step = step_ticks(self._grid)
        begin = notes["onset"] // step
        end = begin + notes["duration"] // step
        keys = notes["pitch"] + shift - LOWEST
        sounds = np.zeros((plan.steps, KEYS), np.bool_)
        struck = np.zeros_like(sounds)
        struck[begin, keys] = True
        for first, last, key in zip(begin.tolist(), end.tolist(), keys.tolist(), strict=True):
            sounds[first:last, key] = True
        return sounds, struck


def _without_drums(score: Score) -> Score:
    """The notes of all parts but drums; ``CannotEncode`` where there are none."""
    is_drum = np.array([part.is_drum for part in score.parts])
    notes = score.notes[~is_drum[score.notes["part"]]]
    if not len(notes):
        raise CannotEncode("There is no music here: no part but drums has a note.")
    return replace(score, notes=notes)


def _spans(tokens: Sequence[int]) -> list[tuple[int, int, int]]:
    """First frame, frame after the last, and key of every note of a complete sequence."""
    found: list[tuple[int, int, int]] = []
    begins: dict[int, int] = {}
    now: set[int] = set()
    frame = 0

    def end(key: int) -> None:
        found.append((begins.pop(key), frame, key))

    for token in map(int, tokens):
        key = key_of(token)
        if token == NEXT:
            for gone in begins.keys() - now:
                end(gone)
            frame, now = frame + 1, set()
            continue
        now.add(key)
        if token < HELD:
            if key in begins:
                end(key)
            begins[key] = frame
    for key in list(begins):
        end(key)
    return found
