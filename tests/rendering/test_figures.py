"""Piano roll and waveform: what is drawn, and how little it weighs."""

import numpy as np
import pytest

from workbench.core.expression import performed
from workbench.core.score import TICKS_PER_QUARTER, Meter, Part, Score, make_notes
from workbench.rendering.mel import mel_thumbnail
from workbench.rendering.piano_roll import piano_roll
from workbench.rendering.playing_curves import playing_curves
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


def test_what_a_model_was_unsure_of_is_paler(duet):
    certainty = np.linspace(0, 1, len(duet.notes))
    certainty[0] = np.nan  # given
    figure = piano_roll(duet, certainty=certainty)
    violin = bars_named(figure, "Violin")
    assert violin.marker.opacity[0] == 1
    assert violin.text[0].endswith("given")
    assert list(violin.marker.opacity[1:]) == sorted(violin.marker.opacity[1:])
    assert violin.text[-1].endswith("100% sure") or violin.text[-1].endswith("% sure")


def test_a_roll_can_be_looked_at_from_near(duet):
    assert list(piano_roll(duet, shown=(2, 3)).layout.xaxis.range) == [3, 9]


def test_dynamics_and_tempo_stand_over_the_same_bars(duet):
    figure = playing_curves(performed(duet))
    violin, cello, tempo = figure.data
    assert len(violin.x) == 12
    assert len(cello.x) == 4
    assert min(tempo.y) < 120 < max(tempo.y)
    assert list(figure.layout.xaxis.tickvals) == [0, 3, 6, 9]


def test_a_higher_tone_lies_higher_in_the_spectrogram():
    rate = 44_100
    time = np.arange(rate) / rate
    low, high = (
        mel_thumbnail(np.sin(2 * np.pi * hertz * time, dtype=np.float32)[np.newaxis], rate)
        for hertz in (220.0, 3520.0)
    )
    assert low.max() == high.max() == 255
    assert low.mean(axis=1).argmax() < high.mean(axis=1).argmax() - 15
    assert (low[-10:].max(axis=0) < 90).all()


def test_silence_and_a_click_have_a_spectrogram():
    assert mel_thumbnail(np.zeros((2, 10), np.float32), 44_100).max() == 0
    assert mel_thumbnail(np.zeros((1, 0), np.float32), 44_100).max() == 0
