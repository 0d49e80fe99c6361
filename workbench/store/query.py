"""The query language of the library: words, and ``field:value`` filters.

``jig key:D`` finds pieces whose text holds *jig* and whose key begins with D. Values with spaces stand in
quotes: ``key:"D major"``. ``bars:16`` is exact, ``bars:8..32`` a range, ``bars:>=16`` a bound. Any other field
name is a tag: ``mood:calm``. ``-`` before a filter or word excludes it. All conditions must hold.
"""

import re
from collections.abc import Sequence

from workbench.core.errors import InvalidSetting

TEXT_FIELDS = ("collection", "composer", "title", "key", "meter", "id", "kind")
NUMBER_FIELDS = ("bars", "notes", "parts")

_TERM = re.compile(r'(-?)(?:(\w+):)?(?:"([^"]*)"|(\S+))')


def where(query: str) -> tuple[str, list[str | float]]:
    """An SQL condition over ``pieces`` and its parameters. Values are only ever parameters."""
    conditions: list[str] = []
    parameters: list[str | float] = []
    for minus, field, quoted, plain in _TERM.findall(query):
        condition, values = _condition(field.lower(), quoted or plain)
        conditions.append(f"NOT ({condition})" if minus else condition)
        parameters.extend(values)
    return " AND ".join(conditions) or "1", parameters


def is_words(query: str) -> bool:
    """Whether a query is nothing but words to be found, as most are: the full-text index alone answers it."""
    terms = _TERM.findall(query)
    return bool(terms) and not any(minus or field for minus, field, _, _ in terms)


def _condition(field: str, value: str) -> tuple[str, Sequence[str | float]]:
    if not field:
        return (
            "pieces.rowid IN (SELECT rowid FROM piece_search WHERE piece_search MATCH ?)",
            [_phrase(value)],
        )
    if field in NUMBER_FIELDS:
        return _number_condition(field, value)
    if field in TEXT_FIELDS:
        return f"{field} LIKE ? ESCAPE '\\'", [_prefix(value)]
    return (
        "pieces.id IN (SELECT piece FROM tags WHERE name = ? AND value LIKE ? ESCAPE '\\')",
        [field, _prefix(value)],
    )


def _phrase(text: str) -> str:
    """A full-text phrase whose last word may be unfinished; quotes keep operators out."""
    return '"' + text.replace('"', '""') + '"*'


def _prefix(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _number_condition(field: str, value: str) -> tuple[str, Sequence[float]]:
    span = re.fullmatch(r"(\d+)\.\.(\d+)", value)
    if span:
        return f"{field} BETWEEN ? AND ?", [float(span[1]), float(span[2])]
    bound = re.fullmatch(r"(>=|<=|>|<|=)?(\d+)", value)
    if not bound:
        raise InvalidSetting(
            f"{field}:{value} is not understood; write {field}:16, {field}:8..32 or {field}:>=16."
        )
    return f"{field} {bound[1] or '='} ?", [float(bound[2])]
