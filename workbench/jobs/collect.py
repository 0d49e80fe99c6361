"""Bringing music in: files, folders, archives, addresses, and public collections. Batch by batch, and resumable.

A *place* of the spec is one of::

    {"stored": "<checksum>.zip", "shown": "school.zip"}     an upload that lies under ``sources``
    {"path": "/home/anna/music"}                            a file or folder of this machine
    {"url": "https://…"}                                    an address

``own_net`` tells whether addresses of this machine and its network may be asked, ``skip`` names files that
are dealt with already, when the job is resumed.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench import formats
from workbench.core.errors import UnreadableFile
from workbench.core.piece import UNKNOWN_LICENCE, Licence
from workbench.core.records import from_json
from workbench.core.report import Report
from workbench.corpora import CORPORA, Corpus
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.fetching import fetch
from workbench.jobs.intake import Intake, Origin
from workbench.sources import (
    Address,
    Bounds,
    Found,
    Item,
    Refused,
    Stopped,
    forget,
    shown_name,
    walk,
    walk_address,
)
from workbench.workspace import Workspace

Place = dict[str, str]


@job("import-files", lane=BULK)
def import_files(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Read every file of some places into the library."""
    licence = from_json(Licence, spec["licence"]) if "licence" in spec else UNKNOWN_LICENCE
    origin = Origin(spec["collection"], licence)
    try:
        places = [_Source(place, workspace, report, spec) for place in spec["places"]]
        total = sum(_count(source.walk(), report) for source in places)
    except Stopped:
        return {}
    with Intake(workspace, report, total=total, skip=spec.get("skip", ())) as intake:
        for source in places:
            _take_all(source, intake, origin, report)
    if not report.should_stop():
        for source in places:
            source.forget()
    return {"files": total}


@job("load-corpus", lane=BULK)
def load_corpus(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Read a collection: members that an installed package holds, or files that are fetched or lie in ``place``."""
    corpus = CORPORA.get(spec["corpus"])
    if "members" in spec:
        origin = Origin(corpus.name, corpus.licence, corpus.name)
        members, skip = spec["members"], spec.get("skip", ())
        with Intake(workspace, report, total=len(members), skip=skip) as intake:
            for member in members:
                if report.should_stop():
                    break
                intake.member(member, origin)
        return {"files": len(members)}
    return _load_files(corpus, spec, workspace, report)


def _load_files(corpus: Corpus, spec: Spec, workspace: Workspace, report: Report) -> Result:
    places = [spec["place"]] if spec.get("place") else [{"url": f.url} for f in corpus.files]
    checksums = {file.url: file.sha256 for file in corpus.files}
    try:
        sources = [_Source(place, workspace, report, spec, checksums) for place in places]
        titles = _titles(corpus, sources)
        total = sum(_count(_wanted(corpus, source), report) for source in sources)
    except Stopped:
        return {}
    if not total:
        raise UnreadableFile(
            next((source.trouble for source in sources if source.trouble), "")
            or f"There is no file of {corpus.title} in it; choose the archive or folder as it was published."
        )
    origin = Origin(corpus.name, corpus.licence, corpus.name, titles)
    total = min(total, spec.get("limit") or total)
    with Intake(workspace, report, total=total, skip=spec.get("skip", ())) as intake:
        taken = 0
        for found in itertools.chain.from_iterable(source.walk() for source in sources):
            if report.should_stop() or taken == spec.get("limit"):
                break
            if isinstance(found, Refused):
                intake.refuse(found.name, found.reason)
            elif corpus.wants(found.name):
                taken += 1
                intake.file(found, origin)
    return {"files": total}


def _wanted(corpus: Corpus, source: "_Source") -> Iterator[Item]:
    found = source.walk()
    return (each for each in found if isinstance(each, Item) and corpus.wants(each.name))


def _titles(corpus: Corpus, sources: list["_Source"]) -> dict[str, tuple[str, str]]:
    """The collection's own table of titles and composers, where it has one among its files."""
    table = corpus.table
    if table is None:
        return {}
    for source in sources:
        for found in source.walk():
            if isinstance(found, Item) and found.name.endswith(table.name):
                return table.read(found.read(formats.MAX_BYTES))
    return {}


# --- places -----------------------------------------------------------------------------------


class _Source:
    """A place once what it names is within reach: an address of the net has been downloaded."""

    def __init__(
        self, place: Place, workspace: Workspace, report: Report, spec: Spec,
        checksums: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.path: Path | None = None
        self.address: Address | None = None
        self.trouble = ""
        self._fetched: Path | None = None
        if "url" in place:
            self.address = Address(place["url"], (checksums or {}).get(place["url"], ""))
            self.name = self.address.name
            self._reach(self.address, workspace, report, own_net=bool(spec.get("own_net")))
        elif "path" in place:
            self.path = Path(place["path"])
            self.name = shown_name(self.path.name)
        else:
            self.path = workspace.sources / Path(place["stored"]).name
            self.name = shown_name(place["shown"])

    def _reach(
        self, address: Address, workspace: Workspace, report: Report, *, own_net: bool
    ) -> None:
        if not address.is_http:
            if not own_net:
                self.trouble = f"{address.shown} is not an http address; fetch it yourself."
            return
        try:
            self.path = self._fetched = fetch(address, workspace, report, own_net=own_net)
        except UnreadableFile as error:
            self.trouble = str(error)

    def walk(self) -> Iterator[Found]:
        """Every file of the place; what is wrong with the place as a whole is the last that comes."""
        if self.trouble:
            yield Refused(self.name, self.trouble)
            return
        try:
            if self.path is not None:
                yield from walk(self.path, self.name)
            elif self.address is not None:
                yield from walk_address(self.address, Bounds())
        except UnreadableFile as error:
            yield Refused(self.name, str(error))

    def forget(self) -> None:
        """Throw a download away whose files are in the library now. Those of collections are kept."""
        if self._fetched is not None:
            forget(self._fetched)


def _count(found: Iterator[Any], report: Report) -> int:
    """How many there are; nothing is read for it but the tables of contents."""
    count = 0
    for _ in found:
        count += 1
        if count % 1000 == 0:
            report.progress(0.0, f"{count:,} files found so far")
            if report.should_stop():
                raise Stopped
    return count


def _take_all(source: _Source, intake: Intake, origin: Origin, report: Report) -> None:
    is_empty = True
    for found in source.walk():
        if report.should_stop():
            return
        is_empty = False
        if isinstance(found, Refused):
            intake.refuse(found.name, found.reason)
        else:
            intake.file(found, origin, is_chosen=found.name == source.name)
    if is_empty:
        intake.refuse(source.name, f"{source.name} is empty; choose one with music in it.")
