"""Loudness: every sound is as loud as the next, its peaks below full scale; pyloudnorm is the judge."""

import numpy as np
import pyloudnorm
import pytest

from workbench import formats
from workbench.corpora import CORPORA
from workbench.rendering.mastering import CEILING, loudness, mastered
from workbench.rendering.sound import SAMPLE_RATE, synthesize


def heard(samples: np.ndarray) -> float:
    return pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(samples.T.astype(float))


@pytest.mark.parametrize(
    ("collection", "member"), [("ryans-mammoth", "FloggingReel"), ("bach-chorales", "001-bwv269")]
)
def test_real_music_comes_to_minus_16_lufs(collection, member):
    score = CORPORA.get(collection).read(member).score
    samples, rate = synthesize(formats.encode(score, ".mid"))
    samples = samples[:, : 20 * rate]
    for gain in (1.0, 0.05):
        result = mastered(samples * np.float32(gain), rate)
        assert heard(result) == pytest.approx(-16, abs=1)
        assert np.abs(result).max() <= CEILING < 1
    assert loudness(samples, rate) == pytest.approx(heard(samples), abs=0.1)


def test_sharp_peaks_are_turned_down_and_not_clipped():
    rng = np.random.default_rng(0)
    quiet = rng.normal(0, 0.02, (2, 10 * SAMPLE_RATE)).astype(np.float32)
    quiet[:, :: SAMPLE_RATE // 4] = 0.9
    result = mastered(quiet, SAMPLE_RATE)
    assert heard(result) == pytest.approx(-16, abs=1)
    assert np.abs(result).max() == pytest.approx(CEILING, abs=0.01)
    assert np.abs(result).max() <= CEILING + 1e-6
    calm = slice(
        SAMPLE_RATE // 8, SAMPLE_RATE // 8 + 2000
    )  # between two peaks: louder, of the same shape
    ratio = result[0, calm] / quiet[0, calm]
    assert ratio.std() < 0.01 * ratio.mean()


def test_silence_stays_silence():
    silence = np.zeros((1, SAMPLE_RATE), np.float32)
    assert loudness(silence, SAMPLE_RATE) == -np.inf
    assert not mastered(silence, SAMPLE_RATE).any()
