"""One dataset version on a page: what it holds, where it comes from, what may be done with it."""

import streamlit as st

from workbench.core.augmentation import ALL_KEYS, Augmentation
from workbench.core.dataset import SPLITS, DatasetVersion
from workbench.services import datasets
from workbench.ui import dataset_charts, frame
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace, open_workspace

PLACE = "datasets"
SPLIT_TITLES = {"train": "Training", "valid": "Validation", "test": "Test"}


def version(workspace: Workspace, dataset: str) -> DatasetVersion:
    """A version by its id. It never changes, so it is read once."""
    return _version(str(workspace.home), dataset)


@st.cache_resource(max_entries=20, show_spinner=False)
def _version(home: str, dataset: str) -> DatasetVersion:
    return datasets.get(open_workspace(home), dataset)


@st.cache_resource(max_entries=20, show_spinner=False)
def _licences(home: str, dataset: str) -> tuple[dict[str, int], bool]:
    """The licences of a version, and whether a model may be shared."""
    workspace, found = open_workspace(home), _version(home, dataset)
    return datasets.licences_of(workspace, found), datasets.is_shareable(workspace, found)


def view(workspace: Workspace, dataset: DatasetVersion) -> None:
    """What a dataset version holds."""
    if dataset.note:
        st.markdown(f"*{plain(dataset.note)}*")
    with st.grid(4, min_column_width=130):
        st.metric("Pieces", f"{len(dataset.pieces):,}", border=True)
        for split in SPLITS:
            st.metric(SPLIT_TITLES[split], f"{len(dataset.members(split)):,}", border=True)
    if len(dataset.pieces) < datasets.SMALL_PIECES:
        st.warning(
            f"This is a small dataset. With fewer than {datasets.SMALL_PIECES} pieces a model learns them by heart rather than learning from them: expect the validation loss to rise early."
        )
    _sharing(workspace, dataset)
    frame.link(
        "train", "Train with this dataset", icon=":material/arrow_forward:", dataset=dataset.id
    )
    shown = st.segmented_control(
        "Shown", ["all", *SPLITS], default="all", required=True, key=f"{PLACE}.shown",
        label_visibility="collapsed", format_func=lambda name: SPLIT_TITLES.get(name, "All pieces"),
    )  # fmt: skip
    pieces = dataset.pieces if shown == "all" else dataset.members(shown)
    if pieces:
        dataset_charts.show(workspace, pieces, key=f"{PLACE}.dataset")
    _origin(dataset)


def _sharing(workspace: Workspace, dataset: DatasetVersion) -> None:
    """The licences a dataset mixes, and whether a model may be given away."""
    licences, is_shareable = _licences(str(workspace.home), dataset.id)
    kinds = ", ".join(f"{plain(name)} ({amount(n, 'piece')})" for name, n in licences.items())
    if is_shareable:
        mark, sentence = ":green-badge[:material/share: Model may be shared]", ""
    else:
        mark = ":orange-badge[:material/lock: Keep the model to yourself]"
        sentence = " Not every licence is known to allow giving away a model that learned from it."
    st.markdown(f"{mark} **Licences** {kinds}.{sentence}")


def _origin(dataset: DatasetVersion) -> None:
    if dataset.query == datasets.ONLY_PICKED:
        query = "pieces picked by hand"
    else:
        query = f"`{dataset.query.replace('`', '')}`" if dataset.query.strip() else "all pieces"
    words = [f"**Made** {moment(dataset.created)} from {query}"]
    words.append(f"split {'/'.join(map(str, dataset.ratios))} with seed {dataset.seed}")
    if dataset.stratify:
        words.append(f"in equal shares of {plain(dataset.stratify)}")
    if dataset.least_notes:
        words.append(f"pieces of {dataset.least_notes} notes and more")
    if dataset.window_bars:
        words.append(f"cut into stretches of {amount(dataset.window_bars, 'bar')}")
    lines = [", ".join(words) + "."]
    if dataset.augmentation:
        lines.append(f"**Also heard** in training: {heard_as(dataset.augmentation)}.")
    if dataset.parent:
        lines.append(f"**Made from** {plain(dataset.parent)}.")
    lines.append(f"**Fingerprint** `{dataset.fingerprint}`")
    st.markdown("  \n".join(lines))
    st.caption(
        "The fingerprint is the same on every machine for the same music and the same choices. A dataset never "
        "changes: a new one of the same name is its next version."
    )


def heard_as(augmentation: Augmentation) -> str:
    """An augmentation in words."""
    words = []
    if augmentation.semitones:
        words.append(f"transposed by {', '.join(f'{each:+d}' for each in augmentation.semitones)}")
    if augmentation.keys:
        every = augmentation.keys == ALL_KEYS
        words.append("in all keys" if every else f"in {', '.join(augmentation.keys)}")
    if augmentation.tempos:
        words.append(f"at {', '.join(f'{each:g}' for each in augmentation.tempos)} times the tempo")
    if augmentation.velocities:
        steps = ", ".join(f"{each:+d}" for each in augmentation.velocities)
        words.append(f"louder or softer by {steps}")
    return "; ".join(words)
