"""Blind listening tests, as who gives one sees them: making, looking, closing, throwing away.

People's clips are cut from pieces of a dataset, after the upbeat, and written down as the models would write them (so that no triplet or ornament
tells them apart that a model has no sign for). A model composes a whole piece under the plan of such a piece (key, meter, tempo, as many bars up to
``MOST_WHOLE``), of which the first bars are heard: so neither side begins or ends where the other does not.
"""

import builtins
import random
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.core.bar_numbers import counted_bars
from workbench.core.errors import CannotEncode, InvalidSetting, UnreadableFile, WorkbenchError
from workbench.core.listening import (
    BETTER,
    CODE_LENGTH,
    FEWEST_NOTES,
    FORM,
    HUMAN,
    INSTRUMENTS,
    LETTERS,
    ORIGIN,
    PREPARING,
    SCORES_FILE,
    Clip,
    ListeningSpec,
    ListeningTest,
    Settings,
    make_trials,
    opening,
    tidy_code,
)
from workbench.core.packing import pack, write_scores
from workbench.core.piece import Piece
from workbench.core.records import to_json
from workbench.core.score import Meter, Score, bars, clip, key_at
from workbench.core.settings import validated
from workbench.core.specs import ComposeRequest, TokenizerSpec
from workbench.core.vocabulary import Tokenizer
from workbench.jobs.requests import check_request, usual
from workbench.services import activity, datasets, models, remembering
from workbench.services.models import Model
from workbench.store import open_store
from workbench.store.jobs import Job
from workbench.tokenizers import make
from workbench.workspace import Workspace

MOST_MODELS = 6
MOST_WHOLE = 32
"""Bars that a model composes at most, of which the first are heard."""
_LOOKED_AT = 600
_SHORT, _UNSAYABLE, _SOUND = "short", "unsayable", "sound"  # why a piece cannot be used
_LOWEST, _HIGHEST = 40.0, 240.0  # quarters a minute that are kept as they are


def create(workspace: Workspace, spec: ListeningSpec) -> str:
    """Choose the music of a test and queue the making of its sound; the test's code.

    Raises ``WorkbenchError`` for settings out of range, an unknown dataset or model, or too few pieces that all models can write.
    """
    spec = replace(_checked(spec), dataset=datasets.get(workspace, spec.dataset).id)
    chosen = [models.get(workspace, name) for name in spec.models]
    wanted = spec.settings.pieces * (len(chosen) if spec.settings.kind == ORIGIN else 1)
    plans = _plans(workspace, spec, chosen, wanted)
    clips = _clips(spec, chosen, plans)
    code = _fresh_code(workspace)
    folder = workspace.listening / code
    folder.mkdir(parents=True)
    write_scores(folder / SCORES_FILE, ((plan.piece.id, pack(plan.score)) for plan in plans))
    job = {
        "code": code,
        "clips": to_json(clips),
        "folders": {model.name: str(model.folder) for model in chosen},
        "bars": spec.settings.bars,
        "program": INSTRUMENTS[spec.settings.instrument],
    }
    with open_store(workspace) as store, store.db.atomic():
        queued = store.jobs.add("listening", "bulk", job, title=f"Preparing {spec.name}")
        store.listening.add(code, spec, clips, make_trials(spec, clips), job=queued)
    return code


def prepare(workspace: Workspace, code: str) -> None:
    """See to it that a worker prepares a test, again where it was stopped or failed."""
    with open_store(workspace) as store:
        job = store.listening.get(code).job
        store.jobs.again(job)
    activity.launch(workspace, job)


def get(workspace: Workspace, code: str) -> ListeningTest:
    """The test of that code, as somebody typed it."""
    with open_store(workspace) as store:
        return store.listening.get(tidy_code(code))


def job(workspace: Workspace, test: ListeningTest) -> Job:
    """What prepares, or has prepared, a test."""
    return activity.job(workspace, test.job)


def all(workspace: Workspace) -> list[dict]:
    """One row a test, the newest first: code, name, state, created, listeners, answers."""
    with open_store(workspace) as store:
        return store.listening.summaries()


def set_open(workspace: Workspace, code: str, is_open: bool) -> None:
    """Close a test, so that nobody answers any more, or open it again."""
    test = get(workspace, code)
    if test.state == PREPARING:
        raise InvalidSetting(f"{test.spec.name} is not prepared yet; wait until it is.")
    with open_store(workspace) as store:
        store.listening.set_open(test.code, is_open)


def delete(workspace: Workspace, code: str) -> None:
    """Throw a test, its sound and its answers away. ``InvalidSetting`` while it is being prepared."""
    test = get(workspace, code)
    if test.state == PREPARING and not job(workspace, test).has_ended:
        raise InvalidSetting(f"{test.spec.name} is being prepared; stop that first.")
    with open_store(workspace) as store:
        store.listening.delete(test.code)
    shutil.rmtree(workspace.listening / test.code, ignore_errors=True)


def sound_file(workspace: Workspace, test: ListeningTest, number: int) -> Path:
    """Where the sound of a clip lies; ``UnreadableFile`` where it is gone."""
    path = workspace.listening / test.code / test.clips[number].file
    if not path.exists():
        raise UnreadableFile("The sound of this test is gone from the disk; make another test.")
    return path


# --- choosing the music -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    """A piece whose beginning is heard, and under whose plan models compose."""

    piece: Piece
    score: Score
    request: ComposeRequest
    """Without a model and a seed."""
    is_heard: bool | None


def _checked(spec: ListeningSpec) -> ListeningSpec:
    name, names = spec.name.strip()[:100], tuple(dict.fromkeys(spec.models))
    if not name:
        raise InvalidSetting("A listening test needs a name; write one.")
    if not 1 <= len(names) <= MOST_MODELS:
        raise InvalidSetting(
            f"{len(names)} models cannot be heard in one test; choose 1 to {MOST_MODELS}."
        )
    return replace(
        spec, name=name, models=names, settings=validated(Settings, to_json(spec.settings))
    )


def _plans(
    workspace: Workspace, spec: ListeningSpec, chosen: Sequence[Model], wanted: int
) -> list[_Plan]:
    """So many plans; those of pieces that no model knows come first, in an order of the seed."""
    version = datasets.get(workspace, spec.dataset)
    split = spec.settings.split
    pieces = list(version.pieces) if split == "all" else version.members(split)
    random.Random(spec.settings.seed).shuffle(pieces)
    pieces = pieces[:_LOOKED_AT]
    known = _known(workspace, spec.models, pieces)
    pieces.sort(key=lambda piece: (known[piece] is True, known[piece] is None))
    found: list[_Plan] = []
    refused: Counter[str] = Counter()
    short: list[int] = []
    for plan in _suitable(workspace, spec, chosen, pieces, refused, short):
        found.append(replace(plan, is_heard=known[plan.piece.id]))
        if len(found) == wanted:
            return found
    raise InvalidSetting(
        f"Of {len(pieces)} pieces ({split} of {version.id}) {f'only {len(found)}' if found else 'none'} can be used, and {wanted} are needed. "
        f"{_reasons(refused, spec.settings.bars)}{_remedy(refused, _long_enough(short, wanted - len(found)))}"
    )


def _reasons(refused: Counter[str], length: int) -> str:
    """How many pieces cannot be used for which reason, in a sentence; empty where all can be used."""
    words = {
        _SHORT: f"begin with fewer than {length} whole bars of one meter",
        _UNSAYABLE: "cannot be written by all the models",
        _SOUND: "are recordings",
    }
    said = [f"{refused[reason]} {words[reason]}" for reason in words if refused[reason]]
    return f"Of the others, {', '.join(said)}. " if said else ""


def _long_enough(short: Sequence[int], lacking: int) -> int:
    """How many bars so many of the pieces that are too short have at least; 0 where these are not as many."""
    return sorted(short, reverse=True)[lacking - 1] if len(short) >= lacking else 0


def _remedy(refused: Counter[str], length: int) -> str:
    """What helps, first what helps against the most; ``length`` bars would do, 0 where no number would."""
    fewer = ("1 bar" if length == 1 else f"{length} bars") if length else "fewer bars"
    first = {_SHORT: [fewer], _UNSAYABLE: ["other models"]}
    ways = [way for reason, _ in refused.most_common() for way in first.get(reason, [])]
    return f"Ask for {', '.join([*ways, 'fewer pieces'])}, another split or a larger dataset."


def _known(
    workspace: Workspace, names: Sequence[str], pieces: Sequence[str]
) -> dict[str, bool | None]:
    """Whether one of some models knows each piece or may know it; None where none is known to, but not all that they heard is known."""
    found = remembering.heard_among(workspace, names, pieces).values()
    heard: set[str] = set().union(*(some for some, _ in found))
    otherwise = False if builtins.all(complete for _, complete in found) else None
    return {piece: True if piece in heard else otherwise for piece in pieces}


def _suitable(
    workspace: Workspace, spec: ListeningSpec, chosen: Sequence[Model], pieces: Sequence[str],
    refused: Counter[str], short: list[int],
) -> Iterator[_Plan]:  # fmt: skip
    """The plans of the pieces that can be used; ``refused`` counts why the others cannot, and ``short`` has how many bars those have that are too short."""
    languages = [
        make(TokenizerSpec(model.card.tokenizer.name, model.card.tokenizer.settings))
        for model in chosen
    ]
    with open_store(workspace) as store:
        for piece in pieces:
            found = store.pieces.get(piece)
            if found.kind != "score":
                refused[_SOUND] += 1
                continue
            try:
                score, request = _planned(store.pieces.score(piece), spec.settings)
                for model in chosen:
                    check_request(_asked(request, model), model.card, model.folder)
                yield _Plan(found, _as_written(score, languages), request, None)
            except _TooShort as error:
                refused[_SHORT] += 1
                short.append(error.bars)
            except (WorkbenchError, ValueError):
                refused[_UNSAYABLE] += 1


class _TooShort(CannotEncode):
    """A piece begins with too few whole bars of one meter."""

    def __init__(self, bars: int) -> None:
        super().__init__(f"There are {bars} bars of one meter.")
        self.bars = bars


def _planned(score: Score, settings: Settings) -> tuple[Score, ComposeRequest]:
    """The first bars of a piece after its upbeat, and what to ask a model for."""
    lines = counted_bars(score)
    start = 0 if lines[0].is_full else 1
    whole = start
    while (
        whole < len(lines)
        and lines[whole].is_full
        and _same(lines[whole].meter, lines[start].meter)
    ):
        whole += 1
    if whole - start < settings.bars:
        raise _TooShort(whole - start)
    music = clip(score, lines[start].start, lines[start + settings.bars - 1].end)
    tempo = min(max(music.tempos[0].bpm, _LOWEST), _HIGHEST)
    request = ComposeRequest(
        model="", bars=min(whole - start, MOST_WHOLE), temperature=settings.temperature,
        key=str(key_at(music, 0)), meter=str(lines[start].meter), tempo=tempo,
    )  # fmt: skip
    return replace(music, tempos=(replace(music.tempos[0], bpm=tempo),)), request


def _asked(request: ComposeRequest, model: Model) -> ComposeRequest:
    """A plan as a model is asked for it, with what it keeps to unless somebody wants something else."""
    return replace(request, model=model.name, **usual(model.card))


def _same(one: Meter, other: Meter) -> bool:
    return str(one) == str(other)


def _as_written(score: Score, languages: Sequence[Tokenizer]) -> Score:
    """The music as each of the models would write it down."""
    for language in languages:
        sequence = language.encode(score)
        score = language.decode(sequence.tokens.tolist(), sequence.plan)
    score = opening(score, len(bars(score)))
    if len(score.notes) < FEWEST_NOTES:
        raise CannotEncode("There is hardly a note.")
    return score


def _clips(spec: ListeningSpec, chosen: Sequence[Model], plans: Sequence[_Plan]) -> list[Clip]:
    """People's clip of every plan, and those of all models, or of one model in turn where each clip is a question."""
    made: list[Clip] = []

    def add(source: str, title: str, piece: str, **more) -> None:
        made.append(Clip(len(made), source, title, piece, f"{secrets.token_hex(8)}.{FORM}", **more))

    for number, plan in enumerate(plans):
        add(HUMAN, plan.piece.title, plan.piece.id, is_heard=plan.is_heard)
        turns = chosen if spec.settings.kind == BETTER else [chosen[number % len(chosen)]]
        for model in turns:
            request = replace(_asked(plan.request, model), seed=1000 * spec.settings.seed + number)
            title = f"{request.meter} in {request.key}, under the plan of {plan.piece.title}"
            add(model.name, title, plan.piece.id, request=to_json(request))
    return made


def _fresh_code(workspace: Workspace) -> str:
    with open_store(workspace) as store:
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
            if not store.listening.known(code) and not (workspace.listening / code).exists():
                return code
