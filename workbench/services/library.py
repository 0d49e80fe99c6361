"""The library: finding music, giving it out. What people say of it is in ``tagging``."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from workbench import formats
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.piece import Piece
from workbench.core.provenance import Credits, found_in
from workbench.core.recording import Recording
from workbench.core.score import Score
from workbench.metrics.facts import FACTS_VERSION
from workbench.services import activity
from workbench.store import open_store
from workbench.workspace import Workspace

RECOMPUTE = "recompute-facts"

# --- finding ----------------------------------------------------------------------------------


def search(
    workspace: Workspace, query: str = "", *, sort: str = "title", descending: bool = False,
    offset: int = 0, limit: int = -1,
) -> tuple[list[Piece], int]:  # fmt: skip
    """A page of the pieces that match, and how many match in all."""
    with open_store(workspace) as store:
        return store.pieces.page(
            query, sort=sort, descending=descending, offset=offset, limit=limit
        )


def count(workspace: Workspace, query: str = "") -> int:
    """How many pieces match."""
    with open_store(workspace) as store:
        return store.pieces.count(query)


def ids(workspace: Workspace, query: str = "") -> list[str]:
    """The ids of all pieces that match."""
    with open_store(workspace) as store:
        return store.pieces.ids(query)


def edition(workspace: Workspace) -> int:
    """A number that grows with every change of the library: what was counted at one edition holds as long as it does."""
    with open_store(workspace) as store:
        return store.pieces.edition()


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
        return store.pieces.many(ids)


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
    if not piece.checksum:
        return None
    files = workspace.sources.glob(f"{piece.checksum}.*")
    bare = workspace.sources / piece.checksum  # as those lay at first whose names had no suffix
    whole = (each for each in files if ".partial" not in each.suffixes)
    return next(whole, bare if bare.is_file() else None)


def remarks(workspace: Workspace, piece_id: str) -> list[str]:
    """What was lost or guessed when the piece was read."""
    with open_store(workspace) as store:
        return store.pieces.remarks(piece_id)


def datasets_holding(workspace: Workspace, piece_id: str) -> list[tuple[str, str]]:
    """``(dataset, split)`` of every version that holds a piece."""
    with open_store(workspace) as store:
        return store.datasets.holding(piece_id)


def outdated(workspace: Workspace) -> int:
    """How many pieces have facts of an older version than would be computed now."""
    with open_store(workspace) as store:
        return store.pieces.count_outdated(FACTS_VERSION)


def recompute_facts(workspace: Workspace) -> str:
    """Queue the job that computes outdated facts anew; its id. Tags are not touched."""
    return activity.enqueue(
        workspace, RECOMPUTE, {"pieces": outdated(workspace)}, title="Facts computed anew"
    )


def bring_up_to_date(workspace: Workspace) -> str | None:
    """See to it that a worker computes outdated facts anew: the job's id, None where there are none or it is under way."""
    is_under_way = any(job.kind == RECOMPUTE for job in activity.current(workspace))
    if is_under_way or not outdated(workspace):
        return None
    job = recompute_facts(workspace)
    activity.launch(workspace, job)
    return job


# --- giving out -------------------------------------------------------------------------------


def credits(workspace: Workspace, piece: Piece) -> Credits:
    """What the files of a piece say of it; that a model made it, where the file that it came from said so."""
    return Credits(piece.title, piece.composer, found_in(*remarks(workspace, piece.id)))


def export(workspace: Workspace, ids: Sequence[str], out: Path) -> list[Path]:
    """Write pieces to a file (one piece, format by suffix), or into a folder: scores as MIDI, recordings as they came.

    Raises ``InvalidSetting`` for several pieces and one file, and for a recording under another suffix than its own;
    ``UnknownName`` where the sound file of a recording is gone. Then nothing is written.
    """
    with open_store(workspace) as store:
        chosen = store.pieces.many(ids)
        scores = store.pieces.scores([each.id for each in chosen])
    sounds = {each.id: _sound(workspace, each) for each in chosen if each.kind == "recording"}
    is_file = bool(out.suffix) and not out.is_dir()
    if is_file and len(chosen) > 1:
        raise InvalidSetting(f"{out} is one file for {len(chosen)} pieces; name a folder.")
    targets = []
    for each in chosen:
        suffix = sounds[each.id].suffix if each.id in sounds else ".mid"
        if is_file and each.id in sounds and out.suffix.lower() != suffix:
            raise InvalidSetting(
                f"{each.title!r} is a recording in the format {suffix}; give {out} that suffix, or name a folder."
            )
        targets.append(out if is_file else out / f"{_file_name(each.title)}-{each.id[:6]}{suffix}")
    (out.parent if is_file else out).mkdir(parents=True, exist_ok=True)
    for each, path in zip(chosen, targets, strict=True):
        if each.id in sounds:
            shutil.copyfile(sounds[each.id], path)
        else:
            said = credits(workspace, each)
            formats.write(
                scores[each.id], path,
                title=said.title, composer=said.composer, statement=said.statement,
            )  # fmt: skip
    return targets


def _sound(workspace: Workspace, piece: Piece) -> Path:
    file = recording_file(workspace, piece)
    if file is None:
        raise UnknownName(f"There is no sound file of {piece.title!r}; import the recording again.")
    return file


def _file_name(title: str) -> str:
    return "".join(c if c.isalnum() or c in " -" else "_" for c in title).strip()[:60] or "piece"
