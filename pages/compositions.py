"""Compositions: everything that was composed here, to be found, heard, compared, put in order, exported."""

from workbench.services import composing, keeping, overview
from workbench.ui import chosen, composition, composition_keeping, composition_list, frame

with frame.page("compositions") as workspace:
    composition.settle(workspace, "compositions")
    made = chosen.looked_up("composition", lambda name: composing.get(workspace, name))
    if made is not None:
        composition_keeping.keep(workspace, made)
        composition.view(workspace, made, place="compositions")
    elif overview.counts(workspace).compositions or keeping.trashed(workspace):
        composition_list.browse(workspace)
    else:
        frame.empty(
            "**Nothing has been composed here yet.** Every piece you compose is kept on this page.",
            target="compose", label="Compose",
        )  # fmt: skip
