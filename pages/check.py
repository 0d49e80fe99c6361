"""Check: whether a model made a piece, as far as its file can tell."""

from workbench.ui import checking, frame

with frame.page("check") as workspace:
    checking.ask(workspace)
