"""A row of variations: several pieces from one click, each with its settings, to keep, to discard, or to have more like it.

Every piece of the row is a composition like any other, and stays among the compositions unless it is discarded. A discarded one
lies in the trash, and is brought back from there.
"""

from typing import Any

import streamlit as st

from workbench.core.errors import WorkbenchError
from workbench.core.records import to_json
from workbench.core.runs import Composition
from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, keeping, steering
from workbench.ui import form_origin, frame
from workbench.ui.composition_list import thumbnail
from workbench.ui.following import PATIENCE_SECONDS, TICK_SECONDS
from workbench.ui.gallery import Card, gallery
from workbench.ui.state import session
from workbench.ui.words import amount
from workbench.workspace import Workspace

PLACE = "row"
FEWEST_MORE = 4
Item = dict[str, Any]
"""``job`` and ``request``; ``made``, the composition's id, once there is one; ``kept``; ``failed``, the sentence of what went wrong."""


def begin(workspace: Workspace, request: ComposeRequest, count: int, *, like: str = "") -> None:
    """Ask for so many pieces with seeds that count up; they take the place of the row before.

    ``like`` is the composition they are like, where there is one. Where they come out of none, the others come out of the first:
    they differ by their seeds alone.
    """
    items: list[Item] = []
    parent, origin = (like, "like") if like else form_origin.out_of("compose")
    first = composing.fresh_id()
    with frame.errors():
        for each in composing.variations(request, count):
            job = composing.compose(
                workspace, each, parent=parent, origin=origin, composition="" if items else first
            )
            items.append({"job": job, "request": to_json(each)})
            if not parent:
                parent, origin = first, "another"
    if items:
        session().notes(PLACE).update(items=items, discarded=[])
        with st.spinner("One moment …"):
            activity.wait(workspace, items[0]["job"], seconds=PATIENCE_SECONDS)


def close() -> None:
    """No row any more; its pieces stay among the compositions."""
    session().notes(PLACE).clear()


def show(workspace: Workspace) -> None:
    """The row, if there is one; while pieces are on their way, they come in by themselves."""
    items: list[Item] = session().notes(PLACE).get("items", [])
    if items or session().notes(PLACE).get("discarded"):
        tick = TICK_SECONDS if any(_is_open(item) for item in items) else None
        st.fragment(_show, run_every=tick)(workspace, tick is not None)


def _is_open(item: Item) -> bool:
    return not item.get("made") and "failed" not in item


def _show(workspace: Workspace, was_open: bool) -> None:
    items: list[Item] = session().notes(PLACE)["items"]
    before = _first(items)
    _take_in(workspace, items)
    _choose_first(items, before)
    if was_open and not any(_is_open(item) for item in items):
        st.rerun()  # the clock of this fragment stops
    chosen = next((each for each in items if each.get("made") == session().composition), None)
    opened = gallery(
        [_card(workspace, number, item) for number, item in enumerate(items, start=1)],
        key="row.gallery", in_row=True, chosen=_id(chosen) if chosen else None,
    )  # fmt: skip
    clicked = next((item for item in items if opened and _id(item) == opened), None)
    if clicked and clicked.get("made") and clicked is not chosen:
        session().composition = clicked["made"]
        st.rerun()
    _actions(workspace, items, chosen)


def _take_in(workspace: Workspace, items: list[Item]) -> None:
    for item in filter(_is_open, items):
        job = activity.job(workspace, item["job"])
        if job.has_ended and "composition" in job.result:
            item["made"] = job.result["composition"]
        elif job.has_ended:
            item["failed"] = job.message or "Stopped."


def _first(items: list[Item]) -> str | None:
    return next((item["made"] for item in items if item.get("made")), None)


def _choose_first(items: list[Item], before: str | None) -> None:
    """The first piece that is there is shown at once."""
    first = _first(items)
    if first and before is None:
        session().composition = first
        st.rerun()


def _id(item: Item) -> str:
    return str(item.get("made") or item["job"])


# --- cards ------------------------------------------------------------------------------------


def _card(workspace: Workspace, number: int, item: Item) -> Card:
    seed = f"seed {item['request']['seed']}"
    if "failed" in item:
        return Card(_id(item), "", f"{number} failed", item["failed"])
    if not item.get("made"):
        job = activity.job(workspace, item["job"])
        words = f"{job.progress:.0%}" if job.state == "running" else "waiting its turn"
        return Card(_id(item), "", f"{number} is on its way", f"{seed} · {words}")
    try:
        made = composing.get(workspace, item["made"])
    except WorkbenchError as error:  # deleted elsewhere
        return Card(_id(item), "", f"{number} is gone", str(error))
    mark = "✓ " if item.get("kept") else ""
    svg = thumbnail(str(workspace.home), made.id)
    return Card(made.id, svg, f"{mark}{made.title or 'Untitled'}", f"{seed} · {_words(made)}")


def _words(made: Composition) -> str:
    request = made.request
    told = [f"{amount(len(made.plan.bars), 'bar')} in {made.plan.key}", request.limits.form]
    told.append(f"temperature {request.temperature:g}" if request.temperature != 1 else "")
    if made.candidates:
        told.append(f"{made.candidates[0].distance:.2g} from the goals")
    return " · ".join(filter(None, told))


# --- what is done with them -------------------------------------------------------------------


def _actions(workspace: Workspace, items: list[Item], chosen: Item | None) -> None:
    """What changes the page beyond the row runs all of it anew."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if chosen:
            _keep(chosen)
            if st.button(
                "Discard", key="row.discard", icon=":material/close:", help="Into the trash; it can be brought back"
            ):  # fmt: skip
                _discard(workspace, [chosen])
                st.rerun()
            if st.button(
                "More like this", key="row.more", icon=":material/alt_route:",
                help="As many more. With a latent space, the tune is varied; otherwise its first two bars stay and the rest is new",
            ):  # fmt: skip
                _more(workspace, chosen, max(len(items), FEWEST_MORE))
                st.rerun()
        others = [each for each in items if each.get("made") and not each.get("kept")]
        has_kept = any(each.get("kept") for each in items)
        if has_kept and others and st.button(
            f"Discard the other {len(others)}", key="row.rest", icon=":material/delete_sweep:"
        ):  # fmt: skip
            _discard(workspace, others)
            st.rerun()
        lost = session().notes(PLACE)["discarded"]
        if lost and st.button(
            f"Bring back {amount(len(lost), 'piece')}", key="row.back", icon=":material/undo:",
            help="Takes what you discarded out of the trash",
        ):  # fmt: skip
            _bring_back(workspace)
            st.rerun()
        if st.button(
            "Close the row", key="row.close", type="tertiary", help="Its pieces stay among the compositions"
        ):  # fmt: skip
            close()
            st.rerun()


def _keep(chosen: Item) -> None:
    is_kept = bool(chosen.get("kept"))
    st.button(
        "Kept" if is_kept else "Keep", key="row.keep", icon=":material/check:",
        type="primary" if is_kept else "secondary", on_click=chosen.update,
        kwargs={"kept": not is_kept}, help="Mark it, so that all the others can be discarded at once",
    )  # fmt: skip


def _discard(workspace: Workspace, lost: list[Item]) -> None:
    notes = session().notes(PLACE)
    here = keeping.among(workspace, [item["made"] for item in lost])
    keeping.trash(workspace, [made.id for made in here])
    notes["discarded"] += lost
    notes["items"] = [item for item in notes["items"] if item not in lost]
    session().composition = _first(notes["items"])


def _bring_back(workspace: Workspace) -> None:
    notes = session().notes(PLACE)
    here = {
        made.id for made in keeping.among(workspace, [item["made"] for item in notes["discarded"]])
    }
    keeping.restore(workspace, list(here))
    notes["items"] += [item for item in notes["discarded"] if item["made"] in here]
    notes["discarded"] = []


def _more(workspace: Workspace, chosen: Item, count: int) -> None:
    request = steering.like(workspace, chosen["made"])
    begin(workspace, composing.reseeded(request), count, like=chosen["made"])
