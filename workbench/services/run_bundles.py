"""Runs as files: giving one out for another installation, and bringing one in."""

import secrets
import shutil
import tempfile
from pathlib import Path

from workbench.core.errors import InvalidSetting, UnreadableFile, WorkFailed
from workbench.core.run_bundle import MODEL_FILES, MOST_STEPS, RunBundle, RunRecord, write_bundle
from workbench.services import activity, models, run_cards, training
from workbench.workspace import Workspace

MOST_MEGABYTES = 1000
_README = """{title}

A run of Music Workbench. Another installation brings it in with its curves:

    python -m workbench runs import {name}.zip

or on its Runs page, under "Bring a run from elsewhere". It composes, can be compared and gone on from there.

run.json      settings, seeds, software, machine, figures and the curves
model.json    the model's card: vocabulary, what it has heard, SHA-256 of its files
"""


def export(workspace: Workspace, run: str, out: Path) -> Path:
    """Write a run's model, card and history to a zip file that needs nothing else to compose.

    Raises ``UnreadableFile`` where the run has kept nothing yet.
    """
    if out.suffix.lower() != ".zip":
        raise InvalidSetting(f"{out} must be a .zip file.")
    model = models.get(workspace, run)
    record = RunRecord(
        run=training.get(workspace, run),
        epochs=tuple(training.history(workspace, run)),
        steps=tuple(training.steps(workspace, run, limit=MOST_STEPS // 2)),
        dataset=run_cards.dataset_card(workspace, run),
    )
    files = {name: model.folder / name for name in MODEL_FILES if (model.folder / name).exists()}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bundle(out, record, files, _README.format(title=model.title, name=run))
    except OSError as error:
        raise WorkFailed(f"{out} could not be written ({error}); choose another place.") from error
    return out


def exported(workspace: Workspace, run: str) -> bytes:
    """What :func:`export` writes, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        return export(workspace, run, Path(folder) / f"{run}.zip").read_bytes()


def take(workspace: Workspace, path: Path) -> str:
    """Queue the bringing in of a run that :func:`export` wrote; the job's id. See :func:`taken` once it is done.

    Raises ``UnreadableFile`` where the file is none; the rest of the checking is the job's.
    """
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}; check the path.")
    with RunBundle(path) as bundle:
        title = f"Bringing in the run {bundle.record.run.id[:60]}"
    stored = f"run-{secrets.token_hex(8)}.zip"
    shutil.copyfile(path, workspace.cache / stored)
    return activity.enqueue(workspace, "take-run", {"stored": stored}, title=title)


def take_bytes(workspace: Workspace, data: bytes) -> str:
    """Like :func:`take`, for a file that was uploaded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.zip"
        path.write_bytes(data)
        return take(workspace, path)


def taken(workspace: Workspace, job: str) -> tuple[str, bool]:
    """What a run is called here that a job of :func:`take` brought, and whether it is new here."""
    done = activity.job(workspace, job)
    if done.state != "done":
        raise WorkFailed(
            done.message or "The run was not brought in to its end; bring it in again."
        )
    return done.result["run"], done.result["is_new"]
