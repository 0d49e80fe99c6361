"""How much a source may hold: against archives that are small outside and endless inside.

An archive is refused where it unpacks to more than ``ratio`` times its size (a zip bomb unpacks to a thousand
times and more; scores in text pack to a twentieth at best), or where there are too many files or bytes in all.
"""

from dataclasses import dataclass

from workbench.core.errors import UnreadableFile


@dataclass
class Bounds:
    """What is allowed in one walk, and what has been counted of it so far."""

    files: int = 500_000
    bytes: int = 40_000_000_000  # unpacked; all of Lakh are 6
    ratio: int = 100
    harmless_bytes: int = 100_000_000
    """So much may be unpacked whatever the ratio: it takes a second."""
    depth: int = 3
    """Archives within archives."""
    nested_bytes: int = 1_000_000_000
    """Size of an archive that lies within another."""
    directory_bytes: int = 32_000_000
    """Size of a zip archive's table of contents, which is read into memory: a quarter million files."""
    counted_files: int = 0
    counted_bytes: int = 0

    def count(self, size: int, name: str) -> None:
        """Count a file of the source; ``UnreadableFile`` where it is one too many."""
        self.counted_files += 1
        self.counted_bytes += size
        if self.counted_files > self.files or self.counted_bytes > self.bytes:
            raise UnreadableFile(
                f"{name} holds more than {self.files:,} files or {self.bytes / 1e9:.0f} GB, more than "
                "the workbench takes at once; split it."
            )

    def check_ratio(self, unpacked: int, packed: int, name: str) -> None:
        """Refuse an archive that unpacks to absurdly more than it has; sizes in bytes."""
        if unpacked > self.harmless_bytes and unpacked > self.ratio * packed:
            raise UnreadableFile(
                f"{name} would unpack to {unpacked / 1e6:,.0f} MB, {unpacked // max(1, packed)} times its "
                "size and more than the workbench takes; pack the music files alone."
            )
