"""What a run composed while it was trained (:mod:`workbench.core.samples`)."""

import logging
from functools import lru_cache
from pathlib import Path

from workbench.core.errors import UnreadableFile
from workbench.core.samples import Sample, sample_file, sampled_epochs, unpacked_sample
from workbench.workspace import Workspace

log = logging.getLogger("workbench.samples")


def of(workspace: Workspace, run: str) -> list[Sample]:
    """The samples of a run, the earliest first; one that is damaged is left out."""
    folder = workspace.runs / run
    paths = (sample_file(folder, epoch) for epoch in sampled_epochs(folder))
    found = (_read(path, path.stat().st_mtime_ns) for path in paths)
    return [sample for sample in found if sample]


@lru_cache(maxsize=512)
def _read(path: Path, changed: int) -> Sample | None:
    """Pages look at every tick; a file is read once until it changes."""
    try:
        return unpacked_sample(path.read_bytes())
    except (UnreadableFile, OSError) as error:
        log.warning("%s: %s", path, error)
        return None
