"""File formats: scores (MIDI, MusicXML, ABC, and more to read) and recordings.

Conventions
-----------
One file format a module (or a package, where reading and writing are long). Each offers the same verbs:

``decode(data) -> list[Reading]``
    Every piece in the bytes of a file.
``encode(score, *, title="", composer="", statement="")``
    The bytes or the text of a file with one piece. Some formats are only read: theirs is None. A ``statement`` that a
    model made the piece (:mod:`workbench.core.provenance`) is written where it is read again.

A new format is one file::

    def _encode(score: Score, title: str, composer: str, statement: str) -> bytes: ...

    @file_format(
        "abc", title="ABC", suffixes=(".abc",), recognises=is_abc, encode=_encode, mime="text/vnd.abc"
    )
    def decode(data: bytes) -> list[Reading]: ...

``recognises(data)`` knows the format by its content and must not take another's for its own. ``decode`` raises
``UnreadableFile``, whatever the bytes; ``encode`` raises ``CannotEncode`` where the format has no way to say
the music. What is written is read again: at least every note's onset, duration, pitch and part, and the meters.
With a ``mime`` the pages offer it as a download.

Sound files are no scores: :func:`is_audio` knows them, and :func:`decode_recording` measures them.

:func:`read` and :func:`write` are the doors for files. They pick the format, mind the limits, and
turn whatever is wrong with a file into one :class:`UnreadableFile` that names it. A file's content
decides what it is; its suffix is only asked where the content does not say.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.core.errors import CannotEncode, UnreadableFile
from workbench.core.piece import Reading
from workbench.core.registry import Registry
from workbench.core.score import Score
from workbench.core.sizes import check_size
from workbench.formats import audio
from workbench.formats.audio import decode_recording, decode_sung

__all__ = [
    "FORMATS", "MAX_BYTES", "Format", "decode", "decode_recording", "decode_sung", "encode",
    "file_format", "is_audio", "is_score", "read", "readable_suffixes", "suffixes", "write",
]  # fmt: skip

MAX_BYTES = 20_000_000

Decoder = Callable[[bytes], list[Reading]]
Encoder = Callable[[Score, str, str, str], bytes]


@dataclass(frozen=True)
class Format:
    """A file format: how to know it, read it and write it.

    ``decode`` raises ``UnreadableFile`` with the reason and the remedy alone; the name of
    the file is put before it at the door. ``encode`` takes score, title, composer and statement; None
    where the format is only read. ``mime`` is the media type of what is written; empty where pages do not offer it.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    decode: Decoder
    encode: Encoder | None
    mime: str = ""


FORMATS: Registry[Format] = Registry("file format", __name__)


def file_format(
    name: str,
    *,
    title: str,
    suffixes: tuple[str, ...],
    recognises: Callable[[bytes], bool],
    encode: Encoder | None,
    mime: str = "",
) -> Callable[[Decoder], Decoder]:
    """Register the decorated ``decode`` with what belongs to it."""

    def register(decode: Decoder) -> Decoder:
        FORMATS.register(name, Format(name, title, suffixes, recognises, decode, encode, mime))
        return decode

    return register


def suffixes() -> list[str]:
    """Every suffix that can be read and written, with its dot: ``[".abc", ".mid", …]``."""
    return sorted(suffix for part in FORMATS if part.encode for suffix in part.suffixes)


def readable_suffixes() -> list[str]:
    """Every suffix that can be read, of scores and of recordings, with its dot."""
    return sorted({suffix for part in FORMATS for suffix in part.suffixes} | set(audio.SUFFIXES))


def is_audio(data: bytes, name: str) -> bool:
    """Whether a file is a recording. Its content decides; its suffix, where no format knows the content."""
    if audio.suffix_by(data):
        return True
    is_named_so = Path(name).suffix.lower() in audio.SUFFIXES
    return is_named_so and not any(part.recognises(data) for part in FORMATS)


def is_score(data: bytes, name: str) -> bool:
    """Whether a format of scores takes a file for its own, by content or by suffix."""
    return _format_of(data, name) is not None


def read(path: Path) -> list[Reading]:
    """Every piece of music in a file.

    Raises
    ------
    UnreadableFile
        The file is missing, empty, too large, damaged, of another type, or holds no note.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _too_large(path.name, size)
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "the system refused"
        raise UnreadableFile(f"{path.name} cannot be opened ({reason}); check the file.") from error
    return decode(data, path.name)


def decode(data: bytes, name: str) -> list[Reading]:
    """Like :func:`read`, for content already in memory; ``name`` is the file's, for its suffix and messages."""
    if not data:
        raise UnreadableFile(f"{name} is empty; choose a file with music in it.")
    if len(data) > MAX_BYTES:
        raise _too_large(name, len(data))
    part = _recognise(data, name)
    try:
        readings = part.decode(data)
    except UnreadableFile as error:
        raise UnreadableFile(f"{name} cannot be read as {part.title}: {error}") from error
    readings, refusals = _of_fair_size(readings, name)
    sounding = [reading for reading in readings if len(reading.score.notes)]
    if not sounding and refusals:
        raise UnreadableFile(refusals[0])
    if not sounding:
        raise UnreadableFile(
            f"{name} ({part.title}) holds not a single note; choose a file with music in it."
        )
    if refusals:
        first = sounding[0]
        remarks = (*first.remarks, *(f"Left out: {refusal}" for refusal in refusals))
        sounding[0] = replace(first, remarks=remarks)
    return sounding


def write(
    score: Score, path: Path, *, title: str = "", composer: str = "", statement: str = ""
) -> None:
    """Write a score in the format of the path's suffix: all of it, or nothing.

    Raises
    ------
    CannotEncode
        No format has that suffix, or the format has no way to say the score.
    """
    path = Path(path)
    data = encode(score, path.suffix, title=title, composer=composer, statement=statement)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)  # mkstemp's files are for their owner alone
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def encode(
    score: Score, suffix: str, *, title: str = "", composer: str = "", statement: str = ""
) -> bytes:
    """The content of a file with that suffix (``".mid"``); raises like :func:`write`."""
    part = _by_suffix(suffix)
    if part is None or part.encode is None:
        raise CannotEncode(
            f"No format with the suffix {suffix!r} can be written; choose one of {', '.join(suffixes())}."
        )
    return part.encode(score, title, composer, statement)


def _format_of(data: bytes, name: str) -> Format | None:
    known = next((part for part in FORMATS if part.recognises(data)), None)
    return known or _by_suffix(Path(name).suffix)


def _by_suffix(suffix: str) -> Format | None:
    return next((part for part in FORMATS if suffix.lower() in part.suffixes), None)


def _recognise(data: bytes, name: str) -> Format:
    if is_audio(data, name):
        raise UnreadableFile(f"{name} is a recording, not a score; add it as a recording.")
    part = _format_of(data, name)
    if part is None:
        known = ", ".join(part.title for part in FORMATS)
        raise UnreadableFile(
            f"{name} is no file of a kind the workbench reads; choose one of {known}."
        )
    return part


def _of_fair_size(readings: list[Reading], name: str) -> tuple[list[Reading], list[str]]:
    """The readings within bounds, and why the others are not: one tune of hundreds must not lose the rest."""
    fair: list[Reading] = []
    refusals: list[str] = []
    for reading in readings:
        called = f"{name}, {reading.title!r}," if len(readings) > 1 and reading.title else name
        try:
            check_size(reading.score, called)
            fair.append(reading)
        except UnreadableFile as error:
            refusals.append(str(error))
    return fair, refusals


def _too_large(name: str, size: int) -> UnreadableFile:
    return UnreadableFile(
        f"{name} has {size / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB the workbench "
        "takes; split it or choose a smaller file."
    )
