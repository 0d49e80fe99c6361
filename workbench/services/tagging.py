"""What a person says of pieces: titles, composers and tags; changed for many at once, and taken back.

A tag has a name, one lower-case word, and a value. A piece has at most one value of a name.
"""

from collections.abc import Sequence

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.spreadsheets import read_sheet, write_sheet
from workbench.store import open_store
from workbench.store.history import COLUMNS, Change
from workbench.store.query import NUMBER_FIELDS, TEXT_FIELDS
from workbench.workspace import Workspace

SUGGESTED: tuple[str, ...] = (
    "genre", "mood", "instrumentation", "influences", "era", "difficulty",
)  # fmt: skip
"""Names of tags that a page offers. Any other name will do."""
RESERVED = {*TEXT_FIELDS, *NUMBER_FIELDS}
"""Words that a query takes for facts, so that no tag of that name could be found."""

_LONGEST_VALUE = 200
_LONGEST_NAME = 40
_VALUES_A_NAME = 50
_TAG = "tag:"
_COLUMNS = ("id", "title", "composer", "collection", "key", "meter", "bars")


def tag(
    workspace: Workspace, pieces: Sequence[str], changes: dict[str, str | None], *, who: str = "local"
) -> None:  # fmt: skip
    """Set tags on pieces; None takes a tag away.

    Raises ``InvalidSetting`` for a name that is none, or that is the name of a fact, and for a bad value;
    ``UnknownName`` for a piece that is not there. Then nothing is changed.
    """
    for name, value in changes.items():
        check_tag(name, value)
    said = ", ".join(
        f"without {name}" if value is None else f"{name}: {value.strip()}"
        for name, value in changes.items()
    )
    clean = {name: value and value.strip() for name, value in changes.items()}
    with open_store(workspace) as store:
        ids = store.pieces.full_ids(pieces)
        store.history.set(ids, clean, who, lambda count: f"tagged {amount(count)} {said}")


def edit(
    workspace: Workspace, piece: str, *, title: str | None = None, composer: str | None = None,
    who: str = "local",
) -> None:  # fmt: skip
    """Change the title or the composer of a piece; None leaves it.

    Raises ``InvalidSetting`` for an empty title and for what is longer than 200 characters.
    """
    given = {"title": title, "composer": composer}
    fields: dict[str, str | None] = {
        name: value.strip() for name, value in given.items() if value is not None
    }
    for name, value in fields.items():
        check_column(name, value or "")
    with open_store(workspace) as store:
        found = store.pieces.get(piece)
        said = " and ".join(fields)
        store.history.set([found.id], fields, who, lambda _: f"changed the {said} of {found.title}")


def rename_tag(workspace: Workspace, name: str, new_name: str, *, who: str = "local") -> int:
    """Give a tag another name; how many pieces had it.

    Onto a name that is in use it merges: a piece that has both keeps the value of ``new_name``.
    """
    check_tag(new_name, None)
    if name == new_name:
        raise InvalidSetting(f"The tag is called {name!r} already; give another name.")
    with open_store(workspace) as store:
        change = store.history.rename(
            name, new_name, who, lambda count: f"renamed {name} to {new_name} on {amount(count)}"
        )
    if change is None:
        raise UnknownName(f"No piece has a tag {name!r}.")
    return change.pieces


def merge_values(
    workspace: Workspace, name: str, old: str, new: str, *, who: str = "local"
) -> int:  # fmt: skip
    """Give a tag the value ``new`` wherever it is ``old``; how many pieces had that."""
    check_tag(name, new)
    if old == new.strip():
        raise InvalidSetting(f"{name} is {old!r} already; give another value.")
    with open_store(workspace) as store:
        change = store.history.replace(
            name, old, new.strip(), who,
            lambda count: f"merged {name}: {old} into {new.strip()} on {amount(count)}",
        )  # fmt: skip
    if change is None:
        raise UnknownName(f"No piece has the tag {name}: {old}.")
    return change.pieces


def tag_names(workspace: Workspace) -> dict[str, dict[str, int]]:
    """Names of tags, each with its commonest 50 values and how many pieces have them."""
    with open_store(workspace) as store:
        return store.pieces.tag_names(_VALUES_A_NAME)


def history(workspace: Workspace, *, limit: int = 50) -> list[Change]:
    """What was changed, the newest first."""
    with open_store(workspace) as store:
        return store.history.newest(limit)


def undo(workspace: Workspace, change: int | None = None, *, who: str = "local") -> Change:
    """Take back the newest change that was not taken back, or the one named.

    Every value that it set becomes again what it was before; one that was changed again since stays.
    Raises ``UnknownName`` where there is no such change, ``InvalidSetting`` where it was taken back already.
    """
    with open_store(workspace) as store:
        return store.history.undo(change, who)


def metadata(workspace: Workspace, query: str = "", *, form: str = "csv") -> bytes:
    """What is known of the matching pieces as a table, ``csv`` or ``json``, a column ``tag:NAME`` a tag."""
    with open_store(workspace) as store:
        pieces = store.pieces.search(query)
    names = sorted({name for piece in pieces for name in piece.tags})
    rows = [
        {"id": piece.id, "title": piece.title, "composer": piece.composer}
        | {"collection": piece.collection}
        | {name: piece.facts.get(name) for name in ("key", "meter", "bars")}
        | {_TAG + name: piece.tags.get(name, "") for name in names}
        for piece in pieces
    ]
    return write_sheet(rows, [*_COLUMNS, *(_TAG + name for name in names)], form)


def read_metadata(workspace: Workspace, data: bytes, name: str, *, who: str = "local") -> int:
    """Take titles, composers and tags from a table that ``metadata`` wrote, as one change; how many pieces changed.

    An empty cell takes a tag away, a missing column leaves it; other columns are only for reading. Raises
    ``InvalidSetting`` with the number of the first bad row; then nothing is changed.
    """
    values: dict[str, dict[str, str | None]] = {}
    numbers: dict[str, int] = {}
    for number, row in read_sheet(data, name):
        piece = row["id"].strip()
        if piece in values:
            raise InvalidSetting(f"Row {number} of {name} names the piece {piece!r} a second time.")
        try:
            values[piece] = _fields(row)
        except InvalidSetting as error:
            raise InvalidSetting(f"Row {number} of {name} cannot be taken: {error}") from error
        numbers[piece] = number
    with open_store(workspace) as store:
        for piece in store.pieces.missing(list(values)):
            raise InvalidSetting(
                f"Row {numbers[piece]} of {name} is about {piece!r}, which no piece has as its id."
            )
        change = store.history.set_each(
            values, who, lambda count: f"read {name} over {amount(count)}"
        )
    return change.pieces if change else 0


def _fields(row: dict[str, str]) -> dict[str, str | None]:
    """What a row says of its piece, by field."""
    fields: dict[str, str | None] = {}
    for column, cell in row.items():
        value = cell.strip()
        if column in COLUMNS:
            check_column(column, value)
            fields[column] = value
        elif column.startswith(_TAG):
            check_tag(column.removeprefix(_TAG), value or None)
            fields[column.removeprefix(_TAG)] = value or None
    return fields


def check_tag(name: str, value: str | None) -> None:
    """Raise ``InvalidSetting`` where no piece can have this tag."""
    is_word = name.replace("-", "_").isidentifier() and name == name.lower()
    if not is_word or len(name) > _LONGEST_NAME:
        raise InvalidSetting(f"{name!r} is no name for a tag; use one lower-case word.")
    if name in RESERVED:
        raise InvalidSetting(f"{name!r} is a fact of the music; choose another name for the tag.")
    if value is not None and (not value.strip() or len(value) > _LONGEST_VALUE):
        raise InvalidSetting(
            f"The tag {name!r} needs a value of at most {_LONGEST_VALUE} characters."
        )


def check_column(name: str, value: str) -> None:
    """Raise ``InvalidSetting`` for an empty title, or what is too long for a title or composer."""
    if name == "title" and not value.strip():
        raise InvalidSetting("A piece needs a title; write one.")
    if len(value) > _LONGEST_VALUE:
        raise InvalidSetting(f"A {name} has at most {_LONGEST_VALUE} characters; shorten it.")


def amount(pieces: int) -> str:
    """``1 piece``, ``2,000 pieces``."""
    return f"{pieces:,} {'piece' if pieces == 1 else 'pieces'}"
