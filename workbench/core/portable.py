"""Datasets as one file that another installation reads to the same fingerprint.

A zip archive::

    manifest.json     the version: name, choices, augmentation, fingerprint; licences; a format number
    pieces.jsonl      one line a piece: title, composer, source, licence (its place in the list), tags, split
    scores/<id>       the notes, as ``core.packing`` lays them out: JSON and raw numbers, never a pickle
    LICENCES.txt      the licences, for a reader

A file may come from a stranger: every member has a limit, members are asked for by names of our own making, and
every score must have the fingerprint that its id says. Facts are not in it; they are computed again.
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from workbench.core.augmentation import Augmentation
from workbench.core.dataset import SPLITS, DatasetVersion, check_name, dataset_fingerprint
from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.files import written_whole
from workbench.core.packing import unpack
from workbench.core.piece import Licence, Piece
from workbench.core.records import from_json, to_json
from workbench.core.score import Score, fingerprint, tune_fingerprint
from workbench.core.sizes import check_size
from workbench.core.zips import DAMAGE, table_bytes

FORMAT = 1
MOST_PIECES = 250_000
_TABLE_BYTES = 80 * MOST_PIECES
"""What so many members' entries have in a zip archive, with names as ours are."""
_MANIFEST, _PIECES, _LICENCES = "manifest.json", "pieces.jsonl", "LICENCES.txt"
_MANIFEST_BYTES, _LINE_BYTES, _SCORE_BYTES = 5_000_000, 100_000, 64_000_000
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class _Choices:
    """What was chosen for a version, as its manifest has it."""

    name: str
    query: str
    seed: int
    created: str
    stratify: str
    least_notes: int
    window_bars: int
    note: str
    ratios: tuple[int, int, int]
    augmentation: Augmentation


@dataclass(frozen=True)
class _Manifest:
    format: int
    dataset: _Choices
    fingerprint: str
    parent_fingerprint: str | None
    pieces: int
    licences: tuple[Licence, ...]


@dataclass(frozen=True)
class _Line:
    """A piece as ``pieces.jsonl`` describes it. ``licence`` is a place in the manifest's list."""

    id: str
    title: str
    composer: str
    collection: str
    source: str
    checksum: str
    licence: int
    split: str
    tags: dict[str, str]


@dataclass(frozen=True)
class Entry:
    """A piece of a dataset file, its split, and its packed notes."""

    piece: Piece
    split: str
    notes: bytes


def write_dataset(
    path: Path, version: DatasetVersion, entries: Iterable[Entry], parent_fingerprint: str | None
) -> None:
    """Write a version with all of its music, whole or not at all."""
    licences: dict[Licence, int] = {}
    counts: Counter[Licence] = Counter()
    lines = []
    with written_whole(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for entry in entries:
            piece = entry.piece
            counts[piece.licence] += 1
            place = licences.setdefault(piece.licence, len(licences))
            line = _Line(
                piece.id, piece.title, piece.composer, piece.collection, piece.source, piece.checksum,
                place, entry.split, piece.tags,
            )  # fmt: skip
            lines.append(json.dumps(to_json(line)))
            archive.writestr(f"scores/{piece.id}", entry.notes)
        choices = _Choices(**{each.name: getattr(version, each.name) for each in fields(_Choices)})
        manifest = _Manifest(
            FORMAT, choices, version.fingerprint, parent_fingerprint, len(lines), tuple(licences)
        )
        deflated = zipfile.ZIP_DEFLATED
        archive.writestr(_PIECES, "\n".join(lines), deflated)
        archive.writestr(_MANIFEST, json.dumps(to_json(manifest), indent=1), deflated)
        archive.writestr(_LICENCES, _readable(version, counts), deflated)


def _readable(version: DatasetVersion, counts: Counter[Licence]) -> str:
    lines = [f"The pieces of the dataset {version.name} are under these licences:", ""]
    for licence, pieces in counts.most_common():
        sharing = "may" if licence.shareable else "may NOT, as far as is known,"
        lines.append(
            f"- {licence.name} ({pieces} pieces). A model trained on them {sharing} be given to others. "
            f"{licence.url}".rstrip()
        )
    return "\n".join(lines) + "\n"


class DatasetFile:
    """A dataset file that is read. Use it as a context; ``UnreadableFile`` says what is wrong with one."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                if table_bytes(file) > _TABLE_BYTES:
                    raise _damaged(f"it lists more than {MOST_PIECES:,} pieces")
            self._archive = zipfile.ZipFile(path)
        except DAMAGE as error:
            raise UnreadableFile(
                f"{path.name} is no dataset file ({error}); export the dataset again."
            ) from error
        try:
            self._manifest = self._read_manifest()
        except UnreadableFile:
            self._archive.close()
            raise

    def __enter__(self) -> "DatasetFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    @property
    def parent_fingerprint(self) -> str | None:
        """Of the version that this one was made from, if any."""
        return self._manifest.parent_fingerprint

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return self._manifest.pieces

    def version(self) -> DatasetVersion:
        """The version it holds, checked against all of its music.

        ``parent`` is None and ``version`` 0: what they are is for the installation to say that takes it in.
        """
        splits, prints, tags = {}, {}, {}
        for piece, split, score in self.entries():
            splits[piece.id], prints[piece.id] = split, fingerprint(score)
            if piece.tags:
                tags[piece.id] = piece.tags
        if len(splits) != self.pieces:
            raise _damaged("a piece is missing or stands there twice")
        ordered = sorted(splits)
        choices = self._manifest.dataset
        found = DatasetVersion(
            **{each.name: getattr(choices, each.name) for each in fields(choices)},
            version=0,
            pieces=tuple(ordered),
            splits=tuple(splits[each] for each in ordered),
            parent=None,
            fingerprint=self._manifest.fingerprint,
            tags=tags,
        )
        computed = dataset_fingerprint(splits, prints, found.augmentation, found.window_bars)
        if computed != found.fingerprint:
            raise _damaged("its music is not what its fingerprint says")
        return found

    def entries(self) -> Iterator[tuple[Piece, str, Score]]:
        """Every piece, without its facts, with its split and its notes."""
        try:
            with self._archive.open(_PIECES) as lines:
                while line := lines.readline(_LINE_BYTES + 1):
                    if len(line) > _LINE_BYTES:
                        raise _damaged("a piece's description is too long")
                    yield self._entry(from_json(_Line, json.loads(line)))
        except (KeyError, IndexError, *DAMAGE) as error:
            raise _damaged(f"the list of its pieces cannot be read: {error}") from error

    def _entry(self, line: _Line) -> tuple[Piece, str, Score]:
        if not _ID.fullmatch(line.id) or line.split not in SPLITS or line.licence < 0:
            raise _damaged(f"a piece is called {line.id[:40]!r} in the split {line.split[:40]!r}")
        score = unpack(self._read(f"scores/{line.id}", _SCORE_BYTES))
        check_size(score, f"The piece {line.title[:200]!r} of the dataset file")
        if not fingerprint(score).startswith(line.id):
            raise _damaged(f"the notes of {line.id} are another piece's")
        piece = Piece(
            id=line.id,
            title=line.title[:200],
            composer=line.composer[:200],
            collection=line.collection[:200],
            source=line.source[:500],
            checksum=line.checksum[:64],
            licence=self._manifest.licences[line.licence],
            tune=tune_fingerprint(score),
            tags={name[:40]: value[:200] for name, value in line.tags.items() if name},
        )
        return piece, line.split, score

    def _read_manifest(self) -> _Manifest:
        try:
            data = json.loads(self._read(_MANIFEST, _MANIFEST_BYTES))
            if data["format"] != FORMAT:
                raise _damaged(
                    f"it is of format {data['format']}, and this workbench reads {FORMAT}"
                )
            found = from_json(_Manifest, data)
            check_name(found.dataset.name)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _damaged(f"its manifest cannot be read: {error}") from error
        except InvalidSetting as error:
            raise _damaged(str(error)) from error
        if not 0 < found.pieces <= MOST_PIECES:
            raise _damaged(f"it claims {found.pieces} pieces")
        return found

    def _read(self, name: str, most: int) -> bytes:
        """A member by a name of our own making, and not more of it than allowed."""
        try:
            with self._archive.open(name) as member:
                data = member.read(most + 1)
        except KeyError as error:
            raise _damaged(f"{name} is missing") from error
        except DAMAGE as error:
            raise _damaged(f"{name}: {error}") from error
        if len(data) > most:
            raise _damaged(f"{name} is too large")
        return data


def _damaged(why: str) -> UnreadableFile:
    return UnreadableFile(f"The dataset file cannot be used: {why}. Export the dataset again.")
