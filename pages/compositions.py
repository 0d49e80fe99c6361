"""Compositions: everything that was composed here, to be heard, made again, renamed, deleted."""

from workbench.services import composing, overview
from workbench.ui import chosen, composition, composition_list, frame

with frame.page("compositions") as workspace:
    composition.settle(workspace, "compositions")
    made = chosen.looked_up("composition", lambda name: composing.get(workspace, name))
    total = overview.counts(workspace).compositions
    if made is not None:
        composition_list.keep(workspace, made)
        composition.view(workspace, made, place="compositions")
    elif total:
        composition_list.cards(workspace, total)
    else:
        frame.empty(
            "**Nothing has been composed here yet.** Every piece you compose is kept on this page.",
            target="compose", label="Compose",
        )  # fmt: skip
