"""An inaudible mark in sound, found again after MP3, a change of gain, a cut or another sampling rate.

A fixed pseudo-random noise between 500 and 8,000 Hz is laid under the music: in every short frame and band of
hearing it lies so far below the music that the music masks it, and where the music is silent there is none. It comes
again every ``PERIOD`` samples. To find it, the spectrum of every frame is made white, so that loud and soft, treble
and bass count alike; the periods are added up, made white again, and compared with the noise at all of its ``PERIOD``
shifts at once, by FFT. So a file may begin anywhere. What is reported is how many standard deviations the best shift
stands above all: of unmarked sound that is the largest of so many normal numbers, about 4.3, whatever the music.

The mark says that a workbench made the sound, and no more. It is no secret, for the program is open: who wants to remove it
can. It does not survive another tempo or another pitch.

Samples are float32 (channels, samples) at ``RATE``, full scale ±1; the meter takes other rates too. See Cox et al.,
"Secure spread spectrum watermarking for multimedia", 1997; that noise is masked by a tone 14.5 dB and the number of its band in Bark
above it is from Johnston, "Transform coding of audio signals using perceptual noise criteria", 1988.
"""

import math
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import soxr
from numpy.fft import irfft, rfft
from numpy.typing import NDArray

RATE = 44_100  # Hz
PERIOD = 2**16  # samples, 1.49 s
THRESHOLD = 6.5
"""Standard deviations from which the mark counts as found; :func:`chance` says how often other sound reaches them."""

_LOW, _HIGH = 500.0, 8000.0  # Hz
_FRAME, _HOP = 1024, 512
_BLOCK = 2048  # frames that are in memory at once
_OFFSET_DB = 18.0  # plus the band's number in Bark: how far the mark lies below the music
_VALLEY = 0.3  # of a band's level: what is softer in it is not trusted to be the music's own
_RISE = 4.0  # a frame's mark is at most so much louder than the music before would allow, or it would be heard ahead
_SEED = 0x6D61726B
_WINDOW = np.sin(np.pi * (np.arange(_FRAME) + 0.5) / _FRAME).astype(np.float32)


def mark(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples with the mark under every channel."""
    return np.stack([channel + _under(channel) for channel in samples])


def _under(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    """(samples,) the mark of one channel."""
    edges, quieter = _bands()
    inside = slice(edges[0], edges[-1])
    quieter = np.repeat(quieter, np.diff(edges))
    noise = np.resize(_noise(), len(channel))
    before = np.zeros((1, len(quieter)), np.float32)

    def shaped(music: NDArray[np.complex64], spectrum: NDArray[np.complex64]) -> NDArray:
        nonlocal before
        level = np.sqrt(_band_means(np.abs(music) ** 2, edges)[:, inside])
        calm = np.minimum(level, _RISE * np.vstack([before, level[:-1]])) * quieter
        before = level[-1:]
        out = np.zeros_like(spectrum)
        out[:, inside] = spectrum[:, inside] * calm / np.sqrt(_FRAME / 2)
        return out

    spectra = zip(_spectra(channel), _spectra(noise), strict=True)
    return _joined((shaped(*each) for each in spectra), len(channel))


class MarkMeter:
    """Takes blocks of sound in order, at any rate, then says how surely the mark is in them."""

    def __init__(self, rate: int) -> None:
        self._resampler = None if rate == RATE else soxr.ResampleStream(rate, RATE, 1)
        self._rest = np.zeros(0, np.float32)
        self._sum = np.zeros(PERIOD)
        self._place = 0  # of the next frame within the period

    def take(self, block: NDArray[np.float32]) -> None:
        """Samples (frames, channels)."""
        mono = np.ascontiguousarray(block.mean(axis=1), np.float32)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        rest = np.concatenate([self._rest, mono])
        while len(rest) >= _FRAME:  # a period at a time at most, so that memory stays flat
            count = min((len(rest) - _FRAME) // _HOP + 1, PERIOD // _HOP)
            self._add(rest[: (count - 1) * _HOP + _FRAME])
            rest = rest[count * _HOP :]
        self._rest = rest

    def _add(self, samples: NDArray[np.float32]) -> None:
        """Whole frames, made white and added at their place in the period.

        Between the tones of a band the mark lies bare, so what is soft there counts for more, down to a limit.
        """
        edges, _ = _bands()
        (spectrum,) = _spectra(samples, padded=False)
        power = np.abs(spectrum) ** 2
        level = np.sqrt(_band_means(power, edges))
        spectrum *= level / (power + (_VALLEY * level) ** 2 + 1e-12)
        white = _joined([spectrum], len(samples), padded=False)
        place = self._place
        self._place = (place + len(white) - _FRAME + _HOP) % PERIOD
        while len(white):
            part = white[: PERIOD - place]
            self._sum[place : place + len(part)] += part
            white, place = white[len(part) :], 0

    def strength(self) -> float:
        """Standard deviations; 0 for silence."""
        spectrum = rfft(self._sum)
        size = np.abs(spectrum)
        if not size.any():
            return 0.0
        likeness = irfft(spectrum / (size + 1e-9) * np.conj(rfft(_noise())))
        return float((likeness.max() - likeness.mean()) / likeness.std())


def strength(samples: NDArray[np.float32], rate: int = RATE) -> float:
    """How many standard deviations the mark stands out of sound."""
    meter = MarkMeter(rate)
    meter.take(samples.T)
    return meter.strength()


def chance(strength: float) -> float:
    """At most how probable it is that sound without the mark reaches a strength: each shift once."""
    return min(1.0, PERIOD * math.erfc(strength / math.sqrt(2)) / 2)


@cache
def _noise() -> NDArray[np.float32]:
    """(PERIOD,) noise of flat spectrum within the band, as loud there as white noise of variance 1."""
    frequencies = np.fft.rfftfreq(PERIOD, 1 / RATE)
    phases = np.random.Generator(np.random.PCG64(_SEED)).uniform(0, 2 * np.pi, len(frequencies))
    inside = (frequencies >= _LOW) & (frequencies <= _HIGH)
    return irfft(np.where(inside, np.exp(1j * phases), 0) * np.sqrt(PERIOD)).astype(np.float32)


@cache
def _bands() -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """First bins of half-Bark bands and the end of the last; and the factor by which the mark lies below each."""
    frequencies = np.fft.rfftfreq(_FRAME, 1 / RATE)
    bark = 13 * np.arctan(0.00076 * frequencies) + 3.5 * np.arctan((frequencies / 7500) ** 2)
    first, last = np.searchsorted(frequencies, [_LOW, _HIGH])
    number = np.floor(2 * bark[first:last])
    starts = first + np.flatnonzero(np.diff(number, prepend=-1))
    edges = np.append(starts, last)
    return edges, (10 ** (-(_OFFSET_DB + bark[starts]) / 20)).astype(np.float32)


def _band_means(power: NDArray[np.float32], edges: NDArray[np.intp]) -> NDArray[np.float32]:
    """(frames, bins) the mean of each bin's band; 0 outside the bands."""
    widths = np.diff(edges)
    means = np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1) / widths
    out = np.zeros_like(power)
    out[:, edges[0] : edges[-1]] = np.repeat(means, widths, axis=1)
    return out


def _spectra(
    samples: NDArray[np.float32], *, padded: bool = True
) -> Iterator[NDArray[np.complex64]]:
    """(frames, bins) of half-overlapping frames, block by block; ``padded`` so that every sample lies in two."""
    if padded:
        samples = np.pad(samples, (_HOP, _FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    for start in range(0, len(frames), _BLOCK):
        yield rfft(frames[start : start + _BLOCK] * _WINDOW, axis=1).astype(np.complex64)


def _joined(
    spectra: Iterable[NDArray[np.complex64]], length: int, *, padded: bool = True
) -> NDArray[np.float32]:
    """(length,) the sound of spectra, the inverse of :func:`_spectra`."""
    out = np.zeros(length + 2 * _FRAME, np.float32)
    place = 0
    for spectrum in spectra:
        frames = irfft(spectrum, axis=1) * _WINDOW
        for half in range(2):
            piece = frames[:, half * _HOP : (half + 1) * _HOP].reshape(-1)
            start = place + half * _HOP
            out[start : start + len(piece)] += piece[: len(out) - start]
        place += len(frames) * _HOP
    start = _HOP if padded else 0
    return out[start : start + length]
