"""Live: music that is composed while it plays."""

from workbench.services import live, models
from workbench.ui import frame, live_view

with frame.page("live") as workspace:
    available = live.models_for(models.available(workspace))
    if not available:
        frame.empty(
            "**No model here can play live yet.** Train one that writes melodies or chorales in steps, from left to right.",
            target="train", label="Train a model",
        )  # fmt: skip
    else:
        live_view.live_view(workspace, available)
