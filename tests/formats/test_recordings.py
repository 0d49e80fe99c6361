"""Recordings are measured as the standards say, in every kind of file, with memory that stays flat."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench import formats
from workbench.core.errors import UnreadableFile
from workbench.core.recording import Recording
from workbench.corpora import CORPORA
from workbench.formats import audio
from workbench.rendering.sound import synthesize

RATE = 48000


def sine(hertz: float, decibels: float, seconds: float = 10, rate: int = RATE) -> np.ndarray:
    """A tone (frames,) whose peak lies so many decibels below full scale."""
    return 10 ** (decibels / 20) * np.sin(
        2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate
    )


def measured(samples: np.ndarray, rate: int = RATE, kind: str = "WAV", **how: str) -> Recording:
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format=kind, **how)
    return formats.decode_recording(stream.getvalue(), f"sound.{kind.lower()}")


def test_facts_of_a_stereo_file() -> None:
    found = measured(np.stack([sine(440, -6, 3.5)] * 2, axis=1))
    assert (found.seconds, found.sample_rate, found.channels) == (3.5, RATE, 2)
    assert found.peaks.shape[1] == 2 and len(found.peaks) <= 1000
    assert found.peaks.min() == pytest.approx(-0.501, abs=0.01)
    assert found.peaks.max() == pytest.approx(0.501, abs=0.01)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000, 96000])
def test_loudness_of_the_reference_tone(rate: int) -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23 LUFS, within 0.1."""
    tone = np.stack([sine(1000, -23, rate=rate)] * 2, axis=1)
    assert measured(tone, rate, subtype="FLOAT").loudness == pytest.approx(-23.0, abs=0.1)


def test_loudness_of_one_channel_at_full_scale() -> None:
    """ITU-R BS.1770-4, annex 1: 997 Hz at 0 dBFS in one channel is -3.01 LUFS."""
    assert measured(sine(997, 0), subtype="FLOAT").loudness == pytest.approx(-3.01, abs=0.05)


def test_loudness_leaves_quiet_stretches_out() -> None:
    """EBU Tech 3341, case 3: 10 s at -36, 60 s at -23, 10 s at -36 dBFS are -23 LUFS."""
    tone = np.concatenate([sine(1000, -36), sine(1000, -23, 60), sine(1000, -36)])
    stereo = np.stack([tone] * 2, axis=1)
    assert measured(stereo, subtype="FLOAT").loudness == pytest.approx(-23.0, abs=0.1)


def test_silence_has_neither_loudness_nor_tempo() -> None:
    found = measured(np.zeros(RATE * 5))
    assert (found.loudness, found.tempo) == (float("-inf"), None)
    assert not found.peaks.any()


def test_a_steady_tone_has_no_tempo() -> None:
    assert measured(sine(440, -12, 12)).tempo is None


@pytest.mark.parametrize("bpm", [72, 100, 133])
def test_tempo_of_clicks(bpm: int) -> None:
    clicks = np.zeros(RATE * 25)
    click = np.random.default_rng(0).normal(0, 0.2, 2000)
    for beat in range(25 * bpm // 60 - 1):
        start = beat * 60 * RATE // bpm
        clicks[start : start + len(click)] = click
    assert measured(clicks).tempo == pytest.approx(bpm, rel=0.01)


def test_tempo_of_a_played_chorale() -> None:
    collection = CORPORA.get("bach-chorales")
    score = collection.read(collection.members()[123]).score
    sound, rate = synthesize(formats.encode(score, ".mid"))
    written = score.tempos[0].bpm
    assert measured(sound.T, rate).tempo == pytest.approx(written, rel=0.02)


def test_the_same_samples_have_one_fingerprint() -> None:
    samples = (sine(300, -6, 2) * 32767).astype(np.int16)
    wav, flac = measured(samples), measured(samples, kind="FLAC")
    assert wav.fingerprint == flac.fingerprint
    samples[1000] += 1
    assert measured(samples).fingerprint != wav.fingerprint
    assert measured(samples[1:]).fingerprint != wav.fingerprint


@pytest.mark.parametrize("kind", ["FLAC", "MP3", "OGG"])
def test_every_kind_sounds_the_same(kind: str) -> None:
    tone = sine(500, -10, 6)
    wav, other = measured(tone), measured(tone, kind=kind)
    assert other.seconds == pytest.approx(wav.seconds, abs=0.1)
    assert other.loudness == pytest.approx(wav.loudness, abs=0.2)


def test_the_spectrogram_shows_the_pitch() -> None:
    low, high = measured(sine(200, -10, 2)).mel, measured(sine(4000, -10, 2)).mel
    assert low.mean(axis=1).argmax() < 10 < 30 < high.mean(axis=1).argmax()
    assert low.max() == 255
    later = measured(np.concatenate([np.zeros(RATE), sine(1000, -10, 1)])).mel
    middle = later.shape[1] // 2
    assert later[:, : middle - 5].max() == 0 < later[:, middle + 5 :].max()


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, RATE * 3)
    whole = measured(samples)
    monkeypatch.setattr("workbench.formats.audio.decoding.BLOCK_FRAMES", 4801)
    parts = measured(samples)
    assert parts.fingerprint == whole.fingerprint
    assert parts.loudness == pytest.approx(whole.loudness, abs=1e-6)
    assert np.abs(parts.mel.astype(int) - whole.mel).max() <= 1


def test_what_is_a_recording() -> None:
    wav = io.BytesIO()
    soundfile.write(wav, sine(440, -6, 0.1), RATE, format="WAV")
    score = CORPORA.get("bach-chorales")
    midi = formats.encode(score.read(score.members()[0]).score, ".mid")
    assert formats.is_audio(wav.getvalue(), "disguised.mid")
    assert formats.is_audio(b"\xff\xfb\x90\x00", "song.mp3")
    assert not formats.is_audio(midi, "disguised.mp3")
    assert not formats.is_audio(b"words", "words.txt")
    with pytest.raises(UnreadableFile, match="is a recording, not a score"):
        formats.decode(wav.getvalue(), "sound.wav")


def test_too_long_and_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_SECONDS", 2)
    with pytest.raises(UnreadableFile, match="lasts longer than"):
        measured(sine(440, -6, 3))
    monkeypatch.setattr(audio, "MAX_BYTES", 1000)
    with pytest.raises(UnreadableFile, match="takes of a recording"):
        measured(sine(440, -6, 1))


def test_m4a_without_ffmpeg_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableFile, match=r"song\.m4a .*need ffmpeg"):
        formats.decode_recording(b"\0\0\0\x18ftypM4A " + bytes(100), "song.m4a")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("suffix", [".m4a", ".aac"])
def test_m4a_with_ffmpeg(tmp_path: Path, suffix: str) -> None:
    wav, target = tmp_path / "sound.wav", tmp_path / f"sound{suffix}"
    soundfile.write(wav, np.stack([sine(1000, -23, 5)] * 2, axis=1), RATE)
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(wav), str(target)], check=True, timeout=60)
    data = target.read_bytes()
    assert formats.is_audio(data, target.name)
    found = formats.decode_recording(data, target.name)
    assert found.seconds == pytest.approx(5, abs=0.1)
    assert found.loudness == pytest.approx(-23, abs=0.3)
    with pytest.raises(UnreadableFile, match="damaged"):
        formats.decode_recording(data[:40], target.name)


def test_librosa_stays_out_until_there_is_a_recording() -> None:
    """The web process and the composer import the formats; they must not pay for librosa or music21."""
    code = (
        "import sys; from workbench import formats; formats.readable_suffixes();"
        "print({'librosa', 'scipy', 'soxr', 'music21'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
