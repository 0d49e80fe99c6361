"""Whether a model of a workbench made a piece: by the statement in its file, and by the mark in its sound.

Read are scores, sound, and what the workbench gives out to look at: PDF, SVG and share pages.

Neither can prove that a person made it: a statement can be deleted, and a mark be damaged.
"""

from dataclasses import dataclass
from pathlib import Path

from workbench import formats
from workbench.core.errors import UnreadableFile
from workbench.core.provenance import found_in
from workbench.formats import audio
from workbench.formats.audio.decoding import samples_of
from workbench.rendering.statements import MAX_BYTES, is_shown, statement_in
from workbench.rendering.watermark import THRESHOLD, MarkMeter, chance

KINDS = "a score (MIDI, MusicXML, ABC, kern, MEI), sound (WAV, FLAC, MP3, OGG, M4A), a PDF, an SVG or a share page (HTML)"
LEAST_RATE, MOST_RATE = 8_000, 384_000  # Hz; a rate of 1 would ask for 44,100 times the memory


@dataclass(frozen=True)
class Checked:
    """What was found in a file."""

    kind: str
    """``score``, ``sound``, or ``page``: what is looked at, a PDF, a drawing or a share page."""
    statements: tuple[str, ...] = ()
    strength: float | None = None
    """Of the mark in sound, in standard deviations; None where there is no sound."""
    chance: float | None = None
    """How often, at most, sound without the mark has as much of it."""

    @property
    def has_mark(self) -> bool:
        """Whether the sound carries the mark."""
        return self.strength is not None and self.strength >= THRESHOLD

    @property
    def is_made_by_model(self) -> bool:
        """Whether anything was found."""
        return self.has_mark or bool(self.statements)


def checked(data: bytes, name: str) -> Checked:
    """Look at the bytes of a score, a sound file, a PDF, an SVG or a page; ``UnreadableFile`` with the reason."""
    if is_shown(data):
        return _page(data, name)
    if formats.is_audio(data, name):
        return _sound(data, name)
    if data and not formats.is_score(data, name):
        raise UnreadableFile(f"{name} is no file of a kind that Check reads; choose {KINDS}.")
    statements = (reading.statement for reading in formats.decode(data, name))
    return Checked("score", tuple(dict.fromkeys(filter(None, statements))))


def _page(data: bytes, name: str) -> Checked:
    if len(data) > MAX_BYTES:
        raise UnreadableFile(
            f"{name} has {len(data) / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB that are looked at."
        )
    said = statement_in(data)
    return Checked("page", (said,) if said else ())


def _sound(data: bytes, name: str) -> Checked:
    if not data:
        raise UnreadableFile(f"{name} is empty; choose a file with sound in it.")
    if len(data) > audio.MAX_BYTES:
        raise UnreadableFile(
            f"{name} has {len(data) / 1e6:.0f} MB, more than the {audio.MAX_BYTES / 1e6:.0f} MB that are "
            "looked at; cut it, or save it as MP3."
        )
    try:
        with samples_of(data, Path(name).suffix.lower()) as samples:
            if not LEAST_RATE <= samples.sample_rate <= MOST_RATE:
                raise UnreadableFile(
                    f"it has {samples.sample_rate:,} samples a second; save it with 44,100."
                )
            meter, frames = MarkMeter(samples.sample_rate), 0
            for block in samples.blocks:
                meter.take(block)
                frames += len(block)
                if frames > audio.MAX_SECONDS * samples.sample_rate:
                    raise UnreadableFile("it lasts longer than two hours; cut it.")
            strength, said = meter.strength(), found_in(*samples.words)
    except UnreadableFile as error:
        raise UnreadableFile(f"{name} cannot be read as a recording: {error}") from error
    return Checked("sound", (said,) if said else (), round(strength, 2), chance(strength))
