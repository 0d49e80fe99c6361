"""A network as a row of boxes, in the colours of the page; a phone breaks the row where it must."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.zoo import Block

ROW = "display:flex;flex-wrap:wrap;align-items:center;gap:0.4rem;font-size:0.85rem;line-height:1.25"
BOX = (
    "border:1px solid color-mix(in srgb,currentColor 30%,transparent);border-radius:0.5rem;"
    "padding:0.35rem 0.6rem;background:color-mix(in srgb,currentColor 4%,transparent)"
)
FAINT = "opacity:0.7"


def network_diagram(blocks: Sequence[Block]) -> None:
    """Draw the boxes in the order that a token goes through them."""
    arrow = f'<span aria-hidden="true" style="{FAINT}">→</span>'
    boxes = f" {arrow} ".join(_box(block) for block in blocks)
    st.html(f'<div role="img" aria-label="{escape(_words(blocks))}" style="{ROW}">{boxes}</div>')


def _box(block: Block) -> str:
    times = f" <b>× {block.times}</b>" if block.times > 1 else ""
    added = f'<br><span style="{FAINT}">+ what came in</span>' if block.is_added else ""
    return (
        f'<div style="{BOX}"><b>{escape(block.title)}</b>{times}<br>'
        f'<span style="{FAINT}">{escape(block.detail)}</span>{added}</div>'
    )


def _words(blocks: Sequence[Block]) -> str:
    """The diagram for those who listen to the page."""
    return ", then ".join(
        f"{block.title} ({block.detail})" + (f" {block.times} times" if block.times > 1 else "")
        for block in blocks
    )
