"""Piano rolls of 88 keys: nats per frame, for models of the tokenizer piano-roll.

The data are MATLAB files as TCN's code reads them (:mod:`workbench.formats.matlab_rolls`): ``JSB_Chorales.mat``, ``Nottingham.mat``, …

A model says the keys of a frame from below, one token each, and what it gives to its tokens is turned into a chance of each key
(:func:`workbench.metrics.roll_likelihood.key_chances`). Beside its tokens it is told a plan, and the data say none of it: all is read as C major and 4/4 from the
first frame on, which is how :mod:`workbench.corpora.piano_rolls` reads the same files to train on; a frame is a step of the model's grid. No mixture over keys and
meters, as :mod:`workbench.jobs.benchmarks.hearing` has: a model that learned from rolls knows no other.

One that is told how many bars are left pays for it: the length is coded beforehand with 1 / (n (n + 1)) for n bars. One that was trained with ``tells_end`` off knows no length and
pays nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.model_card import ModelCard, read_card
from workbench.core.report import Report
from workbench.core.rolls import HELD, KEYS, STRUCK, Roll, key_of
from workbench.core.score import Key, Meter
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.core.vocabulary import START, Decoder, Plan, PlanBar, TokenSequence
from workbench.corpora.piano_rolls import NAME as ROLLS
from workbench.formats.matlab_rolls import SPLITS, decode_rolls
from workbench.jobs.benchmarks import (
    Check,
    Reading,
    around,
    benchmark,
    data_files,
    digests,
)
from workbench.jobs.loading import load_decoder
from workbench.jobs.requests import check_vocabulary
from workbench.metrics.recall import REMARK, Memory
from workbench.metrics.roll_likelihood import (
    Even,
    Heard,
    fit_key_shares,
    fit_staying,
    key_chances,
    likelihood_of,
    roll_likelihood,
)
from workbench.tokenizers import TOKENIZERS, make
from workbench.tokenizers.grid import bar_steps
from workbench.tokenizers.piano_roll import PianoRoll
from workbench.tokenizers.roll_language import BARS_LEFT
from workbench.zoo import ARCHITECTURES

WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Of the smoothing of the baselines; the best on the validation split is taken."""
KEY, METER = Key(0, 0), Meter(0, 4, 4)
SIDE_BY_SIDE = 32  # pieces
COUNTED = 60  # pieces that the n-gram of the self-test counts
WALKED = 3  # pieces of which it is held to its tokens, one at a time


def held_out(collection: str, title: str) -> bool:
    """Of the rolls themselves all but the training splits; the chorales are music21's, and Nottingham's tunes those of the collection."""
    if collection == ROLLS:
        return " train " not in title
    return collection in ("bach-chorales", "nottingham") or (
        collection == "jsb-16th" and not title.startswith("JSB train ")
    )


def self_test(data: Path | None, report: Report) -> list[Check]:
    """Models of which the reading is known, two baselines and an n-gram fitted to the training split."""
    splits = read_rolls(data) if data else _made()
    for split in SPLITS:
        _split(splits, split)
    even = roll_likelihood(Even(), splits["valid"]).nats_per_frame
    checks = [
        Check("chance one half", even, 60.99, 61.0, "88 ln 2 = 60.997"),
    ]
    most = even
    for name, fit in (("shares of the keys", fit_key_shares), ("keys that stay", fit_staying)):
        models = [fit(splits["train"], weight) for weight in WEIGHTS]
        best = min(models, key=lambda model: roll_likelihood(model, splits["valid"]).nats)
        reads = roll_likelihood(best, splits["test"]).nats_per_frame
        checks.append(Check(f"{name}, test split", reads, 0.0, most, "less than the one before"))
        most = reads
    report.progress(0.5, "Counting what follows what")
    return [*checks, _of_tokens(splits["train"][:COUNTED], splits["valid"][:WALKED])]


@benchmark(
    "frames",
    title="Piano rolls of 88 keys",
    unit="nats per frame",
    citation="Boulanger-Lewandowski, Bengio & Vincent, ICML 2012; counted as by Bai, Kolter & Koltun 2018",
    self_test=self_test,
    held_out=held_out,
    in_keys=True,
    recalls=True,
)
def measure(
    model: Path, data: Path, split: str, report: Report, keys: int = 1, recall: bool = False
) -> Reading:
    """88 keys on or off, each foreseen from the frames before and the lower keys of its own, summed over keys, averaged over all frames but the first of a piece."""
    card = read_card(model)
    tokenizer, opened = _reader(card)
    path = _file(data)
    # By length, so that pieces which are read side by side end together; the sum is the same.
    splits = read_rolls(path)
    rolls = sorted(_split(splits, split), key=len)
    chances = _in_keys(load_decoder(model), tokenizer, opened, rolls, keys, report)
    recalled: dict[str, float] = {}
    if recall:
        memory = Memory.of(_symbols(_split(splits, "train")), tokenizer.settings.steps_per_quarter)
        recalled = memory.shares(_symbols(rolls))
        chances = [
            memory.beside(piece, np.stack([1 - each, each], axis=-1))[..., 1]
            for piece, each in zip(_symbols(rolls), chances, strict=True)
        ]
    found = likelihood_of(rolls, [each[1:] for each in chances])
    price = _price(tokenizer, [_sequence(tokenizer, roll).plan for roll in rolls])
    frames = max(found.frames, 1)
    figures = {
        "pieces": found.pieces,
        "frames": found.frames,
        "keys_per_frame": sum(int(roll[1:].sum()) for roll in rolls) / frames,
        "nats_per_frame_with_the_first": (found.nats + price + _opening_nats(rolls, chances))
        / max(sum(map(len, rolls)), 1),
    }
    figures |= recalled
    if price:
        figures = {"nats_per_frame_given_length": found.nats_per_frame, **figures}
    return Reading((found.nats + price) / frames, figures, digests([path]), _remarks(tokenizer, bool(price), keys, recall))  # fmt: skip


def _in_keys(
    decoder: Decoder, tokenizer: PianoRoll, opened: int, rolls: Sequence[Roll], keys: int, report: Report
) -> list[NDArray[np.float64]]:  # fmt: skip
    """(T, ``KEYS``) chances of every roll, the mean of those in all the keys in which nothing of it is lost."""
    chances = [np.zeros(roll.shape) for roll in rolls]
    fitting = [[key for key in around(keys) if _fits(roll, key)] for roll in rolls]
    for number, key in enumerate(around(keys)):
        report.progress(number / keys, f"Reading {len(rolls)} pieces")
        places = [place for place, those in enumerate(fitting) if key in those]
        moved = [np.roll(rolls[place], key, axis=1) for place in places]
        found_there = _foreseen(decoder, tokenizer, opened, moved)
        for place, each in zip(places, found_there, strict=True):
            chances[place] += np.roll(each, -key, axis=1) / len(fitting[place])
            np.minimum(chances[place], 1.0, out=chances[place])  # thirds may add up to more
    return chances


def _foreseen(
    decoder: Decoder, tokenizer: PianoRoll, opened: int, rolls: Sequence[Roll]
) -> Iterator[NDArray[np.float64]]:
    """(T, ``KEYS``) chances of every roll, the first frame's too; ``opened`` numbers of the context are of controls, left open."""
    sequences = [_sequence(tokenizer, roll) for roll in rolls]
    heard = [Heard(each.tokens, np.pad(each.context, ((0, 0), (0, opened)))) for each in sequences]
    return key_chances(decoder, heard, SIDE_BY_SIDE)


def _fits(roll: Roll, key: int) -> bool:
    """Whether nothing of a roll is lost so many semitones away."""
    lost = roll[:, KEYS - key :] if key > 0 else roll[:, : max(-key, 0)]
    return not lost.any()


def _opening_nats(rolls: Sequence[Roll], chances: Sequence[NDArray[np.float64]]) -> float:
    """Nats of the first frame of every piece."""
    return -sum(
        float(np.log(np.where(roll[:1], each[:1], 1 - each[:1])).sum())
        for roll, each in zip(rolls, chances, strict=True)
    )


def _remarks(tokenizer: PianoRoll, is_paid: bool, keys: int, recall: bool) -> tuple[str, ...]:
    steps = tokenizer.settings.steps_per_quarter
    frame = "a quarter note" if steps == 1 else f"1/{4 * steps} note"
    return (
        "Each key is foreseen from the lower keys of its own frame, too (chain rule), so the figure compares with RNN-NADE and its like; TCN and LSTMs of independent"
        " keys do without.",
        "All frames but the first of each piece are counted, as TCN's code does; beside it stands the figure with the first. Key and meter are not in the data: all is read as"
        f" {KEY} and {METER}, a frame as {frame} (the model's grid).",
        "The length is told and paid for." if is_paid else "The length is not told.",
        *(f"Each piece was read in {keys} keys at once." for _ in range(keys > 1)),
        *(REMARK for _ in range(recall)),
    )


def _symbols(rolls: Sequence[Roll]) -> list[NDArray[np.int64]]:
    """(T, ``KEYS``) each: 1 where a key sounds."""
    return [roll.astype(np.int64) for roll in rolls]


def _reader(card: ModelCard) -> tuple[PianoRoll, int]:
    """The tokenizer of a model, and how many controls it was trained with, which are left open; refused where it is none for rolls."""
    kind = TOKENIZERS.get(card.tokenizer.name)
    if kind.form != "roll":
        raise InvalidSetting(
            f"This benchmark asks which of {KEYS} keys sound in each frame, and this model writes in {kind.title.lower()}; choose one that was trained with"
            " the tokenizer piano-roll. `--self-test --data FILE` reads the baselines."
        )
    check_vocabulary(card, make(card.tokenizer))
    tokenizer = make(replace(card.tokenizer, controls={}))
    assert isinstance(tokenizer, PianoRoll)  # its form says so
    return tokenizer, len(card.vocabulary.context) - len(tokenizer.vocabulary.context)


def _sequence(tokenizer: PianoRoll, roll: Roll) -> TokenSequence:
    """A roll as the tokenizer says it, in as many bars as it needs."""
    steps = bar_steps(METER, tokenizer.settings.steps_per_quarter)
    bar = PlanBar(METER.numerator, METER.denominator, steps)
    return tokenizer.encode_roll(roll, Plan(KEY, (bar,) * max(-(-len(roll) // steps), 1)))


def _price(tokenizer: PianoRoll, plans: Sequence[Plan]) -> float:
    """Nats that the lengths of pieces cost, where the model is told them."""
    if BARS_LEFT not in [field.name for field in tokenizer.vocabulary.context]:
        return 0.0
    bars = np.array([len(plan.bars) for plan in plans])
    return float(np.log(bars * (bars + 1)).sum())


def _of_tokens(train: Sequence[Roll], valid: Sequence[Roll]) -> Check:
    """An n-gram's chances of keys beside what it gives to the tokens themselves, one after another, under the grammar."""
    tokenizer = make(TokenizerSpec("piano-roll", {"steps_per_quarter": 1, "tells_end": False}))
    assert isinstance(tokenizer, PianoRoll)
    ngram = ARCHITECTURES.get("ngram")
    assert ngram.fit is not None  # it counts
    settings = validated(ngram.settings, ModelSpec("ngram").settings)
    model = ngram.fit(settings, tokenizer.vocabulary, [_sequence(tokenizer, roll) for roll in train])  # fmt: skip
    sequences = [_sequence(tokenizer, roll) for roll in valid]
    heard = [Heard(each.tokens, each.context) for each in sequences]
    by_keys = likelihood_of(valid, [each[1:] for each in key_chances(model, heard)])
    said = sum(token_nats(model, tokenizer, each) for each in sequences) / max(by_keys.frames, 1)
    return Check(
        "n-gram, chances of keys beside those of its tokens", by_keys.nats_per_frame,
        said - 1e-6, said + 1e-6, f"its tokens, one after another, have {said:.6f}",
    )  # fmt: skip


def token_nats(decoder: Decoder, tokenizer: PianoRoll, sequence: TokenSequence) -> float:
    """Nats of the tokens of a roll from its second frame on, by the grammar's own masks; striking and going on are one.

    A frame more stands at the end of the plan, so that the rule that the last bar sounds, which rolls know nothing of, is never met.
    """
    plan = replace(sequence.plan, bars=(*sequence.plan.bars, sequence.plan.bars[-1]))
    grammar = tokenizer.grammar(plan)
    state, previous, nats = decoder.start(1), START, 0.0
    for token, context in zip(sequence.tokens.tolist(), sequence.context, strict=True):
        logits, state = decoder.step(np.array([previous], np.int32), context[np.newaxis], state)
        shares = np.exp(logits[0].astype(np.float64) - logits.max()) * grammar.allowed()
        same = [token]
        if token >= STRUCK:
            same = [STRUCK + key_of(token), HELD + key_of(token)]
        is_counted = grammar.place[0] > 0
        nats -= float(np.log(shares[same].sum() / shares.sum())) if is_counted else 0.0
        grammar.advance(token)
        previous = token
    return nats


# --- data -----------------------------------------------------------------------------------------


def read_rolls(place: Path) -> dict[str, list[Roll]]:
    """The rolls of every split of a file.

    Raises
    ------
    InvalidSetting
        Where there is no file, or more than one.
    UnreadableFile
        Where the file is none of that form, or too large.
    """
    path = _file(place)
    return decode_rolls(path.read_bytes(), path.name)


def _file(place: Path) -> Path:
    found = data_files(place, (), (".mat",))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InvalidSetting(f"There are several files at {place}: {names}. Name one of them.")
    return found[0]


def _split(splits: dict[str, list[Roll]], split: str) -> list[Roll]:
    if not splits.get(split):
        there = ", ".join(name for name, rolls in splits.items() if rolls)
        raise InvalidSetting(
            f"There is no {split} split in this file; there is {there}. Choose one with --split, or get a complete copy."
        )
    return splits[split]


def _made() -> dict[str, list[Roll]]:
    """Rolls for a self-test without data: keys that come and go, the low ones and the high ones seldom."""
    random = np.random.default_rng(0)
    comes = 0.04 * np.exp(-(((np.arange(KEYS) - 44) / 16) ** 2))

    def piece(length: int) -> Roll:
        roll = np.zeros((length, KEYS), bool)
        for now in range(1, length):
            roll[now] = random.random(KEYS) < np.where(roll[now - 1], 0.7, comes)
        return roll

    return {
        split: [piece(100) for _ in range(count)]
        for split, count in zip(SPLITS, (40, 10, 10), strict=True)
    }
