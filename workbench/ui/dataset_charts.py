"""What some pieces hold, in charts: keys, meters, lengths, pitch classes, note values, tags.

A chart is drawn once for a set of pieces and kept: a rerun only shows it again.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from workbench.services import datasets, library
from workbench.ui import charts
from workbench.workspace import Workspace, open_workspace

VIEWS = {
    "Keys, meters, lengths": {"key": "Key", "meter": "Meter", "bars": "Bars"},
    "Pitches and note values": {"pitch class": "Pitch class", "note value": "Note value, quarters"},
    "Tags and collections": {"tags": "Tag", "collection": "Collection"},
}


def show(workspace: Workspace, pieces: Sequence[str], *, key: str) -> None:
    """The charts of some pieces, one view of them at a time."""
    view = st.segmented_control(
        "Charts", list(VIEWS), default=next(iter(VIEWS)), required=True, key=f"{key}.view",
        label_visibility="collapsed",
    )  # fmt: skip
    fields = VIEWS[view]
    digest = hashlib.blake2b("".join(pieces).encode(), digest_size=16).hexdigest()
    edition = library.edition(workspace)  # tags and facts may change
    for place, (field, label) in zip(st.columns(len(fields)), fields.items(), strict=True):
        with place:
            figure = _figure(str(workspace.home), edition, digest, field, label, pieces)
            if figure is None:
                st.caption("None of these pieces has a tag yet. Tags are given in the library.")
            else:
                alt = f"How many of {len(pieces)} pieces or notes have which {label.lower()}"
                charts.show(figure, key=f"{key}.{field}", alt=alt)


@st.cache_resource(max_entries=200, show_spinner=False)
def _figure(
    home: str, edition: int, digest: str, field: str, label: str, _pieces: Sequence[str]
) -> go.Figure | None:
    """The chart of one field; ``digest`` stands for the pieces. None where there is nothing to show."""
    workspace = open_workspace(home)
    if field in ("pitch class", "note value"):
        found = datasets.sounding(workspace, _pieces)
        shares = found.pitch_classes if field == "pitch class" else found.note_values
        return charts.shares(shares, label=label)
    counts = datasets.counted(workspace, _pieces, field)
    if field == "tags" and not counts:
        return None
    if field == "bars":
        return charts.histogram(_lengths(counts), label=label)
    return charts.distribution(counts, label=label, most=8)


def _lengths(counts: Mapping[str, int]) -> list[float]:
    values = [float(value) if value.isdecimal() else float("nan") for value in counts]
    repeated: list[float] = np.repeat(values, list(counts.values())).tolist()
    return repeated
