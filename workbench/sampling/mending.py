"""Faults of voice leading mended in a piece that a model has filled: notes that take part in one are drawn again, whole.

Faults are parallel fifths and octaves, in which two notes of each of two voices take part, and cross relations, in which one of each does, as far as they are
not allowed. One of the notes, drawn by lot among those that nobody gave, is hidden from
beginning to end, and the model says what may stand there. Of the pitches that leave fewest faults with any voice, before and
after, one is drawn with the model's chances; rhythm stays. All faults far enough from one another are mended in one
pass, and passes follow until none is left or ``PASSES`` were made, for at times no pitch of that note will do and one of another will. No pass makes
more of them than there were. What two given notes do stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from workbench.core.cross_relations import altered_steps, are_cross, contradict, follows
from workbench.core.frames import FIRST_PITCH, Filler, Frames
from workbench.core.parallel_motion import SILENT, are_parallel, sounding
from workbench.core.vocabulary import Plan
from workbench.sampling.draw import draw, probabilities
from workbench.sampling.gibbs import Canvas, Choices, Filled

PASSES = 16
_BESIDE = 4
"""Steps around a note in which faults are looked for, and in which no other note is drawn in the same pass."""


@dataclass(frozen=True, eq=False)
class Rules:
    """Which faults are mended."""

    steps_per_quarter: int
    parallels: bool
    altered: NDArray[np.int64] | None
    """Which step of the scale each row of pitches alters, for cross relations; None where these may be."""

    def sounding(self, states: NDArray[np.int32]) -> NDArray[np.int64]:
        """(T, V) rows of pitches as they sound, ``SILENT`` in rests."""
        return sounding(_pitches(states), self.steps_per_quarter)

    def broken(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(T - 1, …) whether two voices (T, …), as they sound, come into a fault from each step to the next."""
        found = np.zeros(np.broadcast_shapes(one[1:].shape, other[1:].shape), np.bool_)
        if self.parallels:
            found |= are_parallel(one, other)
        if self.altered is not None:
            found |= are_cross(one, other, self.altered)
        return found

    def faults(self, sung: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        """Step at which they arrive, and the two voices, of all faults among voices (T, V) as they sound; in order of time."""
        pairs, sung = combinations(range(sung.shape[1]), 2), _from_nothing(sung)
        return sorted(
            (int(step), one, other)
            for one, other in pairs
            for step in np.flatnonzero(self.broken(sung[:, one], sung[:, other]))
        )

    def taking_part(
        self, sung: NDArray[np.int64], step: int, one: int, other: int
    ) -> list[tuple[int, int]]:
        """Voice and step of the notes that make a fault."""
        ours, theirs = _from_nothing(sung)[step : step + 2, [one, other]].T
        if self.parallels and are_parallel(ours, theirs)[0]:
            return [(voice, at) for voice in (one, other) for at in (step - 1, step)]
        assert self.altered is not None  # then it is a cross relation
        ways = (
            (contradict(ours[1:], theirs[1:], self.altered), (one, step), (other, step)),
            (follows(ours, theirs, self.altered), (one, step), (other, step - 1)),
            (follows(theirs, ours, self.altered), (other, step), (one, step - 1)),
        )
        return list(dict.fromkeys(each for is_so, *notes in ways if is_so[0] for each in notes))


def rules_of(plan: Plan, frames: Frames, steps_per_quarter: int, shift: int) -> Rules | None:
    """What a piece under a plan is to keep to; ``shift`` takes its pitches to those of the model. None where nothing is."""
    limits = plan.limits
    if not (limits.no_parallels or limits.no_cross_relations):
        return None
    before = int(frames.vocabulary.tokens[FIRST_PITCH]) - shift - 1  # row 0 is a rest
    altered = altered_steps(plan.key, before) if limits.no_cross_relations else None
    return Rules(steps_per_quarter, limits.no_parallels, altered)


@dataclass(frozen=True)
class Note:
    """A note of a voice, from its first step to the one after its last."""

    voice: int
    begin: int
    end: int


def mend(
    filler: Filler,
    frames: Frames,
    canvas: Canvas,
    filled: Filled,
    rules: Rules,
    random: np.random.Generator,
    choices: Choices,
    on_pass: Callable[[int], None] | None = None,
) -> Filled:
    """The piece with as few faults as can be; ``on_pass`` is called with the number of each pass before it."""
    free = canvas.given == frames.hidden
    states, logits, chances = filled.states.copy(), filled.logits.copy(), filled.chances.copy()
    for number in range(PASSES):
        notes = _to_be_drawn(frames, states, free, rules, random)
        if not notes:
            break
        if on_pass is not None:
            on_pass(number)
        hidden = np.zeros_like(free)
        for note in notes:
            hidden[note.begin : note.end, note.voice] = True
        seen = np.where(hidden, frames.hidden, states).astype(np.int32)
        found = filler.logits(seen[np.newaxis], canvas.context[np.newaxis])[0]
        logits[hidden] = found[hidden]
        for note in notes:
            row = _chances_of(note, found, canvas.allowed, states, rules, choices)
            _write(note, draw(row, random), row, states, chances)
    return Filled(states, logits, chances)


def _to_be_drawn(
    frames: Frames,
    states: NDArray[np.int32],
    free: NDArray[np.bool_],
    rules: Rules,
    random: np.random.Generator,
) -> list[Note]:
    """For each fault that can be mended one of its notes, in order of time; none near another."""
    sung = rules.sounding(states)
    found = rules.faults(sung)
    begins = _begins(frames, states)
    chosen: list[Note] = []
    for step, *voices in found:
        notes = [
            note
            for voice, at in rules.taking_part(sung, step, *voices)
            if free[(note := _note_at(states, begins, voice, at)).begin : note.end, voice].all()
        ]
        if not notes:
            continue
        note = notes[int(random.integers(len(notes)))]
        if all(
            note.begin > each.end + _BESIDE or note.end < each.begin - _BESIDE for each in chosen
        ):
            chosen.append(note)
    return sorted(chosen, key=lambda note: note.begin)


def _begins(frames: Frames, states: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(T, V) where a voice begins a note or a rest."""
    tokens = frames.tokens_of(states).reshape(states.shape)
    return tokens != 1


def _note_at(states: NDArray[np.int32], begins: NDArray[np.bool_], voice: int, step: int) -> Note:
    """The note that a voice sings at a step, or the one before where it only takes breath."""
    starts = np.flatnonzero(begins[:, voice])
    place = int(np.searchsorted(starts, step, side="right")) - 1
    while states[starts[place], voice] < 2:
        place -= 1
    end = starts[place + 1] if place + 1 < len(starts) else len(states)
    return Note(voice, int(starts[place]), int(end))


def _pitches(states: NDArray[np.int32]) -> NDArray[np.int64]:
    """(…) rows of pitches, ``SILENT`` in rests."""
    rows = states.astype(np.int64) // 2
    return np.where(rows > 0, rows, SILENT)


def _from_nothing(sung: NDArray[np.int64]) -> NDArray[np.int64]:
    """(T + 1, …) with the silence before the first step."""
    return np.concatenate([np.full_like(sung[:1], SILENT), sung])


def _chances_of(
    note: Note,
    logits: NDArray[np.floating],
    allowed: NDArray[np.bool_],
    states: NDArray[np.int32],
    rules: Rules,
    choices: Choices,
) -> NDArray[np.float64]:
    """(S,) what the first cell of a note is drawn with, so that the fewest faults are left.

    A pitch is as likely as its beginning there times the geometric mean of its going on in each cell that follows.
    """
    own = _log_softmax(logits[note.begin : note.end, note.voice])
    may = allowed[note.begin : note.end, note.voice]
    scores, mask = own[0].copy(), may[0].copy()
    if len(own) > 1:
        scores += np.repeat(own[1:, 1::2].mean(axis=0), 2)
        mask &= np.repeat(may[1:, 1::2].all(axis=0), 2)
    mask[:2] = False  # a rest is another rhythm
    before = states[note.begin - 1, note.voice] | 1 if note.begin else -1
    mask[1::2] &= np.arange(1, len(mask), 2) == before  # to go on is to go on with what sounds
    left = np.repeat(_left_by_each(note, states, len(mask) // 2, rules), 2)
    mask &= left == left[mask].min(initial=left.max())
    return probabilities(scores, mask, *choices)


def _left_by_each(
    note: Note, states: NDArray[np.int32], rows: int, rules: Rules
) -> NDArray[np.int64]:
    """(R,) how many faults of its voice are left around a note for each row of pitches that it might have."""
    low, high = max(note.begin - _BESIDE, 0), note.end + _BESIDE
    pitches = _pitches(states[low:high])
    tried = np.repeat(pitches[:, note.voice, np.newaxis], rows, axis=1)  # (W, R)
    tried[note.begin - low : note.end - low] = np.arange(rows)
    tried, around = (
        _from_nothing(sounding(each, rules.steps_per_quarter)) for each in (tried, pitches)
    )
    return sum(
        rules.broken(tried, around[:, other, np.newaxis]).sum(axis=0)
        for other in range(states.shape[1])
        if other != note.voice
    )  # fmt: skip


def _write(
    note: Note,
    state: int,
    row: NDArray[np.float64],
    states: NDArray[np.int32],
    chances: NDArray[np.float64],
) -> None:
    """Put a note in its place; what follows its first cell goes on with it for certain."""
    states[note.begin : note.end, note.voice] = state | 1
    chances[note.begin : note.end, note.voice] = 0
    chances[note.begin : note.end, note.voice, state | 1] = 1
    states[note.begin, note.voice] = state
    chances[note.begin, note.voice] = row


def _log_softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
