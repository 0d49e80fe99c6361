"""A trial as a job of the trainer: how long a training would take, and whether it would fit.

The folder holds a sample of the dataset as a run's folder holds the whole; it goes when the trial ends. A trial
that lacks memory may be killed by the system: ``begun`` in the folder tells the next attempt, which then says so.
"""

import shutil
from pathlib import Path

from workbench.core.errors import WorkFailed
from workbench.core.records import from_json, to_json
from workbench.core.report import Report
from workbench.core.settings import validated
from workbench.core.specs import TrainingSpec
from workbench.core.trials import estimate
from workbench.jobs import TRAIN, Result, Spec, job
from workbench.jobs.encoding import encode, learn_vocabulary
from workbench.tokenizers import make
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

BEGUN_FILE = "begun"
MEMINFO = Path("/proc/meminfo")


@job("trial", lane=TRAIN)
def trial(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Let the network of ``spec`` learn for seconds from a sample in ``folder``; ``estimate`` is what follows."""
    from workbench.training.trial import measure  # here: TensorFlow must not enter the composer

    folder = workspace.home / spec["folder"]
    asked = from_json(TrainingSpec, spec["spec"])
    if (folder / BEGUN_FILE).exists():
        shutil.rmtree(folder)
        raise WorkFailed(
            "The trial was ended by the system, most likely for lack of memory; choose a smaller batch_size, window or network."
        )
    (folder / BEGUN_FILE).touch()
    free_memory, free_disk = free_memory_mb(), shutil.disk_usage(workspace.runs).free / 1e6
    try:
        report.progress(0.0, "Encoding a sample of the music")
        tokenizer = make(learn_vocabulary(folder, asked.tokenizer))
        splits, _ = encode(folder, tokenizer, spec)
        architecture = ARCHITECTURES.get(asked.model.architecture)
        settings = validated(architecture.settings, asked.model.settings)
        measured = measure(
            architecture, settings, tokenizer.vocabulary, asked.training, splits["train"], splits["valid"],
            (spec["of_train"], spec["of_valid"]), report,
        )  # fmt: skip
        del splits  # nothing is mapped any more
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = estimate(asked.training, measured, free_memory_mb=free_memory, free_disk_mb=free_disk)
    return {"estimate": to_json(found)}


def free_memory_mb() -> float | None:
    """Memory that a process could have now, in MB of 10^6 bytes; None where nobody can tell."""
    if not MEMINFO.exists():
        return None
    rows = (line.split() for line in MEMINFO.read_text().splitlines())
    return next((int(row[1]) * 1024 / 1e6 for row in rows if row[0] == "MemAvailable:"), None)
