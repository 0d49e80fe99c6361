"""Piano roll and waveform: what is drawn, and how little it weighs."""

import numpy as np
import pytest

from workbench.core.score import TICKS_PER_QUARTER, Meter, Part, Score, make_notes
from workbench.rendering.piano_roll import piano_roll
from workbench.rendering.waveform import POINTS, peaks, waveform

QUARTER = TICKS_PER_QUARTER


@pytest.fixture
def duet() -> Score:
    upper = [(i * QUARTER, QUARTER // 2, 72 + i % 5, 80, 0) for i in range(12)]
    lower = [(i * 3 * QUARTER, 3 * QUARTER, 48 + i, 80, 1) for i in range(4)]
    return Score(
        make_notes(upper + lower), meters=(Meter(0, 3, 4),), parts=(Part("Violin"), Part("Cello"))
    )


def bars_named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_every_note_is_one_rectangle_of_its_part(duet):
    figure = piano_roll(duet)
    violin, cello = bars_named(figure, "Violin"), bars_named(figure, "Cello")
    assert list(violin.base) == list(range(12))
    assert set(violin.x) == {0.5}
    assert list(cello.y) == [48, 49, 50, 51]
    assert list(cello.text) == [
        "C3, bar 1",
        "C#3, bar 2",
        "D3, bar 3",
        "E-3, bar 4".replace("E-", "Eb"),
    ]


def test_bar_lines_stand_where_bars_begin(duet):
    axis = piano_roll(duet).layout.xaxis
    assert list(axis.tickvals) == [0, 3, 6, 9]
    assert list(axis.ticktext) == ["1", "2", "3", "4"]


def test_pitch_classes_are_coloured_alike_in_every_octave(duet):
    figure = piano_roll(duet, colour="pitch class")
    assert list(bars_named(figure, "Cello").marker.color) == [0, 1, 2, 3]


def test_an_empty_score_is_an_empty_roll():
    figure = piano_roll(Score(make_notes([])))
    assert figure.layout.xaxis.range[1] > 0


def test_three_thousand_notes_stay_light():
    notes = make_notes([(i * QUARTER, QUARTER, 40 + i % 40) for i in range(3000)])
    figure = piano_roll(Score(notes))
    assert len(figure.layout.shapes) == 0
    assert len(figure.to_json()) < 150_000


def test_peaks_keep_the_loudest_sample():
    samples = np.zeros((2, 10_000), np.float32)
    samples[1, 5_003], samples[0, 5_004] = 0.9, -0.7
    low, high = peaks(samples, 100)
    assert high.max() == np.float32(0.9)
    assert low.min() == np.float32(-0.7)
    assert np.count_nonzero(high) == np.count_nonzero(low) == 1
    assert int(np.argmax(high)) == 50


def test_a_waveform_is_light_and_as_long_as_the_sound():
    samples = np.sin(np.arange(44_100 * 60, dtype=np.float32) / 20)
    figure = waveform(samples, 44_100)
    assert len(figure.data[0].x) <= POINTS
    assert figure.layout.xaxis.range[1] == 60
    assert len(figure.to_json()) < 30_000
    assert len(waveform(np.zeros((2, 0), np.float32), 44_100).data[0].x) == 0
