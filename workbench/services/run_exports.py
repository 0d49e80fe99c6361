"""A run's model in the forms that other programs read: ONNX, Keras, SavedModel; or the whole run as a bundle.

Each is a zip file with the model, its card (vocabulary, and what the run depended on) and a README with lines that run.
A SavedModel is made by a worker, once for each model; the others lie ready in the run's folder.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.core.model_card import CARD_FILE, ENCODER_FILE, SPACE_FILE
from workbench.core.model_howto import howto
from workbench.core.run_bundle import GRAPH_FILE, README_FILE, WEIGHTS_FILE
from workbench.services import activity, models, run_bundles, run_cards
from workbench.services.models import Model
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

FORMS = {
    "bundle": "The whole run, for another workbench",
    "onnx": "ONNX, for onnxruntime in any language",
    "keras": "Keras, for Python with Keras",
    "savedmodel": "SavedModel, for TensorFlow and TensorFlow Serving",
}
_FILES = {"onnx": (GRAPH_FILE, ENCODER_FILE, SPACE_FILE), "keras": (WEIGHTS_FILE,)}


def forms(workspace: Workspace, run: str) -> list[str]:
    """The forms that a run's model comes in; one that counts has no network, and comes as a bundle."""
    architecture = ARCHITECTURES.get(models.get(workspace, run).card.model.architecture)
    return list(FORMS) if architecture.is_network else ["bundle"]


def write(workspace: Workspace, run: str, form: str, out: Path) -> Path:
    """Write a run in a form that lies ready; ``InvalidSetting`` for one that it does not come in, or that a worker makes first."""
    _check(workspace, run, form, out)
    if form == "bundle":
        return run_bundles.export(workspace, run, out)
    model = models.get(workspace, run)
    if form == "savedmodel":
        ready = workspace.cache / _stored(model)
        if not ready.exists():
            raise InvalidSetting("The SavedModel is not made yet; have it made first.")
        return _whole(out, lambda partial: shutil.copyfile(ready, partial))

    def pack(partial: Path) -> None:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in _texts(workspace, model, form).items():
                archive.writestr(name, text)
            for name in (CARD_FILE, *_FILES[form]):
                if (model.folder / name).exists():
                    archive.write(model.folder / name, name)

    return _whole(out, pack)


def written(workspace: Workspace, run: str, form: str) -> bytes:
    """What :func:`write` writes, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        return write(workspace, run, form, Path(folder) / f"{run}.zip").read_bytes()


def is_ready(workspace: Workspace, run: str, form: str) -> bool:
    """Whether :func:`write` needs nobody else."""
    return form != "savedmodel" or (workspace.cache / _stored(models.get(workspace, run))).exists()


def prepare(workspace: Workspace, run: str) -> str:
    """Queue the making of the SavedModel; the job's id."""
    _check(workspace, run, "savedmodel", Path("any.zip"))
    model = models.get(workspace, run)
    spec = {
        "folder": str(model.folder),
        "stored": _stored(model),
        "texts": _texts(workspace, model, "savedmodel"),
    }
    return activity.enqueue(workspace, "export-run", spec, title=f"Exporting {model.title}")


def _stored(model: Model) -> str:
    """A name by content, so that it is never that of another model."""
    return f"savedmodel-{model.name}-{model.card.sha256[:16]}.zip"


def _check(workspace: Workspace, run: str, form: str, out: Path) -> None:
    if form not in FORMS:
        raise InvalidSetting(f"There is no form {form!r}; choose one of {', '.join(FORMS)}.")
    if form not in forms(workspace, run):
        raise InvalidSetting(f"{run} counts and has no network; export it as a bundle.")
    if out.suffix.lower() != ".zip":
        raise InvalidSetting(f"{out} must be a .zip file.")


def _texts(workspace: Workspace, model: Model, form: str) -> dict[str, str]:
    """What stands beside the model, by the names of files."""
    architecture = ARCHITECTURES.get(model.card.model.architecture)
    words = howto(
        model.card, form, model.title,
        orderless=architecture.is_orderless, autoencoder=architecture.is_autoencoder,
    )  # fmt: skip
    run = model.name.partition("@")[0]
    return {
        README_FILE: words,
        "card.md": run_cards.written(workspace, run, ".md").decode(),
    }


def _whole(out: Path, fill: Callable[[Path], object]) -> Path:
    """Write a file completely or not at all."""
    partial = out.with_name(out.name + ".partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fill(partial)
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise WorkFailed(f"{out} could not be written ({error}); choose another place.") from error
    return out
