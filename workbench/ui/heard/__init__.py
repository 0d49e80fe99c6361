"""Which of the sounds on a page a person has listened to.

A Streamlit component of the second kind that shows nothing: it watches the page's own players. What a browser says is
the listener's word; it keeps a hasty tap from counting as an answer, and no cheat from answering.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

SECONDS = 2.0
"""Of a sound that was heard."""

_component = st.components.v2.component(
    "heard", js=(Path(__file__).parent / "heard.js").read_text(encoding="utf-8")
)


def heard(count: int, *, of: str, key: str, on_heard: Callable[[set[int]], None]) -> None:
    """Watch the ``count`` sounds of the page; ``on_heard`` is called with the places (from 0) of those that were heard, before the script runs again.

    ``of`` names what is heard: with another name everything is to be heard again.
    """

    def said() -> None:
        if found := places(st.session_state[key].get("heard"), count):
            on_heard(found)

    _component(data={"of": of, "seconds": SECONDS}, key=key, on_heard_change=said)


def places(sent: Any, count: int) -> set[int]:
    """The places below ``count`` that a browser sent; none where it sent something else."""
    if not isinstance(sent, list | tuple):
        return set()
    return {int(each) for each in sent if isinstance(each, int | float) and each in range(count)}
