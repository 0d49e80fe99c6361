"""The form that makes a blind test: whose music, how much of it, and which question."""

import streamlit as st

from workbench.core.listening import BETTER, KINDS, ORIGIN, ListeningSpec, Settings
from workbench.services import datasets, listening, models, overview
from workbench.ui import chosen, frame
from workbench.ui.forms import settings_form
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "listening"


def new(workspace: Workspace) -> None:
    """The form of a new test, folded away once there is one; without a dataset, the way to one."""
    ids = datasets.ids(workspace)
    if not ids:
        has_music = overview.counts(workspace).pieces > 0
        frame.empty(
            "**There is no dataset to take people's music from yet.** A blind test mixes its pieces with what models compose.",
            target="datasets" if has_music else "library",
            label="Build a dataset" if has_music else "Open the library",
        )  # fmt: skip
        return
    is_first = not listening.all(workspace)
    with st.expander(
        "Make a blind test", is_first, icon=":material/add:",
        key=f"{PLACE}.first" if is_first else f"{PLACE}.new",
    ), frame.errors():  # fmt: skip
        _form(workspace, ids)


def _form(workspace: Workspace, ids: list[str]) -> None:
    kind = st.segmented_control(
        "Question", list(KINDS), format_func=lambda each: KINDS[each], required=True,
        key=session().widget(PLACE, "kind", ORIGIN), persist_state="session",
    )  # fmt: skip
    current = chosen.dataset(workspace)
    left, right = st.columns(2)
    dataset = left.selectbox(
        "People's music from", ids, index=ids.index(current or ids[0]),
        help="Pieces of its test split; those no model below has heard come first",
    )  # fmt: skip
    available = {model.name: model.title for model in models.available(workspace)}
    first = chosen.model(workspace)
    named = right.multiselect(
        "Models", list(available), format_func=lambda each: available[each], max_selections=listening.MOST_MODELS,
        key=session().widget(PLACE, "models", [first.name] if first else []), persist_state="session",
        help="They compose in the keys, meters and tempos of people's pieces",
    )  # fmt: skip
    values = settings_form(Settings, key=PLACE, omit={"kind"}, columns=3)
    name = st.text_input(
        "Name", key=session().widget(PLACE, "name", ""), persist_state="session", max_chars=100,
        placeholder="such as Class 9b, folk tunes; listeners see it at the end",
    )  # fmt: skip
    if st.button("Make the test", type="primary", icon=":material/hearing:"):
        settings = Settings(kind=kind or ORIGIN, **values)
        with st.spinner("Choosing the pieces …"):
            spec = ListeningSpec(name or _usual_name(settings), dataset, tuple(named), settings)
            code = listening.create(workspace, spec)
            listening.prepare(workspace, code)
        session().test = code
        st.rerun()


def _usual_name(settings: Settings) -> str:
    return "Which is better?" if settings.kind == BETTER else "Human or machine?"
