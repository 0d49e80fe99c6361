"""Fetching a file from the net for a job: into the workspace's cache, with progress, and able to go on later."""

import time
from pathlib import Path

from workbench.core.report import Report
from workbench.jobs.intake import rough_time
from workbench.sources import Address, download
from workbench.workspace import Workspace


def fetch(address: Address, workspace: Workspace, report: Report, *, own_net: bool) -> Path:
    """The file of an address, in the cache; raises like :func:`workbench.sources.download`."""
    started = time.monotonic()
    first: list[int] = []

    def tell(here: int, expected: int | None) -> None:
        first[:] = first or [here]
        speed = (here - first[0]) / max(1e-3, time.monotonic() - started)
        words = f"fetching {address.name}: {here / 1e6:,.1f} MB"
        if expected:
            left = rough_time((expected - here) / speed) if speed else "some time"
            words = (
                f"{words} of {expected / 1e6:,.1f} MB, {speed / 1e6:,.1f} MB a second, {left} left"
            )
        report.progress(here / expected if expected else 0.0, words)

    return download(
        address,
        workspace.cache / "downloads",
        progress=tell,
        should_stop=report.should_stop,
        into_own_net=own_net,
    )
