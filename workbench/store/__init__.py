"""SQLite: migrations, and one repository per family of tables. No SQL is written anywhere else.

A ``Store`` is one connection; open one per script run or thread (0.5 ms), use it as a context, let it go.
"""

import sqlite3
from types import TracebackType

from workbench.store.compositions import Compositions
from workbench.store.database import connect
from workbench.store.datasets import Datasets
from workbench.store.families import Families
from workbench.store.feedback import Feedback
from workbench.store.history import History
from workbench.store.imports import Imports
from workbench.store.jobs import Jobs
from workbench.store.listening import Listening
from workbench.store.pieces import Pieces
from workbench.store.preferences import Preferences
from workbench.store.runs import Runs
from workbench.store.searches import Searches
from workbench.store.sweeps import Sweeps
from workbench.workspace import Workspace

DatabaseError = sqlite3.Error
"""What a full disk or a locked database raises, for those above who must answer it in words."""


class Store:
    """All repositories over one connection."""

    def __init__(self, workspace: Workspace) -> None:
        self.db = connect(workspace.database)
        self.pieces = Pieces(self.db)
        self.datasets = Datasets(self.db)
        self.families = Families(self.db)
        self.runs = Runs(self.db)
        self.sweeps = Sweeps(self.db)
        self.compositions = Compositions(self.db)
        self.listening = Listening(self.db)
        self.feedback = Feedback(self.db)
        self.jobs = Jobs(self.db, workspace.asker)
        self.imports = Imports(self.db)
        self.history = History(self.db)
        self.searches = Searches(self.db)
        self.preferences = Preferences(self.db)

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.db.close()


def open_store(workspace: Workspace) -> Store:
    """The store of a workspace, migrated to the newest schema."""
    return Store(workspace)
