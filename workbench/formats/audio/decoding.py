"""From the bytes of a sound file to blocks of samples.

libsndfile decodes all but M4A and AAC. For those ffmpeg is asked, where it is installed: by its path and
with a list of arguments, never through a shell; told which container to expect, so that no playlist
can make it open other files; with a limit on time and on the length of what it writes.
"""

import contextlib
import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile

BLOCK_FRAMES = 2**17
FFMPEG_SECONDS = (
    25  # less than the bounded reader gives a file, so that ffmpeg is never left behind
)
_LONGEST = 7201  # seconds ffmpeg writes at most: one more than is taken, so that too long is seen
_DAMAGED = "it is damaged or cut off; get a complete copy."


@dataclass(frozen=True)
class Samples:
    """A sound file being decoded: ``blocks`` yields float32 arrays (frames, channels) in -1..1, once."""

    sample_rate: int
    channels: int
    blocks: Iterator[NDArray[np.float32]]
    words: tuple[str, ...] = ()
    """What the file's tags say: comment, title, copyright."""


@contextlib.contextmanager
def samples_of(data: bytes, suffix: str) -> Iterator[Samples]:
    """The samples of a sound file, for as long as the context lasts; ``UnreadableFile`` with the reason alone."""
    with contextlib.ExitStack() as stack:
        source: io.BytesIO | str = io.BytesIO(data)
        if data[4:8] == b"ftyp" or suffix in (".m4a", ".aac"):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            source = str(_converted(data, Path(folder)))
        try:
            file = stack.enter_context(soundfile.SoundFile(source))
        except (soundfile.LibsndfileError, TypeError, ValueError) as error:
            raise UnreadableFile(_DAMAGED) from error
        words = (file.comment, file.title, file.copyright)
        yield Samples(file.samplerate, file.channels, _blocks(file), words)


def _blocks(file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """Blocks until the samples end. What a damaged file has before its damage is not thought complete."""
    while True:
        try:
            block = file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise UnreadableFile(_DAMAGED) from error
        if not len(block):
            return
        yield block


def _converted(data: bytes, folder: Path) -> Path:
    """A FLAC file in ``folder`` with the sound of an M4A or AAC file."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise UnreadableFile(
            "M4A and AAC need ffmpeg, which is not installed here; install it, or save the recording "
            "as MP3, OGG, FLAC or WAV."
        )
    source, target = folder / "source", folder / "sound.flac"
    source.write_bytes(data)
    container = "mov" if data[4:8] == b"ftyp" else "aac"
    command = [
        ffmpeg, "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", container,
        "-i", f"file:{source}", "-map", "0:a:0", "-t", str(_LONGEST), "-sample_fmt", "s16",
        f"file:{target}",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=FFMPEG_SECONDS, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(
            f"it took longer than {FFMPEG_SECONDS} seconds to decode; cut it into shorter files."
        ) from error
    if done.returncode or not target.exists():
        raise UnreadableFile(_DAMAGED)
    return target
