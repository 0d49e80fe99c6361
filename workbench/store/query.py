"""The query language of the library: words, and ``field:value`` filters.

``jig key:D`` finds pieces whose text holds *jig* and whose key begins with D. Values with spaces stand in
quotes: ``key:"D major"``. ``bars:16`` is exact, ``bars:8..32`` a range, ``bars:>=16`` a bound. Any other field
name is a tag: ``mood:calm``. ``-`` before a filter or word excludes it. All conditions must hold.
"""

import re
import unicodedata
from collections.abc import Sequence

from workbench.core.errors import InvalidSetting

TEXT_FIELDS = ("collection", "composer", "title", "key", "meter", "id", "kind")
NUMBER_FIELDS = ("bars", "notes", "parts")

LISTING = "pieces INDEXED BY pieces_listing"
"""The columns that a query can name, in the order of being added, which is that of the row numbers."""

MOST_TERMS = 100

_Sql = tuple[str, Sequence[str | float]]
"""A piece of SQL and its parameters."""

_TERM = re.compile(r'(-?)(?:(\w+):)?(?:"([^"]*)"|(\S+))')


def matching(query: str) -> tuple[str, list[str | float]]:
    """A SELECT of the row numbers of the pieces that match, and its parameters; empty text where all match.

    Values are only ever parameters. Words and tags are sets of rows that their own index gives, all else is a
    condition, held to one pass over the listing: rows of ``pieces`` are long, and none is read to be judged.
    """
    terms = _TERM.findall(query.replace("\0", " "))
    if len(terms) > MOST_TERMS:
        raise InvalidSetting(f"The search has {len(terms)} words; {MOST_TERMS} are the most.")
    words: list[str] = []
    sets: list[_Sql] = []
    conditions: list[_Sql] = []
    for minus, name, quoted, plain in terms:
        field, value = name.lower(), quoted or plain
        if field in TEXT_FIELDS + NUMBER_FIELDS:
            sql, values = _condition(field, value)
            conditions.append((f"NOT ({sql})" if minus else sql, values))
        elif minus:
            sql, values = _tagged(field, value) if field else _holding([value])
            conditions.append((f"rowid NOT IN ({sql})", values))
        elif field:
            sets.append(_tagged(field, value))
        else:
            words.append(value)
    if words:
        sets.append(_holding(words))
    if not conditions:
        return " INTERSECT ".join(sql for sql, _ in sets), _all_parameters(sets)
    conditions += [(f"rowid IN ({sql})", values) for sql, values in sets]
    held = " AND ".join(sql for sql, _ in conditions)
    return f"SELECT rowid FROM {LISTING} WHERE {held}", _all_parameters(conditions)


def among(query: str) -> tuple[str, list[str | float]]:
    """A condition over ``pieces`` that holds for those that match, and its parameters."""
    rows, parameters = matching(query)
    return (f"pieces.rowid IN ({rows})" if rows else "1"), parameters


def _all_parameters(parts: Sequence[_Sql]) -> list[str | float]:
    return [value for _, values in parts for value in values]


def _holding(words: Sequence[str]) -> _Sql:
    """The rows whose text holds all words."""
    found = "SELECT rowid FROM piece_search WHERE piece_search MATCH ?"
    return found, [" AND ".join(map(_phrase, words))]


def _tagged(name: str, value: str) -> _Sql:
    """The rows with a tag whose value begins so."""
    begins, values = _begins("value", value)
    return (
        f"""SELECT pieces.rowid FROM tags CROSS JOIN pieces ON pieces.id = piece
            WHERE name = ? AND ({begins})""",
        [name, *values],
    )


def _condition(field: str, value: str) -> _Sql:
    if field in NUMBER_FIELDS:
        return _number_condition(field, value)
    return _begins(field, value)


def _begins(column: str, value: str) -> _Sql:
    """Whether a column begins so, in capitals or not. SQLite folds only those of ASCII, and knows one way to write an accent."""
    ways = {value}
    if not value.isascii():
        cases = (value, value.lower(), value.upper(), value.capitalize())
        ways = {unicodedata.normalize(form, case) for form in ("NFC", "NFD") for case in cases}
    return (
        " OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(ways)),
        [_prefix(way) for way in sorted(ways)],
    )


def _phrase(text: str) -> str:
    """A full-text phrase whose last word may be unfinished; quotes keep operators out."""
    return '"' + text.replace('"', '""') + '"*'


def _prefix(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _number_condition(field: str, value: str) -> _Sql:
    span = re.fullmatch(r"(\d+)\.\.(\d+)", value)
    if span:
        return f"{field} BETWEEN ? AND ?", [float(span[1]), float(span[2])]
    bound = re.fullmatch(r"(>=|<=|>|<|=)?(\d+)", value)
    if not bound:
        raise InvalidSetting(
            f"{field}:{value} is not understood; write {field}:16, {field}:8..32 or {field}:>=16."
        )
    return f"{field} {bound[1] or '='} ?", [float(bound[2])]
