"""The library: finding music, tagging it, giving it out."""

from collections.abc import Sequence
from pathlib import Path

from workbench import formats
from workbench.core.errors import InvalidSetting
from workbench.core.piece import Piece
from workbench.core.recording import Recording
from workbench.core.score import Score
from workbench.store import open_store
from workbench.store.query import NUMBER_FIELDS, TEXT_FIELDS
from workbench.workspace import Workspace

# --- finding and tagging ----------------------------------------------------------------------


def search(
    workspace: Workspace, query: str = "", *, sort: str = "title", descending: bool = False,
    offset: int = 0, limit: int = -1,
) -> tuple[list[Piece], int]:  # fmt: skip
    """A page of the pieces that match, and how many match in all."""
    with open_store(workspace) as store:
        pieces = store.pieces.search(
            query, sort=sort, descending=descending, offset=offset, limit=limit
        )
        return pieces, store.pieces.count(query)


def facets(workspace: Workspace, field: str, query: str = "", *, limit: int = 30) -> dict[str, int]:
    """Values of ``collection``, ``key``, ``meter``, … among the matching pieces, with their counts."""
    with open_store(workspace) as store:
        return store.pieces.facets(field, query, limit)


def piece(workspace: Workspace, piece_id: str) -> Piece:
    """A piece by its id, or by the beginning of it."""
    with open_store(workspace) as store:
        return store.pieces.get(piece_id)


def pieces(workspace: Workspace, ids: Sequence[str]) -> list[Piece]:
    """Several pieces by their ids."""
    with open_store(workspace) as store:
        return [store.pieces.get(each) for each in ids]


def score(workspace: Workspace, piece_id: str) -> Score:
    """The notes of a piece."""
    with open_store(workspace) as store:
        return store.pieces.score(store.pieces.get(piece_id).id)


def recording(workspace: Workspace, piece_id: str) -> Recording:
    """What is known of the sound of a piece; ``UnknownName`` where it is a score."""
    with open_store(workspace) as store:
        return store.pieces.recording(store.pieces.get(piece_id).id)


def recording_file(workspace: Workspace, piece: Piece) -> Path | None:
    """The sound file of a recording, as it was brought in; None where it is gone."""
    return next(workspace.sources.glob(f"{piece.checksum}.*"), None) if piece.checksum else None


def remarks(workspace: Workspace, piece_id: str) -> list[str]:
    """What was lost or guessed when the piece was read."""
    with open_store(workspace) as store:
        return store.pieces.remarks(piece_id)


def datasets_holding(workspace: Workspace, piece_id: str) -> list[tuple[str, str]]:
    """``(dataset, split)`` of every version that holds a piece."""
    with open_store(workspace) as store:
        return store.datasets.holding(piece_id)


def tag(workspace: Workspace, pieces: Sequence[str], changes: dict[str, str | None]) -> None:
    """Set tags on pieces; None takes a tag away. Names are one lower-case word.

    Raises ``InvalidSetting`` for a name that is none, or that is the name of a fact.
    """
    for name, value in changes.items():
        if not name.replace("-", "_").isidentifier() or name != name.lower() or len(name) > 40:
            raise InvalidSetting(f"{name!r} is no name for a tag; use one lower-case word.")
        if name in RESERVED:
            raise InvalidSetting(
                f"{name!r} is a fact of the music; choose another name for the tag."
            )
        if value is not None and (not value.strip() or len(value) > 200):
            raise InvalidSetting(f"The tag {name!r} needs a value of at most 200 characters.")
    with open_store(workspace) as store:
        ids = [store.pieces.get(each).id for each in pieces]
        store.pieces.tag(ids, changes)


RESERVED = {*TEXT_FIELDS, *NUMBER_FIELDS}
"""Words that a query takes for facts, so that no tag of that name could be found."""


# --- giving out -------------------------------------------------------------------------------


def export(workspace: Workspace, ids: Sequence[str], out: Path) -> list[Path]:
    """Write pieces to a file (one piece, format by suffix) or as MIDI files into a folder."""
    with open_store(workspace) as store:
        chosen = [store.pieces.get(each) for each in ids]
        scores = store.pieces.scores([each.id for each in chosen])
    if out.suffix and not out.is_dir():
        if len(chosen) > 1:
            raise InvalidSetting(f"{out} is one file for {len(chosen)} pieces; name a folder.")
        out.parent.mkdir(parents=True, exist_ok=True)
        targets = [out]
    else:
        out.mkdir(parents=True, exist_ok=True)
        targets = [out / f"{_file_name(each.title)}-{each.id[:6]}.mid" for each in chosen]
    for each, path in zip(chosen, targets, strict=True):
        formats.write(scores[each.id], path, title=each.title, composer=each.composer)
    return targets


def _file_name(title: str) -> str:
    return "".join(c if c.isalnum() or c in " -" else "_" for c in title).strip()[:60] or "piece"
