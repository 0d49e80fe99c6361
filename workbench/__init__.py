"""A workbench for symbolic music: collect, tag, train, compose, and know where it came from."""

import sqlite3  # noqa: F401  # first: in a process that loads TensorFlow before it, SQLite is TensorFlow's own, without full text

__version__ = "0.1.0"
