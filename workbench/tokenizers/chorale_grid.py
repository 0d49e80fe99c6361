"""Four voices on a grid of equal steps, soprano to bass.

Every step is four cells: soprano, alto, tenor, bass; each is a pitch, ``_`` (hold) or ``r`` (rest). The
chain of voices within a step follows Hadjeres, Pachet & Nielsen, *DeepBach* (2017), in the order
that lets a given melody come first. A person types steps of four, separated by bars::

    72 67 64 48 | _ _ _ _ | 71 67 62 55 | _ _ _ _

is a C major chord, held for a second step, then a G major chord.

Voices are told by their part names where these are soprano, alto, tenor and bass, else by their mean
pitch. Voices may cross. Of notes within one part that begin together the highest stays.
Only the first key and tempo of a score are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.editing import NoteEdits
from workbench.core.errors import CannotEncode
from workbench.core.score import Key, Meter, Part, Score, Tempo, merge, split_parts
from workbench.core.settings import setting
from workbench.core.vocabulary import Grammar, Plan, TokenSequence
from workbench.tokenizers import tokenizer
from workbench.tokenizers.cells import CellGrammar, CellLanguage
from workbench.tokenizers.grid import (
    HOLD,
    REST,
    first_part,
    fitting_shift,
    full_plan,
    line_notes,
    line_of,
    on_grid,
    plan_meters,
    plan_of,
)
from workbench.tokenizers.locked_cells import locked_cells

VOICES = ("soprano", "alto", "tenor", "bass")
# Lowest and highest pitch of each voice once the key has no accidentals: what Bach's chorales use.
RANGES = ((55, 84), (49, 79), (45, 74), (31, 67))
# The same as they are sung, in the chorales' own keys. What is composed keeps within it in every key.
SUNG = ((57, 81), (53, 74), (48, 69), (36, 64))
CHOIR = 52


@dataclass(frozen=True)
class Settings:
    steps_per_quarter: int = setting(
        4, choices=(2, 3, 4, 6, 8, 12), help="Grid: 4 is sixteenths, 2 is eighths"
    )


@tokenizer(
    "chorale-grid",
    title="Four voices in steps",
    settings=Settings,
    training={"window": 256, "batch_size": 32},  # 64 tokens are one bar of 4/4
    form="voices",
)
class ChoraleGrid:
    """Soprano, alto, tenor and bass on a grid, step by step. Learns in one key, sings in any."""

    name = "chorale-grid"
    ranges: tuple[tuple[int, int], ...] = RANGES
    in_one_key = True

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._grid = settings.steps_per_quarter
        self._language = CellLanguage(
            VOICES, self.ranges, self._grid, playable=SUNG, in_one_key=self.in_one_key
        )
        self.vocabulary = self._language.vocabulary
        self.moving = self._language.moving
        self.sung = dict(zip(VOICES, SUNG, strict=True))

    def encode(self, score: Score) -> TokenSequence:
        """The four voices of a score as tokens.

        Raises
        ------
        CannotEncode
            Where the score has not exactly four parts with notes, where a bar is no whole
            number of steps, or where a voice leaves its range in every octave.
        """
        return self._encode(dict(zip(VOICES, _four_voices(score), strict=True)))

    def encode_melody(self, score: Score, voice: str) -> TokenSequence:
        """The melody of a score (its first part that is no drum kit) as one of ``VOICES``; the others rest.

        Raises
        ------
        CannotEncode
            Where there is no melody, or as :meth:`encode` does.
        """
        return self._encode({voice: first_part(score)})

    def encode_frames(self, frames: NDArray[np.integer], plan: Plan) -> TokenSequence:
        """What sounds at every step, (T, 4) pitches from soprano to bass, -1 for silence, in the plan's key.

        A pitch that stays is held: frames do not tell a note that is struck again. Pitches beyond what the
        tokenizer knows are moved by octaves, and after the frames all voices rest to the end of the plan.

        Raises
        ------
        CannotEncode
            Where the plan is shorter than the frames.
        """
        if plan.steps < len(frames):
            raise CannotEncode(
                f"{len(frames)} frames do not fit into {plan.steps} steps; ask for more bars."
            )
        known = self._language
        pitches = np.where(frames >= 0, frames + known.shift(plan.key), REST).T  # (4, T)
        low, high = (
            known.low + np.mod(pitches - known.low, 12),
            known.high - np.mod(known.high - pitches, 12),
        )
        pitches = np.where((pitches >= 0) & (pitches < known.low), low, pitches)
        pitches = np.where(pitches > known.high, high, pitches)
        lines = np.full((len(VOICES), plan.steps), REST, np.int32)
        lines[:, : len(frames)] = pitches
        lines[:, 1:][lines[:, 1:] == lines[:, :-1]] = HOLD
        return known.sequence(lines, plan)

    def _encode(self, voices: Mapping[str, Score]) -> TokenSequence:
        """The voices that there are, moved together; the others rest."""
        lines_at = {VOICES.index(name): on_grid(each, self._grid) for name, each in voices.items()}
        plan = plan_of(merge(list(lines_at.values())), self._grid)
        ranges = {
            at: (int(line.notes["pitch"].min()), int(line.notes["pitch"].max()), *self.ranges[at])
            for at, line in lines_at.items()
        }
        shift = fitting_shift(self._language.shift(plan.key), list(ranges.values()))
        if shift is None:
            raise CannotEncode(self._too_wide(plan.key, ranges))
        lines = np.full((len(VOICES), plan.steps), HOLD, np.int32)
        lines[:, 0] = REST
        for at, each in lines_at.items():
            lines[at] = line_of(each, plan.steps, self._grid)
        lines[lines >= 0] += shift
        return self._language.sequence(lines, plan)

    def decode(self, tokens: Sequence[int], plan: Plan) -> Score:
        """The score of a complete sequence, in the plan's key. ``CannotEncode`` where it is none."""
        meters = plan_meters(plan, self._grid)
        singles = [
            Score(
                line_notes(line, plan.key.fifths, self._grid),
                meters,
                (plan.key,),
                (Tempo(0, plan.tempo),),
                (Part(voice.title(), CHOIR),),
            )
            for voice, line in zip(VOICES, self._language.lines(tokens, plan), strict=True)
        ]
        return merge(singles)

    def plan(self, key: Key, meter: Meter, bars: int, tempo: float) -> Plan:
        """``bars`` full bars of one meter."""
        return full_plan(key, meter, bars, tempo, self._grid)

    def grammar(self, plan: Plan) -> Grammar:
        """The rules of ``cells``, for four voices."""
        return CellGrammar(self._language, plan)

    def parse(self, text: str, plan: Plan) -> list[int]:
        """Tokens of ``72 67 64 48 | _ _ _ _``, in the plan's key.

        The bars between steps may be left out; where they stand, each step must have its four
        symbols. The last step may be unfinished: what is missing is composed.
        """
        steps = [step.split() for step in text.split("|")] if "|" in text else []
        while steps and not steps[-1]:
            steps.pop()
        for number, step in enumerate(steps, start=1):
            if len(step) != len(VOICES) and (number < len(steps) or len(step) > len(VOICES)):
                raise CannotEncode(
                    f"Step {number} of the primer, {' '.join(step)!r}, has {len(step)} symbols; it"
                    " needs four: soprano, alto, tenor, bass."
                )
        return self._language.parse(text, plan)

    def locked(
        self, score: Score, plan: Plan, stays: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int32], NoteEdits]:
        """(T, V) the cells of a score that stay, of those that may, and what else stays of it (``locked_cells``)."""
        return locked_cells(self._language, score, plan, stays)

    def symbols(self, tokens: Sequence[int], plan: Plan) -> str:
        """What :meth:`parse` reads back: ``72 67 64 48 | _ _ _ _``, in the plan's key."""
        names = self._language.symbols(tokens, plan)
        count = len(VOICES)
        steps = [names[first : first + count] for first in range(0, len(names), count)]
        return " | ".join(" ".join(step) for step in steps)

    def _too_wide(self, key: Key, ranges: Mapping[int, tuple[int, int, int, int]]) -> str:
        widest = max(ranges, key=lambda voice: _excess(*ranges[voice]))
        low, high, least, most = ranges[widest]
        where = " in the key without accidentals" if self.in_one_key else ""
        return (
            f"The voices do not fit their ranges in any octave: the {VOICES[widest]} runs from {low} to"
            f" {high} in {key}, and {least} to {most} is what it can sing{where}."
        )


def _four_voices(score: Score) -> list[Score]:
    """Soprano, alto, tenor, bass, each in a score of its own."""
    parts = [single for single in split_parts(score) if len(single.notes)]
    if len(parts) != len(VOICES) or any(single.parts[0].is_drum for single in parts):
        raise CannotEncode(
            f"Four voices are needed, soprano, alto, tenor and bass; here {len(parts)} parts have notes."
        )
    by_name = {single.parts[0].name.strip().rstrip(".").casefold(): single for single in parts}
    if set(by_name) == set(VOICES):
        return [by_name[voice] for voice in VOICES]
    return sorted(parts, key=lambda single: -float(single.notes["pitch"].mean()))


def _excess(low: int, high: int, least: int, most: int) -> int:
    """How much wider a voice is than its range."""
    return (high - low) - (most - least)
