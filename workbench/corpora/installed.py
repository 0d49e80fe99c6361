"""Where music21 keeps the collections it brings along."""

import importlib.util
from pathlib import Path


def music21_folder(name: str) -> Path:
    """A folder of music21's own corpus, found without importing music21 (0.3 s, 60 MB)."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("music21 is not installed")
    return Path(spec.origin).parent / "corpus" / name
