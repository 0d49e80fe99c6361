"""The synthesizer of the components that sound by themselves (Web Audio): without a click, without network.

``synth.js`` is the front part of a component's script.
"""

from pathlib import Path


def script() -> str:
    """Its source, to stand before that of a component."""
    return (Path(__file__).parent / "synth.js").read_text(encoding="utf-8") + "\n"
