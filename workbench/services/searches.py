"""Searches with a name, to come back to."""

from workbench.core.errors import InvalidSetting
from workbench.store import open_store
from workbench.store.query import matching
from workbench.store.searches import SavedSearch
from workbench.workspace import Workspace

_LONGEST_NAME = 60


def saved(workspace: Workspace) -> list[SavedSearch]:
    """Every saved search, by name."""
    with open_store(workspace) as store:
        return store.searches.all()


def save(workspace: Workspace, name: str, query: str) -> None:
    """Keep a query under a name, in place of one that had the name before.

    Raises ``InvalidSetting`` for a name that is empty or long, and for a query that cannot be read.
    """
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidSetting(f"A saved search needs a name of at most {_LONGEST_NAME} characters.")
    matching(query)
    with open_store(workspace) as store:
        store.searches.save(name, query.strip())


def forget(workspace: Workspace, name: str) -> None:
    """Take a saved search away; ``UnknownName`` where there is none."""
    with open_store(workspace) as store:
        store.searches.forget(name)
