"""Titles as a reader likes them."""

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_DASH = re.compile(r"\s+-{1,2}\s+")


def readable(title: str) -> str:
    """``"BULLY FOR YOU" -- JIG.`` is "Bully For You" – Jig; mixed case stays as it is."""
    title = _DASH.sub(" – ", title.strip()).strip()
    if title.endswith(".") and not title.endswith("..") and title.count(".") == 1:
        title = title[:-1]
    return _WORD.sub(lambda word: word[0].capitalize(), title) if title.isupper() else title


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(0 if 10 <= number % 100 <= 20 else number % 10, "th")
    return f"{number}{ending}"
