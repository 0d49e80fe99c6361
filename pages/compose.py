"""Compose: ask a model for a new piece."""

from workbench.services import composing, models
from workbench.ui import chosen, compose_form, composition, frame, variation_row

with frame.page("compose") as workspace:
    available = models.available(workspace)
    if not available:
        frame.empty(
            "**No model here can compose yet.** Train one on a dataset of your own.",
            target="train", label="Train a model",
        )  # fmt: skip
    else:
        with frame.errors():
            compose_form.compose_form(workspace, available)
        composition.settle(workspace, "compose")
        with frame.errors():
            variation_row.show(workspace)
    made = chosen.looked_up("composition", lambda name: composing.get(workspace, name))
    if made is not None:
        composition.view(workspace, made, place="compose")
