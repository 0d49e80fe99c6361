"""Training: from token sequences to weights that were kept, and to a graph that composes.

``workbench.training.train.train`` is the way in. It is a function of its arguments: it knows neither database nor page,
tells what happens through a :class:`workbench.core.report.Report`, and leaves a folder as
:mod:`workbench.core.model_card` describes it.

Importing anything here imports Keras and TensorFlow, which takes seconds and most of a gigabyte.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported: errors only
