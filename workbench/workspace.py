"""Where things are kept. ``WORKBENCH_HOME`` (or ``--workspace``) moves them all.

::

    <home>/data/workbench.db         everything that is known
    <home>/data/studies.db           Optuna's record of the sweeps
    <home>/data/sweeps/<sweep>/      what the trials of a sweep learn from
    <home>/data/benches/<bench>/     what was measured of some models, and what they composed for it
    <home>/data/sources/             files that were brought in, named by checksum
    <home>/data/listening/<code>/    the clips of a blind listening test
    <home>/data/cache/               engravings and sound; may be deleted at any time
    <home>/data/logs/                one log per worker
    <home>/models/runs/<run>/        checkpoints and exported graphs
    <repository>/models/pretrained/  bundled models, read only
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Workspace:
    """The folders of one installation."""

    home: Path
    asker: str = field(default="script", compare=False)
    """What asks for work here, as the queue writes it down: ``page``, ``command line``, ``script``."""

    @property
    def database(self) -> Path:
        return self.home / "data" / "workbench.db"

    @property
    def studies(self) -> Path:
        return self.home / "data" / "studies.db"

    @property
    def sweeps(self) -> Path:
        return self.home / "data" / "sweeps"

    @property
    def benches(self) -> Path:
        return self.home / "data" / "benches"

    @property
    def listening(self) -> Path:
        return self.home / "data" / "listening"

    @property
    def sources(self) -> Path:
        return self.home / "data" / "sources"

    @property
    def cache(self) -> Path:
        return self.home / "data" / "cache"

    @property
    def logs(self) -> Path:
        return self.home / "data" / "logs"

    @property
    def runs(self) -> Path:
        return self.home / "models" / "runs"

    @property
    def pretrained(self) -> Path:
        return REPOSITORY / "models" / "pretrained"

    def create(self) -> "Workspace":
        """Make the folders that are missing."""
        for folder in (self.sources, self.listening, self.cache, self.logs, self.runs):
            folder.mkdir(parents=True, exist_ok=True)
        return self


def open_workspace(home: str | Path | None = None, *, asker: str = "script") -> Workspace:
    """The workspace at ``home``, else at ``WORKBENCH_HOME``, else the repository itself."""
    chosen = home or os.environ.get("WORKBENCH_HOME") or REPOSITORY
    return Workspace(Path(chosen).expanduser().resolve(), asker).create()
