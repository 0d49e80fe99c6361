"""The queue of trainings: what runs, what waits, in which order, and who asked for it."""

import streamlit as st

from workbench.services import activity
from workbench.store.jobs import Job
from workbench.ui import frame
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace

TICK_SECONDS = 2.0
WAYS = {"first": "vertical_align_top", "up": "arrow_upward", "down": "arrow_downward"}


def show(workspace: Workspace) -> None:
    """The queue, renewed as it moves; nothing where there is none."""
    if activity.training_queue(workspace):
        st.fragment(_queue, run_every=TICK_SECONDS)(workspace)


def _queue(workspace: Workspace) -> None:
    jobs = activity.training_queue(workspace)
    waiting = [job for job in jobs if job.state == "waiting"]
    if not jobs:
        st.rerun()  # the table shows how they ended
    with st.expander(
        f"Queue: {amount(len(jobs) - len(waiting), 'training')} under way, {len(waiting)} waiting",
        icon=":material/format_list_numbered:", key="runs.queue",
    ):  # fmt: skip
        for job in jobs:
            _line(workspace, job, waiting)
        _at_once(workspace)


def _line(workspace: Workspace, job: Job, waiting: list[Job]) -> None:
    waits = job in waiting
    asked = f"asked for by a {job.asked_by} {moment(job.created)}" if job.asked_by else moment(job.created)  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if waits:
            place = waiting.index(job)
            for way, icon in WAYS.items():
                st.button(
                    "", icon=f":material/{icon}:", key=f"runs.queue.{way}.{job.id}", help=f"Move {way}",
                    on_click=_move, args=(workspace, job.id, way), type="tertiary",
                    disabled=place == (len(waiting) - 1 if way == "down" else 0),
                )  # fmt: skip
        state = "waits" if waits else "interrupted" if job.is_interrupted else f"{job.progress:.0%}"
        run = f"**{plain(job.spec['run'])}**: " if "run" in job.spec else ""  # a trial is of no run
        st.markdown(f"{run}{plain(job.title)}, {state}", width="content")
        st.caption(asked, width="content")


def _move(workspace: Workspace, job: str, way: str) -> None:
    with frame.errors():
        activity.move(workspace, job, way)


def _at_once(workspace: Workspace) -> None:
    """How many at once, where the machine bears more than one."""
    number, most = activity.trainings_at_once(workspace)
    if most > 1:
        st.number_input(
            "Trainings at once", 1, most, number, key="runs.at_once", width=200,
            on_change=lambda: activity.set_trainings_at_once(workspace, st.session_state["runs.at_once"]),
            help=f"This machine's cores and memory allow {most}. Where one training keeps all cores busy, two at once "
            "save no time",
        )  # fmt: skip
