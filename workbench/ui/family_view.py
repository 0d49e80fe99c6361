"""Families on a page: what splits keep together, and a person's corrections."""

import streamlit as st

from workbench.core.families import PART
from workbench.core.piece import Piece
from workbench.services import families, library
from workbench.ui import frame, rows
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

PLACE = "families"
ROWS = 25


def view(workspace: Workspace) -> None:
    """All families, one click away."""
    box = st.expander(
        "Families: what splits keep together", icon=":material/family_history:", on_change="rerun",
        key=f"{PLACE}.all",
    )  # fmt: skip
    if box.open:
        with box, frame.errors():
            st.fragment(_families)(workspace)


def _families(workspace: Workspace) -> None:
    with frame.errors():
        with st.spinner("Comparing pieces …"):
            families.refresh(workspace)
        number, pieces = families.counts(workspace)
        st.caption(
            f"{amount(number, 'family', 'families')} of two or more hold {amount(pieces, 'piece')}: settings of one "
            "tune, one melody harmonised twice, or pieces you join. They are found by their notes, whatever the key, and "
            "by their titles. A split never parts them."
        )
        _corrections(workspace)
        if not number:
            return
        turned = -(-number // ROWS)
        page = st.pagination(turned, key=f"{PLACE}.page") if turned > 1 else 1
        found = {
            family[0].id: family
            for family in families.families(workspace, offset=(page - 1) * ROWS, limit=ROWS)
        }
        notes = session().notes(PLACE)
        rows.table(
            [{"Family": _names(family), "Pieces": len(family)} for family in found.values()],
            list(found),
            key=f"{PLACE}.{page}",
            alt="Families, the largest first",
            columns={"Family": st.column_config.TextColumn(width="large")},
            on_open=lambda family: notes.update(open=family),
            most_pixels=300,
        )
        if notes.get("open"):
            _family(workspace, families.family_of(workspace, notes["open"]))


def _names(family: list[Piece]) -> str:
    return "; ".join(dict.fromkeys(piece.title for piece in family))


def _family(workspace: Workspace, family: list[Piece]) -> None:
    """The members of a family, and those that are most like one of them."""
    members = [piece.id for piece in family]
    inside, outside = st.columns(2, gap="large")
    with inside:
        st.markdown("**Of one family**")
        for piece in family:
            others = [each for each in members if each != piece.id]
            _offer(workspace, piece, "Not of this family", others, families.part)
    with outside:
        st.markdown("**Most like it, outside**")
        near = families.similar(workspace, members[0], limit=len(members) + 5)
        for piece, value in [each for each in near if each[0].id not in members][:5]:
            _offer(workspace, piece, f"Join ({value:.0%} alike)", members[:1], families.join)


def _offer(workspace: Workspace, piece: Piece, label: str, others: list[str], correct) -> None:
    """A piece, the way to it, and what may be said of it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        frame.link("library", plain(piece.title), piece=piece.id)
        if others and st.button(label, key=f"{PLACE}.{label[:4]}.{piece.id}", type="tertiary"):
            correct(workspace, [piece.id, *others])
            st.rerun(scope="fragment")


def _corrections(workspace: Workspace) -> None:
    said = families.corrections(workspace)
    if not said:
        return
    with st.popover(f"{amount(len(said), 'correction')} by hand"):
        for each in said:
            one, other = library.pieces(workspace, [each.first, each.second])
            words = "are not one family" if each.kind == PART else "are one family"
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{plain(one.title)} and {plain(other.title)} {words}")
                key = f"{PLACE}.withdraw.{each.first}.{each.second}"
                if st.button("Take back", key=key, type="tertiary"):
                    families.withdraw(workspace, each.first, each.second)
                    st.rerun(scope="fragment")
