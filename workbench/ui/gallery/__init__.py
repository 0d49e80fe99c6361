"""A gallery: cards with the first bars of a score, its title and a line of words; a click opens one.

A Streamlit component of the second kind: people rather look at music than read about it, and Streamlit's own
images neither follow the theme's colours nor can be clicked.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Card:
    """One card. ``svg`` is a drawing of ours, in ``currentColor``; the texts may be anything."""

    id: str
    svg: str
    title: str
    words: str


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "gallery",
    html='<ul class="gallery"></ul>',
    css=_source("gallery.css"),
    js=_source("gallery.js"),
)


def gallery(
    cards: Sequence[Card], *, key: str, chosen: str | None = None, in_row: bool = False
) -> str | None:
    """Show the cards, the chosen one marked, in lines or in one row; the id of the one that was clicked just now."""
    return _shown(cards, key=key, chosen=chosen, in_row=in_row).opened


def ticking_gallery(cards: Sequence[Card], *, key: str) -> tuple[str | None, list[str]]:
    """Like :func:`gallery`, with a box to tick on every card; also the ids of those that are ticked."""
    result = _shown(cards, key=key, ticking=True)
    here = {card.id for card in cards}
    return result.opened, [each for each in result.ticked or () if each in here]


def _shown(
    cards: Sequence[Card], *, key: str, chosen: str | None = None, in_row: bool = False, ticking: bool = False
) -> Any:  # fmt: skip
    shown = [asdict(card) for card in cards]
    return _component(
        data={"cards": shown, "chosen": chosen, "inRow": in_row, "ticking": ticking},
        key=key,
        default={"ticked": []},
        on_opened_change=lambda: None,
        on_ticked_change=lambda: None,
    )
