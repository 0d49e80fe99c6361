"""Giving compositions out: one in a file of any kind, or many in a zip with a manifest.

Every file says that a model made the piece. What it says depends on the composition alone, so the same composition gives the
same bytes.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.core.bar_numbers import by_number
from workbench.core.editing import NO_EDITS
from workbench.core.errors import InvalidSetting, UnknownName, WorkFailed
from workbench.core.files import write_whole
from workbench.core.packing import pack
from workbench.core.provenance import Credits, statement
from workbench.core.records import to_json
from workbench.core.runs import Composition
from workbench.core.vocabulary import printed_numbers
from workbench.corpora import CORPORA
from workbench.jobs import Spec
from workbench.services import activity, composing, models, previews
from workbench.services.previews import CD, Quality
from workbench.workspace import Workspace

COMPOSER = "Music Workbench"
MOST_PIECES = 500
"""In one zip."""
USUAL = ("mid", "musicxml", "pdf", "mp3")


def credits(workspace: Workspace, made: Composition) -> Credits:
    """What the files of a composition say of it."""
    return Credits(made.title, COMPOSER, statement(made), _details(workspace, made))


def _details(workspace: Workspace, made: Composition) -> tuple[tuple[str, str], ...]:
    plan, request = made.plan, made.request
    try:
        model = models.get(workspace, request.model).title
    except UnknownName:
        model = request.model
    how = f"temperature {request.temperature:g}"
    how += f", of the {request.top_k} likeliest" if request.top_k else ""
    how += f", top-p {request.top_p:g}" if request.top_p < 1 else ""
    return (
        ("Model", f"{model} ({request.model})"),
        ("SHA-256 of the model", made.model_fingerprint),
        ("Key", str(plan.key)),
        ("Meter", str(plan.meter)),
        ("Bars", str(len(plan.bars))),
        ("Tempo", f"{plan.tempo:.0f} quarters a minute"),
        ("Seed", str(request.seed)),
        ("Drawn with", how),
        ("How it was made", "A trained model composed it; the same model, settings and seed "
                            "write the same notes again."),
        *_by_hand(made),
    )  # fmt: skip


def _by_hand(made: Composition) -> list[tuple[str, str]]:
    """What a person did, where somebody edited the notes."""
    said, locked = [], made.request.locked
    if locked:
        said.append(
            (
                "Bars that stayed",
                f"{by_number(locked.bars, printed_numbers(locked.plan))} of {locked.title}",
            )
        )
    if locked and locked.by_hand:
        said.append(("Edited by a person", "Before, in bars that stayed."))
    if made.edits != NO_EDITS:
        said.append(("Edited by a person", f"Afterwards, {made.edits.words}."))
    return said


def file(workspace: Workspace, composition: str, suffix: str, quality: Quality = CD) -> bytes:
    """The content of a file of a composition; ``suffix`` is one of :func:`previews.suffixes`."""
    made = composing.get(workspace, composition)
    notes = composing.score(workspace, composition)
    return previews.file(workspace, notes, suffix, credits(workspace, made), quality)


def check_targets(paths: Sequence[Path], count: int) -> None:
    """Refuse files of an unknown kind before any work begins."""
    for path in paths:
        if path.suffix.lower() not in previews.suffixes():
            known = " ".join(previews.suffixes())
            raise InvalidSetting(f"{path} is of no kind that can be written; choose among {known}.")


def write(
    workspace: Workspace, composition: str, paths: Sequence[Path], *,
    number: int = 0, of: int = 1, quality: Quality = CD,
) -> list[Path]:  # fmt: skip
    """Write a composition to files, numbered where it is one of several; the paths."""
    written = []
    for path in paths:
        target = path if of == 1 else path.with_stem(f"{path.stem}-{number + 1:0{len(str(of))}}")
        _write_whole(target, file(workspace, composition, target.suffix.lower(), quality))
        written.append(target)
    return written


def write_lines(target: Path, lines: Iterable[str]) -> int:
    """Write a file of lines, whole or not at all; how many they are."""
    written = list(lines)
    _write_whole(target, "".join(f"{line}\n" for line in written).encode())
    return len(written)


def _write_whole(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, data)


# --- many at once -----------------------------------------------------------------------------


def prepare(
    workspace: Workspace, compositions: Sequence[str], kinds: Sequence[str], quality: Quality = CD
) -> str:
    """Queue the making of a zip with files of so many compositions; the job's id.

    ``kinds`` are suffixes without their dots. The zip holds ``manifest.json`` and ``manifest.csv``: of each piece its files,
    request, model and its fingerprint, seed, the licences of what the model learned from, and versions.

    Raises ``InvalidSetting`` for no or too many compositions, and for kinds that cannot be written; ``UnknownName`` for a
    composition that is not here.
    """
    if not 1 <= len(compositions) <= MOST_PIECES:
        raise InvalidSetting(
            f"{len(compositions)} compositions cannot be exported at once; choose 1 to {MOST_PIECES}."
        )
    known = [suffix.lstrip(".") for suffix in previews.suffixes()]
    if not kinds or not set(kinds) <= set(known):
        raise InvalidSetting(
            f"Files of the kinds {', '.join(kinds) or 'none'} cannot be written; choose among {', '.join(known)}."
        )
    spec: Spec = {
        "pieces": [_piece(workspace, each) for each in dict.fromkeys(compositions)],
        "kinds": list(dict.fromkeys(kinds)),
        "quality": asdict(quality),
    }
    digest = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()
    spec["stored"] = f"compositions-{digest[:24]}.zip"
    count = len(spec["pieces"])
    title = f"Exporting {count} composition{'' if count == 1 else 's'}"
    return activity.enqueue(workspace, "export-compositions", spec, title=title)


def _piece(workspace: Workspace, composition: str) -> dict[str, Any]:
    lineage = composing.lineage(workspace, composition)
    made, model = lineage.composition, lineage.model
    row = {
        "id": made.id,
        "title": made.title,
        "statement": statement(made),
        "model": made.request.model,
        "model_title": model.title if model else None,
        "model_sha256": made.model_fingerprint,
        "seed": made.request.seed,
        "request": to_json(made.request),
        "edits": to_json(made.edits),
        "plan": to_json(made.plan),
        "dataset": lineage.dataset,
        "dataset_fingerprint": lineage.dataset_fingerprint,
        "licences": list(lineage.licences) or _bundled_licences(model),
        "versions": made.versions,
        "created": made.created,
    }
    return {
        "score": b64encode(pack(composing.score(workspace, composition))).decode(),
        "credits": asdict(credits(workspace, made)),
        "row": row,
    }


def _bundled_licences(model: models.Model | None) -> list[str]:
    """Of the collections that a bundled model learned from, as its recipe names them."""
    recipe = model.card.recipe if model else None
    collections = recipe.dataset.collections if recipe else {}
    return sorted({CORPORA.get(name).licence.name for name in collections})


def made(workspace: Workspace, stored: str) -> Path:
    """The zip that a job of :func:`prepare` made."""
    path = workspace.cache / Path(stored).name
    if not path.exists():
        raise UnknownName("The zip is not there any more; make it again.")
    return path


def keep(workspace: Workspace, stored: str, out: Path) -> Path:
    """Write the zip of a job to a place of one's own."""
    try:
        _write_whole(out, made(workspace, stored).read_bytes())
    except OSError as error:
        raise WorkFailed(f"{out} could not be written ({error}); choose another place.") from error
    return out
