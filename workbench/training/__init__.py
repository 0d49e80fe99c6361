"""Training: from token sequences to weights that were kept, and to a graph that composes.

``workbench.training.train.train`` is the way in. It is a function of its arguments: it knows neither database nor page,
tells what happens through a :class:`workbench.core.report.Report`, and leaves a folder as
:mod:`workbench.core.model_card` describes it.

Importing anything here imports Keras and TensorFlow, which takes seconds and most of a gigabyte.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported: errors only

_UNUSED = ("matplotlib", "pandas", "sklearn")
"""What Keras loads where it finds it, for plots and wrappers that nothing here uses: a third of a trainer's start."""


def _import_keras() -> None:
    """Import Keras as if these were not there. Who imports them afterwards gets them."""
    hidden = [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not to be found
    try:
        import keras  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]


_import_keras()
