"""The house keeps its law, and the law catches who breaks it."""

import pytest
from architecture_law import heavy_paths, read_sources, violations

from workbench.workspace import REPOSITORY

SOURCES = read_sources(REPOSITORY)


@pytest.mark.parametrize("module", SOURCES)
def test_module_keeps_the_law(module):
    found = violations(module, SOURCES[module])
    assert not found, "\n" + "\n".join(found)


def test_the_web_and_the_composer_never_reach_keras_or_optuna():
    found = heavy_paths(SOURCES)
    assert not found, "\n" + "\n".join(found)


def test_every_room_is_read():
    assert {"workbench.core.score", "workbench.workspace", "workbench.zoo.__init__"} <= set(SOURCES)


BROKEN = [
    ("workbench.core.score", "from workbench.formats import midi", "stands above it"),
    ("workbench.core.score", "def f():\n    import workbench.store.runs", "stands above it"),
    ("workbench.core.score", "import pandas", "standard library and NumPy only"),
    ("workbench.workspace", "from workbench.services import library", "stands above it"),
    ("workbench.rendering.engraving", "from workbench.formats import musicxml", "side by side"),
    ("workbench.rendering.engraving", "from workbench import formats", "side by side"),
    ("workbench.rendering.engraving", "from ..formats.midi import encode", "side by side"),
    ("workbench.formats.midi", "from workbench.corpora import CORPORA", "side by side"),
    ("workbench.training.fit", "from workbench.jobs import queue", "side by side"),
    ("workbench.cli", "from workbench.ui import state", "side by side"),
    ("workbench.services.library", "import workbench.ui.state as s", "stands above it"),
    ("workbench.zoo.lstm", "from workbench.layers import ContextEmbedding", "inside build()"),
    ("workbench.zoo.lstm", "import keras", "inside build()"),
    ("workbench.zoo.lstm", "class A:\n    import tensorflow as tf", "inside build()"),
    ("workbench.sampling.onnx", "def f():\n    import keras", "ONNX graph"),
    ("pages.train", "import tensorflow", "ONNX graph"),
    ("workbench.services.training", 'import importlib\nimportlib.import_module("keras.ops")', "ONNX"),
    ("workbench.services.sweeps", "def f():\n    import optuna", "through studies"),
    ("workbench.services.library", "import streamlit as st", "draw it in ui"),
    ("workbench.services.library", "from sqlite3 import connect", "repository in store"),
    ("workbench.services.library", "def f(db):\n    db.execute('select 1')", "SQL lives in store"),
    ("pages.library", "import sqlite_utils", "repository in store"),
    ("workbench.tokenizers.melody", "import music21", "through formats"),
    ("workbench.ui.charts", "from symusic import Score", "through formats"),
    ("workbench.store.runs", "import pickle", "cannot carry code"),
    ("workbench.store.runs", "value = eval('1')", "runs whatever a file says"),
    ("workbench.zoo.ngram", "np.load(path, allow_pickle=True)", "keep plain arrays"),
    ("workbench.ui.chart_utils", "", "name the module after"),
    ("workbench.services.helpers", "", "name the module after"),
    ("workbench.common.text", "", "name the module after"),
    ("workbench.newroom.text", "", "has no floor"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "source", "remedy"), BROKEN)
def test_a_broken_wall_is_found(module, source, remedy):
    found = violations(module, source)
    assert any(remedy in sentence for sentence in found), found
    assert found[0].startswith(module.replace(".", "/") + ".py:")


SOUND = [
    ("workbench.corpora.ryans_mammoth", "from workbench.formats import abc"),
    ("workbench.formats.midi", "from workbench.formats import FORMATS\nimport symusic"),
    ("workbench.zoo.lstm", "def build():\n    import keras\n    from workbench.layers import A"),
    ("workbench.zoo.lstm", "if TYPE_CHECKING:\n    import keras"),
    ("workbench.training.fit", "import keras\nfrom workbench.zoo import ARCHITECTURES"),
    ("workbench.store.runs", "import sqlite3\nsqlite3.connect('x').execute('select 1')"),
    ("workbench.ui.state", "import streamlit\nfrom workbench.services import library"),
    ("workbench.sampling.loop", "def f(model):\n    model.eval()\n    return evaluate()"),
    ("workbench.core.score", "import numpy as np\nfrom workbench.core.errors import WorkbenchError"),
    ("Home", "import streamlit\nfrom workbench.ui import state"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "source"), SOUND)
def test_the_law_lets_good_neighbours_be(module, source):
    assert violations(module, source) == []


def test_a_long_way_to_keras_is_found():
    sources = {
        "pages.train": "from workbench.services import training",
        "workbench.services.__init__": "",
        "workbench.services.training": "def start():\n    from workbench.training.batches import cut",
        "workbench.training.__init__": "",
        "workbench.training.batches": "from workbench.training.losses import nats",
        "workbench.training.losses": "import keras",
    }
    found = heavy_paths(sources)
    assert any(
        "pages.train -> workbench.services.training -> workbench.training.batches -> "
        "workbench.training.losses -> keras" in sentence
        for sentence in found
    ), found


def test_a_package_that_loads_keras_taints_its_modules():
    sources = {
        "workbench.jobs.composer": "from workbench.training.cards import read",
        "workbench.training.__init__": "import keras",
        "workbench.training.cards": "",
    }
    assert any("workbench.training.__init__ -> keras" in text for text in heavy_paths(sources))


def test_the_trainer_may_load_keras_and_be_started_by_the_command_line():
    sources = {
        "workbench.cli": "def worker():\n    from workbench.jobs import trainer",
        "workbench.jobs.trainer": "from workbench.training.fit import train",
        "workbench.training.fit": "import keras",
    }
    assert heavy_paths(sources) == []
