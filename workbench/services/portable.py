"""Datasets as files: giving one out with its music and licences, and taking one in."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workbench.core.dataset import DatasetVersion
from workbench.core.errors import InvalidSetting, UnreadableFile, WorkFailed
from workbench.core.portable import DatasetFile, Entry, write_dataset
from workbench.services import activity
from workbench.store import Store, open_store
from workbench.workspace import Workspace


def export(workspace: Workspace, name: str, out: Path) -> Path:
    """Write a dataset version with its music, tags and licences to one zip file."""
    if out.suffix.lower() != ".zip":
        raise InvalidSetting(f"{out} must be a .zip file.")
    with open_store(workspace) as store:
        version = store.datasets.get(name)
        parent = store.datasets.get(version.parent).fingerprint if version.parent else None
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            write_dataset(out, version, _entries(store, version), parent)
        except OSError as error:
            raise WorkFailed(
                f"{out} could not be written ({error}); choose another place."
            ) from error
    return out


def exported(workspace: Workspace, name: str) -> bytes:
    """What :func:`export` writes, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        return export(workspace, name, Path(folder) / "dataset.zip").read_bytes()


def take(workspace: Workspace, path: Path) -> str:
    """Queue the taking in of a dataset file; the job's id. See :func:`taken` once it is done.

    Raises ``UnreadableFile`` where the file is none, or of a newer format.
    """
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}; check the path.")
    with DatasetFile(path) as file:
        title = f"Taking in a dataset of {file.pieces:,} pieces"
    stored = f"dataset-{secrets.token_hex(8)}.zip"
    shutil.copyfile(path, workspace.cache / stored)
    return activity.enqueue(workspace, "take-dataset", {"stored": stored}, title=title)


def take_bytes(workspace: Workspace, data: bytes) -> str:
    """Like :func:`take`, for a file that was uploaded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dataset.zip"
        path.write_bytes(data)
        return take(workspace, path)


def taken(workspace: Workspace, job: str) -> DatasetVersion:
    """The version that a job of :func:`take` brought."""
    done = activity.job(workspace, job)
    if done.state != "done":
        raise WorkFailed(
            done.message or "The dataset was not taken in to its end; take it in again."
        )
    with open_store(workspace) as store:
        same = store.datasets.with_fingerprint(done.result["fingerprint"])
        named = [each for each in same if each.rpartition("@")[0] == done.result["name"]]
        return store.datasets.get(named[0])


def _entries(store: Store, version: DatasetVersion) -> Iterator[Entry]:
    for piece, split, notes in store.datasets.scores(version.id):
        yield Entry(store.pieces.get(piece), split, notes)
