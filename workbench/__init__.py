"""A workbench for symbolic music: collect, tag, train, compose, and know where it came from."""

__version__ = "0.1.0"
