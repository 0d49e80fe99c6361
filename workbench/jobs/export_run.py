"""A run's network as a SavedModel, made by a process with TensorFlow.

The spec names the model's ``folder``, how the zip file under ``cache`` is called (``stored``), and the texts that stand beside the
model. The same model is made once.
"""

import secrets
import shutil
import zipfile
from pathlib import Path

from workbench.core.files import written_whole
from workbench.core.model_card import CARD_FILE
from workbench.core.report import Report
from workbench.core.run_bundle import WEIGHTS_FILE
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.apart import do_apart
from workbench.workspace import Workspace


@job("export-run", lane=BULK)
def export_run(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """The result names the file under ``cache``."""
    out = workspace.cache / Path(spec["stored"]).name
    place = workspace.cache / f"export-{secrets.token_hex(8)}"
    place.mkdir()
    try:
        for name in (CARD_FILE, WEIGHTS_FILE):
            shutil.copyfile(Path(spec["folder"]) / name, place / name)
        if do_apart("save", place, report) is None:
            return {}
        (place / WEIGHTS_FILE).unlink()
        for name, text in spec["texts"].items():
            (place / Path(name).name).write_text(text, encoding="utf-8")
        pack(place, out)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return {"stored": out.name}


def pack(folder: Path, out: Path) -> None:
    """All of a folder as a zip file, whole or not at all."""
    with (
        written_whole(out) as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for path in sorted(folder.rglob("*")):
            archive.write(path, str(path.relative_to(folder)))
