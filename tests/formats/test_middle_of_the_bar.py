"""Where a bar of four beats lets its middle be hidden, and where a tie shows it."""

import pytest

from workbench import formats
from workbench.core.score import TICKS_PER_QUARTER, Meter, Score, make_notes
from workbench.formats.notation import layout


def tune(meter, lengths):
    """Notes of so many quarters, one after the other."""
    notes, onset = [], 0.0
    for length in lengths:
        notes.append((int(onset * TICKS_PER_QUARTER), int(length * TICKS_PER_QUARTER), 60))
        onset += length
    return Score(make_notes(notes), meters=(Meter(0, *meter),))


@pytest.mark.parametrize(
    ("meter", "lengths", "written"),
    [
        ((4, 4), (1, 1.5, 0.5, 1), "1 1~ 0.5 0.5 1"),
        ((4, 4), (1, 1.75, 0.25, 1), "1 1~ 0.75 0.25 1"),
        ((4, 4), (1, 3), "1 1~ 2"),
        ((4, 8), (0.5, 0.75, 0.25, 0.5), "0.5 0.5~ 0.25 0.25 0.5"),
        ((4, 2), (2, 3, 3), "2 2~ 1 3"),
        ((4, 4), (1, 2, 1), "1 2 1"),
        ((4, 4), (3, 1), "3 1"),
        ((4, 4), (3.5, 0.5), "3.5 0.5"),
        ((4, 4), (4,), "4"),
        ((4, 4), (0.5, 1, 0.5, 2), "0.5 1 0.5 2"),
        ((2, 4), (0.5, 1.5), "0.5 1.5"),
        ((3, 4), (1, 2), "1 2"),
    ],
)
def test_only_two_beats_from_the_second_hide_the_middle_of_four(meter, lengths, written):
    score = tune(meter, lengths)
    _, _, [[[voice]]] = layout(score)
    shown = [f"{each.duration / TICKS_PER_QUARTER:g}{'~' * each.tied_to}" for each in voice]
    assert " ".join(shown) == written
    for suffix in (".musicxml", ".abc"):
        (read,) = formats.decode(formats.encode(score, suffix), f"tune{suffix}")
        assert read.score.notes["onset"].tolist() == score.notes["onset"].tolist()
        assert read.score.notes["duration"].tolist() == score.notes["duration"].tolist()
