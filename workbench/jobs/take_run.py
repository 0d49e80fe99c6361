"""Taking in a run from elsewhere: everything is checked before any of it stands among the runs.

The spec names a file under ``cache`` (``stored``). The model's files lie in a folder beside the runs until they have passed
(:mod:`workbench.training.checking`, in a process of its own); then the folder takes its place, and the rows follow. A worker
that dies between the two leaves a folder that its successor finds and writes the rows for.
"""

import json
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from workbench.core.errors import InvalidSetting, UnreadableFile, WorkbenchError
from workbench.core.model_card import read_card
from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.core.run_bundle import DATASET_CARD_FILE, RUN_NAME, RunBundle
from workbench.core.settings import validated
from workbench.core.specs import TrainingSettings
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.apart import do_apart
from workbench.tokenizers import unlearned
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES


@job("take-run", lane=BULK)
def take_run(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """The files, then the rows; the result says how the ``run`` is called here, and whether it ``is_new``."""
    stored = workspace.cache / Path(spec["stored"]).name
    incoming = workspace.runs.with_name(f"incoming-{stored.stem}")
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir()
    try:
        with RunBundle(stored) as bundle:
            result = _take(bundle, incoming, workspace, report)
    except WorkbenchError:
        stored.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    stored.unlink(missing_ok=True)
    return result


def _take(bundle: RunBundle, incoming: Path, workspace: Workspace, report: Report) -> Result:
    _check_settings(bundle)
    name = _name(bundle, workspace)
    is_new = not (workspace.runs / name).exists()
    if is_new:
        report.progress(0.1, "Checking its files against their checksums")
        bundle.unpack(incoming)
        report.progress(0.2, "Looking at its model")
        answer = do_apart("check", incoming, report, begun=0.2)
        if answer is None:
            return {}
        if answer["parameters"] != bundle.card.parameters:
            raise UnreadableFile(
                "The model is not as large as its card says; export the run again."
            )
        kept = json.dumps(to_json(bundle.record.dataset))
        (incoming / DATASET_CARD_FILE).write_text(kept, encoding="utf-8")
        incoming.rename(workspace.runs / name)
    if (workspace.runs / name / DATASET_CARD_FILE).exists():
        record = replace(bundle.record, run=replace(bundle.record.run, id=name))
        report.event("brought", {"record": record, "card": bundle.card})
    return {"run": name, "is_new": is_new}


def _check_settings(bundle: RunBundle) -> None:
    """``WorkbenchError`` where the run's settings are none, or others than its model's."""
    spec, card = bundle.record.run.spec, bundle.card
    architecture = ARCHITECTURES.get(card.model.architecture)
    validated(architecture.settings, card.model.settings)
    validated(TrainingSettings, vars(spec.training))
    if unlearned(spec.tokenizer) != unlearned(card.tokenizer):
        raise UnreadableFile(
            "The run and its model have different tokenizers; export the run again."
        )


def _name(bundle: RunBundle, workspace: Workspace) -> str:
    """Its own name, unless another model has it already; the same bundle comes to the same name."""
    made = f"{bundle.card.model.architecture}-{bundle.fingerprint[:6]}"
    for name in (bundle.record.run.id, made):
        if RUN_NAME.fullmatch(name) and not (workspace.pretrained / name).exists():
            if not (workspace.runs / name).exists():
                return name
            with suppress(UnreadableFile):  # it has kept nothing yet
                if read_card(workspace.runs / name).sha256 == bundle.fingerprint:
                    return name
    raise InvalidSetting(
        f"There is another run called {made}; bring this one into another workspace."
    )
