"""Public collections of real music, each with where it comes from, its licence and its citation.

One collection a file. Its music is read where another package installed it and is not copied here.
A *member* is one piece of the collection; its name is the same on every machine.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from workbench.core.errors import UnknownName, UnreadableFile
from workbench.core.piece import Licence, Reading
from workbench.core.registry import Registry

Read = Callable[[str], Reading]


@dataclass(frozen=True)
class Corpus:
    """A collection: what it is, what may be done with it, and how to read it."""

    name: str
    title: str
    description: str
    licence: Licence
    citation: str
    url: str
    list_members: Callable[[], list[str]] = field(repr=False)
    read_member: Read = field(repr=False)

    def members(self) -> list[str]:
        """The names of all pieces, in a fixed order. Nothing is parsed for it."""
        return self.list_members()

    def read(self, member: str) -> Reading:
        """One piece. ``UnknownName`` where there is none of that name, ``UnreadableFile`` if it is damaged."""
        try:
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
    """Register the decorated ``read(member)`` with what is known of the collection."""

    def register(read: Read) -> Read:
        CORPORA.register(
            name, Corpus(name, title, description, licence, citation, url, members, read)
        )
        return read

    return register
