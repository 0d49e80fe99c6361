"""What is measured of a recording while its samples pass by, block by block.

References
----------
Loudness: ITU-R BS.1770-4, "Algorithms to measure audio programme loudness", 2015 (see ``loudness``).
Mel bands and tempo: McFee et al., "librosa: Audio and Music Signal Analysis in Python", SciPy 2015;
beats are tracked by dynamic programming (Ellis, "Beat tracking by dynamic programming", JNMR 36(1), 2007).
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile
from workbench.core.recording import MEL_RANGE, Recording
from workbench.formats.audio.compiling import import_librosa
from workbench.formats.audio.decoding import Samples
from workbench.formats.audio.loudness import LoudnessMeter

SPECTRAL_RATE = 22050  # Hz that the mel bands are made at: they end at 11 kHz
FFT_SIZE, HOP = 2048, 512
MEL_BANDS, MEL_FRAMES = 64, 512
PEAKS = 1000
TEMPO_SECONDS = 180  # from the middle of a longer recording
SHORTEST_BEAT_SECONDS = 4.0  # in less, a tempo is a guess
HEARD_DB = 60.0  # below the loudest place: what begins softer is no onset
LEAST_ONSET_STRENGTH = 0.2  # mean decibels a frame over all bands; a steady tone has 0.01 to 0.1
QUIETEST = 1e-5  # of full scale, -100 dB: what is below is silence


def measure(samples: Samples, max_seconds: float) -> Recording:
    """Everything a ``Recording`` says; ``UnreadableFile`` where there is no sample, or too many."""
    digest = hashlib.sha256(f"{samples.sample_rate} {samples.channels}".encode())
    meter = LoudnessMeter(samples.sample_rate, samples.channels)
    spectrum = _Spectrum(samples.sample_rate)
    peaks: list[NDArray[np.float32]] = []
    frames = 0
    step = max(1, samples.sample_rate // 100)
    for block in samples.blocks:
        block = np.clip(np.nan_to_num(block), -1.0, 1.0)
        frames += len(block)
        if frames > max_seconds * samples.sample_rate:
            raise UnreadableFile(
                f"it lasts longer than the {max_seconds / 3600:.0f} hours the workbench takes; cut it."
            )
        digest.update(np.clip(np.rint(block * 32768), -32768, 32767).astype("<i2").tobytes())
        meter.take(block)
        mono = block @ np.full(samples.channels, 1 / samples.channels, dtype=np.float32)
        spectrum.take(mono)
        starts = np.arange(0, len(mono), step)
        lows, highs = np.minimum.reduceat(mono, starts), np.maximum.reduceat(mono, starts)
        peaks.append(np.stack([lows, highs], axis=1))
    if not frames:
        raise UnreadableFile("it holds not a single sample; choose a file with sound in it.")
    envelope = np.concatenate(peaks)
    mel = spectrum.finish()
    is_heard = bool(np.abs(envelope).max() > QUIETEST)
    return Recording(
        seconds=frames / samples.sample_rate,
        sample_rate=samples.sample_rate,
        channels=samples.channels,
        loudness=meter.integrated(),
        tempo=_tempo(mel) if is_heard and frames / samples.sample_rate >= SHORTEST_BEAT_SECONDS else None,
        fingerprint=digest.hexdigest(),
        peaks=_envelope(envelope),
        mel=_thumbnail(mel),
    )  # fmt: skip


class _Spectrum:
    """Mel power of a sound that comes in blocks; frames overlap block ends as if there were none."""

    def __init__(self, sample_rate: int) -> None:
        import soxr

        self._resample = soxr.ResampleStream(sample_rate, SPECTRAL_RATE, 1, dtype="float32")
        self._rest = np.zeros(FFT_SIZE // 2, dtype=np.float32)  # so that the first frame is at 0
        self._frames: list[NDArray[np.float32]] = []

    def take(self, mono: NDArray[np.float32]) -> None:
        """Samples (frames,) at the recording's own rate."""
        self._add(self._resample.resample_chunk(mono.astype(np.float32)))

    def finish(self) -> NDArray[np.float32]:
        """Mel power (bands, frames) of all that came."""
        rest = self._resample.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
        self._add(np.concatenate([rest, np.zeros(FFT_SIZE, dtype=np.float32)]))
        return np.concatenate(self._frames, axis=1)

    def _add(self, sound: NDArray[np.float32]) -> None:
        import_librosa()
        from librosa.feature import melspectrogram

        self._rest = np.concatenate([self._rest, sound])
        count = (len(self._rest) - FFT_SIZE) // HOP + 1
        if count > 0:
            power = melspectrogram(
                y=self._rest[: (count - 1) * HOP + FFT_SIZE], sr=SPECTRAL_RATE, n_fft=FFT_SIZE,
                hop_length=HOP, n_mels=MEL_BANDS, center=False,
            )  # fmt: skip
            self._frames.append(power.astype(np.float32))
            self._rest = self._rest[count * HOP :]


def _tempo(mel: NDArray[np.float32]) -> float | None:
    """Beats a minute of mel power (bands, frames), None where too little begins for a beat.

    From the mean distance of the beats that were tracked: the tracker's own figure is a whole number
    of frames a beat, which is 2 % off at 120.
    """
    import_librosa()
    from librosa import power_to_db
    from librosa.beat import beat_track
    from librosa.onset import onset_strength

    frames = min(mel.shape[1], TEMPO_SECONDS * SPECTRAL_RATE // HOP)
    start = (mel.shape[1] - frames) // 2
    heard = power_to_db(mel[:, start : start + frames], ref=np.max, top_db=HEARD_DB)
    strength = onset_strength(S=heard, sr=SPECTRAL_RATE, hop_length=HOP)
    if strength.mean() < LEAST_ONSET_STRENGTH:
        return None
    _, beats = beat_track(
        onset_envelope=strength, sr=SPECTRAL_RATE, hop_length=HOP, trim=False, sparse=True
    )
    if len(beats) < 4:
        return None
    frames_a_beat = (int(beats[-1]) - int(beats[0])) / (len(beats) - 1)
    return 60 * SPECTRAL_RATE / HOP / frames_a_beat


def _edges(length: int, count: int) -> NDArray[np.int64]:
    """Where ``count`` equal stretches of so many begin; fewer where there are fewer."""
    count = min(length, count)
    return np.arange(count, dtype=np.int64) * length // count


def _envelope(peaks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lows and highs (N, 2) of at most ``PEAKS`` stretches."""
    edges = _edges(len(peaks), PEAKS)
    lows = np.minimum.reduceat(peaks[:, 0], edges)
    return np.stack([lows, np.maximum.reduceat(peaks[:, 1], edges)], axis=1)


def _thumbnail(mel: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Mel power (bands, frames) as decibels in 0..255, in at most ``MEL_FRAMES`` frames."""
    edges = _edges(mel.shape[1], MEL_FRAMES)
    widths = np.diff(np.append(edges, mel.shape[1]))
    power = np.add.reduceat(mel, edges, axis=1) / widths
    loudest = max(float(power.max()), QUIETEST**2)
    decibels = 10 * np.log10(np.maximum(power / loudest, 10 ** (-MEL_RANGE / 10)))
    return np.rint((decibels + MEL_RANGE) / MEL_RANGE * 255).astype(np.uint8)
