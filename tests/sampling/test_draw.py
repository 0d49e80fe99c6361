"""Drawing a token: what each choice keeps, on logits worked out by hand."""

import numpy as np
import pytest

from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.sampling.draw import (
    check_choices,
    draw,
    draw_each,
    each_probabilities,
    penalised,
    probabilities,
)

LOGITS = np.log(np.array([0.4, 0.3, 0.2, 0.1]))
ALL = np.ones(4, bool)


def test_plain_probabilities_are_the_softmax():
    assert probabilities(LOGITS, ALL) == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert probabilities(LOGITS + 1000, ALL) == pytest.approx([0.4, 0.3, 0.2, 0.1])


def test_temperature_sharpens_and_flattens():
    squared = np.array([16, 9, 4, 1]) / 30
    assert probabilities(LOGITS, ALL, temperature=0.5) == pytest.approx(squared)
    assert probabilities(LOGITS, ALL, temperature=10)[3] > 0.2
    assert probabilities(LOGITS, ALL, temperature=0).tolist() == [1, 0, 0, 0]
    assert probabilities(np.zeros(4), ALL, temperature=0).tolist() == [1, 0, 0, 0]


def test_top_k_keeps_the_likeliest():
    assert probabilities(LOGITS, ALL, top_k=2) == pytest.approx([4 / 7, 3 / 7, 0, 0])
    assert probabilities(LOGITS, ALL, top_k=9) == pytest.approx([0.4, 0.3, 0.2, 0.1])


def test_top_p_keeps_the_fewest_that_reach_it():
    assert probabilities(LOGITS, ALL, top_p=0.65) == pytest.approx([4 / 7, 3 / 7, 0, 0])
    assert probabilities(LOGITS, ALL, top_p=0.75) == pytest.approx([4 / 9, 3 / 9, 2 / 9, 0])
    assert probabilities(LOGITS, ALL, top_p=1e-9) == pytest.approx([1, 0, 0, 0])


@pytest.mark.parametrize("choices", [(1.0,), (0.0,), (0.5, 5), (1.7, 0, 0.9), (1.0, 200, 0.3, 0.1)])
def test_rows_together_are_what_each_is_alone(choices):
    """To the last bit, ties and masks too, so that it does not matter how pieces are drawn."""
    rng = np.random.default_rng(3)
    for size in (3, 57, 110, 150):
        logits = rng.normal(0, 3, (40, size)).astype(np.float32)
        logits[:, 1] = logits[:, 0]
        allowed = rng.random(logits.shape) < 0.5
        allowed[:, size // 2] = True
        chances = each_probabilities(logits, allowed, *choices)
        alone = [probabilities(*row, *choices) for row in zip(logits, allowed, strict=True)]
        np.testing.assert_array_equal(chances, alone)
        one, other = (np.random.default_rng(7) for _ in range(2))
        assert draw_each(chances, one).tolist() == [draw(row, other) for row in alone]
    with pytest.raises(WorkFailed):
        each_probabilities(np.full((2, 4), np.nan), np.ones((2, 4), bool))


def test_what_is_masked_is_never_drawn_however_likely():
    rng = np.random.default_rng(0)
    for _ in range(300):
        size = int(rng.integers(1, 60))
        logits = rng.normal(size=size) * 20
        logits[rng.random(size) < 0.2] = -np.inf
        allowed = rng.random(size) < 0.3
        allowed[rng.integers(size)] = True
        if not np.isfinite(logits[allowed]).any():
            continue
        choices = rng.choice([0, 0.1, 1, 5]), rng.integers(4), rng.uniform(0.01, 1)
        token = draw(probabilities(logits, allowed, *choices), rng)
        assert allowed[token]
        assert np.isfinite(logits[token])


def test_tokens_come_as_often_as_they_should():
    rng = np.random.default_rng(1)
    chances = probabilities(LOGITS, np.array([True, False, True, True]))
    drawn = [draw(chances, rng) for _ in range(20_000)]
    shares = np.bincount(drawn, minlength=4) / len(drawn)
    assert shares == pytest.approx(np.array([4, 0, 2, 1]) / 7, abs=0.015)


def test_the_edges_of_the_generator_stay_inside():
    class Edge:
        def __init__(self, value):
            self.value = value

        def random(self):
            return self.value

    chances = probabilities(LOGITS, np.array([False, True, True, False]))
    assert draw(chances, Edge(0.0)) == 1
    assert draw(chances, Edge(np.nextafter(1.0, 0.0))) == 2


@pytest.mark.parametrize("logits", [np.full(4, np.nan), np.full(4, -np.inf)])
def test_a_broken_model_is_told_so(logits):
    with pytest.raises(WorkFailed, match="checkpoint"):
        probabilities(logits, ALL)


@pytest.mark.parametrize(
    ("choices", "complaint"),
    [
        ((-0.1, 0, 1.0), "temperature is -0.1"),
        ((float("nan"), 0, 1.0), "temperature is nan"),
        ((1.0, -1, 1.0), "top-k is -1"),
        ((1.0, 0, 0.0), "top-p is 0"),
        ((1.0, 0, 1.1), "top-p is 1.1"),
    ],
)
def test_choices_out_of_range_are_refused(choices, complaint):
    with pytest.raises(InvalidSetting, match=complaint):
        check_choices(*choices)


def test_min_p_keeps_what_is_likely_enough_beside_the_likeliest():
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05]))
    kept = probabilities(logits, np.ones(4, bool), min_p=0.4)
    np.testing.assert_allclose(kept, [0.625, 0.375, 0, 0])
    # It comes after the temperature, and the mask before it: the likeliest that is allowed counts.
    masked = probabilities(logits, np.array([False, True, True, True]), min_p=0.4)
    np.testing.assert_allclose(masked, [0, 2 / 3, 1 / 3, 0])


def test_the_repetition_penalty_is_a_power_of_the_probability_whatever_the_constant():
    logits = np.log(np.array([0.5, 0.25, 0.25])) + 7
    found = np.exp(penalised(logits, [0, 0], 2.0))
    np.testing.assert_allclose(found, [0.25, 0.25, 0.25])
    assert penalised(logits, [], 2.0) is logits
    assert penalised(logits, [0], 1.0) is logits


@pytest.mark.parametrize("choices", [(1, 0, 1, 1.0), (1, 0, 1, -0.1), (1, 0, 1, 0, 0.9), (1, 0, 1, 0, 6)])  # fmt: skip
def test_min_p_and_penalty_out_of_range_are_refused(choices):
    with pytest.raises(InvalidSetting):
        check_choices(*choices)
