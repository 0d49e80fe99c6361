"""A tree of compositions: what came out of what, as lists within lists with lines between them; a click opens one.

A Streamlit component of the second kind. It is drawn by the browser from lists and buttons, so the keyboard and a screen
reader find the tree as the eye does, and it has the colours of the page.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Twig:
    """One box of the tree with those that hang on it; the texts may be anything."""

    id: str
    title: str
    words: str
    children: tuple["Twig", ...]


_component = st.components.v2.component(
    "lineage_tree",
    html='<nav aria-label="Where it comes from and what came of it"><ul class="tree"></ul></nav>',
    css=(_FOLDER / "lineage_tree.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "lineage_tree.js").read_text(encoding="utf-8"),
)


def lineage_tree(twigs: Sequence[Twig], *, key: str, here: str) -> str | None:
    """Show the tree with the place marked where one is; the id of the box that was clicked just now."""
    return _component(
        data={"twigs": [asdict(twig) for twig in twigs], "here": here},
        key=key,
        on_opened_change=lambda: None,
    ).opened
