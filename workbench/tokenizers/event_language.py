"""Polyphonic music as MIDI-like events, by way of MidiTok: what REMI, TSD and MIDI-like share.

MidiTok turns notes into words and words into notes; it is handed symusic scores that lie on the grid already, one track a program.
What the plan of a piece says, no token repeats: meters, key and the first tempo.

- Parts with the same General MIDI program are one, as MidiTok has it. A note that begins where the same pitch of the same
  program still sounds ends the one before; of two that begin together the longer stays.
- Music is moved into the key without accidentals, drums excepted, but in languages of music in its own keys. Names of parts and later keys are not kept.
- Velocities and later tempos are rounded to the nearest degree that there is, times to the nearest step.
- ``learn`` notes which programs the training split holds, and whether a tempo changes: the vocabulary has no others, and what is
  composed is played by what was heard. Where it is one program alone, no token says it. It notes as well how low, how high and how
  many notes at once each instrument plays there: what is composed keeps to it, what is given need not.
- Where music is set for an ensemble, each part of a piece is one player's, from above, whatever it was written for: ``Program_0`` is the
  first player then. Two violins stay two, and what is composed keeps to the ranges of the instruments.

Reference
---------
Fradet, Briot, Chhel, El Fallah Seghrouchni & Gutowski, *MidiTok: A Python package for MIDI file tokenization* (2021).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from workbench.core.ensembles import ENSEMBLES
from workbench.core.errors import CannotEncode
from workbench.core.score import (
    NOTE,
    TICKS_PER_QUARTER,
    UNSPELLED,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
    spell,
)
from workbench.core.vocabulary import Grammar, Plan, TokenSequence, Vocabulary
from workbench.tokenizers.event_grammar import EventGrammar, contexts
from workbench.tokenizers.event_learning import ALL_PROGRAMS, TEMPO_CHANGES, Settings
from workbench.tokenizers.event_scores import (
    DRUM_KEYS,
    moved,
    placed,
    without_overlaps,
)
from workbench.tokenizers.event_words import WordGrammar, Words
from workbench.tokenizers.events import DRUMS, LONGEST, NOTE_KINDS, PIANO, Events, Played
from workbench.tokenizers.grid import (
    full_plan,
    plan_meters,
    plan_of,
    step_ticks,
)

TEMPOS = (40, 250)
TEMPO_DEGREES = 32


class EventTokenizer:
    """What the three are made from; implements ``core.vocabulary.Tokenizer``."""

    name: ClassVar[str]
    walk: ClassVar[type[EventGrammar]]
    holds_long_notes: ClassVar[bool] = False
    """Whether a note may last longer than ``LONGEST``; where not, it is cut."""
    in_one_key: ClassVar[bool] = True
    """Whether music is moved into the key without accidentals; else its signature is told."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._grid = settings.steps_per_quarter
        self._players = ENSEMBLES.get(settings.ensemble, ())
        heard = settings.heard.split()
        numbers = [int(word.partition("_")[2]) for word in heard if word != TEMPO_CHANGES]
        numbers = numbers or list(range(len(self._players)))
        self._programs = tuple(numbers) or ALL_PROGRAMS
        self._says_tempo = settings.tempo_changes and (not heard or TEMPO_CHANGES in heard)
        played = [[int(number) for number in each.split(",")] for each in settings.played.split()]
        asked = {program: Played(*limits) for program, *limits in played}
        reaches = {
            player.name: (asked[number].low, asked[number].high) if number in asked else (player.low, player.high)
            for number, player in enumerate(self._players)
        }  # fmt: skip
        self.sung = reaches or {"all parts": PIANO}
        names = ("<start>", *self._words())
        self.events = Events(
            names, self._programs, self._grid, asked, bool(self._players), self.in_one_key
        )
        self.words = Words(self.events, settings.merges)
        self.vocabulary = Vocabulary(self.words.names, self.events.context)

    @cached_property
    def moving(self) -> NDArray[np.bool_]:
        """(V,) what holds the pitch of a note that begins; time, loudness and ends of notes do not move."""
        begins = {"Pitch", "PitchDrum", "NoteOn", "DrumOn"}
        names = [name.partition("_")[0] in begins for name in self.events.names]
        return np.array([any(names[event] for event in word) for word in self.words.chains])

    # --- what the three do differently -----------------------------------------------------------

    def _kind(self) -> Any:
        """MidiTok's class. Imported when it is needed, not before: with all it brings it costs half a second and 45 MB."""
        raise NotImplementedError

    def _config(self) -> dict[str, Any]:
        """What MidiTok is told besides what all three tell it."""
        return {"use_time_signatures": False}

    def _laid_out(self, steps: NDArray, plan: Plan) -> NDArray:
        """Steps of the piece as MidiTok is to count them."""
        return steps

    def _found(self, steps: NDArray, plan: Plan) -> NDArray:
        """The way back."""
        return steps

    def _from_miditok(self, words: list[str], plan: Plan) -> list[str]:
        """MidiTok's words without what the plan says, and to the end of the piece."""
        raise NotImplementedError

    def _to_miditok(self, words: list[str]) -> list[str]:
        """The way back."""
        return words

    # --- core.vocabulary.Tokenizer ---------------------------------------------------------------

    def encode(self, score: Score) -> TokenSequence:
        """All notes of a score as tokens.

        Raises
        ------
        CannotEncode
            Where there are no notes, where a bar is no whole number of steps, where the music is wider than
            a piano or a drum has no name, or where a program sounds that the training music did not hold.
        """
        longest = None if self.holds_long_notes else LONGEST * TICKS_PER_QUARTER
        heard = placed(score, self._programs, self._grid, longest, self._players)
        plan = self._planned(heard)
        said = moved(heard, self.events.shift(plan.key))
        words = self._from_miditok(self._events_of(said, plan), plan)
        if not self._says_programs:
            words = [word for word in words if not word.startswith("Program_")]
        events = [self.events.token[word] for word in words]
        tokens = self.words.join(events)
        ends = np.cumsum([len(self.words.chains[token]) for token in tokens])
        starts = np.concatenate([[0], ends[:-1]])
        rows = contexts(self.walk(self.events, plan), events)[starts]
        return TokenSequence(np.array(tokens, np.int32), rows, plan, plan.steps / self._grid)

    def said_of(self, scores: Iterable[Score]) -> Iterator[list[int]]:
        """The tokens of those scores that can be said."""
        for score in scores:
            with suppress(CannotEncode):
                yield self.encode(score).tokens.tolist()

    def decode(self, tokens: Sequence[int], plan: Plan) -> Score:
        """The score of a complete sequence, in the plan's key. ``CannotEncode`` where it is none."""
        grammar = self.grammar(plan)
        for token in tokens:
            grammar.advance(int(token))
        if not grammar.finished:
            raise CannotEncode(f"{len(tokens)} symbols are too few for {len(plan.bars)} bars.")
        events = self.words.split(int(token) for token in tokens)
        words = self._to_miditok([self.events.names[event] for event in events])
        if not self._says_programs:
            said = f"Program_{self._programs[0]}"
            words = [each for word in words for each in _with_program(word, said)]
        return self._score(self._miditok.decode([self._ids[word] for word in words]), plan)

    def plan(self, key: Key, meter: Meter, bars: int, tempo: float) -> Plan:
        """``bars`` full bars of one meter."""
        return full_plan(key, meter, bars, tempo, self._grid)

    def grammar(self, plan: Plan) -> Grammar:
        """The rules of ``event_grammar``, for words of several events where there are any."""
        walk = self.walk(self.events, plan)
        return WordGrammar(self.words, walk) if self.settings.merges else walk

    def symbols(self, tokens: Sequence[int], plan: Plan) -> str:
        """What :meth:`parse` reads back: MidiTok's names, with spaces between, pitches in the plan's key."""
        shift = self.events.shift(plan.key)
        events = self.words.split(int(token) for token in tokens)
        names = (_moved(self.events.names[event], -shift) for event in events)
        return " ".join(name.removesuffix("_None") for name in names)

    def parse(self, text: str, plan: Plan) -> list[int]:
        """Tokens of typed symbols, pitches in the plan's key; ``CannotEncode`` names the first that is wrong."""
        shift = self.events.shift(plan.key)
        grammar, events = self.walk(self.events, plan), []
        for number, symbol in enumerate(text.split(), start=1):
            name = _moved("Bar_None" if symbol == "Bar" else symbol, shift)
            token = self.events.token.get(name, 0)
            if not token:
                kinds = ", ".join(list(self.events.ids)[1:])
                raise CannotEncode(
                    f"Symbol {number} of the primer, {symbol!r}, is none of this model's in {plan.key}: it knows"
                    f" {kinds}, most with a value, such as {self.symbols([len(self.events.names) - 1], plan)}."
                )
            grammar.advance(token)
            events.append(token)
        return self.words.join(events)

    # --- to MidiTok and back ---------------------------------------------------------------------

    @property
    def _says_programs(self) -> bool:
        return len(self._programs) > 1

    @cached_property
    def _miditok(self) -> Any:
        from miditok import TokenizerConfig

        config = {
            "pitch_range": PIANO,
            "drums_pitch_range": DRUM_KEYS,
            "beat_res": {(0, LONGEST): self._grid},
            "num_velocities": self.settings.velocities,
            "use_programs": True,
            "programs": list(self._programs),
            "one_token_stream_for_programs": True,
            "use_tempos": True,
            "num_tempos": TEMPO_DEGREES,
            "tempo_range": TEMPOS,
        }
        return self._kind()(TokenizerConfig(**config, **self._config()))

    @cached_property
    def _ids(self) -> dict[str, int]:
        return self._miditok.vocab

    def _words(self) -> list[str]:
        """MidiTok's words as far as they are said here, time first and the longest before the others."""
        unsaid = {"PAD", "BOS", "EOS", "MASK", "TimeSig"}
        if not self._says_programs:
            unsaid.add("Program")
        if not self._says_tempo:
            unsaid.add("Tempo")
        if DRUMS not in self._programs:
            unsaid |= {kind for kind in NOTE_KINDS if "Drum" in kind}
        elif not self._says_programs:
            unsaid |= {kind for kind in NOTE_KINDS if "Drum" not in kind}
        words = [word for word in self._ids if word.partition("_")[0] not in unsaid]
        shifts = [word for word in reversed(words) if word.startswith("TimeShift")]
        return shifts + [word for word in words if not word.startswith("TimeShift")]

    def _shifted_to_end(self, words: list[str], plan: Plan) -> list[str]:
        """MidiTok's words without the first tempo, which the plan says, and with the shifts that lead to the end."""
        first = next(index for index, word in enumerate(words) if word.startswith("Tempo_"))
        words = words[:first] + words[first + 1 :]
        shifts = {token: int(self.events.values[token]) for token in self.events.ids["TimeShift"]}
        said = (self.events.token[word] for word in words if word.startswith("TimeShift_"))
        left = plan.steps - sum(shifts[token] for token in said)
        for token, steps in shifts.items():  # the longest first
            words += [self.events.names[token]] * (left // steps)
            left %= steps
        return words

    def _planned(self, placed: Score) -> Plan:
        return plan_of(placed, self._grid)

    def _events_of(self, music: Score, plan: Plan) -> list[str]:
        """MidiTok's words for music that lies on the grid; the tempo at its beginning is the first that is said."""
        import symusic

        written: Any = symusic.Score(self._grid)
        step = step_ticks(self._grid)
        onsets = self._laid_out(music.notes["onset"] // step, plan)
        for index, part in enumerate(music.parts):
            track: Any = symusic.Track("", part.program, part.is_drum)
            mine = music.notes["part"] == index
            columns = (onsets, music.notes["duration"] // step, music.notes["pitch"])
            arrays = [column[mine].astype(np.int32) for column in columns]
            arrays += [music.notes["velocity"][mine].astype(np.int8)]
            track.notes = symusic.Note.from_numpy(*arrays)
            written.tracks.append(track)
        later: dict[int, float] = {}
        for tempo in music.tempos[1:] if self._says_tempo else ():
            if 0 < (at := round(tempo.onset / step)) < plan.steps:
                later[at] = tempo.bpm
        times = self._laid_out(np.array(list(later), np.int64), plan).tolist()
        # The first at 0 in any case, even where the piece is laid out from later on.
        for time, bpm in zip([0, *times], [music.tempos[0].bpm, *later.values()], strict=True):
            written.tempos.append(symusic.Tempo(time, bpm))
        written.time_signatures.append(symusic.TimeSignature(0, LONGEST, 4))
        return list(self._miditok.encode(written).tokens)

    def _score(self, found: Any, plan: Plan) -> Score:
        """A score from what MidiTok decoded, in the plan's key and with its meters."""
        step, shift = step_ticks(self._grid), self.events.shift(plan.key)
        pieces, parts = [], []
        for index, track in enumerate(found.tracks):
            columns = track.notes.numpy()
            notes = np.zeros(len(columns["time"]), NOTE)
            notes["onset"] = self._found(columns["time"], plan) * step
            notes["duration"] = columns["duration"] * step
            notes["pitch"] = columns["pitch"] - (0 if track.is_drum else shift)
            notes["velocity"] = columns["velocity"]
            notes["part"] = track.program if self._players else index
            pitches = notes["pitch"].tolist()
            spelled = [spell(pitch, plan.key.fifths) for pitch in pitches]
            notes["spelling"] = UNSPELLED if track.is_drum else spelled
            pieces.append(notes)
            parts.append(Part(track.name, track.program, track.is_drum))
        if self._players:
            parts = [Part(player.name, player.program) for player in self._players]
        at = self._found(np.array([tempo.time for tempo in found.tempos], np.int64), plan)
        # symusic keeps microseconds; MidiTok's degrees have two decimals.
        later = [
            Tempo(int(time) * step, round(tempo.qpm, 2))
            for time, tempo in zip(at, found.tempos, strict=True)
            if time > 0
        ]
        return Score(
            without_overlaps(np.concatenate(pieces)),
            plan_meters(plan, self._grid),
            (plan.key,),
            (Tempo(0, plan.tempo), *later),
            tuple(parts),
        )


def _with_program(word: str, program: str) -> list[str]:
    return [program, word] if word.partition("_")[0] in NOTE_KINDS else [word]


def _moved(word: str, semitones: int) -> str:
    """A word with its pitch moved, where it has one that is no drum's."""
    kind, _, value = word.partition("_")
    if kind in ("Pitch", "NoteOn", "NoteOff") and value.isascii() and value.isdecimal():
        return f"{kind}_{int(value) + semitones}"
    return word
