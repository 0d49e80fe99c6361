"""Runs as files on the Runs page: bringing one in from elsewhere."""

import streamlit as st

from workbench.services import activity, run_bundles
from workbench.ui import following, frame
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "runs"
_JOB = "bringing"


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
        "The zip file that another workbench, or the notebook for Google Colab, exported. It is checked before anything "
        "of it is used; then the run stands here with its curves and figures, composes, and can be gone on from."
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
