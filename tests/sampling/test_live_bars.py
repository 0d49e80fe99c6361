"""Drawing bar after bar: whatever is wished for, every bar is whole, keeps to its turn, and may be the last."""

import random

import numpy as np
import pytest

from workbench.core.live import CLOSING_BARS, MOST_DENSITY, Turn
from workbench.core.model_card import read_card
from workbench.core.mood import part_of
from workbench.core.score import TICKS_PER_QUARTER, bars, clip, parse_key, parse_meter
from workbench.core.sections import TONIC, close_classes
from workbench.core.specs import TokenizerSpec
from workbench.jobs.loading import load_decoder
from workbench.metrics.features.voice_leading import parallel_fifths, parallel_octaves
from workbench.sampling.live import draw_bar
from workbench.tokenizers import make
from workbench.workspace import REPOSITORY

KEYS = ("C major", "F# minor", "Eb dorian", "Bb major", "A mixolydian")
METERS = ("4/4", "3/4", "6/8", "5/4")
BARS = 20


class Dice:
    """A model that knows nothing: other random logits before every token. It notes what it is told."""

    def __init__(self, tokens: int, seed: int) -> None:
        self._random, self._tokens = np.random.default_rng(seed), tokens
        self.told: list[list[int]] = []

    def start(self, batch):
        self.told = []

    def step(self, tokens, context, state):
        self.told.append([int(tokens[0]), *context[0].tolist()])
        return self._random.normal(0, 3, (1, self._tokens)).astype(np.float32), state


def random_turn(rng: random.Random, tokenizer) -> Turn:
    low = rng.choice([0.0, 0.2, 0.45])
    spans = [part_of(*span, (low, low + 0.55)) for span in tokenizer.sung.values()]
    return Turn(
        temperature=rng.choice([0.4, 1.0, 1.5]),
        top_p=rng.choice([0.8, 1.0]),
        density=rng.choice([-MOST_DENSITY, 0.0, MOST_DENSITY]),
        ranges=tuple(spans) if rng.random() < 0.6 else (),
        no_parallels=len(spans) > 1,
        no_cross_relations=len(spans) > 1,
    )


@pytest.mark.parametrize("name", ["melody-steps", "chorale-grid"])
@pytest.mark.parametrize("seed", range(3))
def test_every_bar_is_whole_and_keeps_to_its_range(name, seed):
    rng, tokenizer = random.Random(seed), make(TokenizerSpec(name))
    key, meter = parse_key(rng.choice(KEYS)), parse_meter(rng.choice(METERS))
    plan = tokenizer.plan(key, meter, BARS, 100.0)
    one = tokenizer.plan(key, meter, 1, 100.0)
    turns = [random_turn(rng, tokenizer) for _ in range(BARS - CLOSING_BARS)]
    turns += [Turn(left=left) for left in range(CLOSING_BARS)[::-1]]
    dice, tokens, ends = Dice(len(tokenizer.vocabulary), seed), [], []
    for number, turn in enumerate(turns, start=1):
        tokens += draw_bar(dice, tokenizer, one, tokens, turn, seed)
        ended = tokenizer.decode(tokens, tokenizer.plan(key, meter, number, 100.0))
        ends.append(len(bars(ended)))
    assert ends == list(range(1, BARS + 1))  # it could have stopped with any of them
    score = tokenizer.decode(tokens, plan)
    for note in score.notes:
        turn = turns[int(note["onset"]) // meter.bar_ticks]
        if turn.ranges:
            low, high = turn.ranges[int(note["part"]) if len(turn.ranges) > 1 else 0]
            assert low <= note["pitch"] <= high
    played = clip(score, 0, (BARS - CLOSING_BARS) * meter.bar_ticks)
    assert name != "chorale-grid" or parallel_fifths(played) == parallel_octaves(played) == 0
    voices = len(tokenizer.sung)
    ringing = score.notes[score.notes["onset"] + score.notes["duration"] == score.end]
    for note in ringing:
        closes = close_classes(key, TONIC, int(note["part"]), voices)
        assert int(note["pitch"]) % 12 in closes


def test_the_model_hears_the_phrase_before_as_the_beginning_of_a_piece():
    tokenizer = make(TokenizerSpec("chorale-grid"))
    key, meter = parse_key("G major"), parse_meter("4/4")
    plan = tokenizer.plan(key, meter, 1, 100.0)
    cells = plan.steps * 4
    tokens = tokenizer.parse(
        "67 62 59 43 " + "_ _ _ _ " * (plan.steps * 17 - 1), tokenizer.plan(key, meter, 17, 100.0)
    )
    dice = Dice(len(tokenizer.vocabulary), 1)
    bar = draw_bar(dice, tokenizer, plan, tokens, Turn(), 5)
    assert len(bar) == cells
    assert (
        len(dice.told) == 10 * cells
    )  # the phrase before, the bar before in this one, and this bar
    heard = [told[0] for told in dice.told]
    assert heard[1:5] == tokens[:4]  # what is held where the phrase begins is begun there
    left = next(
        at
        for at, field in enumerate(tokenizer.vocabulary.context, start=1)
        if field.name == "bars_left"
    )
    assert [told[left] for told in dice.told[::cells]] == [16, 16, 16, 16, 16, 16, 16, 16, 15, 14]


@pytest.fixture(scope="module", params=["folk", "chorales"])
def model(request):
    folder = REPOSITORY / "models/pretrained" / request.param
    card = read_card(folder)
    return load_decoder(folder), make(card.tokenizer)


def played(model, turn: Turn, count: int, seed: int) -> list[int]:
    decoder, tokenizer = model
    plan = tokenizer.plan(parse_key("G major"), parse_meter("4/4"), 1, 100.0)
    tokens: list[int] = []
    for _ in range(count):
        tokens += draw_bar(decoder, tokenizer, plan, tokens, turn, seed)
    return tokens


def test_density_is_heard_and_the_same_seed_gives_the_same_bars(model):
    _, tokenizer = model
    counts = []
    for density in (-2.0, 0.0, 3.0):
        tokens = played(model, Turn(density=density), 4, seed=3)
        plan = tokenizer.plan(parse_key("G major"), parse_meter("4/4"), 4, 100.0)
        counts.append(len(tokenizer.decode(tokens, plan).notes))
    assert counts[0] * 1.3 < counts[1] < counts[2] / 1.3
    assert played(model, Turn(), 2, seed=3) == played(model, Turn(), 2, seed=3)
    assert played(model, Turn(), 2, seed=3) != played(model, Turn(), 2, seed=4)


def test_a_bundled_model_closes_on_the_tonic(model):
    decoder, tokenizer = model
    key, meter = parse_key("D major"), parse_meter("3/4")
    plan = tokenizer.plan(key, meter, 1, 100.0)
    tokens: list[int] = []
    for left in (None, None, None, 1, 0):
        tokens += draw_bar(decoder, tokenizer, plan, tokens, Turn(left=left), 9)
    score = tokenizer.decode(tokens, tokenizer.plan(key, meter, 5, 100.0))
    last = score.notes[score.notes["onset"] + score.notes["duration"] == score.end]
    bass = last[last["part"] == last["part"].max()]
    assert int(bass["pitch"][0]) % 12 == key.tonic
    assert (last["duration"] >= TICKS_PER_QUARTER).all()
