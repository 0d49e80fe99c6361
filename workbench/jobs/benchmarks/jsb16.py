"""Bach's chorales in frames of a sixteenth note: nats per frame, for models of four voices.

The data are those of :mod:`workbench.corpora.jsb_16th`: a file for all splits, or a folder with ``train.json``, ``valid.json`` …

How a model is read as one of frames: :mod:`workbench.jobs.benchmarks.hearing`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.model_card import ModelCard, read_card
from workbench.core.report import Report
from workbench.core.settings import validated
from workbench.corpora import CORPORA
from workbench.corpora.jsb_16th import FRAME_TICKS, SPLITS, read_frames
from workbench.jobs.benchmarks import (
    Check,
    Reading,
    around,
    benchmark,
    data_files,
    digests,
    hearing,
)
from workbench.jobs.loading import load_decoder
from workbench.jobs.requests import check_vocabulary
from workbench.metrics.frame_likelihood import (
    SILENCE,
    SYMBOLS,
    VOICES,
    FrameLikelihood,
    frame_likelihood,
    symbols_of,
)
from workbench.metrics.recall import REMARK, Memory
from workbench.tokenizers import TOKENIZERS, make
from workbench.zoo import ARCHITECTURES

Pieces = list[NDArray[np.int16]]
INSTALLED = 40  # chorales of the self-test without data


def held_out(collection: str, title: str) -> bool:
    """The tunes of all splits are among music21's chorales; of the benchmark's own only those of the training split are not held out."""
    is_own = collection == "jsb-16th"
    return collection == "bach-chorales" or (is_own and not title.startswith("JSB train "))


def self_test(data: Path | None, report: Report) -> list[Check]:
    """The uniform model, and our n-gram fitted to the training split."""
    if data:
        splits, _ = _read(data)
        train, valid = _split(splits, "train", data), _split(splits, "valid", data)
    else:
        report.progress(0.0, "Reading installed chorales")
        every = list(_installed(INSTALLED))
        train, valid = every[INSTALLED // 5 :], every[: INSTALLED // 5]
    used = np.unique(np.concatenate([symbols_of(piece).reshape(-1) for piece in [*train, *valid]]))
    used = np.union1d(used, [0])  # silence is one, whether it occurs or not
    flat = np.zeros(SYMBOLS)
    flat[used] = 1 / len(used)
    uniform = frame_likelihood(valid, (np.broadcast_to(flat, (*p.shape, SYMBOLS)) for p in valid))
    known = VOICES * float(np.log(len(used)))
    report.progress(0.4, "Counting what follows what")
    given = list(hearing.plain_ngram(train, valid))
    ngram = frame_likelihood(valid, given)
    memory = _memory(train)
    beside = (memory.beside(symbols_of(p), each) for p, each in zip(valid, given, strict=True))
    recalling = frame_likelihood(valid, beside)
    largest = max(float(each.sum(axis=-1).max()) for each in given)
    return [
        Check(
            f"uniform over {len(used) - 1} pitches and silence", uniform.nats_per_frame,
            known - 1e-9, known + 1e-9, f"4 ln {len(used)}; 15.40 for 46 pitches and silence",
        ),
        Check(
            "chances of one cell added up, the largest", largest, 0.9, 1 + 1e-9,
            "what a model says of a cell is a distribution",
        ),
        Check(
            "n-gram", ngram.nats_per_frame, 1.5, 3.2 if data else known / 2,
            "a plain Witten-Bell n-gram reads 2.52 on valid.json; ours is Kneser-Ney of order 5, not transposed, and"
            " looks at the place in an assumed 4/4 bar and at what all voices sing",
        ),
        Check(
            "n-gram beside a memory of the piece", recalling.nats_per_frame, 1.3,
            ngram.nats_per_frame, "chorales repeat themselves, and a memory that did not help would be wrong",
        ),
    ]  # fmt: skip


@benchmark(
    "jsb16",
    title="JSB chorales, 16th-note frames",
    unit="nats per frame",
    citation="Boulanger-Lewandowski, Bengio & Vincent, ICML 2012; voices separated by Cheng-Zhi Anna Huang",
    self_test=self_test,
    held_out=held_out,
    in_keys=True,
    recalls=True,
)
def measure(
    model: Path, data: Path, split: str, report: Report, keys: int = 1, recall: bool = False
) -> Reading:
    """Four voices in frames of a sixteenth note, from left to right, every frame of every piece counted, pooled over all frames."""
    card = read_card(model)
    _check_readable(card)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    splits, files = _read(data)
    pieces = _split(splits, split, data)
    decoder = load_decoder(model)
    prices: list[float] = []
    if recall and not splits.get("train"):
        raise InvalidSetting(f"A memory is counted on the training split, and there is none at {data}; name the folder that holds it, or leave recall out.")  # fmt: skip
    memory = _memory(splits["train"]) if recall else None
    given = hearing.foreseen(decoder, card, pieces, around(keys), report, prices)
    if memory is not None:
        given = (memory.beside(symbols_of(p), each) for p, each in zip(pieces, given, strict=True))
    found = frame_likelihood(pieces, given)
    remarks = (
        "The key, the meter and the upbeat are not told: a mixture over what the model has heard. The length is told and"
        " paid for.",
        *(f"Each piece was read in {keys} keys at once." for _ in range(keys > 1)),
        *(REMARK for _ in range(recall)),
    )
    figures = _figures(found, sum(prices))
    if memory is not None:
        figures |= memory.shares([symbols_of(piece) for piece in pieces])
    return Reading(found.nats_per_frame, figures, digests(files), remarks)


def _figures(found: FrameLikelihood, price: float) -> dict[str, float]:
    return {
        "nats_per_frame_given_length": (found.nats - price) / found.frames,
        "pieces": found.pieces,
        "frames": found.frames,
        "accuracy": found.accuracy,
        "moving_cells": found.moving / max(found.cells, 1),
        "accuracy_on_moving_cells": found.moving_accuracy,
    }


def _memory(train: Pieces) -> Memory:
    return Memory.of((symbols_of(piece) for piece in train), hearing.STEPS_PER_QUARTER)


def _check_readable(card: ModelCard) -> None:
    """Refuse a model that cannot be read as one of frames from left to right."""
    architecture, kind = (
        ARCHITECTURES.get(card.model.architecture),
        TOKENIZERS.get(card.tokenizer.name),
    )
    if kind.form != "voices":
        raise InvalidSetting(
            f"This model writes in {kind.title.lower()} and says no four voices in steps; choose one that was trained with"
            f" the tokenizer {hearing.GRID}."
        )
    steps = validated(kind.settings, card.tokenizer.settings).steps_per_quarter
    if steps != hearing.STEPS_PER_QUARTER:
        raise InvalidSetting(
            f"This model has {steps} steps to the quarter, and the frames are sixteenths; choose one with"
            f" {hearing.STEPS_PER_QUARTER}."
        )
    if architecture.is_orderless:
        raise InvalidSetting(
            "This model fills holes in any order; from left to right it would need a pass for every cell. Choose a"
            " model that goes from left to right, and compare this one with `evaluate`."
        )


# --- data -----------------------------------------------------------------------------------------


def _read(data: Path) -> tuple[dict[str, Pieces], list[Path]]:
    """The chorales of every split, and the files that hold them."""
    files = data_files(data, tuple(f"{split}.json" for split in SPLITS), (".json",))
    splits: dict[str, Pieces] = {}
    for path in files:
        splits |= read_frames(path.read_bytes(), path.name)
    return splits, files


def _split(splits: dict[str, Pieces], split: str, data: Path) -> Pieces:
    if not splits.get(split):
        raise InvalidSetting(
            f"There is no {split} split at {data}; there is {', '.join(splits)}. Choose one with --split."
        )
    return splits[split]


def _installed(count: int) -> Iterator[NDArray[np.int16]]:
    """Chorales of music21 as the benchmark has them, four parts each."""
    corpus = CORPORA.get("bach-chorales")
    for member in corpus.members():
        score = corpus.read(member).score
        if len(score.parts) != VOICES:
            continue
        frames = np.full((score.end // FRAME_TICKS, VOICES), SILENCE, np.int16)
        for note in score.notes:
            begin = note["onset"] // FRAME_TICKS
            frames[begin : begin + note["duration"] // FRAME_TICKS, note["part"]] = note["pitch"]
        yield frames
        count -= 1
        if not count:
            return
