"""Drawing one token from logits: repetition penalty, mask, temperature, top-k, top-p, min-p, in that order.

Every step after the mask only takes away from what it left, so nothing that is not allowed is ever drawn.

The *repetition penalty* θ is that of Keskar et al., in a form that does not depend on the constant up to which logits are
known: the model's log-probability of a token that stood among the last ones is multiplied by θ, so 1 changes nothing
and 1.3 makes a token of probability 0.5 as likely as one of 0.41. It looks at notes and rests that begin alone
(``Tokenizer.moving``), among the last ``PENALTY_WINDOW`` tokens: holds, places in time and barlines have to come again.

References
----------
Top-k: Fan, Lewis & Dauphin, *Hierarchical Neural Story Generation* (2018). Top-p (the nucleus):
Holtzman, Buys, Du, Forbes & Choi, *The Curious Case of Neural Text Degeneration* (2020). Min-p: Nguyen et al., *Turning
Up the Heat: Min-p Sampling for Creative and Coherent LLM Outputs* (2024). Penalty: Keskar et al., *CTRL* (2019).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting, WorkFailed

PENALTY_WINDOW = 64
"""Tokens: one bar of chorale, four bars of a melody in sixteenths."""

_UNUSABLE = (
    "The model gave no usable probability for the next symbol; its weights are damaged or"
    " its training diverged. Compose with another checkpoint or train again."
)


def check_choices(
    temperature: float,
    top_k: int,
    top_p: float,
    min_p: float = 0.0,
    repetition_penalty: float = 1.0,
) -> None:
    """Raise ``InvalidSetting`` where one of these is out of range."""
    if not 0 <= temperature <= 10:
        raise InvalidSetting(f"The temperature is {temperature}; it must lie in 0 to 10.")
    if top_k < 0:
        raise InvalidSetting(f"top-k is {top_k}; use 0 for all tokens, or how many to draw among.")
    if not 0 < top_p <= 1:
        raise InvalidSetting(f"top-p is {top_p}; it must be above 0 and at most 1.")
    if not 0 <= min_p < 1:
        raise InvalidSetting(f"min-p is {min_p}; it must be at least 0 and below 1.")
    if not 1 <= repetition_penalty <= 5:
        raise InvalidSetting(
            f"The repetition penalty is {repetition_penalty}; it must lie in 1 (none) to 5."
        )


def penalised(
    logits: NDArray[np.floating], repeated: Sequence[int], penalty: float
) -> NDArray[np.floating]:
    """(V,) logits with the tokens that are ``repeated`` made less likely; 1 is no penalty."""
    if penalty == 1 or not len(repeated):
        return logits
    scores = logits.astype(np.float64) - logits.max()
    scores -= np.log(np.exp(scores).sum())
    scores[list(repeated)] *= penalty
    return scores


def probabilities(
    logits: NDArray[np.floating],
    allowed: NDArray[np.bool_],
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
) -> NDArray[np.float64]:
    """(V,) what each token is drawn with, computed in float64; 0 where it is not allowed.

    Parameters
    ----------
    logits
        (V,) natural log up to a constant; ``-inf`` is probability zero.
    allowed
        (V,) at least one must be true.
    temperature
        Logits are divided by it. At 0 the likeliest token is certain; of equals, the first.
    top_k
        Keep the k likeliest; 0 keeps all.
    top_p
        Keep the fewest likeliest tokens that together reach this probability.
    min_p
        Keep the tokens that are at least this share as likely as the likeliest; 0 keeps all.

    Raises
    ------
    WorkFailed
        Where the model gives no allowed token a finite logit.
    """
    scores = np.where(allowed, logits.astype(np.float64), -np.inf)
    likeliest = scores.argmax()
    top = scores[likeliest]
    if not math.isfinite(top):
        raise WorkFailed(_UNUSABLE)
    if temperature == 0:
        return np.eye(len(scores))[likeliest]
    weights = np.exp((scores - top) / temperature)
    if 0 < top_k < len(weights):
        weights[_ranking(weights)[top_k:]] = 0
    weights /= weights.sum()
    if top_p < 1:
        ranking = _ranking(weights)
        reached = np.cumsum(weights[ranking]) - weights[ranking]  # by the likelier ones alone
        weights[ranking[reached >= top_p]] = 0
        weights /= weights.sum()
    if min_p > 0:
        weights[weights < min_p * weights.max()] = 0
        weights /= weights.sum()
    return weights


def each_probabilities(
    logits: NDArray[np.floating],
    allowed: NDArray[np.bool_],
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
) -> NDArray[np.float64]:
    """(N, V) of logits and masks (N, V): :func:`probabilities` of each row, to the last bit, all at once. ``WorkFailed`` as there."""
    scores = np.where(allowed, logits.astype(np.float64), -np.inf)
    likeliest = scores.argmax(axis=1)
    top = np.take_along_axis(scores, likeliest[:, np.newaxis], axis=1)
    if not np.isfinite(top).all():
        raise WorkFailed(_UNUSABLE)
    if temperature == 0:
        return np.eye(scores.shape[1])[likeliest]
    weights = np.exp((scores - top) / temperature)
    if 0 < top_k < weights.shape[1]:
        np.put_along_axis(weights, _rankings(weights)[:, top_k:], 0, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    if top_p < 1:
        ranking = _rankings(weights)
        ranked = np.take_along_axis(weights, ranking, axis=1)
        reached = np.cumsum(ranked, axis=1) - ranked  # by the likelier ones alone
        np.put_along_axis(weights, ranking, np.where(reached >= top_p, 0, ranked), axis=1)
        weights /= weights.sum(axis=1, keepdims=True)
    if min_p > 0:
        weights[weights < min_p * weights.max(axis=1, keepdims=True)] = 0
        weights /= weights.sum(axis=1, keepdims=True)
    return weights


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """(…, V) the model's own probabilities, before any mask or temperature."""
    weights = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    chances: NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return chances


def draw(chances: NDArray[np.float64], rng: np.random.Generator) -> int:
    """A token drawn with the ``chances`` (V,) of :func:`probabilities`. Takes exactly one number from ``rng``."""
    cumulative = chances.cumsum()
    index = int(cumulative.searchsorted(rng.random() * cumulative[-1], side="right"))
    # The product can round up to the sum itself; the last token with a chance is meant then.
    return index if index < len(chances) else int(np.flatnonzero(chances)[-1])


def draw_each(chances: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """(N,) a token for each row of ``chances`` (N, V): what :func:`draw` draws, one row after the other."""
    cumulative = chances.cumsum(axis=1)
    aims = rng.random(len(chances)) * cumulative[:, -1]
    found = (cumulative <= aims[:, np.newaxis]).sum(axis=1)
    last = chances.shape[1] - 1 - (chances[:, ::-1] > 0).argmax(axis=1)
    return np.where(found < chances.shape[1], found, last)


def _rankings(weights: NDArray[np.float64]) -> NDArray[np.intp]:
    """As :func:`_ranking`, of each row."""
    return np.argsort(-weights, axis=1, kind="stable")


def _ranking(weights: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices from the likeliest down; of equals, the first token first."""
    return np.argsort(-weights, kind="stable")
