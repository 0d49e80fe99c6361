"""Sound: right pitches, right times, no clipping, no dead end, files other libraries can read."""

import io

import numpy as np
import pytest
import soundfile
import symusic

from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.rendering.sound import (
    AUDIO_FORMATS,
    MAX_SECONDS,
    MP3_KILOBITS,
    PEAK,
    encode_audio,
    synthesize,
    write_audio,
)

PIANO, HARPSICHORD, GUITAR, VIOLIN, CHOIR, TRUMPET, OBOE, FLUTE = 0, 6, 24, 40, 52, 56, 68, 73


def midi(*tracks: tuple[int, list[tuple]]) -> bytes:
    """Tracks of (program, [(seconds, duration, pitch, velocity)])."""
    score = symusic.Score(480).to("second")
    for program, notes in tracks:
        track = symusic.Track("", program, False, ttype="second")
        track.notes.extend(symusic.Note(*note, ttype="second") for note in notes)
        score.tracks.append(track)
    return score.to("tick").dumps_midi()


def heard_pitch(samples: np.ndarray, rate: int, low: int, high: int) -> float:
    """MIDI number whose harmonics best explain the spectrum."""
    piece = samples.sum(axis=0)[rate // 10 : rate // 10 + 32768]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 4 * len(piece)))
    spectrum /= spectrum.max()
    candidates = np.arange(low, high, 0.1)
    scores = []
    for candidate in candidates:
        bins = 440 * 2 ** ((candidate - 69) / 12) * np.arange(1, 8) * 4 * len(piece) / rate
        near = [spectrum[int(b) - 4 : int(b) + 6].max() for b in bins if b < len(spectrum) - 6]
        scores.append(np.log(np.array(near) + 1e-6).sum())
    return float(candidates[int(np.argmax(scores))])


def energy(samples: np.ndarray, rate: int, second: float) -> float:
    """Mean square of ten milliseconds."""
    start = round(second * rate)
    return float((samples[:, start : start + rate // 100] ** 2).mean())


@pytest.mark.parametrize(
    "program", [PIANO, HARPSICHORD, GUITAR, VIOLIN, CHOIR, TRUMPET, OBOE, FLUTE]
)
@pytest.mark.parametrize("pitch", [60, 67, 74])
def test_every_instrument_plays_the_pitch_that_is_written(program, pitch):
    samples, rate = synthesize(midi((program, [(0, 1.0, pitch, 90)])))
    assert heard_pitch(samples, rate, pitch - 13, pitch + 13) == pytest.approx(pitch, abs=0.4)


@pytest.mark.parametrize("program", [PIANO, HARPSICHORD, VIOLIN, TRUMPET, FLUTE])
@pytest.mark.parametrize("pitch", [79, 85, 88, 94, 97])
def test_high_notes_are_in_tune(program, pitch):
    """To a seventh of a semitone, by the loudest frequency near the fundamental."""
    samples, rate = synthesize(midi((program, [(0, 0.8, pitch, 90)])))
    piece = samples[0][rate // 10 : rate // 2]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 2**18))
    edges = 440 * 2 ** ((pitch + np.array([-1.5, 1.5]) - 69) / 12) * 2**18 / rate
    loudest = round(edges[0]) + int(np.argmax(spectrum[round(edges[0]) : round(edges[1])]))
    assert 12 * np.log2(loudest * rate / 2**18 / 440) + 69 == pytest.approx(pitch, abs=1 / 7)


WITHOUT_PITCH = {
    14: "bells, whose strike tone is none of their partials",
    47: "kettledrum",
    86: "sounds two pitches, a fifth apart",
}


def test_every_pitched_instrument_of_general_midi_is_in_tune():
    """By pitch class, for some organs and bells sound an octave lower or higher; drums and noises begin at 112."""
    wrong = {}
    for program in sorted(set(range(112)) - set(WITHOUT_PITCH)):
        for pitch in (60, 67):
            samples, rate = synthesize(midi((program, [(0, 1.0, pitch, 90)])))
            assert np.abs(samples).max() < 1
            heard = heard_pitch(samples, rate, pitch - 13, pitch + 13)
            if abs((heard - pitch + 6) % 12 - 6) > 0.4:
                wrong[program, pitch] = heard
    assert not wrong


def test_notes_begin_when_they_are_written():
    onsets = [0.0, 0.5, 1.25, 1.5, 2.75]
    notes = [(onset, 0.1, 60 + i, 90) for i, onset in enumerate(onsets)]
    samples, rate = synthesize(midi((FLUTE, notes)))
    for onset in onsets[1:]:
        before, after = (energy(samples, rate, onset + shift) for shift in (-0.02, 0.01))
        assert after > 20 * before


def test_a_chord_of_many_voices_stays_below_full_scale():
    chord = [(0, 1.0, pitch, 127) for pitch in range(40, 90, 3)]
    samples, _ = synthesize(midi((PIANO, chord), (VIOLIN, chord), (TRUMPET, chord)))
    assert np.abs(samples).max() == pytest.approx(PEAK, abs=1e-4)


def test_a_piano_fades_and_a_flute_does_not():
    for program, fades in ((PIANO, True), (FLUTE, False)):
        samples, rate = synthesize(midi((program, [(0, 2.0, 72, 90)])))
        early, late = (
            np.abs(samples[:, int(t * rate) :][:, : rate // 10]).max() for t in (0.2, 1.8)
        )
        assert (late < 0.5 * early) == fades


def test_the_last_note_rings_off_and_silence_is_cut():
    samples, rate = synthesize(midi((PIANO, [(0, 1.0, 60, 90)])))
    assert 1.05 < samples.shape[1] / rate < 1.4
    assert np.abs(samples[:, -rate // 100 :]).max() < 0.01


def test_loud_notes_are_louder_and_parts_have_their_place():
    samples, rate = synthesize(midi((FLUTE, [(0, 0.8, 72, 40), (1, 0.8, 72, 120)])))
    soft, loud = (np.abs(samples[:, int(t * rate) :][:, : rate // 5]).max() for t in (0.3, 1.3))
    assert loud > 4 * soft
    samples, rate = synthesize(midi((FLUTE, [(0, 0.8, 72, 90)]), (FLUTE, [(1, 0.8, 72, 90)])))
    first, second = (
        np.abs(samples[:, int(t * rate) :][:, : rate // 5]).max(axis=1) for t in (0.3, 1.3)
    )
    assert first[0] > 1.2 * first[1]
    assert second[1] > 1.2 * second[0]


def test_drums_are_heard():
    score = symusic.Score(480).to("second")
    drums = symusic.Track("", 0, True, ttype="second")
    drums.notes.extend(symusic.Note(t / 2, 0.01, 38, 100, ttype="second") for t in range(4))
    score.tracks.append(drums)
    samples, rate = synthesize(score.to("tick").dumps_midi())
    assert samples.shape[1] / rate > 1.55


@pytest.mark.parametrize("kind", AUDIO_FORMATS)
def test_files_are_what_they_say(kind, tmp_path):
    samples, rate = synthesize(midi((PIANO, [(0, 1.0, 69, 90)])))
    write_audio(samples, rate, tmp_path / f"a.{kind}")
    heard, found = soundfile.read(tmp_path / f"a.{kind}", always_2d=True)
    heard = heard.T
    assert found == rate
    assert len(heard) == len(samples)
    assert heard.shape[1] == pytest.approx(samples.shape[1], abs=2400)
    assert soundfile.info(tmp_path / f"a.{kind}").format == AUDIO_FORMATS[kind][0]
    assert heard_pitch(heard, rate, 60, 80) == pytest.approx(69, abs=0.2)


def test_flac_is_exact():
    samples, rate = synthesize(midi((VIOLIN, [(0, 1.0, 69, 90)])))
    again, _ = soundfile.read(io.BytesIO(encode_audio(samples, rate, "flac")))
    assert np.abs(again.T - samples).max() < 1 / 16384


def test_what_cannot_be_heard_is_said_in_a_sentence():
    with pytest.raises(WorkFailed, match="not valid"):
        synthesize(b"MThd no midi at all")
    with pytest.raises(WorkFailed, match="no notes"):
        synthesize(midi((PIANO, [])))
    with pytest.raises(WorkFailed, match="excerpt"):
        synthesize(midi((PIANO, [(0, 1, 60, 90), (MAX_SECONDS, 1, 60, 90)])))
    with pytest.raises(InvalidSetting, match="wav"):
        encode_audio(np.zeros((2, 10), np.float32), 44100, "aiff")


@pytest.mark.parametrize("kilobits", MP3_KILOBITS)
def test_an_mp3_has_the_bits_a_second_that_are_asked_for(kilobits):
    """The fewest too, which is what a share page of a long piece takes."""
    samples = np.random.default_rng(1).normal(0, 0.1, (2, 10 * 44_100)).astype(np.float32)
    data = encode_audio(samples, 44_100, "mp3", kilobits=kilobits)
    assert len(data) * 8 / 10_000 == pytest.approx(kilobits, rel=0.02)
