"""Hearing a model learn: what it composed before the first epoch and after more and more of them, in a row.

Always the same piece was asked for, with the same seed, so what differs is what was learned in between.
"""

import streamlit as st

from workbench.core.runs import ENDED, TrainingRun
from workbench.core.samples import Sample
from workbench.core.score import Score
from workbench.services import previews, samples
from workbench.ui import result
from workbench.ui.gallery import Card, gallery
from workbench.ui.state import session
from workbench.ui.words import amount, loss
from workbench.workspace import Workspace, open_workspace

PLACE = "samples"
TICK_SECONDS = 3.0


def show(workspace: Workspace, run: TrainingRun) -> None:
    """The samples of a run; while it goes on, new ones come by themselves."""
    tick = None if run.state in ENDED else TICK_SECONDS
    st.fragment(_show, run_every=tick)(workspace, run.id, run.spec.start_from)


def _show(workspace: Workspace, run: str, start_from: str | None) -> None:
    found = samples.of(workspace, run)
    if not found:
        return
    st.markdown("##### Hear it learn")
    st.caption(
        "The same bars with the same seed, as the model writes them after more and more epochs. Choose one to hear it."
    )
    picked = session().notes(PLACE)  # by run, the epoch that is heard
    epoch = picked.get(run, found[-1].epoch)
    chosen = next((each for each in found if each.epoch == epoch), found[-1])
    cards = [_card(workspace, run, each, start_from) for each in found]
    opened = gallery(cards, key=f"samples.{run}", chosen=str(chosen.epoch), in_row=True)
    if opened and opened != str(chosen.epoch):
        picked[run] = int(opened)
        st.rerun()
    name = f"{run}.{chosen.epoch}"
    result.music(workspace, chosen.score, name=name, title=_title(chosen), key=f"samples.{run}")


def _title(sample: Sample) -> str:
    return f"After {amount(sample.epoch, 'epoch')}" if sample.epoch else "Before it learned"


def _card(workspace: Workspace, run: str, sample: Sample, start_from: str | None) -> Card:
    words = "" if sample.valid_loss is None else f"validation loss {loss(sample.valid_loss)}"
    if not sample.epoch:
        words = f"with the weights of {start_from}" if start_from else "with untrained weights"
    svg = _thumbnail(str(workspace.home), run, sample.epoch, sample.score)
    return Card(str(sample.epoch), svg, _title(sample), words)


@st.cache_data(max_entries=500, show_spinner=False)
def _thumbnail(home: str, run: str, epoch: int, _score: Score) -> str:
    return previews.thumbnail(open_workspace(home), _score)
