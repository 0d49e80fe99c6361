"""Following a job: its progress while it lasts, a Stop button, and the log of a failure one click away."""

import streamlit as st

from workbench.services import activity
from workbench.store.jobs import Job
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

TICK_SECONDS = 0.5
PATIENCE_SECONDS = 1.5  # a job that is done sooner is never seen to run


def begin(workspace: Workspace, place: str, job: str, note: str = "job") -> None:
    """Remember a job as the one that a place of the app waits for, and give it a moment to end."""
    session().notes(place)[note] = job
    with st.spinner("One moment …"):
        activity.wait(workspace, job, seconds=PATIENCE_SECONDS)


def follow(workspace: Workspace, place: str, note: str = "job") -> Job | None:
    """Show the job that a place waits for; the job once it has ended, and only once."""
    notes = session().notes(place)
    if note not in notes:
        return None
    job = activity.job(workspace, notes[note])
    if job.has_ended:
        del notes[note]
        return job
    watch(workspace, job)
    return None


def watch(workspace: Workspace, job: Job) -> None:
    """Show a job that goes on, with a Stop button; the page runs anew when it ends."""
    st.fragment(_progress, run_every=TICK_SECONDS)(workspace, job.id)


def _progress(workspace: Workspace, job_id: str) -> None:
    job = activity.job(workspace, job_id)
    if job.has_ended:
        st.rerun()
    with st.container(border=True):
        show(job)
        st.button(
            "Stop", key=f"follow.stop.{job_id}", on_click=activity.stop, args=(workspace, job_id),
            disabled=job.stop_requested,
        )  # fmt: skip


def show(job: Job) -> None:
    """A job's progress, in a bar and in words."""
    if job.stop_requested:
        words = "stopping"
    elif job.is_interrupted:
        words = "interrupted; it resumes as soon as a worker is available"
    else:
        words = job.text or ("waiting its turn" if job.state == "waiting" else "begins")
    st.progress(min(max(job.progress, 0.0), 1.0), text=f"{plain(job.title)}: {plain(words)}")


def failure(job: Job) -> None:
    """Why a job failed or was interrupted, in a sentence; the log is one click away. Nothing where it was not."""
    if job.state == "failed":
        st.error(plain(job.message), icon=":material/error:")
        if job.details:
            with st.expander("The log"):
                st.code(job.details, language=None)
    elif job.state == "stopped":
        st.info(plain(job.message) or "Stopped. What was done before is kept.")
    elif job.is_interrupted:
        st.warning(plain(job.message), icon=":material/power_off:")
