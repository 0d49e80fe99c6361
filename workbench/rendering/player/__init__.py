"""The score player's sources: an engraved score that is heard, with the sounding notes in colour.

``player.html`` is its skeleton, ``player.css`` its looks, ``player.js`` with ``timeline.js`` and ``metronome.js`` all it does. Play and pause,
seek, tempo without change of pitch; a click on a note, or Enter, is heard from there; arrow keys walk from note to note. A range of bars
can be heard again and again, a metronome beats along, volume and colour are the listener's. The app mounts it as a
component (:mod:`workbench.ui.score_player`), a share page holds it (:mod:`workbench.rendering.share_page`). Colours are those of
Streamlit's theme, ``--st-…``.
"""

from pathlib import Path
from typing import Any

from workbench.rendering.engraving import Engraving
from workbench.rendering.timing import Pulse

_SCRIPTS = ("player.js", "timeline.js", "metronome.js")


def source(name: str) -> str:
    """The text of ``player.html`` or ``player.css``."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def script() -> str:
    """All that the player does, as one module."""
    return "\n".join(source(name) for name in _SCRIPTS)


def drawn(*engravings: Engraving, bars: Pulse = ()) -> dict[str, Any]:
    """What the player draws: one score set for several widths. ``notes`` are rows of (on, off, ids), in milliseconds.

    ``bars`` are those of :func:`workbench.rendering.timing.pulse`; without them there is neither loop nor metronome.
    """
    return {
        "engravings": [{"width": one.width, "pages": list(one.pages)} for one in engravings],
        "notes": [[note.on, note.off, list(note.ids)] for note in engravings[0].notes],
        "bars": list(bars),
        "seconds": engravings[0].seconds,
    }
