"""The note editor: a piano roll to move, add, lengthen and delete notes on, and to lock bars.

A Streamlit component of the second kind. What is edited stays in the browser, over reruns and other pages too (the browser's
session storage), until somebody keeps it; undo and redo are the component's own. It sounds by itself (:mod:`workbench.ui.synthesizer`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.core.bar_numbers import bar_numbers
from workbench.core.score import TICKS_PER_QUARTER, Bar, Score, spell, spelling_name
from workbench.ui import synthesizer

_FOLDER = Path(__file__).parent
_SCRIPTS = ("note_editor.js", "draft.js", "roll.js")


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "note_editor",
    html=_source("note_editor.html"),
    css=_source("note_editor.css"),
    js="\n".join([synthesizer.script(), *map(_source, _SCRIPTS)]),
)


def note_editor(
    score: Score,
    lines: list[Bar],
    *,
    key: str,
    name: str,
    why_not: str,
    refused: int,
    on_keep: Callable[[Any], None],
    on_rest: Callable[[Any], None],
) -> None:
    """Show it.

    Parameters
    ----------
    lines
        The bars that may be written in.
    name
        Tells the draft from those of other pieces.
    why_not
        Why no bars can be locked, in a sentence; empty where they can.
    refused
        How often something that was sent was refused, so that it can be sent again.
    on_keep
        Called with ``{"notes": rows}``, as :func:`workbench.core.editing.edited` has them, before the fragment then runs again.
    on_rest
        Called with ``{"bars": places, "notes": rows or None}``, places counted from 1. All of it is a browser's word: believe nothing of it.
    """

    def sent(what: str, take: Callable[[Any], None]) -> None:
        value = st.session_state[key].get(what)
        if value is not None:
            take(value)

    _component(
        data=payload(score, lines) | {"id": name, "lockable": not why_not, "why": why_not, "refused": refused},
        key=key,
        on_keep_change=lambda: sent("keep", on_keep),
        on_rest_change=lambda: sent("rest", on_rest),
    )  # fmt: skip


def payload(score: Score, lines: list[Bar]) -> dict[str, Any]:
    """What the browser is given of the music: rows of notes, of bars (start, end, beat, number in the score), times in ticks."""
    columns = (score.notes[name].tolist() for name in ("onset", "duration", "pitch", "part"))
    return {
        "notes": [[number, *row] for number, row in enumerate(zip(*columns, strict=True))],
        "bars": [
            [bar.start, bar.end, bar.meter.beat_ticks, number]
            for bar, number in zip(lines, bar_numbers(lines), strict=True)
        ],
        "parts": [part.name or f"Part {number}" for number, part in enumerate(score.parts, 1)],
        "names": [_name(pitch, score.keys[0].fifths) for pitch in range(12)],
        "quarter": TICKS_PER_QUARTER,
        "tempo": score.tempos[0].bpm,
    }


def _name(pitch: int, fifths: int) -> tuple[str, int]:
    """Letter, and sharps (or minus flats), of a pitch class in a signature."""
    name = spelling_name(spell(pitch, fifths))
    return name[0], name.count("#") - name.count("b", 1)
