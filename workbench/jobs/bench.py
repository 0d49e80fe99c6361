"""The bench as a job: several models on one dataset version, beside its held-out music.

A bench's folder holds what is asked (``asked.json``, and the music in ``music.zip``), then the showing of each model as it comes
(``showing-N.json``, with its compositions in ``composed-N.zip``), and at the end ``bench.json``, which is all of it together. Each of these is
written whole or not at all, so that a bench whose worker died goes on with the model it was at.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.augmentation import NONE, Augmentation, stretches
from workbench.core.bench import (
    MOST_BARS,
    Baseline,
    Bench,
    BenchSpec,
    Entrant,
    Foreseen,
    Human,
    Measured,
    MusicSet,
    Showing,
)
from workbench.core.errors import CannotEncode, WorkFailed
from workbench.core.files import clear_torn, write_whole
from workbench.core.model_card import read_card
from workbench.core.packing import pack, read_scores, write_scores
from workbench.core.records import from_json, to_json
from workbench.core.report import Report
from workbench.core.score import Score, bars, clip
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.bench_music import NAMES, Looked, Training, compositions, look
from workbench.jobs.compose import VERSIONS
from workbench.jobs.encoding import Heard, encoded, lay_out, read_labels
from workbench.jobs.requests import check_vocabulary
from workbench.jobs.scoring import scored_each
from workbench.jobs.train import BASELINE, count_ngram
from workbench.metrics.distributions import DISTRIBUTIONS
from workbench.metrics.features import FEATURES_VERSION
from workbench.metrics.human_baseline import (
    COPIED,
    FEWEST_PIECES,
    FIGURES,
    human_baseline,
    judge_figures,
)
from workbench.metrics.intervals import mean_interval
from workbench.metrics.likelihood import Likelihood, likelihoods, pooled
from workbench.metrics.melodies import melodies
from workbench.metrics.music_sets import (
    EIGHT,
    music_set,
    reference,
    without_scores,
)
from workbench.metrics.originality import index_melodies
from workbench.tokenizers import TOKENIZERS, make
from workbench.workspace import Workspace

ASKED_FILE, MUSIC_FILE, LABELS_FILE, BENCH_FILE = (
    "asked.json", "music.zip", "labels.json", "bench.json",
)  # fmt: skip
HUMAN_FILE = "human.zip"
NGrams = dict[str, tuple[Foreseen | None, ...]]
"""What the n-gram foresees, by the tokenizer as JSON."""


@dataclass(frozen=True)
class Asked:
    """What a bench is to measure; its music lies beside it."""

    spec: BenchSpec
    dataset_fingerprint: str
    humans: tuple[Human, ...]
    training: dict[str, int]
    """The pieces of the training split with their families."""
    entrants: tuple[Entrant, ...]
    folders: tuple[str, ...]
    """Of the models."""
    window_bars: int = 0
    augmentation: Augmentation = NONE
    remarks: tuple[str, ...] = field(default=())


def composed_file(number: int) -> str:
    """Where the compositions of the n-th model lie, named by their number, counted from 0."""
    return f"composed-{number}.zip"


@job("bench", lane=BULK)
def bench(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Measure what ``asked.json`` in the folder ``bench`` asks for."""
    began = time.perf_counter()
    folder = workspace.benches / spec["bench"]
    asked = from_json(Asked, read(folder / ASKED_FILE))
    with report.holding():
        clear_torn(folder)
    report.progress(0.0, "Looking at the training pieces")
    humans = [_opening(score) for _, score in read_scores(folder / MUSIC_FILE, "test/")]
    training = _training(folder, asked)
    people = [look(score, training, like=number) for number, score in enumerate(humans)]
    others = _others(folder, asked, training)
    write_scores(folder / HUMAN_FILE, _named(people))
    done: list[tuple[Showing, list[Looked]]] = []
    beside: NGrams = {}
    for number in range(len(asked.entrants)):
        if report.should_stop():
            return {}
        done.append(_showing(folder, asked, number, humans, training, beside, report))
    if report.should_stop():
        return {}
    report.progress(0.97, "Comparing")
    result = _together(spec["bench"], asked, people, others, training, done)
    result = replace(result, seconds=time.perf_counter() - began)
    write(folder / BENCH_FILE, to_json(result))
    return {"bench": spec["bench"]}


def _training(folder: Path, asked: Asked) -> Training:
    """The patterns of the training split, and what people borrow there."""
    found = [
        (name.partition("/")[2], melodies(score))
        for name, score in read_scores(folder / MUSIC_FILE, "train/")
    ]
    families = [asked.training[piece] for piece, _ in found]
    index = index_melodies([tunes for _, tunes in found], families)
    enough = len(set(families)) >= FEWEST_PIECES
    baseline = human_baseline(index, seed=asked.spec.seed) if enough else None
    return Training([piece for piece, _ in found], index, baseline)


def _others(folder: Path, asked: Asked, training: Training) -> list[Looked]:
    """As many training pieces as a model composes, or all there are, as another set of music by people."""
    count = min(asked.spec.pieces, len(training.pieces)) if asked.humans else 0
    random = np.random.default_rng(asked.spec.seed)
    drawn = {training.pieces[number] for number in random.permutation(len(training.pieces))[:count]}
    found: list[Looked] = []
    for name, score in read_scores(folder / MUSIC_FILE, "train/"):
        piece = name.partition("/")[2]
        if piece in drawn:
            like = len(found) % len(asked.humans)
            found.append(look(_opening(score), training, like=like, without=asked.training[piece]))
    return found


# --- one model --------------------------------------------------------------------------------------


def _showing(
    folder: Path, asked: Asked, number: int, humans: Sequence[Score], training: Training, beside: NGrams,
    report: Report,
) -> tuple[Showing, list[Looked]]:  # fmt: skip
    """What one model does; read again where an earlier attempt has written it down."""
    kept, composed = folder / f"showing-{number}.json", folder / composed_file(number)
    entrant = asked.entrants[number]
    part = 0.95 / len(asked.entrants)
    if kept.exists():
        showing = from_json(Showing, read(kept))
        scores = [score for _, score in read_scores(composed)]
        pairs = zip(scores, showing.music.pieces, strict=True)
        return showing, [_again(score, measured) for score, measured in pairs]
    report.progress(0.02 + part * number, f"{entrant.title}: what it foresees")
    showing = _foreseen(folder, asked, number, beside)
    looked: list[Looked] = []
    wanted = asked.spec.pieces
    source = Path(asked.folders[number])
    for each in compositions(
        source, entrant.name, humans, wanted, asked.spec.seed, training, report
    ):
        looked.append(each)
        share = 0.02 + part * (number + 0.2 + 0.8 * len(looked) / wanted)
        report.progress(share, f"{entrant.title}: {len(looked)} of {wanted} pieces composed")
    if wanted and not looked:
        words = f"{entrant.title} can follow none of the plans of these pieces, so it composed nothing here."
        showing = replace(showing, remarks=(*showing.remarks, words))
    showing = replace(showing, music=MusicSet(tuple(each.measured for each in looked)))
    if not report.should_stop():
        write_scores(composed, _named(looked))
        write(kept, to_json(showing))
    return showing, looked


def _again(score: Score, measured: Measured) -> Looked:
    """A piece that was measured by an earlier attempt, with its histograms."""
    return Looked(score, measured, {name: d(score).ravel() for name, d in DISTRIBUTIONS.items()})


def _foreseen(folder: Path, asked: Asked, number: int, beside: NGrams) -> Showing:
    """How well a model foresees the human pieces, beside the n-gram of the training split."""
    entrant, source = asked.entrants[number], Path(asked.folders[number])
    card = read_card(source)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    heard = Heard(
        window_bars=asked.window_bars,
        kinds=TOKENIZERS.get(card.tokenizer.name).hears,
        labels=read_labels(folder / LABELS_FILE),
    )
    rows, sequences = _held_out(folder, tokenizer, heard)
    if not sequences:
        words = f"{entrant.title} can say none of the held-out pieces, so nothing tells how well it foresees them."
        return Showing(entrant, remarks=(words,))
    found, estimate = scored_each(source, sequences)
    count = len(asked.humans)
    language = json.dumps(to_json(card.tokenizer), sort_keys=True)
    if card.model.architecture != BASELINE and language not in beside:
        ngram = _ngram(folder, asked, tokenizer, heard, sequences)
        beside[language] = _by_piece(rows, ngram, count) if ngram else ()
    return Showing(
        entrant,
        foreseen=_by_piece(rows, found, count),
        ngram=beside.get(language, ()) if card.model.architecture != BASELINE else (),
        estimate=estimate,
    )


def _ngram(
    folder: Path, asked: Asked, tokenizer: Tokenizer, heard: Heard, sequences: Sequence[TokenSequence]
) -> list[Likelihood]:  # fmt: skip
    """The same of the n-gram of the training split; nothing where no training piece can be said."""
    augmented = replace(heard, augmentation=asked.augmentation)
    with TemporaryDirectory(dir=folder) as place:
        train, _ = lay_out(folder / MUSIC_FILE, tokenizer, Path(place), augmented, ("train",))
        if not train["train"]:
            return []
        found = likelihoods(
            count_ngram(tokenizer, train["train"]), sequences, moving=tokenizer.moving
        )
        del train  # nothing is mapped any more
    return found


def _held_out(
    folder: Path, tokenizer: Tokenizer, heard: Heard
) -> tuple[list[int], list[TokenSequence]]:
    """The human pieces in a model's tokens, and of which piece each sequence is; pieces that cannot be said whole are left out."""
    rows: list[int] = []
    sequences: list[TokenSequence] = []
    for number, (name, score) in enumerate(read_scores(folder / MUSIC_FILE, "test/")):
        try:
            found = encoded(name, score, tokenizer, heard, is_training=False)
        except CannotEncode:
            continue
        if len(found) == len(stretches(score, heard.window_bars)):
            rows += [number] * len(found)
            sequences += found
    return rows, sequences


def _by_piece(
    rows: Sequence[int], found: Sequence[Likelihood], count: int
) -> tuple[Foreseen | None, ...]:
    """The likelihoods of sequences put together piece by piece."""
    pieces: dict[int, list[Likelihood]] = {}
    for row, each in zip(rows, found, strict=True):
        pieces.setdefault(row, []).append(each)
    sums = {row: pooled(each) for row, each in pieces.items()}
    return tuple(
        Foreseen(s.nats, s.quarters, s.tokens, s.correct, s.moving, s.moving_correct)
        if (s := sums.get(row))
        else None
        for row in range(count)
    )


# --- all together -----------------------------------------------------------------------------------


def _together(
    name: str,
    asked: Asked,
    people: Sequence[Looked],
    others: Sequence[Looked],
    training: Training,
    done: Sequence[tuple[Showing, Sequence[Looked]]],
) -> Bench:
    human = [each.measured for each in people]
    beside = reference(
        NAMES, human, [each.family for each in asked.humans], _histograms(people),
        [[each.measured for each in others], *[showing.music.pieces for showing, _ in done]], asked.spec.seed,
    )  # fmt: skip
    showings = tuple(
        replace(
            showing,
            music=_judged(music_set(showing.music.pieces, _histograms(looked), beside), training),
        )
        for showing, looked in done
    )
    return Bench(
        id=name,
        spec=asked.spec,
        dataset_fingerprint=asked.dataset_fingerprint,
        training_pieces=len(training.pieces),
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
        seconds=0.0,
        versions=VERSIONS | {"features": str(FEATURES_VERSION)},
        humans=asked.humans,
        features=NAMES,
        human=without_scores(music_set(human, _histograms(people), beside)),
        people=music_set([each.measured for each in others], _histograms(others), beside),
        baseline=_baseline(training),
        showings=showings,
    )


def _judged(music: MusicSet, training: Training) -> MusicSet:
    """The set with what is to be said of it as a whole, beside people."""
    borrowed = [each.borrowed for each in music.pieces if each.borrowed]
    if not borrowed or training.baseline is None:
        return music
    shares = [share for each in borrowed if (share := each.shares[EIGHT]) is not None]
    copied = sum(each.verdict == COPIED for each in borrowed)
    mean = mean_interval(shares) if shares else None
    return replace(music, verdict=judge_figures(copied, len(borrowed), mean, training.baseline))


def _baseline(training: Training) -> dict[str, Baseline]:
    if training.baseline is None:
        return {}
    found = {}
    for figure in FIGURES:
        mean, (low, high) = training.baseline.mean(figure), training.baseline.usual(figure)
        found[figure] = Baseline(
            mean.mean if mean else None, mean.half_width if mean else None, _known(low), _known(high)
        )  # fmt: skip
    return found


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _histograms(looked: Sequence[Looked]) -> dict[str, NDArray[np.float64]]:
    names = looked[0].histograms if looked else ()
    return {name: np.stack([each.histograms[name] for each in looked]) for name in names}


def _opening(score: Score) -> Score:
    """As much of a human piece as is compared."""
    lines = bars(score)
    return score if len(lines) <= MOST_BARS else clip(score, 0, lines[MOST_BARS - 1].end)


def _named(looked: Sequence[Looked]) -> list[tuple[str, bytes]]:
    return [(f"{number:04}", pack(each.score)) for number, each in enumerate(looked)]


def read(path: Path) -> Any:
    """A file of a bench; ``WorkFailed`` where it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkFailed(f"{path.name} of a bench cannot be read ({error}); run the bench again.") from error  # fmt: skip


def write(path: Path, data: Any) -> None:
    """Write a file of a bench, completely or not at all."""
    write_whole(path, json.dumps(data, allow_nan=False))
