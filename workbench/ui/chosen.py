"""What is chosen at present, looked up: the id out of the session or the address, or the newest there is."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import streamlit as st

from workbench.core.errors import WorkbenchError
from workbench.services import datasets, models, overview
from workbench.services.models import Model
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

Found = TypeVar("Found")


def looked_up(choice: str, find: Callable[[str], Found]) -> Found | None:
    """What a choice of the session names. One that names nothing is given up, with a sentence why."""
    chosen = getattr(session(), choice)
    if chosen is None:
        return None
    try:
        return find(chosen)
    except WorkbenchError as error:
        setattr(session(), choice, None)
        st.warning(plain(str(error)))
        return None


def dataset(workspace: Workspace) -> str | None:
    """Id of the chosen dataset version, else of the newest; None where there is none."""
    ids = datasets.ids(workspace)
    chosen = session().dataset
    return chosen if chosen in ids else next(iter(ids), None)


def model(workspace: Workspace) -> Model | None:
    """The chosen model, else the one that greets people; None where there is none."""
    if name := session().model:
        with suppress(WorkbenchError):  # it is gone, or has kept nothing yet
            return models.get(workspace, name)
    return overview.first_model(workspace)
