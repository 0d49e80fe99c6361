"""The mark in sound: found after what happens to sound files, not found where there is none, and softer than is heard."""

import io

import numpy as np
import pytest
import soundfile

from workbench import formats
from workbench.corpora import CORPORA
from workbench.rendering.sound import SAMPLE_RATE, encode_audio, resampled, synthesize
from workbench.rendering.watermark import PERIOD, THRESHOLD, MarkMeter, chance, mark, strength


@pytest.fixture(scope="module")
def plain():
    """Half a minute of a chorale, in stereo."""
    score = CORPORA.get("bach-chorales").read("001-bwv269").score
    return synthesize(formats.encode(score, ".mid"))[0][:, : 30 * SAMPLE_RATE]


@pytest.fixture(scope="module")
def marked(plain):
    return mark(plain)


@pytest.fixture(scope="module")
def mp3(marked):
    return decoded(encode_audio(marked, SAMPLE_RATE, "mp3", kilobits=128))


def decoded(data: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)[0].T


def test_the_mark_is_found_and_only_where_it_is(plain, marked):
    assert strength(plain) < 6 < THRESHOLD < strength(marked)


@pytest.mark.parametrize("decibels", [-3, 0, 3])
def test_it_is_found_after_mp3_at_128_kbit_s_and_a_change_of_gain(mp3, decibels):
    assert strength(mp3 * np.float32(10 ** (decibels / 20))) > THRESHOLD


def test_it_is_found_in_a_part_cut_out_of_the_middle(mp3):
    start = 7 * SAMPLE_RATE + 1234
    assert strength(mp3[:, start : start + 15 * SAMPLE_RATE]) > THRESHOLD


def test_it_is_found_after_ogg_another_rate_and_in_one_channel(marked):
    assert strength(decoded(encode_audio(marked, SAMPLE_RATE, "ogg"))) > THRESHOLD
    assert strength(resampled(marked, SAMPLE_RATE, 48_000), 48_000) > THRESHOLD
    assert strength(marked[:1]) > THRESHOLD


def test_it_lies_below_the_music_of_every_band_and_not_before_it(plain, marked):
    """In thirds of an octave over whole seconds at least 16 dB below; in silence, nothing."""
    under = marked - plain
    seconds = plain.shape[1] // SAMPLE_RATE
    for low in 500 * 2 ** (np.arange(12) / 3):
        powers = [_power(each[0], seconds, low, low * 2 ** (1 / 3)) for each in (plain, under)]
        assert (powers[1] < powers[0] / 40 + 1e-12).all()
    quiet = np.concatenate([np.zeros_like(plain), plain], axis=1)
    before = plain.shape[1] - PERIOD // 32
    assert not mark(quiet)[:, :before].any()


def _power(channel: np.ndarray, seconds: int, low: float, high: float) -> np.ndarray:
    spectra = np.fft.rfft(channel[: seconds * SAMPLE_RATE].reshape(seconds, -1), axis=1)
    return (np.abs(spectra[:, int(low) : int(high)]) ** 2).mean(axis=1)  # a bin is 1 Hz wide


def test_a_recording_may_come_in_blocks_of_any_size(marked):
    meter = MarkMeter(SAMPLE_RATE)
    for start, end in ((0, 1000), (1000, 200_000), (200_000, 200_001), (200_001, None)):
        meter.take(marked[:, start:end].T)
    assert meter.strength() == pytest.approx(strength(marked), rel=0.02)


def test_silence_and_noise_carry_no_mark():
    assert strength(np.zeros((1, 100_000), np.float32)) == 0
    noise = np.random.default_rng(2).normal(0, 0.1, (2, 300_000)).astype(np.float32)
    assert strength(noise) < 6
    assert strength(np.zeros((2, 10), np.float32)) == 0


def test_the_threshold_is_passed_by_chance_less_than_once_in_100_000_files():
    assert chance(THRESHOLD) < 1e-5 < chance(5.5)
    assert chance(0) == 1


def test_what_the_theory_says_of_other_sound_holds(plain):
    """Of many excerpts, about as many reach a lower level as :func:`chance` allows, and not twice as many."""
    rng = np.random.default_rng(3)
    starts = rng.integers(0, plain.shape[1] - 3 * SAMPLE_RATE, 120)
    found = np.array([strength(plain[:, start : start + 3 * SAMPLE_RATE]) for start in starts])
    assert (found > 4.6).mean() < 2 * chance(4.6)
    assert found.max() < 5.8
