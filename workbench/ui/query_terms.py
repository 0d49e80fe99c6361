"""A query as boxes show it: which value a field has in it, and the query with another value there.

A query is text in the language of :mod:`workbench.store.query`; a *term* is one condition of it, such as
``key:"D major"``. Terms with a minus before them belong to nobody's box.
"""

import re

FORBIDDEN = '"'
"""A value with this sign cannot be written in a query."""


def term(field: str, value: str) -> str:
    """``term("key", "D major")`` is ``key:"D major"``; quotes only where they are needed."""
    return f'{field}:"{value}"' if re.search(r"\s", value) else f"{field}:{value}"


def value_of(query: str, field: str) -> str:
    """The value of the first term of a field; empty where there is none."""
    found = _pattern(field).search(query)
    return (found[1] or found[2]) if found else ""


def with_value(query: str, field: str, value: str) -> str:
    """The query with one term of the field, of that value; with none where the value is empty."""
    if not field:
        return query
    others = " ".join(_pattern(field).sub(" ", query).split())
    return f"{others} {term(field, value)}".strip() if value else others


def _pattern(field: str) -> re.Pattern[str]:
    return re.compile(rf'(?<!\S){re.escape(field)}:(?:"([^"]*)"|(\S+))', re.IGNORECASE)
