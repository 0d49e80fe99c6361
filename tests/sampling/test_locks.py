"""Cells that stay: whatever stays, and whatever is drawn beside it, the piece is whole and what stays is as it was."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import InvalidSetting
from workbench.core.frames import FIRST_PITCH, HOLD, REST, Frames
from workbench.core.limits import Limits
from workbench.core.score import TICKS_PER_QUARTER, bars, make_notes, parse_key, parse_meter
from workbench.core.specs import FREE, TokenizerSpec
from workbench.sampling.gibbs import canvas, locked
from workbench.sampling.locks import Locks, check_locks
from workbench.tokenizers import make

Q = TICKS_PER_QUARTER
LANGUAGES = {
    name: make(TokenizerSpec(name)) for name in ("melody-steps", "chorale-grid", "chorale-keys")
}


def walked(tokenizer, plan, locks, random):
    """A piece whose free cells are drawn blindly among what may stand there."""
    grammar, tokens = tokenizer.grammar(plan), []
    while not grammar.finished:
        token = locks.forced
        if token is None:
            left = np.flatnonzero(locks.mask(grammar.allowed()))
            assert len(left), f"nothing is left at {len(tokens)}"
            token = int(random.choice(left))
        grammar.advance(token)
        locks.advance(token)
        tokens.append(token)
    return tokens


def sounding(score, lines, numbers):
    ends = score.notes["onset"] + score.notes["duration"]
    return [
        score.notes[(score.notes["onset"] < lines[n].end) & (ends > lines[n].start)][["onset", "duration", "pitch", "part"]].tolist()
        for n in numbers
    ]  # fmt: skip


@given(data=st.data())
@settings(max_examples=40)
@pytest.mark.parametrize("name", LANGUAGES)
def test_locked_bars_come_out_as_they_went_in(name, data):
    tokenizer = LANGUAGES[name]
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    meter = data.draw(st.sampled_from(["4/4", "3/4", "6/8"]))
    count = data.draw(st.integers(2, 4))
    key = parse_key(data.draw(st.sampled_from(["G major", "A minor", "Eb major"])))
    limits = data.draw(
        st.sampled_from([Limits(), Limits(in_key=True, no_parallels=name != "melody-steps", no_cross_relations=True), Limits(shortest=0.5, longest=2.0), Limits(shortest=1.0)])
    )  # fmt: skip
    plan = tokenizer.plan(key, parse_meter(meter), count, 100.0)
    plan = type(plan)(plan.key, plan.bars, plan.tempo, limits=limits)
    voices = max(Frames(tokenizer.vocabulary).voices, 1)
    shortest = math.ceil(limits.shortest * 4)
    nothing = [FREE] * (plan.steps * voices)
    first = tokenizer.decode(
        walked(tokenizer, plan, Locks(nothing, voices, shortest), random), plan
    )
    chosen = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1))
    steps = np.repeat([bar in chosen for bar in range(count)], [bar.steps for bar in plan.bars])
    cells, exact = tokenizer.locked(first, plan, np.repeat(steps[:, None], voices, axis=1))
    assert exact.taken == exact.put == ()
    flat = cells.reshape(-1).tolist()
    check_locks(tokenizer, plan, Locks(flat, voices, shortest))
    second = tokenizer.decode(walked(tokenizer, plan, Locks(flat, voices, shortest), random), plan)
    lines = bars(first)
    assert sounding(second, lines, chosen) == sounding(first, lines, chosen)
    assert len(bars(second)) == count
    kept = {tuple(note) for bar in sounding(first, lines, chosen) for note in bar}
    for note in second.notes[["onset", "duration", "pitch", "part"]].tolist():
        quarters = note[1] / Q
        assert tuple(note) in kept or quarters >= limits.shortest
        assert tuple(note) in kept or not limits.longest or quarters <= limits.longest


def test_a_note_that_stays_and_is_too_short_is_refused_before_anything_is_composed():
    tokenizer = LANGUAGES["melody-steps"]
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 2, 100.0)
    limited = type(plan)(plan.key, plan.bars, plan.tempo, limits=Limits(shortest=1.0))
    cells = [FREE] * plan.steps
    cells[2] = FIRST_PITCH + 20
    with pytest.raises(InvalidSetting, match="lower the shortest note"):
        check_locks(tokenizer, limited, Locks(cells, 1, 4))
    check_locks(tokenizer, plan, Locks(cells, 1, 1))


def test_holes_beside_notes_that_stay_cannot_hold_them_on():
    tokenizer = LANGUAGES["chorale-grid"]
    frames = Frames(tokenizer.vocabulary)
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 2, 100.0)
    empty = canvas(frames, tokenizer, plan)
    pitch = FIRST_PITCH + 30
    cells = np.full((plan.steps, 4), FREE)
    cells[4:7, 1] = pitch, HOLD, HOLD
    cells[8:10, 2] = REST
    found = locked(empty, frames, cells.reshape(-1).tolist())
    state = 2 * (pitch - REST)
    assert found.given[4:7, 1].tolist() == [state, state + 1, state + 1]
    assert found.given[8:10, 2].tolist() == [0, 1]
    assert (found.given == frames.hidden).sum() == cells.size - 5
    assert empty.allowed[7, 1, state + 1] and not found.allowed[7, 1, state + 1]
    assert (empty.allowed != found.allowed).sum() == 1


def test_what_cells_cannot_say_is_said_as_near_as_can_be():
    tokenizer = LANGUAGES["melody-steps"]
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 2, 100.0)
    whole = tokenizer.decode([*tokenizer.parse("60 " * 32, plan)], plan)
    rows = [(0, Q, 60, 80, 0, 0), (0, 2 * Q, 64, 80, 0, 4), (Q // 3, Q // 3, 127, 80, 0, 1), (5 * Q, Q, 62, 80, 0, 2)]  # fmt: skip
    score = type(whole)(make_notes(rows), whole.meters, whole.keys, whole.tempos, whole.parts)
    stays = np.repeat([True, False], 16)[:, None]
    cells, exact = tokenizer.locked(score, plan, stays)
    names = [tokenizer.vocabulary.tokens[cell] if cell >= 0 else "" for cell in cells[:16, 0]]
    assert names[:4] == ["64", "91", "_", "r"]  # the higher one, cut short; 127 lower by octaves
    assert (cells[16:] == FREE).all()
    assert len(exact.put) == 3 and len(exact.taken) == 2
