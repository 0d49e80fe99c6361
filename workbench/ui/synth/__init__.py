"""The synthesizer in the browser that the piano and the note editor sound by: Web Audio, no network, no clicks."""

from pathlib import Path


def script() -> str:
    """Its class ``Synth``, to stand in the module of a component."""
    return (Path(__file__).parent / "synth.js").read_text(encoding="utf-8")
