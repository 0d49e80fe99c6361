"""Random scores on a grid that notation can say, for round trips."""

import random

from hypothesis import strategies as st

from workbench.core.score import Key, Meter, Part, Score, Tempo, bars, key_at, make_notes, spell
from workbench.formats.signatures import necessary

Q = 10080
METERS = [(4, 4), (3, 4), (6, 8), (5, 4), (2, 2), (9, 8), (7, 8), (3, 8), (12, 8), (2, 4)]
PLAIN = [Q // 4, Q // 2, Q * 3 // 4, Q, Q * 3 // 2, Q * 2, Q * 3, Q * 4, Q * 5 // 4]
TUPLETS = [  # one kind a score: kinds that share a quarter cannot be written
    [[Q // 8] * 2],
    [[Q // 3] * 3, [Q // 6] * 3, [Q * 2 // 3] * 3, [Q * 2 // 3, Q // 3], [Q // 12] * 6],
    [[Q // 5] * 5, [Q * 2 // 5, Q * 3 // 5], [Q // 10] * 5],
    [[Q // 7] * 7],
    [[Q // 9] * 9],
]
NAMES = ["Soprano", "Flöte 1", "Violin I & II", "", "A <b> 'c'", "小提琴"]


def scores(*, voices: int = 1, drums: bool = True) -> st.SearchStrategy[Score]:
    """Scores of one to three parts, each with so many lines of notes, chords and rests at most."""
    seeds = st.integers(0, 2**32)
    return seeds.map(lambda seed: make_score(random.Random(seed), voices, drums))


def make_score(rng: random.Random, voices: int, drums: bool) -> Score:
    """A score whose every part has a note; spelled as its keys would have it."""
    groups = [[length] for length in PLAIN] + rng.choice(TUPLETS) * 3
    count = rng.randint(1, 3)
    parts = tuple(
        Part(rng.choice(NAMES), rng.randrange(128), is_drum=drums and index == 2)
        for index in range(count)
    )
    rows = [
        row
        for part in range(count)
        for voice in range(rng.randint(1, voices))
        for row in _line(rng, part, 40 + 24 * voice, groups)
    ]
    end = max(onset + duration for onset, duration, *_ in rows)
    meters = tuple(meter for meter in _meters(rng) if meter.onset < end)
    barlines = [bar.start for bar in bars(Score(make_notes(rows), meters, parts=parts))]
    keys = [Key(0, rng.randint(-7, 7), rng.choice(["major", "minor"]))]
    tempos = [Tempo(0, rng.randint(30, 240))]
    if rng.random() < 0.5:
        later = rng.choice(barlines)
        keys.append(Key(later, rng.randint(-6, 6), "minor"))
        tempos.append(Tempo(later, rng.randint(30, 240) + 0.5))
    return spelled(Score(make_notes(rows), meters, tuple(keys), tuple(tempos), parts))


def _meters(rng: random.Random) -> tuple[Meter, ...]:
    """Up to three time signatures, some bars cut short, the first among them."""
    result, time = [], 0
    for _ in range(rng.randint(1, 3)):
        meter = Meter(time, *rng.choice(METERS))
        result.append(meter)
        if rng.random() < 0.5:
            time += rng.randrange(Q // 4, meter.bar_ticks, Q // 4)
            result.append(Meter(time, meter.numerator, meter.denominator))
        time += meter.bar_ticks * rng.randint(1, 3)
    return necessary(result)


def _line(rng: random.Random, part: int, low: int, groups: list[list[int]]) -> list[tuple]:
    """Notes, chords and rests one after another from ``low`` to ``low`` + 23, the first of them a note."""
    lengths = [length for _ in range(rng.randint(1, 14)) for length in rng.choice(groups)]
    rows: list[tuple] = []
    time = 0
    for length in lengths:
        size = rng.choice([0, 1, 1, 1, 2, 3]) or (not rows)
        pitches = rng.sample(range(low, low + 24), size)
        rows += [(time, length, p, rng.choice([80, 80, 1, 64, 127]), part) for p in pitches]
        time += length
    return rows


def spelled(score: Score) -> Score:
    """The score with every note spelled by its key."""
    notes = score.notes.copy()
    for note in notes:
        note["spelling"] = spell(int(note["pitch"]), key_at(score, int(note["onset"])).fifths)
    return Score(notes, score.meters, score.keys, score.tempos, score.parts)


def without(score: Score, *names: str) -> Score:
    """The score with some columns of its notes set to one value."""
    notes = score.notes.copy()
    for name in names:
        notes[name] = {"spelling": -128, "velocity": 80}[name]
    return Score(notes, score.meters, score.keys, score.tempos, score.parts)
