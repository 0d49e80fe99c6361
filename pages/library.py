"""Library: bring music in, find it, look at a piece and hear it."""

from workbench.services import library, overview
from workbench.ui import bringing, browsing, chosen, frame, piece_view

with frame.page("library") as workspace:
    piece = chosen.looked_up("piece", lambda name: library.piece(workspace, name))
    if piece is not None:
        piece_view.view(workspace, piece)
    else:
        is_empty = overview.counts(workspace).pieces == 0
        if is_empty:
            frame.empty(
                "**The library is empty.** Load a public collection, which takes seconds, or bring files of your own."
            )
        bringing.add_music(workspace, is_empty=is_empty)
        if not is_empty:
            browsing.search(workspace)
