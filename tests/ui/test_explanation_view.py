"""The pictures of why a note was written."""

import numpy as np
import pytest

from workbench.core.score import TICKS_PER_QUARTER, Part, Score, make_notes
from workbench.ui.explanation_view import _symbol, look_arcs, surprise_curve

QUARTER = TICKS_PER_QUARTER
ROWS = [(i * QUARTER, QUARTER, 60 + i + 12 * part, 80, part) for i in range(8) for part in (0, 1)]
DUET = Score(make_notes(ROWS), parts=(Part("Low"), Part("High")))


def test_surprise_is_drawn_over_the_bars_a_line_a_part_and_given_notes_are_left_out():
    nats = np.arange(16, dtype=np.float64)
    nats[:2] = np.nan
    figure = surprise_curve(DUET, nats, [f"note {n}" for n in range(16)], chosen=4)
    low, high = figure.data
    assert list(low.x) == list(high.x) == list(range(1, 8))
    assert list(low.y) == [2, 4, 6, 8, 10, 12, 14]
    assert list(figure.layout.xaxis.tickvals) == [0, 4]
    assert [size for size in low.marker.size if size > 5] == [13]
    assert low.marker.size[1] == 13
    assert set(high.marker.size) == {5}


def test_arcs_lead_to_what_was_looked_at_the_wider_the_more():
    chosen = 14  # of the lower part, in quarter 7
    shares = {(0, 0): 0.6, (3 * QUARTER, 1): 0.2}
    figure = look_arcs(DUET, chosen, shares, ["far (60 %)", "near (20 %)"])
    far, near = figure.data[-2:]
    for arc, start, pitch in ((far, 0, 60), (near, 3, 75)):
        assert (arc.x[0], arc.y[0]) == (start, pitch)
        assert (arc.x[-1], arc.y[-1]) == (7, 67)
        assert max(arc.y) > max(pitch, 67)
        assert max(arc.y) <= figure.layout.yaxis.range[1]
    assert far.line.width > near.line.width


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        ("61", "C#4"), ("_", "hold"), ("Pitch_61", "C#4"), ("NoteOff_60", "C4 ends"), ("Velocity_63", "loudness 63"),
        ("Duration_1.2.4", "lasts 1.5 quarters"), ("Position_2", "step 2 of the bar"), ("Bar_None", "next bar"),
        ("c'/", "c'/"), ("TimeSig_4/4", "TimeSig_4/4"),
    ],
)  # fmt: skip
def test_tokens_are_put_in_words(symbol, words):
    assert _symbol(symbol, 0) == words
