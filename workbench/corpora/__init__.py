"""Public collections of real music, each with where it comes from, its licence and its citation.

One collection a file, in one of two ways:

*installed*
    Its music is read where another package installed it and is not copied here. A *member* is one piece
    of it; its name is the same on every machine. Registered with :func:`corpus`.
*fetched*
    Its files are downloaded from where their publisher keeps them, or lie in an archive or a folder that a person
    points at. Registered with :func:`fetched_corpus`.

Checksums are stated where they are publicly known, and left empty where not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from workbench.core.errors import UnknownName, UnreadableFile
from workbench.core.piece import Licence, Reading
from workbench.core.registry import Registry

Read = Callable[[str], Reading]
ReadFile = Callable[[bytes, str], list[Reading]]


@dataclass(frozen=True)
class RemoteFile:
    """A file of a collection on the net: its size in bytes, and its SHA-256 where it is known."""

    url: str
    bytes: int | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Table:
    """A file of a collection that lists titles and composers, known by how its name ends."""

    name: str
    read: Callable[[bytes], dict[str, tuple[str, str]]] = field(repr=False)
    """Title and composer by the name of the music file."""


@dataclass(frozen=True)
class Corpus:
    """A collection: what it is, what may be done with it, and how to read it."""

    name: str
    title: str
    description: str
    licence: Licence
    citation: str
    url: str
    size: int | None = None
    """How many pieces a fetched collection has, as its publisher says."""
    files: tuple[RemoteFile, ...] = ()
    """What is downloaded; empty where the publisher wants to be asked first."""
    wants: Callable[[str], bool] = field(default=lambda name: False, repr=False)
    """Whether a file of that name is music of the collection."""
    table: Table | None = None
    list_members: Callable[[], list[str]] | None = field(default=None, repr=False)
    read_member: Read | None = field(default=None, repr=False)
    decode: ReadFile | None = field(default=None, repr=False)

    @property
    def is_installed(self) -> bool:
        """Whether it is read where an installed package has it; else it is fetched or pointed at."""
        return self.list_members is not None

    @property
    def pieces(self) -> int | None:
        """How many pieces it has, where that is known beforehand."""
        return len(self.members()) if self.is_installed else self.size

    def members(self) -> list[str]:
        """The names of all pieces of an installed collection, in a fixed order. Nothing is parsed for it."""
        return self.list_members() if self.list_members is not None else []

    def read(self, member: str) -> Reading:
        """One piece. ``UnknownName`` where there is none of that name, ``UnreadableFile`` if it is damaged."""
        try:
            if self.read_member is None:
                raise KeyError(member)
            reading = self.read_member(member)
        except (KeyError, FileNotFoundError) as error:
            raise UnknownName(
                f"{self.title} has no piece called {member!r}; load the collection without naming pieces."
            ) from error
        except UnreadableFile as error:
            raise UnreadableFile(f"{member} of {self.title} cannot be read: {error}") from error
        if not len(reading.score.notes):
            raise UnreadableFile(f"{member} of {self.title} has no notes; leave it out.")
        return reading

    def read_file(self, data: bytes, name: str) -> list[Reading]:
        """Every piece of one file of a fetched collection; ``UnreadableFile`` with the reason."""
        if self.decode is None:
            raise UnknownName(f"{self.title} is installed already; load it without a file.")
        return self.decode(data, name)


CORPORA: Registry[Corpus] = Registry("collection", __name__)


def corpus(
    name: str,
    *,
    title: str,
    description: str,
    licence: Licence,
    citation: str,
    url: str,
    members: Callable[[], list[str]],
) -> Callable[[Read], Read]:
    """Register the decorated ``read(member)`` with what is known of an installed collection."""

    def register(read: Read) -> Read:
        known = Corpus(name, title, description, licence, citation, url)
        CORPORA.register(name, replace(known, list_members=members, read_member=read))
        return read

    return register


def fetched_corpus(
    name: str,
    *,
    title: str,
    description: str,
    licence: Licence,
    citation: str,
    url: str,
    size: int,
    files: tuple[RemoteFile, ...],
    wants: Callable[[str], bool],
    table: Table | None = None,
) -> Callable[[ReadFile], ReadFile]:
    """Register the decorated ``decode(data, name)`` with what is known of a collection to fetch."""

    def register(decode: ReadFile) -> ReadFile:
        known = Corpus(name, title, description, licence, citation, url, size, files, wants, table)
        CORPORA.register(name, replace(known, decode=decode))
        return decode

    return register
