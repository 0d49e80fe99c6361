"""Is it new? One composition beside the pieces that its model learned from."""

import hashlib
from dataclasses import dataclass

from workbench.core.bench import Borrowed
from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.core.packing import pack, write_scores
from workbench.core.records import from_json
from workbench.corpora import CORPORA
from workbench.jobs.bench import write
from workbench.services import activity, composing, families, models, remembering
from workbench.store import open_store
from workbench.store.jobs import Job
from workbench.workspace import Workspace


@dataclass(frozen=True)
class Originality:
    """What a composition has from training."""

    pieces: int
    """That it was looked up among."""
    is_complete: bool
    """Whether these are just what the model learned from; else they are what is here of its collections."""
    borrowed: Borrowed | None
    """None where the pieces are of too few families to tell what people borrow from one another."""
    usual: tuple[float, float] | None
    """Between how many notes the longest passage lies that 95 % of the training pieces share with others."""


def enqueue(workspace: Workspace, composition: str) -> str:
    """Queue the look-up; the job's id. Raises ``InvalidSetting`` where none of the model's music is in the library."""
    made = composing.get(workspace, composition)
    learned, is_complete = remembering.learned_from(workspace, made.request.model)
    families.refresh(workspace)
    with open_store(workspace) as store:
        pieces = store.pieces.scores(sorted(learned))
        kin = families.groups(store, sorted(pieces))
    if not pieces:
        raise InvalidSetting(_nothing_here(models.get(workspace, made.request.model)))
    numbers = {name: number for number, name in enumerate(sorted(set(kin.values())))}
    labels = {piece: numbers[kin[piece]] for piece in pieces}
    digest = hashlib.sha256("".join(f"{p}{labels[p]}" for p in sorted(pieces)).encode()).hexdigest()
    names = {kind: f"learned-{digest[:16]}-{kind}" for kind in ("music.zip", "families.json")}
    score = f"looked-up-{composition}.score"
    try:
        if not all((workspace.cache / name).exists() for name in names.values()):
            write(workspace.cache / names["families.json"], labels)
            write_scores(workspace.cache / names["music.zip"], ((p, pack(s)) for p, s in sorted(pieces.items())))  # fmt: skip
        (workspace.cache / score).write_bytes(pack(composing.score(workspace, composition)))
    except OSError as error:
        raise WorkFailed(f"The pieces could not be laid out ({error}); free some space.") from error
    spec = {
        "music": names["music.zip"], "families": names["families.json"], "score": score, "complete": is_complete,
    }  # fmt: skip
    return activity.enqueue(workspace, "originality", spec, title=f"Looking for {made.title or 'the piece'} in training")  # fmt: skip


def found(job: Job) -> Originality:
    """What a job of :func:`enqueue` found."""
    result = job.result
    borrowed, usual = result["borrowed"], result["usual"]
    return Originality(
        result["pieces"],
        job.spec.get("complete", True),
        from_json(Borrowed, borrowed) if borrowed else None,
        (usual[0], usual[1]) if usual else None,
    )


def _nothing_here(model: models.Model) -> str:
    """That the library has none of the music that a model learned from, and which collections to load."""
    recipe = model.card.recipe
    names = recipe.dataset.collections if recipe else ()
    titles = [CORPORA.get(name).title for name in names if name in CORPORA.names()]
    what = " and ".join(titles) or "its collections"
    return f"None of the music that {model.title} learned from is in the library; load {what} there to compare with it."
