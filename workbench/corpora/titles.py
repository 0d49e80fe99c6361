"""Titles as a reader likes them."""

import string


def readable(title: str) -> str:
    """``THE BUTCHER BOY -- JIG`` is The Butcher Boy – Jig; mixed case stays as it is."""
    title = title.replace(" -- ", " – ")
    return string.capwords(title) if title.isupper() else title
