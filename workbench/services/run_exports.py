"""A run's model in the forms that other programs read: ONNX, Keras, SavedModel; or the whole run as a bundle.

Each is a zip file with the model, its card (vocabulary, and what the run depended on) and a README with lines that run.
A SavedModel, and a graph in eight bits, are made by a worker, once for each model; the others lie ready in the run's folder.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.core.files import written_whole
from workbench.core.model_card import CARD_FILE, ENCODER_FILE, SPACE_FILE
from workbench.core.model_howto import howto
from workbench.core.run_bundle import GRAPH_FILE, README_FILE, WEIGHTS_FILE
from workbench.services import activity, evaluation, models, run_bundles, run_cards, training
from workbench.services.models import Model
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

FORMS = {
    "bundle": "The whole run, for another workbench",
    "onnx": "ONNX, for onnxruntime in any language",
    "onnx-int8": "ONNX in eight bits: a quarter of the size and quicker, where it foresees as well",
    "keras": "Keras, for Python with Keras",
    "savedmodel": "SavedModel, for TensorFlow and TensorFlow Serving",
}
MADE = ("savedmodel", "onnx-int8")
"""Forms that a worker makes first."""
_FILES = {"onnx": (GRAPH_FILE, ENCODER_FILE, SPACE_FILE), "keras": (WEIGHTS_FILE,)}


def forms(workspace: Workspace, run: str) -> list[str]:
    """The forms that a run's model comes in; one that counts has no network, and comes as a bundle.

    Eight bits are of no use where most of the work are convolutions, as in networks that fill holes.
    """
    architecture = ARCHITECTURES.get(models.get(workspace, run).card.model.architecture)
    if not architecture.is_network:
        return ["bundle"]
    return [form for form in FORMS if form != "onnx-int8" or not architecture.is_orderless]


def write(workspace: Workspace, run: str, form: str, out: Path) -> Path:
    """Write a run in a form that lies ready; ``InvalidSetting`` for one that it does not come in, or that a worker makes first."""
    _check(workspace, run, form, out)
    if form == "bundle":
        return run_bundles.export(workspace, run, out)
    model = models.get(workspace, run)
    if form in MADE:
        ready = workspace.cache / _stored(model, form)
        if not ready.exists():
            raise InvalidSetting(f"The form {form} is not made yet; have it made first.")
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
    return (
        form not in MADE or (workspace.cache / _stored(models.get(workspace, run), form)).exists()
    )


def prepare(workspace: Workspace, run: str, form: str) -> str:
    """Queue the making of one of ``MADE``; the job's id.

    What eight bits lose is measured on the run's validation pieces, so its dataset must be here: else ``UnknownName``.
    """
    _check(workspace, run, form, Path("any.zip"))
    model = models.get(workspace, run)
    spec = {
        "folder": str(model.folder),
        "stored": _stored(model, form),
        "texts": _texts(workspace, model, "onnx" if form == "onnx-int8" else form),
    }
    kind = "export-run"
    if form == "onnx-int8":
        dataset = training.get(workspace, run.partition("@")[0]).spec.dataset
        spec = evaluation.prepared(workspace, run, dataset, "valid") | spec
        kind = "eight-bits"
    return activity.enqueue(workspace, kind, spec, title=f"Exporting {model.title}")


def _stored(model: Model, form: str) -> str:
    """A name by content, so that it is never that of another model."""
    return f"{form}-{model.name}-{model.card.sha256[:16]}.zip"


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
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(out) as partial:
            fill(partial)
    except OSError as error:
        raise WorkFailed(f"{out} could not be written ({error}); choose another place.") from error
    return out
