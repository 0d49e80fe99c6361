"""Sound: a MIDI file played by a small General MIDI SoundFont, and audio files of it.

Samples are float32 of shape (channels, samples), full scale is ±1. The SoundFont is Sonivox EAS
(``soundfont/``, Apache-2.0), read from this folder: nothing is ever fetched.

symusic turns the SoundFont into single tones, one for every pitch of every instrument; they are shaped
(:mod:`workbench.rendering.envelopes`) and laid one upon another here. Notes, velocities, tempos and programs are
heard; pedal, bends and other controllers are not, as a ``Score`` has none.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np
import soundfile
import soxr
import symusic
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.rendering.envelopes import DRUM, Envelope, envelope, onset_shape, release_shape

SOUNDFONT = Path(__file__).parent / "soundfont" / "sonivox.sf2"
SAMPLE_RATE = 44_100  # Hz
RATES, BITS = (SAMPLE_RATE, 48_000), (16, 24)
PEAK = 10 ** (-1 / 20)  # -1 dB below full scale: lossy encoders overshoot a little
SILENCE = 10 ** (-66 / 20)  # below this, relative to the peak, the end of a recording is cut
MAX_SECONDS = 15 * 60  # stereo float samples of 15 minutes are 300 MB
_STEREO_WIDTH = 0.35  # parts are spread over this share of the room, the first on the left
_DRUM_SECONDS = 0.5  # a stroke is heard out, however short its note
_QUALITY = 0  # symusic's; from 5 on it is silent
_TONE_VELOCITY = 100
_FINER = ((84, 8), (74, 4), (68, 2))  # from a pitch on, so many times the rate

AUDIO_FORMATS = {
    "wav": ("WAV", "PCM_16", "audio/wav"),
    "flac": ("FLAC", "PCM_16", "audio/flac"),
    "mp3": ("MP3", "MPEG_LAYER_III", "audio/mpeg"),
    "ogg": ("OGG", "VORBIS", "audio/ogg"),
}
"""Kind to libsndfile's format and subtype, and the media type."""


def synthesize(midi: bytes, *, rate: int = SAMPLE_RATE) -> tuple[NDArray[np.float32], int]:
    """The sound of a MIDI file: samples (channels, samples) and their rate in Hz.

    Several tracks stand beside one another in stereo; a single one has one channel.
    The loudest sample lies 1 dB below full scale; the end is cut where the last note has died away.

    Raises
    ------
    WorkFailed
        Where the file cannot be played, holds no note, or lasts longer than ``MAX_SECONDS``.
    """
    score = _playable(midi)
    tracks = [track for track in score.tracks if len(track.notes)]
    places = _places(len(tracks))
    mix = np.zeros((places.shape[1], round((score.end() + 2) * rate)), dtype=np.float32)
    for track, place in zip(tracks, places, strict=True):
        line = _play(track, mix.shape[1], rate)
        for channel, gain in zip(mix, place, strict=True):
            channel += gain * line
    return _trimmed(mix), rate


def _playable(midi: bytes) -> Any:
    """The file as symusic reads it, in seconds."""
    try:
        read: Any = symusic.Score.from_midi(midi)
        score = read.to("second")
    except (RuntimeError, ValueError) as error:
        raise WorkFailed(f"The piece cannot be played: its MIDI is not valid ({error}).") from error
    if not any(len(track.notes) for track in score.tracks):
        raise WorkFailed("There is nothing to hear: the piece has no notes.")
    if score.end() > MAX_SECONDS:
        raise WorkFailed(
            f"The piece lasts {score.end() / 60:.0f} minutes; sound is made of at most "
            f"{MAX_SECONDS // 60}. Choose an excerpt, or a faster tempo."
        )
    return score


def _places(count: int) -> NDArray[np.float32]:
    """(count, 2) gains for left and right, at equal power; (1, 1) for a single track."""
    if count == 1:
        return np.ones((1, 1), dtype=np.float32)
    position = np.linspace(-_STEREO_WIDTH, _STEREO_WIDTH, count)
    angle = (position + 1) * np.pi / 4
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def _play(track: Any, samples: int, rate: int) -> NDArray[np.float32]:
    """(samples,) the notes of a track."""
    line = np.zeros(samples, dtype=np.float32)
    shape = DRUM if track.is_drum else envelope(track.program)
    shortest = _DRUM_SECONDS if track.is_drum else 0.0
    release = release_shape(shape, rate)
    notes = track.notes.numpy()
    for pitch in np.unique(notes["pitch"]):
        same = notes["pitch"] == pitch
        onsets = np.rint(notes["time"][same] * rate).astype(np.int64)
        held = np.rint(np.maximum(notes["duration"][same], shortest) * rate).astype(np.int64)
        loudness = (notes["velocity"][same] / 127.0) ** 2  # General MIDI: 40 log10(v / 127) dB
        tone = _tone(track, int(pitch), int(held.max()) + len(release), shape, rate)
        for onset, length, gain in zip(onsets, held, loudness, strict=True):
            sound = tone[: length + len(release)] * np.float32(gain)
            sound[length:] *= release[: len(sound) - length]
            sound = sound[: samples - onset]
            line[onset : onset + len(sound)] += sound
    return line


@lru_cache(maxsize=32)
def _synthesizer(rate: int, thread: int) -> Any:
    """One for a rate and a thread, for it keeps what it has read of the SoundFont, and nobody promises that two may ask it at once."""
    return symusic.Synthesizer(str(SOUNDFONT), rate, _QUALITY)


def _tone(track: Any, pitch: int, samples: int, shape: Envelope, rate: int) -> NDArray[np.float32]:
    """(samples,) one held note of a track's instrument, before it is let go.

    symusic repeats a sample after a whole number of its output's samples, which puts high notes out of tune: at 44.1 kHz by up to 20
    cents an octave above middle C, and by a semitone at the top of a piano. So these are made at a finer rate.
    """
    times = next((times for lowest, times in _FINER if pitch >= lowest), 1)
    finer = rate * times
    single: Any = symusic.Score(480, ttype="second")
    voice: Any = symusic.Track("", track.program, track.is_drum, ttype="second")
    seconds = samples / rate + 0.01
    voice.notes.append(symusic.Note(0, seconds, pitch, _TONE_VELOCITY, ttype="second"))
    single.tracks.append(voice)
    tone = _synthesizer(finer, get_ident()).render(single, False)[0]
    tone = resampled(tone[None, : samples * times], finer, rate)[0]
    return tone * onset_shape(shape, pitch, len(tone), rate)


def _trimmed(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples at full loudness, without the silence after the last note."""
    level = np.abs(samples).max(axis=0)
    peak = float(level.max(initial=0.0))
    if not peak > 0:
        raise WorkFailed("The piece made no sound: all its notes are silent or out of range.")
    end = int(np.flatnonzero(level > SILENCE * peak)[-1]) + 1
    return np.ascontiguousarray(samples[:, :end] * np.float32(PEAK / peak))


@dataclass(frozen=True)
class Quality:
    """Samples a second, and bits a sample where a format has a choice (WAV and FLAC)."""

    rate: int = SAMPLE_RATE
    bits: int = 16

    def __post_init__(self) -> None:
        if self.rate not in RATES or self.bits not in BITS:
            raise InvalidSetting(
                f"Sound of {self.rate} Hz and {self.bits} bits cannot be written; choose {_listed(RATES)} Hz and "
                f"{_listed(BITS)} bits."
            )


MP3_KILOBITS = (32, 48, 64, 96, 128, 160, 192)


def _listed(numbers: Sequence[int]) -> str:
    return " or ".join(map(str, numbers))


def encode_audio(
    samples: NDArray[np.float32], rate: int, kind: str, *,
    bits: int = 16, kilobits: int = 0, tags: Mapping[str, str] | None = None,
) -> bytes:  # fmt: skip
    """An audio file of samples (channels, samples): ``kind`` is a key of ``AUDIO_FORMATS``.

    FLAC is what a browser should be given: exact to the sample, a third of WAV, and
    ten times faster to write than MP3.

    Parameters
    ----------
    bits
        A sample, in WAV and FLAC.
    kilobits
        A second, of an MP3 with a constant rate; 0 for what the encoder thinks good.
    tags
        Texts by the names that libsndfile has for them: ``title``, ``artist``, ``comment``, ``software``.

    Raises
    ------
    InvalidSetting
        For a kind that cannot be written.
    """
    if kind not in AUDIO_FORMATS:
        raise InvalidSetting(f"{kind!r} is no audio format; there are {', '.join(AUDIO_FORMATS)}.")
    format_name, subtype, _ = AUDIO_FORMATS[kind]
    subtype = f"PCM_{bits}" if subtype.startswith("PCM") else subtype
    how: dict[str, Any] = {}
    if kilobits:  # libsndfile counts from 320 kbit/s, 0, down to 32, which it refuses as 1 itself
        level = min((320 - kilobits) / 288, 0.999)
        how = {"bitrate_mode": "CONSTANT", "compression_level": level}
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", rate, samples.shape[0], subtype=subtype, format=format_name, **how
    ) as file:
        for name, text in (tags or {}).items():
            setattr(file, name, text)
        # In blocks, because libsndfile's Vorbis encoder overflows its stack on long arrays.
        for start in range(0, samples.shape[1], rate):
            file.write(samples[:, start : start + rate].T)
    return buffer.getvalue()


def resampled(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """The samples (channels, samples) at another rate in Hz."""
    if rate == wanted:
        return samples
    return np.ascontiguousarray(soxr.resample(samples.T, rate, wanted, quality="VHQ").T)


def write_audio(samples: NDArray[np.float32], rate: int, path: str | Path) -> None:
    """Write samples (channels, samples) to a file whose ending names the kind."""
    path = Path(path)
    path.write_bytes(encode_audio(samples, rate, path.suffix.lstrip(".").lower()))
