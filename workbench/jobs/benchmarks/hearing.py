"""A model of the chorale grid, read as one of frames from left to right.

The tokenizer ``chorale-grid`` says the cells in the benchmark's own order, and tells held notes from those struck again; that is summed
over as :func:`workbench.metrics.frame_likelihood.cell_chances` says.

Beside its tokens such a model is told a plan: key, meter, place in the bar, bars left. The data say none of it, and nothing may be
looked up ahead. So the model is a mixture over what it has heard: each key and each meter with the share of the training pieces that
its card gives, beginning on the bar line or with an upbeat of one quarter (as likely). It finds the key within a bar or two, at the price of
not knowing it before. Hypotheses that have fallen behind by more than ``HOPELESS`` after ``HEARING`` frames are given up, which only loses.

It is told how many bars are left, as in training. That is paid for: the length is coded beforehand with 1 / (n (n + 1)) for n bars, some five
nats a piece. What it costs is told beside the figure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import Frames
from workbench.core.model_card import ModelCard
from workbench.core.report import Report
from workbench.core.score import Key, Meter, parse_key, parse_meter
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.core.vocabulary import Decoder, Plan, PlanBar, TokenSequence
from workbench.metrics.frame_likelihood import (
    SILENCE,
    SYMBOLS,
    VOICES,
    Heard,
    cell_chances,
    log_chances,
    mixed,
)
from workbench.tokenizers import make
from workbench.tokenizers.chorale_grid import ChoraleGrid
from workbench.tokenizers.grid import bar_steps, key_shift
from workbench.zoo import ARCHITECTURES

GRID = "chorale-grid"
STEPS_PER_QUARTER = 4
UPBEATS = (0, STEPS_PER_QUARTER)
HEARING = 16  # frames
HOPELESS = 20.0  # nats
SIDE_BY_SIDE = 16  # pieces

Piece = NDArray[np.int16]
Asked = tuple[Key, Meter, int]


def foreseen(
    decoder: Decoder, card: ModelCard, pieces: Sequence[Piece], keys: Sequence[int], report: Report, prices: list[float],
) -> Iterator[NDArray[np.float64]]:  # fmt: skip
    """(T, 4, ``SYMBOLS``) chances of every piece, the mean of those in all ``keys``, so many semitones away.

    ``prices`` takes what the length of each cost in the last of these, in nats.
    """
    total: list[NDArray[np.float64]] = []
    for number, key in enumerate(keys):
        prices.clear()
        moved = [np.where(piece > SILENCE, piece + key, piece) for piece in pieces]

        def reached(done: float, number: int = number) -> None:
            report.progress((number + done) / len(keys), f"Reading {len(pieces)} pieces")

        for place, given in enumerate(_foreseen(decoder, card, moved, reached, prices)):
            here = _in_own_key(given, key) / len(keys)
            if number == 0:
                total.append(here)
            else:
                total[place] += here
    yield from total


def _in_own_key(given: NDArray[np.float64], key: int) -> NDArray[np.float64]:
    """(T, 4, ``SYMBOLS``) what was said of a piece ``key`` semitones away, of its own pitches."""
    symbols = np.arange(1, SYMBOLS)
    there = symbols + key
    inside = (there >= 1) & (there < SYMBOLS)
    result = np.zeros_like(given)
    result[..., 0] = given[..., 0]
    result[..., symbols[inside]] = given[..., there[inside]]
    return result


def _foreseen(
    decoder: Decoder, card: ModelCard, pieces: Sequence[Piece], reached: Callable[[float], None], prices: list[float],
) -> Iterator[NDArray[np.float64]]:  # fmt: skip
    # Controls are left open: numbers behind the others of the context, all 0.
    grid = _grid(replace(card.tokenizer, controls={}))
    frames = Frames(grid.vocabulary)
    opened = len(card.vocabulary.context) - len(grid.vocabulary.context)
    asked, priors = _asked(card)
    for first in range(0, len(pieces), SIDE_BY_SIDE):
        reached(first / len(pieces))
        group = pieces[first : first + SIDE_BY_SIDE]
        heard = [[_heard(grid, piece, each, opened) for each in asked] for piece in group]
        begun = cell_chances(decoder, frames, [_beginning(one) for each in heard for one in each])
        kept = []
        for piece, each in zip(group, heard, strict=True):
            said = log_chances(piece[:HEARING], [next(begun) for _ in each]).sum(axis=(1, 2))
            said += np.log(priors)
            kept.append(np.flatnonzero(said > said.max() - HOPELESS))
        left = [heard[at][i] for at, which in enumerate(kept) for i in which.tolist()]
        read = cell_chances(decoder, frames, left)
        for piece, which in zip(group, kept, strict=True):
            given = [next(read) for _ in which]
            bars = np.array([len(_plan(len(piece), asked[i]).bars) for i in which.tolist()])
            paid = priors[which] / (bars * (bars + 1))
            said = log_chances(piece, given).sum(axis=(1, 2))
            free, bought = (
                np.logaddexp.reduce(said + np.log(each)) for each in (priors[which], paid)
            )
            prices.append(float(free - bought))
            yield mixed(piece, given, paid)


def plain_ngram(train: Sequence[Piece], pieces: Sequence[Piece]) -> Iterator[NDArray[np.float64]]:
    """(T, 4, ``SYMBOLS``) what our n-gram, fitted to other pieces, says of each; all in C major and 4/4, as nothing is known of them."""
    asked = (Key(0, 0), Meter(0, 4, 4), 0)
    grid, ngram = _grid(TokenizerSpec(GRID)), ARCHITECTURES.get("ngram")
    assert ngram.fit is not None  # it counts
    sequences = [grid.encode_frames(piece, _plan(len(piece), asked)) for piece in train]
    settings = validated(ngram.settings, ModelSpec("ngram").settings)
    model = ngram.fit(settings, grid.vocabulary, sequences)
    heard = [_heard(grid, piece, asked) for piece in pieces]
    return cell_chances(model, Frames(grid.vocabulary), heard)


def _grid(spec: TokenizerSpec) -> ChoraleGrid:
    grid = make(spec)
    assert isinstance(grid, ChoraleGrid)  # who calls has looked at its form
    return grid


def _asked(card: ModelCard) -> tuple[list[Asked], NDArray[np.float64]]:
    """Every key of the pieces that the model has heard, meter and upbeat that it may meet, and (H,) its chance beforehand."""
    keys = {key: count for key, count in card.heard.keys.items() if count}
    meters = card.heard.meters
    asked = [
        (parse_key(key), parse_meter(meter), upbeat)
        for key in keys
        for meter in meters
        for upbeat in UPBEATS
    ]
    counts = [keys[key] * meters[meter] for key in keys for meter in meters for _ in UPBEATS]
    return asked, np.array(counts) / sum(counts)


def _plan(length: int, asked: Asked) -> Plan:
    """As many bars as so many frames need."""
    key, meter, upbeat = asked
    steps = bar_steps(meter, STEPS_PER_QUARTER)
    bar = PlanBar(meter.numerator, meter.denominator, steps)
    opening = (replace(bar, steps=upbeat, offset=steps - upbeat),) if upbeat else ()
    return Plan(key, (*opening, *[bar] * -(-(length - upbeat) // steps)))


def _sequence(grid: ChoraleGrid, piece: Piece, asked: Asked) -> TokenSequence:
    """A piece under a hypothesis, without what fills up its last bar."""
    sequence = grid.encode_frames(piece, _plan(len(piece), asked))
    return replace(
        sequence, tokens=sequence.tokens[: piece.size], context=sequence.context[: piece.size]
    )


def _heard(grid: ChoraleGrid, piece: Piece, asked: Asked, opened: int = 0) -> Heard:
    sequence = _sequence(grid, piece, asked)
    context = np.pad(sequence.context, ((0, 0), (0, opened)))
    return Heard(sequence.tokens, context, key_shift(grid.vocabulary, asked[0]))


def _beginning(heard: Heard) -> Heard:
    """The first ``HEARING`` frames."""
    cells = HEARING * VOICES
    return Heard(heard.tokens[:cells], heard.context[:cells], heard.shift)
