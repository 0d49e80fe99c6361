"""Versions of the software that a result depends on."""

import platform
from importlib.metadata import version

from workbench import __version__


def versions() -> dict[str, str]:
    """By the name a person knows."""
    tensorflow = "tensorflow" if platform.system() == "Darwin" else "tensorflow-cpu"
    return {
        "workbench": __version__,
        "python": platform.python_version(),
        "tensorflow": version(tensorflow),
        **{name: version(name) for name in ("keras", "numpy", "onnxruntime")},
    }
