"""Reports of a bench: tables at once, and HTML, PDF and pictures by a job."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.core.files import write_whole
from workbench.core.tables import FORMS as TABLES
from workbench.jobs.bench_report import FORMS, REPORTS
from workbench.services import activity, benches
from workbench.workspace import Workspace

ENDINGS = {".csv": "csv", ".md": "md", ".tex": "latex", **{f".{form}": form for form in FORMS}}
MIME = {"html": "text/html", "pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}


def enqueue(
    workspace: Workspace, bench: str, form: str, names: Sequence[str] = (), figures: Sequence[str] = (), *,
    together: bool = False,
) -> str:  # fmt: skip
    """Queue the making of a report; the job's id. Raises ``InvalidSetting`` for a form that there is not."""
    if form not in FORMS:
        raise InvalidSetting(f"There is no report as {form!r}; choose one of {', '.join(FORMS)}.")
    benches.leaderboard(
        workspace, bench, names, figures, together=together
    )  # refuses what is not there
    spec = {
        "bench": bench, "form": form, "models": list(names), "figures": list(figures), "together": together,
        "name": _name(bench, form, names, figures, together=together),
    }  # fmt: skip
    return activity.enqueue(workspace, "bench_report", spec, title=f"Report of {bench} as {form.upper()}")  # fmt: skip


def made(
    workspace: Workspace, bench: str, form: str, names: Sequence[str] = (), figures: Sequence[str] = (), *,
    together: bool = False,
) -> Path | None:  # fmt: skip
    """The file of a report; None where it was not made yet."""
    path = (
        workspace.benches / bench / REPORTS / _name(bench, form, names, figures, together=together)
    )
    return path if path.exists() else None


def write(
    workspace: Workspace, bench: str, path: Path, names: Sequence[str] = (), figures: Sequence[str] = (), *,
    together: bool = False,
) -> None:  # fmt: skip
    """Write a report to a file, of the form that its ending says; makes it in this process where it takes a job."""
    form = form_of(path)
    if form in TABLES:
        text = benches.leaderboard(workspace, bench, names, figures, together=together).table(form)
        data = text.encode("utf-8-sig" if form == "csv" else "utf-8")
    else:
        job = activity.finish(
            workspace, enqueue(workspace, bench, form, names, figures, together=together)
        )
        file = made(workspace, bench, form, names, figures, together=together)
        if job.state != "done" or file is None:
            raise WorkFailed(job.message or "The report was not made; try again.")
        data = file.read_bytes()
    write_whole(path, data)


def form_of(path: Path) -> str:
    """The form that a file's ending asks for; ``InvalidSetting`` for another."""
    form = ENDINGS.get(path.suffix.lower())
    if form is None:
        raise InvalidSetting(f"{path.name} is no report; let it end in one of {' '.join(ENDINGS)}.")
    return form


def _name(
    bench: str, form: str, names: Sequence[str], figures: Sequence[str], *, together: bool
) -> str:
    """The same for the same report."""
    asked = json.dumps([list(names), list(figures), together])
    return f"{bench}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}.{form}"
