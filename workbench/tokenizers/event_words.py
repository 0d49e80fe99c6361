"""Learned words of events: byte-pair encoding over what is said at one moment.

The words begin as single events. Again and again the two neighbours that stand together most often become a word of their own,
until the vocabulary is full: ``Velocity_79 Duration_1.0.4``, a whole note, a whole chord. No word goes beyond its moment: how
time goes on, and at what tempo, is always said by itself. Nor, where several programs play, beyond a note and its program.

A word may be drawn where every event of it may stand in its turn. That need not be walked word by word: within a moment the
grammar asks only for the order of what begins, for room until the end of the piece, and for notes that sound where they are to end.
``WordGrammar`` asks it of all words at once; a test holds it to the walk.

The pairs are learned, and joined, in ``byte_pairs``.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.tokenizers.byte_pairs import learned_pairs, merged
from workbench.tokenizers.event_grammar import EventGrammar
from workbench.tokenizers.events import BEGIN_KINDS, NOTE_KINDS, PITCHES, Events

JOINED = {*NOTE_KINDS, "Program", "Velocity", "Duration"}
_FIRST_CHARACTER = 0x4E00  # one character an event, for the library; there are 20,000 of these


def learned_merges(events: Events, sequences: Iterable[Sequence[int]], size: int) -> str:
    """The merges that these sequences of events teach, for a vocabulary of ``size`` words: pairs of tokens, the first learned first."""
    single = [chr(_FIRST_CHARACTER + token) for token in range(1, len(events.names))]
    spans = (
        "".join(chr(_FIRST_CHARACTER + token) for token in span)
        for each in sequences
        for span in _spans(events, each)
    )
    known = {word: token for token, word in enumerate(single, start=1)}
    merges: list[int] = []
    for left, right in learned_pairs(spans, single, size - 1):  # without the start symbol
        merges += [known[left], known[right]]
        known.setdefault(left + right, len(known) + 1)
    return " ".join(map(str, merges))


def _spans(events: Events, sequence: Sequence[int]) -> Iterator[list[int]]:
    """A sequence cut where no word may go beyond: around all that passes time, and before a program."""
    span: list[int] = []
    for token in sequence:
        kind = events.kinds[token]
        if span and (kind == "Program" or not {kind, events.kinds[span[-1]]} <= JOINED):
            yield span
            span = []
        span.append(token)
    if span:
        yield span


class Words:
    """The events and the words made of them. ``chains[token]`` are the events of a word."""

    def __init__(self, events: Events, merges: str) -> None:
        self.events = events
        self.chains: list[tuple[int, ...]] = [(token,) for token in range(len(events.names))]
        self._ranks: dict[tuple[int, int], tuple[int, int]] = {}
        known = {parts: token for token, parts in enumerate(self.chains)}
        numbers = [int(number) for number in merges.split()]
        for left, right in zip(numbers[::2], numbers[1::2], strict=False):
            if not 0 < left < len(self.chains) or not 0 < right < len(self.chains):
                raise InvalidSetting(
                    f"The learned vocabulary is damaged at {left} and {right}; train the model again."
                )
            word = self.chains[left] + self.chains[right]
            token = known.setdefault(word, len(self.chains))
            if token == len(self.chains):
                self.chains.append(word)
            self._ranks[left, right] = (len(self._ranks), token)
        self._cached = lru_cache(maxsize=20_000)(lambda moment: merged(moment, self._ranks))

    @cached_property
    def demands(self) -> "WordDemands":
        """What the words of several events ask for."""
        return WordDemands(self)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple("+".join(self.events.names[each] for each in word) for word in self.chains)

    def join(self, sequence: Sequence[int]) -> list[int]:
        """The words of a sequence of events."""
        spans = _spans(self.events, sequence)
        return [token for span in spans for token in self._cached(tuple(span))]

    def split(self, tokens: Iterable[int]) -> list[int]:
        """The events of a sequence of words; ``CannotEncode`` for what is no token."""
        result: list[int] = []
        for token in tokens:
            if not 0 < token < len(self.chains):
                raise CannotEncode(
                    f"{token} is no token; they run from 1 to {len(self.chains) - 1}."
                )
            result += self.chains[token]
        return result


class WordDemands:
    """What words of several events ask for after their first event, as arrays over these W words.

    A note is numbered by program and pitch, ``rank * PITCHES + pitch``.
    """

    def __init__(self, words: Words) -> None:
        chains = [chain for chain in words.chains if len(chain) > 1]
        found = [self._walk(words.events, chain) for chain in chains]
        self.first = np.array([chain[0] for chain in chains], np.int64)  # (W,) events
        self.longest = np.array([longest for longest, _, _ in found], np.int64)  # (W,) steps
        self.next_note = np.array([begun[0] if begun else -1 for _, begun, _ in found], np.int64)
        # One row a note that must not sound, or must: (place of the word, number of the note).
        begun = [(w, note) for w, (_, notes, ended) in enumerate(found) for note in notes if note not in ended]  # fmt: skip
        ended = [(w, note) for w, (_, _, notes) in enumerate(found) for note in notes]
        # One row a note that begins after the first event: (place of the word, program's rank, pitch). The grammar itself looks at the first.
        later = [(w, *divmod(note, PITCHES)) for w, (_, notes, _) in enumerate(found) for note in notes]  # fmt: skip
        self.later = np.array(later, np.int64).reshape(-1, 3)
        # One row a pitch that begins anywhere in it, (place of the word, pitch); and by how many notes more than before sound at most
        # while the word is said, if none is struck again. Words that join notes are those of a single program.
        joined = [(w, note) for w, chain in enumerate(chains) for note in _begun(words.events, chain)]  # fmt: skip
        self.joined = np.array(joined, np.int64).reshape(-1, 2)
        self.more = np.array([_most_more(words.events, chain) for chain in chains], np.int64)
        # (W, 2) program's rank and pitch of the note whose length is in it, -1 where they were said before. Of several programs a word has one note.
        notes = [_note(words.events, chain) for chain in chains]
        self.note = np.array(notes, np.int64).reshape(-1, 2)
        self.begun = np.array(begun, np.int64).reshape(-1, 2)
        self.ended = np.array(ended, np.int64).reshape(-1, 2)

    @staticmethod
    def _walk(events: Events, chain: tuple[int, ...]) -> tuple[int, list[int], list[int]]:
        """The longest duration, the notes that begin after the first event, and those that end; one of which that was begins anew."""
        longest, rank = 0, 0
        begun: list[int] = []
        ended: list[int] = []
        for index, event in enumerate(chain):
            kind, value = events.kinds[event], events.measures[event]
            if kind == "Program":
                rank = events.programs.index(value)
            elif kind == "Duration":
                longest = max(longest, value)
            elif kind in ("NoteOff", "DrumOff") and (index or len(events.programs) == 1):
                ended.append(rank * PITCHES + value)
            elif kind in NOTE_KINDS and index:
                begun.append(rank * PITCHES + value)
        return longest, begun, ended


def _begun(events: Events, chain: tuple[int, ...]) -> list[int]:
    return [events.measures[each] for each in chain if events.kinds[each] in BEGIN_KINDS]


def _note(events: Events, chain: tuple[int, ...]) -> tuple[int, int]:
    """The last program's rank and the last pitch that a word says, -1 for what it does not say."""
    rank = pitch = -1
    for event in chain:
        if events.kinds[event] == "Program":
            rank = events.programs.index(events.measures[event])
        elif events.kinds[event] in BEGIN_KINDS:
            pitch = events.measures[event]
    return rank, pitch


def _most_more(events: Events, chain: tuple[int, ...]) -> int:
    """By how many notes more than before sound at most, while the events of a word are said."""
    now = most = 0
    for event in chain:
        kind = events.kinds[event]
        if kind in NOTE_KINDS:
            now += 1 if kind in BEGIN_KINDS else -1
            most = max(most, now)
    return most


class WordGrammar:
    """Walks along the words of one piece; implements ``core.vocabulary.Grammar``."""

    def __init__(self, words: Words, walk: EventGrammar) -> None:
        self._words = words
        self._demands = words.demands
        self._walk = walk
        word, rank, pitch = self._demands.later.T
        self._kept = np.ones(len(self._demands.first), np.bool_)
        self._kept[word[~walk.bounds.pitches[rank, pitch]]] = False

    @property
    def finished(self) -> bool:
        return self._walk.finished

    @property
    def place(self) -> tuple[int, int]:
        return self._walk.place

    def context(self) -> NDArray[np.int32]:
        return self._walk.context()

    def allowed(self) -> NDArray[np.bool_]:
        asked = self._demands
        single, moment = self._walk.allowed(), self._walk.moment()
        mask = single[asked.first] & self._kept & (asked.longest <= moment.left)
        mask &= (asked.next_note < 0) | ((asked.next_note > moment.last) & (moment.left > 0))
        programs, at_once = len(self._words.events.programs), self._walk.bounds.at_once
        if programs > 1:
            ranks = [note // PITCHES for note in moment.sounding]
            is_full = np.bincount(ranks, minlength=programs) >= at_once
            word, rank, pitch = asked.later.T
            sounds = np.isin(rank * PITCHES + pitch, moment.sounding)
            mask[word[is_full[rank] & ~sounds]] = False
        else:
            again = np.isin(asked.joined[:, 1], moment.sounding)
            struck = np.bincount(asked.joined[again, 0], minlength=len(mask))
            more = np.maximum(asked.more - (0 if self._words.events.ends_are_said else struck), 0)
            mask &= len(moment.sounding) + more <= at_once[0]
        rank, pitch = asked.note.T
        note = np.where(rank < 0, moment.rank, rank), np.where(pitch < 0, moment.pitch, pitch)
        if self._words.events.are_players:
            mask &= (pitch < 0) | moment.bounds.pitches[note]
        if kept := moment.bounds.lengths:
            fits = kept.allow(*note, asked.longest)
            mask &= np.where(asked.longest > 0, fits, kept.begins[note])
        if self._words.events.ends_are_said:
            count = programs * PITCHES
            sounds, can_end = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
            sounds[moment.sounding] = can_end[moment.sounding] = True
            can_end[moment.begun] = False
            mask[asked.begun[sounds[asked.begun[:, 1]], 0]] = False
            mask[asked.ended[~can_end[asked.ended[:, 1]], 0]] = False
        return np.concatenate([single, mask])

    def advance(self, token: int) -> None:
        if not 0 < token < len(self._words.chains):
            self._walk.advance(-1)  # it knows what to say
        for event in self._words.chains[token]:
            self._walk.advance(event)
