"""How long a training will take and whether it will fit, asked before it is started."""

import streamlit as st

from workbench.core.records import to_json
from workbench.core.specs import TrainingSpec
from workbench.core.trials import Estimate
from workbench.services import activity, trials
from workbench.ui import following
from workbench.ui.state import session
from workbench.ui.words import duration, plain
from workbench.workspace import Workspace
from workbench.zoo import PRESETS

PLACE, JOB, SPEC, DONE = "trial", "job", "spec", "done"


def known(workspace: Workspace, spec: TrainingSpec) -> Estimate | None:
    """The estimate of exactly these settings, where one was made."""
    notes = session().notes(PLACE)
    if notes.get(SPEC) != to_json(spec) or DONE not in notes:
        return None
    return trials.estimate(activity.job(workspace, notes[DONE]))


def begin(workspace: Workspace, spec: TrainingSpec) -> None:
    """Have the trainer try these settings."""
    notes = session().notes(PLACE)
    notes[JOB], notes[SPEC] = trials.begin(workspace, spec), to_json(spec)
    notes.pop(DONE, None)
    activity.launch(workspace, notes[JOB])
    st.rerun()


def follow(workspace: Workspace) -> None:
    """Show the trial that goes on, or why one failed."""
    done = following.follow(workspace, PLACE, JOB)
    if done is None:
        return
    session().notes(PLACE)[DONE] = done.id
    if done.state == "done":
        st.rerun()  # so that the button knows
    following.failure(done)


def show(found: Estimate, size: str) -> None:
    """What the trial came to; where the training will not fit, the way to a smaller one."""
    words = (
        f"At most {duration(found.seconds)}, {duration(found.epoch_seconds)} an epoch; {found.parameters:,} parameters, "
        f"{found.disk_mb:,.0f} MB on disk"
    )
    if found.memory_mb:
        words += f", {found.memory_mb:,.0f} MB of memory"
    if found.memory_mb and found.free_memory_mb:
        words += f" of {found.free_memory_mb:,.0f} MB that are free"
    if not found.lacks:
        st.success(f"{words}. Early stopping may end it sooner.", icon=":material/timer:")
        return
    where = {"memory": "memory", "disk": "disk"}[found.lacks]
    st.error(
        plain(
            f"This will not fit: too little {where} is free. {words}. Choose a smaller network, batch or window."
        ),
        icon=":material/timer:",
    )
    smaller = list(PRESETS)[: list(PRESETS).index(size)]
    if smaller:
        st.button(
            f"Use the size {smaller[-1]}", icon=":material/compress:",
            on_click=session().fill, args=("train", {"size": smaller[-1]}),
        )  # fmt: skip
