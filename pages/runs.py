"""Runs: every training, what it is worth beside the others, all that is known of one; and the searches for good settings."""

from workbench.services import sweeps, training
from workbench.ui import (
    chosen,
    frame,
    run_browsing,
    run_comparison,
    run_files,
    run_queue,
    samples_view,
    sweep_view,
    training_view,
)

with frame.page("runs") as workspace:
    run = chosen.looked_up("run", lambda name: training.get(workspace, name))
    sweep = chosen.looked_up("sweep", lambda name: sweeps.get(workspace, name))
    if run is not None:
        sweep_view.ways_back(workspace, run.id)
        training_view.live(workspace, run.id, place="runs")
        samples_view.show(workspace, run)
        training_view.details(workspace, run)
        run_browsing.care(workspace, run)
    elif sweep is not None:
        sweep_view.show(workspace, sweep)
    elif training.count(workspace):
        run_queue.show(workspace)
        sweep_view.listed(workspace)
        run_browsing.browse(workspace)
        run_comparison.power(workspace)
        run_files.bring(workspace)
    else:
        frame.empty(
            "**Nothing has been trained here yet.** A run keeps the curves, the settings and the figures of one training.",
            target="train", label="Train a model",
        )  # fmt: skip
        run_files.bring(workspace)
