"""The versions of a composition: the tree of what came out of what, and any two side by side."""

import streamlit as st

from workbench.core.runs import ORIGINS, Composition
from workbench.core.score import Score
from workbench.services import composing, keeping, previews, versions
from workbench.services.versions import Branch, Comparison
from workbench.ui import frame
from workbench.ui.lineage_tree import Twig, lineage_tree
from workbench.ui.score_player import score_player
from workbench.ui.state import session
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace, open_workspace

PLACE = "versions"
_OFFERED = 100  # compositions to compare with, the newest, besides all kin
Titles = dict[str, str]


def versions_of(workspace: Workspace, made: Composition) -> None:
    """Two expanders below a composition."""
    tree = st.expander("Versions", on_change="rerun", key=f"{PLACE}.tree.{made.id}")
    if tree.open:
        with tree, frame.errors():
            _tree(workspace, made)
    beside = st.expander("Compare with another", on_change="rerun", key=f"{PLACE}.beside.{made.id}")
    if beside.open:
        with beside, frame.errors():
            _beside(workspace, made)


# --- the tree ---------------------------------------------------------------------------------


def _tree(workspace: Workspace, made: Composition) -> None:
    branches = versions.tree(workspace, made.id)
    if len(branches) == 1 and not branches[0].children:
        st.markdown(
            "This is the only version so far. **Another**, **Make again** and **Change the settings** make more, and all "
            "of them are drawn here."
        )
        return
    opened = lineage_tree(
        [_twig(branch) for branch in branches], key=f"{PLACE}.lineage.{made.id}", here=made.id
    )
    if opened:
        session().composition = opened
        st.rerun()


def _twig(branch: Branch) -> Twig:
    made = branch.made
    how = ORIGINS.get(made.origin, "")
    said = [
        f"{how} ({branch.number})" if how and branch.number > 1 else how,
        f"seed {made.request.seed}",
        "★" * made.kept.rating,
        "in the trash" if made.kept.deleted else "",
        moment(made.created),
    ]
    return Twig(
        made.id, made.title or "Untitled", " · ".join(filter(None, said)), tuple(map(_twig, branch.children))
    )  # fmt: skip


# --- two side by side -------------------------------------------------------------------------


@st.fragment
def _beside(workspace: Workspace, made: Composition) -> None:
    titles = _offered(workspace, made)
    if not titles:
        st.markdown("There is no other composition yet; **Another** makes one.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = st.selectbox(
            "Compare with", list(titles), key=f"{PLACE}.other.{made.id}", format_func=titles.__getitem__
        )  # fmt: skip
        first, last = versions.shared_bars(workspace, made.id, other)
        bar = first
        if last > first:
            bar = st.number_input(
                "From bar", first, last, key=f"{PLACE}.bar.{made.id}", width=140,
                help="As the score numbers them; an upbeat is 0",
            )  # fmt: skip
    with frame.errors():
        _compared(workspace, made, composing.get(workspace, other), int(bar or first))


def _offered(workspace: Workspace, made: Composition) -> Titles:
    """What a composition can be compared with: first what it came out of, then its other kin, then the newest."""
    kin = [each for branch in versions.tree(workspace, made.id) for each in _all(branch)]
    kin.sort(key=lambda each: each.id != made.parent)
    newest, _ = keeping.find(workspace, limit=_OFFERED)
    return {
        each.id: f"{each.title or 'Untitled'}, seed {each.request.seed}, {moment(each.created)}"
        for each in [*kin, *newest]
        if each.id != made.id
    }


def _all(branch: Branch) -> list[Composition]:
    return [branch.made, *(each for child in branch.children for each in _all(child))]


def _compared(workspace: Workspace, one: Composition, other: Composition, bar: int) -> None:
    compared = versions.compare(workspace, one.id, other.id, bar=bar)
    found = compared.difference
    st.markdown(
        f"{amount(found.both, 'note')} in both, {len(found.only_one):,} only in the first, "
        f"{len(found.only_other):,} only in the second; these are drawn bold and in colour."
    )
    columns = st.columns(2, gap="medium")
    names, only = (one, other), (found.only_one, found.only_other)
    places = zip(
        columns, ("First", "Second"), names, compared.scores, compared.first_bars, only, strict=True
    )
    for column, place, made, score, first_bar, marked in places:
        with column:
            st.markdown(f"{place}: **{plain(made.title or 'Untitled')}**")
            name = f"{made.id}.{bar}"
            preview = _preview(str(workspace.home), name, first_bar, score)
            score_player(
                *preview.engravings, audio=preview.sound, key=f"{PLACE}.player.{one.id}.{place}",
                label=made.title, marked=marked,
            )  # fmt: skip
    st.caption("First one, then the other, equally loud")
    st.audio(_in_turn(str(workspace.home), f"{one.id}.{other.id}.{bar}", compared), "audio/flac")
    _settings(one, other)


def _settings(one: Composition, other: Composition) -> None:
    differing = versions.settings_that_differ(one, other)
    if not differing:
        st.markdown("All settings are the same.")
        return
    st.table(
        {
            "Setting": list(differing),
            "First": [plain(values[0]) for values in differing.values()],
            "Second": [plain(values[1]) for values in differing.values()],
        },
        hide_index=True,
    )


@st.cache_resource(max_entries=6, show_spinner="Engraving the scores …")  # megabytes each
def _preview(home: str, name: str, first_bar: int, _score: Score) -> previews.Preview:
    return previews.preview(open_workspace(home), _score, first_bar=first_bar)


@st.cache_resource(max_entries=2, show_spinner="Putting the sound together …")
def _in_turn(home: str, name: str, _compared: Comparison) -> bytes:
    return versions.in_turn(open_workspace(home), _compared)
