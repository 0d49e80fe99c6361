"""Which compositions are looked at, and in which order: from a wish to SQL over the index of their listing."""

from dataclasses import dataclass

from workbench.core.errors import InvalidSetting

SORTS = {
    "newest": "created DESC, id DESC",
    "oldest": "created, id",
    "title": "title COLLATE NOCASE, created DESC",
    "rating": "rating DESC, created DESC",
}
LISTING = "compositions INDEXED BY compositions_listing"
"""All columns that a wish can name, so that none of the long rows is read to be judged."""


@dataclass(frozen=True)
class Wish:
    """Conditions that add up; an empty one asks for nothing."""

    words: str = ""
    """Each of them begins a word of the title, the note, the tags, the folder or the model's name."""
    folder: str = ""
    """This folder and all within it."""
    tag: str = ""
    rating: int = 0
    """At least so many stars."""
    model: str = ""
    is_trashed: bool = False
    """Whether the trash is looked at instead of all else."""


EVERYTHING = Wish()


def where(wish: Wish) -> tuple[str, list[str | int]]:
    """The condition, and the values for its question marks."""
    conditions = [f"deleted IS {'NOT ' if wish.is_trashed else ''}NULL"]
    values: list[str | int] = []
    if words := wish.words.split():
        conditions.append(
            "rowid IN (SELECT rowid FROM composition_search WHERE composition_search MATCH ?)"
        )
        values.append(" AND ".join(map(_phrase, words)))
    if wish.folder:
        conditions.append("(folder = ? OR substr(folder, 1, ?) = ?)")
        values += [wish.folder, len(wish.folder) + 1, f"{wish.folder}/"]
    if wish.tag:
        conditions.append("EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)")
        values.append(wish.tag)
    if wish.rating:
        conditions.append("rating >= ?")
        values.append(wish.rating)
    if wish.model:
        conditions.append("model = ?")
        values.append(wish.model)
    return " AND ".join(conditions), values


def order(sort: str) -> str:
    """What to order by; ``InvalidSetting`` for an order that there is not."""
    if sort not in SORTS:
        raise InvalidSetting(
            f"Compositions are not sorted by {sort!r}; choose one of {', '.join(SORTS)}."
        )
    return SORTS[sort]


def _phrase(word: str) -> str:
    """A full-text phrase whose last word may be unfinished; quotes keep operators out."""
    return '"' + word.replace('"', '""') + '"*'
