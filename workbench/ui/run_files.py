"""Runs as files on the Runs page: bringing one in from elsewhere, giving one out."""

from functools import partial

import streamlit as st

from workbench.core.runs import TrainingRun
from workbench.services import activity, run_bundles, run_exports
from workbench.ui import following, frame
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "runs"
_JOB = "bringing"
_FILES = {
    "bundle": "Bundle", "onnx": "ONNX", "onnx-int8": "ONNX, 8 bits", "keras": "Keras", "savedmodel": "SavedModel",
}  # fmt: skip


def bring(workspace: Workspace) -> None:
    """A run from another installation, one click away."""
    box = st.expander(
        "Bring a run from elsewhere", icon=":material/upload:", on_change="rerun", key=f"{PLACE}.bring"
    )  # fmt: skip
    _follow(workspace)
    if box.open:
        with box, frame.errors():
            _upload(workspace)


def _upload(workspace: Workspace) -> None:
    st.caption(
        "The zip file that another workbench, or the notebook for Google Colab, exported. It is checked before any "
        "of it is used; then the run appears here with its curves and figures, composes, and can be trained further."
    )
    uploaded = st.file_uploader(
        "File of a run", type=["zip"], key=f"{PLACE}.bundle", max_upload_size=run_bundles.MOST_MEGABYTES,
    )  # fmt: skip
    if uploaded and st.button("Bring it in", key=f"{PLACE}.take", type="primary"):
        job = run_bundles.take_bytes(workspace, uploaded.getvalue())
        activity.launch(workspace, job)
        following.begin(workspace, PLACE, job, _JOB)
        st.rerun()


def _follow(workspace: Workspace) -> None:
    """Show a bringing in while it lasts, and open what came."""
    waited_for = session().notes(PLACE).get(_JOB)
    job = following.follow(workspace, PLACE, _JOB)
    if job is None or waited_for is None:
        return
    following.failure(job)
    if job.state == "done":
        with frame.errors():
            run, is_new = run_bundles.taken(workspace, waited_for)
            session().run = run
            st.toast(f"{run} is here{'' if is_new else ' already'}.", icon=":material/check:")
            st.rerun()


def give(workspace: Workspace, run: TrainingRun) -> None:
    """The model of a run in the forms of other programs, one click away; nothing where it has kept none yet."""
    if run.best_loss is None:
        return
    box = st.expander(
        "Export", icon=":material/download:", on_change="rerun", key=f"{PLACE}.export"
    )
    if box.open:
        with box, frame.errors():
            for form in run_exports.forms(workspace, run.id):
                _form(workspace, run, form)
            st.caption(
                "Each is a zip file with the model's card and a README with code that runs. Check the licences of the music before you give a model to others."
            )


def _form(workspace: Workspace, run: TrainingRun, form: str) -> None:
    """A form in words, and its button: to download, or to have it made first."""
    note = f"export.{form}.{run.id}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if run_exports.is_ready(workspace, run.id, form):
            st.download_button(
                _FILES[form], partial(run_exports.written, workspace, run.id, form), file_name=f"{run.id}-{form}.zip",
                mime="application/zip", key=f"{PLACE}.export.{form}", icon=":material/download:", on_click="ignore",
                width=170,
            )  # fmt: skip
        elif st.button(
            f"Make {_FILES[form]}",
            key=f"{PLACE}.make.{form}",
            icon=":material/build:",
            width=170,
            disabled=note in session().notes(PLACE),
        ):
            job = run_exports.prepare(workspace, run.id, form)
            activity.launch(workspace, job)
            following.begin(workspace, PLACE, job, note)
            st.rerun()
        st.markdown(run_exports.FORMS[form], width="content")
    if form in run_exports.MADE:
        ended = following.follow(workspace, PLACE, note)
        if ended is not None:
            following.failure(ended)
            if ended.state == "done":
                st.rerun()
