"""Some runs side by side: their curves over each other, the settings that they differ in, and all of it to take along."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from workbench.services import comparing
from workbench.services.comparing import Line
from workbench.ui import charts
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

MOST_CURVES = 12
FORMS = {"csv": ("CSV", "csv"), "latex": ("LaTeX", "tex"), "md": ("Markdown", "md")}
"""How a table is written: what the button says, and the ending of the file."""


def show(workspace: Workspace, lines: list[Line], *, together: bool) -> None:
    """Curves, differences and what to mind, of some lines of the table."""
    runs = [run for line in lines for run in line["ids"]]
    found = comparing.compare(workspace, runs, together=together)
    _curves(workspace, runs)
    if found.settings:
        st.markdown("###### Settings that differ")
        table = {
            line["id"]: {comparing.title_of(n): str(line["settings"].get(n, "–")) for n in found.settings}
            for line in found.lines
        }  # fmt: skip
        st.dataframe(pd.DataFrame(table), height="content", alt="Settings that differ")
    elif len(found.lines) > 1:
        st.caption("These runs differ only in their seed.")
    for sentence in found.caveats:
        st.caption(plain(sentence))
    downloads(found.table, f"Download {amount(len(lines), 'row')}")


def _curves(workspace: Workspace, runs: list[str]) -> None:
    drawn = runs[:MOST_CURVES]
    curves = comparing.curves(workspace, drawn, limit=charts.MOST_POINTS // len(drawn))
    is_log = st.toggle("Log axis", key="runs.log", persist_state="session")
    charts.show(
        charts.compare_losses(curves, is_log=is_log), key="runs.curves",
        alt="Validation loss over the epochs, a curve per run",
    )  # fmt: skip
    if len(runs) > MOST_CURVES:
        st.caption(f"The first {MOST_CURVES} of {len(runs)} runs are drawn.")


def downloads(table: Callable[[str], str], label: str) -> None:
    """A button for each form. The table is made when somebody presses one."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(label, width="content")
        for form, (title, ending) in FORMS.items():
            st.download_button(
                title, partial(_encoded, table, form),
                file_name=f"runs.{ending}", key=f"runs.download.{form}", icon=":material/download:",
                on_click="ignore",
            )  # fmt: skip


def _encoded(table: Callable[[str], str], form: str) -> bytes:
    """With the mark that spreadsheets look for, where it is for them."""
    return table(form).encode("utf-8-sig" if form == "csv" else "utf-8")


def power(workspace: Workspace) -> None:
    """What a busy core takes, for the estimate of energy."""
    with st.popover("Energy", icon=":material/bolt:"):
        st.number_input(
            "Watts per busy core", 0.1, 1000.0, comparing.watts(workspace), key="runs.watts", format="%.1f",
            on_change=lambda: comparing.set_watts(workspace, st.session_state["runs.watts"]),
            help=f"{comparing.WATTS:g} W is what Green Algorithms assumes for an unknown processor",
        )  # fmt: skip
        st.caption(comparing.energy_words(comparing.watts(workspace)))
