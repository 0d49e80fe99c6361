"""Bringing music in: files, folders, archives, addresses and public collections; and the report of what came of them.

The web process reads nothing: it keeps an upload by its checksum, or writes down a path or an address. The
worker opens and reads them (:mod:`workbench.jobs.collect`).
"""

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.files import write_whole
from workbench.core.piece import UNKNOWN_LICENCE, Licence
from workbench.core.records import to_json
from workbench.core.spreadsheets import harmless
from workbench.corpora import CORPORA, Corpus
from workbench.formats import FORMATS
from workbench.jobs import Spec
from workbench.services import activity
from workbench.sources import Address, is_address, shown_name
from workbench.sources.archives import ARCHIVE_SUFFIXES
from workbench.sources.items import suffix_of
from workbench.store import open_store
from workbench.store.imports import OUTCOMES, ImportedFile
from workbench.store.jobs import Job
from workbench.workspace import Workspace

Source = tuple[str, bytes]
"""The name a person knows a file by, and its content."""

KINDS = ("load-corpus", "import-files")
"""The jobs that bring music in."""

LICENCES = {
    "unknown": UNKNOWN_LICENCE,
    "own": Licence("My own work", shareable=True),
    "public-domain": Licence("Public domain", shareable=True),
    "cc0": Licence("CC0 1.0", True, "https://creativecommons.org/publicdomain/zero/1.0/"),
    "cc-by": Licence("CC BY 4.0", True, "https://creativecommons.org/licenses/by/4.0/"),
    "cc-by-sa": Licence("CC BY-SA 4.0", True, "https://creativecommons.org/licenses/by-sa/4.0/"),
    "cc-by-nc": Licence(
        "CC BY-NC 4.0 (not for commercial use)",
        True,
        "https://creativecommons.org/licenses/by-nc/4.0/",
    ),
    "reserved": Licence("All rights reserved", shareable=False),
}
"""What a person may say of files of their own."""


def corpora() -> list[Corpus]:
    """The public collections that can be loaded."""
    return list(CORPORA)


def score_formats() -> list[str]:
    """The names of the formats that scores are read from."""
    return [part.title for part in FORMATS]


def may_read_disk(*, is_own_machine: bool) -> bool:
    """Whether somebody at a page may name folders of this machine and addresses of its network.

    A hosted app must not read its server's disk for strangers, so it is off unless the app can only be
    reached from the machine it runs on. ``WORKBENCH_LOCAL_PATHS`` (1 or 0) says otherwise. The command line always may.
    """
    said = os.environ.get("WORKBENCH_LOCAL_PATHS", "")
    return said.lower() in ("1", "true", "yes", "on") if said else is_own_machine


def check_place(place: str, *, may_read_disk: bool) -> None:
    """Refuse what somebody at a page of a hosted app may not name: anything but an address of the net."""
    if not may_read_disk and not (is_address(place) and Address(place.strip()).is_http):
        raise InvalidSetting(
            "Only addresses that begin with http:// or https:// can be fetched here; send the files "
            "themselves, or use the command line on the machine that holds them."
        )


# --- bringing in ------------------------------------------------------------------------------


def load_corpus(
    workspace: Workspace, name: str, *, limit: int | None = None, place: str | None = None,
    own_net: bool = False,
) -> str:  # fmt: skip
    """Queue the reading of a collection, or of its first ``limit`` pieces or files; the job's id.

    ``place`` is an archive, a folder or an address that holds a fetched collection; without it, it is fetched
    from its publisher. Members that are in the library already are not read again.
    """
    corpus = CORPORA.get(name)
    if limit is not None and limit < 1:
        raise InvalidSetting(f"The limit is {limit}; ask for one piece at least.")
    title = f"Loading {corpus.title}"
    spec: Spec
    if corpus.is_installed:
        if place:
            raise InvalidSetting(f"{corpus.title} is installed already; load it without a place.")
        members = corpus.members()[:limit]
        with open_store(workspace) as store:
            known = store.pieces.sources(corpus.name)
        skip = [member for member in members if f"{corpus.name}:{member}" in known]
        spec = {"corpus": corpus.name, "members": members, "skip": skip}
        return activity.enqueue(workspace, "load-corpus", spec, title=title)
    if not place and not corpus.files:
        raise InvalidSetting(
            f"{corpus.title} cannot be fetched by itself: get it from {corpus.url} and name the archive or "
            "folder that you downloaded."
        )
    where = {"place": _place(place)} if place else {}
    spec = {"corpus": corpus.name, "limit": limit, "own_net": own_net, **where}
    return activity.enqueue(workspace, "load-corpus", spec, title=title)


def import_files(
    workspace: Workspace, sources: Iterable[Source], *, collection: str = "my music",
    licence: Licence = UNKNOWN_LICENCE,
) -> str:  # fmt: skip
    """Keep files that somebody sent, and queue their reading; the job's id. ``UnreadableFile`` where there is none."""
    places = [
        {"stored": store_file(workspace, name, data), "shown": name} for name, data in sources
    ]
    if not places:
        raise UnreadableFile("There is no file to import; choose files with music in them.")
    title = f"Importing {shown_name(places[0]['shown'])}"
    if len(places) > 1:
        title = f"Importing {len(places)} files"
    return _enqueue(workspace, places, collection.strip() or "my music", licence, title)


def import_places(
    workspace: Workspace, places: Sequence[str | Path], *, collection: str | None = None,
    licence: Licence = UNKNOWN_LICENCE, own_net: bool = True,
) -> str:  # fmt: skip
    """Queue the reading of files and folders of this machine, and of addresses; the job's id.

    ``own_net``: whether addresses of this machine and its network may be asked. Raises ``UnreadableFile``
    for a path that is none. What a stranger may name is :func:`check_place`'s to say.
    """
    if not places:
        raise UnreadableFile("There is no file to import; choose files with music in them.")
    noted = [_place(str(place)) for place in places]
    names = [_name(place) for place in noted]
    stem = names[0].partition(".")[0] or names[0]
    title = f"Importing {names[0] if len(names) == 1 else f'{len(names)} places'}"
    name = (collection or "").strip() or (stem if len(names) == 1 else "my music")
    return _enqueue(workspace, noted, name, licence, title, own_net=own_net)


def _enqueue(
    workspace: Workspace, places: list[dict[str, str]], collection: str, licence: Licence, title: str,
    *, own_net: bool = False,
) -> str:  # fmt: skip
    spec = {
        "places": places,
        "collection": collection[:100],
        "licence": to_json(licence),
        "own_net": own_net,
    }
    return activity.enqueue(workspace, "import-files", spec, title=title)


def _place(text: str) -> dict[str, str]:
    if is_address(text):
        if not Address(text.strip()).is_whole:
            raise InvalidSetting(
                "This is no address that can be asked; check how it is spelled, such as https://example.org/tunes.zip."
            )
        return {"url": text.strip()}
    path = Path(text).expanduser().absolute()
    if not path.exists():
        raise UnreadableFile(f"There is no file or folder {text}; check the path.")
    return {"path": str(path)}


def _name(place: dict[str, str]) -> str:
    if "url" in place:
        return Address(place["url"]).name
    return shown_name(Path(place["path"]).name) or "my music"


def store_file(workspace: Workspace, name: str, content: bytes) -> str:
    """Keep a file under its checksum; the name it lies under in ``sources``."""
    suffix = next((each for each in ARCHIVE_SUFFIXES if name.lower().endswith(each)), "")
    suffix = suffix or suffix_of(shown_name(name))
    path = workspace.sources / f"{hashlib.sha256(content).hexdigest()}{suffix}"
    if not path.exists():
        write_whole(path, content)
    return path.name


def resume(workspace: Workspace, job: str) -> None:
    """Have an import that was stopped, or failed, go on with the rest."""
    with open_store(workspace) as store:
        if store.jobs.get(job).kind not in KINDS:
            raise InvalidSetting(
                f"The job {job} is no import; `imports list` shows those that there are."
            )
        store.jobs.again(job)


# --- what came of it --------------------------------------------------------------------------


def report(
    workspace: Workspace, job: str, *, outcomes: Sequence[str] = OUTCOMES, kind: str | None = None,
    limit: int = -1,
) -> list[ImportedFile]:  # fmt: skip
    """What became of each file, refusals first; only some outcomes, or one kind of reason, if asked."""
    with open_store(workspace) as store:
        return store.imports.report(job, outcomes=outcomes, kind=kind, limit=limit)


def report_csv(workspace: Workspace, job: str) -> str:
    """The whole report as CSV, for a spreadsheet: name, outcome, pieces, reason, remedy."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("name", "outcome", "pieces", "reason", "remedy"))
    for row in report(workspace, job):
        table.writerow(
            [harmless(row.name), row.outcome, row.pieces, harmless(row.reason), row.remedy]
        )
    return text.getvalue()


def counts(workspace: Workspace, job: str) -> dict[str, int]:
    """How many files of an import had which outcome."""
    with open_store(workspace) as store:
        return store.imports.counts(job)


def reasons(workspace: Workspace, job: str) -> list[dict[str, Any]]:
    """``outcome``, ``kind`` of reason and number of ``files``, the commonest first."""
    with open_store(workspace) as store:
        return store.imports.reasons(job)


def last_import(workspace: Workspace) -> Job | None:
    """The newest loading or import, running or over."""
    with open_store(workspace) as store:
        return store.jobs.latest(KINDS)


def imports(workspace: Workspace, *, limit: int = 20) -> list[Job]:
    """The newest loadings and imports, the newest first."""
    with activity.open_current(workspace) as store:
        return store.jobs.of_kinds(KINDS, limit=limit)
