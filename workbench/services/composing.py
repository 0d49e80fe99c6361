"""Composing: asking for music, keeping it, making it again, knowing where it came from."""

import secrets
from base64 import b64decode
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.core.bar_numbers import counted_bars
from workbench.core.editing import NO_EDITS, NoteEdits
from workbench.core.errors import CannotEncode, InvalidSetting, UnknownName, WorkbenchError
from workbench.core.explanation import Explanation
from workbench.core.packing import unpack
from workbench.core.records import to_json
from workbench.core.runs import Composition, TrainingRun
from workbench.core.score import Score, bars, clip
from workbench.core.specs import ComposeRequest
from workbench.jobs.reader import BoundedReader
from workbench.jobs.requests import check_request, is_melody, plan_for
from workbench.services import activity, datasets, importing, models, run_cards
from workbench.services.wording import worded_for
from workbench.store import open_store
from workbench.store.jobs import Job
from workbench.tokenizers import make as make_tokenizer
from workbench.workspace import Workspace

OPENING_BARS = 2
"""Of a tune that is made again in another manner."""


@dataclass(frozen=True)
class Lineage:
    """Where a composition came from. What is not on this machine is None or empty."""

    composition: Composition
    model: models.Model | None
    is_same_model: bool
    """Whether the model file is still the one that was used."""
    run: TrainingRun | None
    dataset: str | None
    dataset_fingerprint: str
    pieces: int
    licences: dict[str, int]


def enqueue(
    workspace: Workspace, request: ComposeRequest, *, title: str = "", numbered: bool = False,
    parent: str = "", origin: str = "", edits: NoteEdits = NO_EDITS, composition: str = "",
) -> str:  # fmt: skip
    """Check a request at the door and queue it; the job's id. ``parent`` is the composition it came out of, ``origin`` how, and
    ``composition`` the id that it is to have, where somebody has to know it before (:func:`fresh_id`). What is composed is changed as
    ``edits`` say.

    Without a title the piece is called by its meter and key; ``numbered``, so that no two look alike in a list. (Not
    by itself: the same request is to give the same bytes, and files carry their title.)

    Raises ``WorkbenchError`` for an unknown model, a setting out of range, a key or meter that the model has never
    heard, or a primer it cannot say.
    """
    model = models.get(workspace, request.model)
    request = worded_for(request, model.card)
    plan = check_request(request, model.card, model.folder)
    if not title:
        title = f"{plan.bars[0].numerator}/{plan.bars[0].denominator} in {plan.key}"
        title = _after(request) or title
        title = f"No. {_next_number(workspace)}, {title}" if numbered else title
    spec = {
        "request": to_json(request), "folder": str(model.folder), "title": title,
        "parent": parent, "origin": origin, "edits": to_json(edits), "id": composition or fresh_id(),
    }  # fmt: skip
    return activity.enqueue(workspace, "compose", spec, title=f"Composing with {model.title}")


def _after(request: ComposeRequest) -> str:
    """A title by the music that is given; empty where none is."""
    latent = request.latent
    given = request.locked or request.given or (latent and latent.given)
    if not given or not given.title:
        return ""
    if given is not request.locked and latent and latent.toward and latent.toward.title:
        return f"between {given.title} and {latent.toward.title}"
    return f"after {given.title}"


def _next_number(workspace: Workspace) -> int:
    with open_store(workspace) as store:
        return store.jobs.count("compose") + 1


def compose(
    workspace: Workspace, request: ComposeRequest, *, title: str = "", parent: str = "", origin: str = "",
    edits: NoteEdits = NO_EDITS, composition: str = "",
) -> str:  # fmt: skip
    """Like :func:`enqueue`, numbered, and sees to it that a composer takes the job."""
    job = enqueue(
        workspace, request, title=title, numbered=True, parent=parent, origin=origin, edits=edits, composition=composition
    )  # fmt: skip
    activity.launch(workspace, job)
    return job


def get(workspace: Workspace, composition: str) -> Composition:
    """A composition with all that made it."""
    with open_store(workspace) as store:
        return store.compositions.get(composition)


def score(workspace: Workspace, composition: str) -> Score:
    """Its notes."""
    with open_store(workspace) as store:
        return store.compositions.score(composition)


def explanation(workspace: Workspace, composition: str) -> Explanation | None:
    """What each of its tokens was drawn among; None for one that was made before that was kept."""
    with open_store(workspace) as store:
        return store.compositions.explanation(composition)


def all(workspace: Workspace, *, limit: int = -1, offset: int = 0) -> tuple[list[Composition], int]:
    """Compositions, the newest first, and how many there are in all."""
    with open_store(workspace) as store:
        return store.compositions.all(limit=limit, offset=offset), store.compositions.count()


def again(workspace: Workspace, composition: str) -> str:
    """Queue the same request once more, with what was edited by hand; the job's id. The notes will be the same, which :func:`settle_again` looks at.

    Raises ``InvalidSetting`` where the model has been trained on since.
    """
    made = get(workspace, composition)
    if not models.get(workspace, made.request.model).card.is_of(made.model_fingerprint):
        raise InvalidSetting(
            f"The model {made.request.model} has changed since this was composed, so it would compose "
            "something else now."
        )
    return compose(
        workspace, made.request, title=made.title, parent=made.id, origin="again", edits=made.edits
    )


def same_notes(workspace: Workspace, one: str, other: str) -> bool:
    """Whether two compositions are the same music, note for note."""
    return score(workspace, one) == score(workspace, other)


def settle_again(workspace: Workspace, original: str, copy: str) -> bool:
    """Whether a composition that was made again is the same; if so, the copy is thrown away."""
    is_same = same_notes(workspace, original, copy)
    if is_same:
        delete(workspace, copy)
    return is_same


def fresh_seed() -> int:
    """A seed that nobody has chosen, short enough to be told to somebody."""
    return secrets.randbelow(100_000)


def fresh_id() -> str:
    """An id that no composition has."""
    return secrets.token_hex(6)


def reseeded(request: ComposeRequest) -> ComposeRequest:
    """The request with a seed that nobody has chosen."""
    return replace(request, seed=fresh_seed())


def variations(request: ComposeRequest, count: int) -> list[ComposeRequest]:
    """The request with seeds that count up from its own."""
    if not 1 <= count <= 1000:
        raise InvalidSetting(f"{count} pieces cannot be asked for at once; choose 1 to 1000.")
    return [replace(request, seed=request.seed + number) for number in range(count)]


def rename(workspace: Workspace, composition: str, title: str) -> None:
    """Give a composition another title."""
    if not title.strip() or len(title) > 200:
        raise InvalidSetting("A title has between 1 and 200 characters.")
    with open_store(workspace) as store:
        store.compositions.rename(composition, title.strip())


def delete(workspace: Workspace, composition: str) -> None:
    """Throw a composition away."""
    with open_store(workspace) as store:
        store.compositions.delete(composition)


# --- beginning with given music ---------------------------------------------------------------


def with_primer_file(workspace: Workspace, request: ComposeRequest, path: Path) -> ComposeRequest:
    """The request with the music of a file as its primer, in the file's key and meter.

    What the file has beyond the bars that are asked for is left out; so is its last bar where the
    whole piece would be given, for something must be left to compose.
    """
    with BoundedReader() as reader:
        reading = reader.read_file(path, path.name)[0]
    return with_primer_score(workspace, request, reading.score)


def read_primer(workspace: Workspace, name: str, content: bytes) -> str:
    """Queue the reading of a file that somebody sent, for :func:`primer_of`; the job's id."""
    stored = importing.store_file(workspace, name, content)
    job = activity.enqueue(
        workspace, "read", {"stored": stored, "shown": name}, title=f"Reading {name}"
    )
    activity.launch(workspace, job)
    return job


def primer_of(job: Job) -> Score:
    """What a job of :func:`read_primer` read."""
    return unpack(b64decode(job.result["score"]))


def understands(workspace: Workspace, request: ComposeRequest, symbols: str) -> bool:
    """Whether symbols that somebody typed are those of the model."""
    card = models.get(workspace, request.model).card
    tokenizer = make_tokenizer(card.tokenizer)
    try:
        tokenizer.parse(symbols, plan_for(replace(request, primer=""), card, tokenizer))
    except CannotEncode:
        return False
    return True


def without_upbeat(score: Score) -> Score:
    """The score from its first full bar on, for models that begin with one."""
    lines = bars(score)
    if len(lines) < 2 or lines[0].is_full:
        return score
    return clip(score, lines[0].end, lines[-1].end)


def in_another_manner(workspace: Workspace, request: ComposeRequest, tune: Score) -> ComposeRequest:
    """The request for a piece as long as a tune without its upbeat, in its key and meter, that begins as it does (``OPENING_BARS``) and goes on as the
    model is told to.
    """
    if not request.controls:
        raise InvalidSetting(
            "Choose whose manner it should follow: a collection, genre or mood, under key and meter."
        )
    tune = without_upbeat(tune)
    whole = counted_bars(tune)
    opening = clip(tune, 0, whole[min(OPENING_BARS, len(whole)) - 1].end)
    return with_primer_score(workspace, replace(request, bars=max(len(whole), 2)), opening)


def with_primer_score(
    workspace: Workspace, request: ComposeRequest, primer: Score, *, is_open: bool = False
) -> ComposeRequest:
    """The request with a score as its primer; ``CannotEncode`` where the model cannot say it.

    One that ``is_open`` stops where its last note does, also within a bar.
    """
    tokenizer = make_tokenizer(models.get(workspace, request.model).card.tokenizer)
    sequence = tokenizer.encode(primer)
    plan = sequence.plan
    if plan.bars[0].offset:
        raise CannotEncode("The primer begins with an upbeat; let it begin with a full bar.")
    said = tokenizer.decode(sequence.tokens.tolist(), plan)
    whole = counted_bars(said)
    if request.bars < 2:
        raise CannotEncode("A primer leaves nothing to compose here; ask for at least two bars.")
    opening = clip(said, 0, whole[: request.bars - 1][-1].end)
    symbols = tokenizer.symbols(tokenizer.encode(opening).tokens.tolist(), plan)
    if is_open and is_melody(tokenizer):
        symbols = _without_last_rest(symbols)
    return replace(
        request,
        primer=symbols,
        key=request.key or str(plan.key),
        meter=request.meter or str(plan.meter),
        tempo=request.tempo or plan.tempo,
    )


def _without_last_rest(symbols: str) -> str:
    """Symbols of a grid up to the rest that nothing follows."""
    words = symbols.split()
    last = max((at for at, word in enumerate(words) if word not in ("r", "_")), default=-1)
    rests = [at for at in range(last + 1, len(words)) if words[at] == "r"]
    return " ".join(words[: rests[0]]) if rests else symbols


# --- lineage ----------------------------------------------------------------------------------


def lineage(workspace: Workspace, composition: str) -> Lineage:
    """Walk back from a composition to the model, the run, the dataset, its pieces and licences."""
    made = get(workspace, composition)
    model = run = None
    try:
        model = models.get(workspace, made.request.model)
        with open_store(workspace) as store:
            run = store.runs.get(model.name.partition("@")[0])
    except WorkbenchError:  # a bundled model has no run here, and a run may have been deleted
        pass
    dataset = run.spec.dataset if run else None
    licences: dict[str, int] = {}
    pieces = 0
    if dataset:
        try:
            version = datasets.get(workspace, dataset)
            pieces = len(version.pieces)
            licences = datasets.licences_of(workspace, version)
        except UnknownName:
            dataset = None
    if (
        run and run.is_brought and not dataset
    ):  # its music is elsewhere; what is known of it came along
        card = run_cards.dataset_card(workspace, run.id)
        pieces, licences = sum(card.pieces.values()), card.licences
    return Lineage(
        composition=made,
        model=model,
        is_same_model=model is not None and model.card.is_of(made.model_fingerprint),
        run=run,
        dataset=dataset,
        dataset_fingerprint=run.dataset_fingerprint if run else "",
        pieces=pieces,
        licences=licences,
    )


def reproduction(composition: Composition) -> dict[str, Any]:
    """Everything needed to make it again, as plain values."""
    by_hand = {"edits": to_json(composition.edits)} if composition.edits != NO_EDITS else {}
    return {
        "request": to_json(composition.request),
        **by_hand,
        "model_fingerprint": composition.model_fingerprint,
        "plan": to_json(composition.plan),
        "versions": composition.versions,
        "created": composition.created,
    }
