"""The bench: several models measured on one dataset version, beside its held-out music, and what came of it.

A bench is a folder under ``data/benches``, named by its id. What stands in it once it is done is never changed; see :mod:`workbench.jobs.bench`.
"""

import logging
import random
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from workbench.core.bench import MOST_PIECES, Bench, BenchSpec, Entrant, Human, Showing
from workbench.core.dataset import DatasetVersion
from workbench.core.errors import InvalidSetting, UnknownName, WorkbenchError, WorkFailed
from workbench.core.frames import Frames
from workbench.core.model_card import ModelCard
from workbench.core.packing import read_scores, write_scores
from workbench.core.records import from_json, to_json
from workbench.core.runs import DONE, TrainingRun
from workbench.core.score import Score
from workbench.jobs.bench import (
    ASKED_FILE,
    BENCH_FILE,
    HUMAN_FILE,
    LABELS_FILE,
    MUSIC_FILE,
    Asked,
    composed_file,
    read,
    write,
)
from workbench.jobs.encoding import write_labels
from workbench.jobs.requests import usual_in_full
from workbench.jobs.scoring import estimate_of
from workbench.metrics import leaderboard as ranking
from workbench.metrics.features import FEATURES_VERSION
from workbench.metrics.leaderboard import Leaderboard
from workbench.services import activity, datasets, families, models, remembering
from workbench.store import Store, open_store
from workbench.store.jobs import Job
from workbench.store.run_query import RunQuery
from workbench.tokenizers import TOKENIZERS
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

log = logging.getLogger("workbench.bench")

MOST_HUMANS = 300
"""Of more held-out pieces so many are drawn."""
MOST_MODELS = 24
KIND = "bench"
FRAME = "frame"


@dataclass(frozen=True)
class Summary:
    """A bench as a list shows it."""

    id: str
    dataset: str
    models: tuple[str, ...]
    pieces: int
    created: str


def enqueue(workspace: Workspace, spec: BenchSpec) -> str:
    """Check what is asked, lay it out, and queue the bench; its id, which is that of its folder.

    Raises ``InvalidSetting`` where there is nothing to compare, ``UnknownName`` for a model or dataset that there is not.
    """
    names = tuple(dict.fromkeys(spec.models))
    if not 1 <= len(names) <= MOST_MODELS:
        raise InvalidSetting(f"A bench has 1 to {MOST_MODELS} models, not {len(names)}.")
    if not 0 <= spec.pieces <= MOST_PIECES:
        raise InvalidSetting(f"A model composes 0 to {MOST_PIECES} pieces here, not {spec.pieces}.")
    if not 0 <= spec.seed < 2**31:
        raise InvalidSetting("The seed must be a whole number, 0 or larger.")
    found = [models.get(workspace, name) for name in names]
    with open_store(workspace) as store:
        version = store.datasets.get(spec.dataset)
    held_out = _held_out(version, spec)
    known = remembering.heard_among(workspace, names, held_out)
    if spec.unheard_only:
        heard = set().union(*(pieces for pieces, _ in known.values()))
        held_out = [piece for piece in held_out if piece not in heard]
        if not held_out:
            raise InvalidSetting(
                "Every held-out piece is known to one of these models; take a model away, or choose another dataset."
            )
    spec = BenchSpec(version.id, names, spec.pieces, spec.seed, spec.split, spec.unheard_only)
    from_here = {name: remembering.is_of_split(workspace, name, version) for name in names}
    with open_store(workspace) as store:
        humans, training = _people(store, version, held_out)
        entrants = tuple(
            _entrant(store, model, *known[model.name], held_out, from_here[model.name])
            for model in found
        )
    asked = Asked(
        spec, version.fingerprint, humans, training, entrants, tuple(str(model.folder) for model in found),
        version.window_bars, version.augmentation,
    )  # fmt: skip
    bench = f"bench-{secrets.token_hex(4)}"
    _lay_out(workspace, workspace.benches / bench, version, asked, found)
    title = f"Bench of {len(names)} model{'s' if len(names) > 1 else ''} on {version.id}"
    activity.enqueue(workspace, KIND, {"bench": bench}, title=title)
    return bench


def launch(workspace: Workspace, bench: str) -> None:
    """See to it that a worker measures it."""
    activity.launch(workspace, job(workspace, bench).id)


def job(workspace: Workspace, bench: str) -> Job:
    """The job that measures a bench, or has done so."""
    with open_store(workspace) as store:
        for each in store.jobs.of_kinds([KIND], limit=-1):
            if each.spec.get("bench") == bench:
                return each
    raise UnknownName(f"There is no bench {bench!r}.")


def all(workspace: Workspace) -> list[Summary]:
    """The benches that are done, the newest first; one that cannot be read is left out."""
    found = []
    for path in workspace.benches.glob(f"*/{BENCH_FILE}"):
        try:
            found.append(_summary(path, path.stat().st_mtime_ns))
        except WorkFailed as error:
            log.warning("%s", error)
    return sorted(found, key=lambda each: each.created, reverse=True)


def under_way(workspace: Workspace) -> list[Job]:
    """Jobs of benches that wait or run, the oldest first."""
    return [each for each in activity.current(workspace) if each.kind == KIND]


def trained_on(workspace: Workspace, dataset: str) -> list[TrainingRun]:
    """Runs of a dataset version that are done, the newest first."""
    with open_store(workspace) as store:
        groups = store.runs.page(
            RunQuery(dataset=dataset, state=DONE), sort="begun", limit=MOST_MODELS
        )
    return [run for group in groups for run in group]


def get(workspace: Workspace, bench: str) -> Bench:
    """What a bench has measured; ``UnknownName`` where there is none, or it is not done."""
    path = _folder(workspace, bench) / BENCH_FILE
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise UnknownName(f"The bench {bench!r} is not done; wait for it, or begin another.") from error  # fmt: skip


def known(workspace: Workspace, spec: BenchSpec) -> Bench | None:
    """The newest bench of just what is asked, with the models as they are now, as they compose now and as they are measured now;
    None where there is none.
    """
    asked = replace(spec, dataset=datasets.get(workspace, spec.dataset).id)
    cards = [models.get(workspace, name).card for name in spec.models]
    for each in all(workspace):
        bench = get(workspace, each.id)
        is_of_today = bench.versions.get("features") == str(FEATURES_VERSION)
        if is_of_today and bench.spec == asked and False not in map(_stands, bench.showings, cards):
            return bench
    return None


def _stands(showing: Showing, card: ModelCard) -> bool:
    """Whether a model would be measured in the same way again."""
    entrant = showing.entrant
    estimate = estimate_of(ARCHITECTURES.get(card.model.architecture)) if showing.foreseen else ""
    return (entrant.sha256, entrant.usual, showing.estimate) == (
        card.sha256, usual_in_full(card), estimate,
    )  # fmt: skip


def measured(workspace: Workspace, spec: BenchSpec) -> Bench:
    """:func:`known`, or else a new one, waited for; ``WorkFailed`` where it fails."""
    if found := known(workspace, spec):
        return found
    bench = enqueue(workspace, spec)
    done = activity.finish(workspace, job(workspace, bench).id)
    if done.state != "done":
        raise WorkFailed(done.message)
    return get(workspace, bench)


def delete(workspace: Workspace, bench: str) -> None:
    """Throw a bench away, with the pieces that were composed for it."""
    shutil.rmtree(_folder(workspace, bench), ignore_errors=True)


def leaderboard(
    workspace: Workspace, bench: str, names: Sequence[str] = (), figures: Sequence[str] = (), *,
    together: bool = False,
) -> Leaderboard:  # fmt: skip
    """The table of some of the models and figures or of all; ``UnknownName`` for a model that is not on the bench, or no such figure."""
    get(workspace, bench)
    path = _folder(workspace, bench) / BENCH_FILE
    return _leaderboard(path, path.stat().st_mtime_ns, tuple(names), tuple(figures), together)


def composed(workspace: Workspace, bench: str, model: str, number: int) -> Score:
    """The n-th piece that a model composed for a bench, counted from 0; a human piece where no model is named."""
    folder, file = _folder(workspace, bench), HUMAN_FILE
    if model:
        names = [each.entrant.name for each in get(workspace, bench).showings]
        if model not in names:
            raise UnknownName(f"{model!r} is not on this bench; there are {', '.join(names)}.")
        file = composed_file(names.index(model))
    try:
        for _, score in read_scores(folder / file, f"{number:04}"):
            return score
    except OSError as error:
        raise WorkFailed(f"The pieces of this bench cannot be read ({error}); run it again.") from error  # fmt: skip
    raise UnknownName(f"There is no piece {number} of {model or 'people'} on this bench.")


# --- laying it out ----------------------------------------------------------------------------------


def _held_out(version: DatasetVersion, spec: BenchSpec) -> list[str]:
    """The pieces of the split; of very many a sample."""
    pieces = version.members(spec.split)
    if not pieces:
        raise InvalidSetting(
            f"The dataset {version.id} has no pieces in its {spec.split} split; make a version that keeps some."
        )
    if len(pieces) > MOST_HUMANS:
        pieces = random.Random(spec.seed).sample(pieces, MOST_HUMANS)
    return sorted(pieces)


def _people(
    store: Store, version: DatasetVersion, held_out: Sequence[str]
) -> tuple[tuple[Human, ...], dict[str, int]]:
    """The held-out pieces, and the families of the training pieces."""
    kin = families.groups(store, version.pieces)
    numbers = {name: number for number, name in enumerate(sorted(set(kin.values())))}
    family = {piece: numbers[kin[piece]] for piece in version.pieces}
    pieces = {piece.id: piece for piece in store.pieces.many(held_out)}
    humans = tuple(
        Human(
            piece, pieces[piece].title, str(pieces[piece].facts.get("key", "")),
            str(pieces[piece].facts.get("meter", "")), pieces[piece].collection, family[piece],
        )
        for piece in held_out
    )  # fmt: skip
    return humans, {piece: family[piece] for piece in version.members("train")}


def _entrant(
    store: Store,
    model: models.Model,
    heard: set[str],
    is_known: bool,
    held_out: Sequence[str],
    is_from_here: bool,
) -> Entrant:
    card = model.card
    name, _, epoch = model.name.partition("@")
    run = store.runs.get(name) if not model.is_bundled and store.runs.known(name) else None
    seconds = run.seconds if run else None
    if run and epoch:
        seconds = sum(each.seconds for each in store.runs.epochs(name) if each.epoch <= int(epoch))
    return Entrant(
        name=model.name,
        title=model.title,
        architecture=card.model.architecture,
        tokenizer=card.tokenizer.name,
        parameters=card.parameters,
        sha256=card.sha256,
        run=run.id if run else "",
        configuration=run.configuration if run and not epoch else "",
        seed=run.spec.training.seed if run else None,
        epoch=card.epoch,
        training_seconds=seconds,
        valid_loss=card.valid_loss,
        heard=tuple(piece for piece in held_out if piece in heard),
        is_known=is_known,
        is_from_here=is_from_here,
        symbol=_symbol(card.tokenizer.name),
        symbol_tokens=Frames(card.vocabulary).voices
        if _symbol(card.tokenizer.name) == FRAME
        else 1,
        usual=usual_in_full(card),
    )


def _symbol(tokenizer: str) -> str:
    """What a tokenizer's music is counted in elsewhere."""
    if TOKENIZERS.get(tokenizer).form == "voices":
        return FRAME
    return "character" if tokenizer == "abc-chars" else "token"


def _lay_out(
    workspace: Workspace, folder: Path, version: DatasetVersion, asked: Asked, found: Sequence[models.Model]
) -> None:  # fmt: skip
    """The folder of a bench with all that its job needs, or none."""
    wanted = {human.id: "test" for human in asked.humans} | dict.fromkeys(asked.training, "train")
    controls = sorted({name for model in found for name in model.card.tokenizer.controls})
    try:
        folder.mkdir(parents=True)
        with open_store(workspace) as store:
            rows = {
                f"{wanted[piece]}/{piece}": data
                for piece, _, data in store.datasets.scores(version.id)
                if piece in wanted
            }
        write_scores(folder / MUSIC_FILE, sorted(rows.items()))
        if controls:
            write_labels(folder / LABELS_FILE, datasets.labels(workspace, version, controls))
        write(folder / ASKED_FILE, to_json(asked))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise WorkFailed(f"The bench could not be laid out ({error}); free some space.") from error
    except WorkbenchError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


# --- reading ----------------------------------------------------------------------------------------


def _folder(workspace: Workspace, bench: str) -> Path:
    """A bench's folder. A name is a plain one: no path leads out."""
    if not re.fullmatch(r"bench-[0-9a-f]{8}", bench) or not (workspace.benches / bench).is_dir():
        raise UnknownName(f"There is no bench {bench!r}.")
    return workspace.benches / bench


@lru_cache(maxsize=4096)
def _summary(path: Path, changed: int) -> Summary:
    """A list needs little of each bench, so that little is kept of many, and all of few."""
    bench = _read(path, changed)
    spec = bench.spec
    return Summary(bench.id, spec.dataset, spec.models, spec.pieces, bench.created)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Bench:
    """Pages read a bench at every rerun; ``changed`` is there so that a newer file is a new entry."""
    try:
        return from_json(Bench, read(path))
    except (ValueError, TypeError) as error:
        raise WorkFailed(
            f"The bench {path.parent.name} was written by another version ({error}); run it again."
        ) from error


@lru_cache(maxsize=32)
def _leaderboard(
    path: Path, changed: int, names: tuple[str, ...], figures: tuple[str, ...], together: bool
) -> Leaderboard:
    return ranking.leaderboard(_read(path, changed), names, figures=figures, together=together)
