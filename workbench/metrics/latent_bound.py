"""How well an autoencoder foresees music it has not heard: a bound on its surprise.

Conventions
-----------
What an autoencoder gives to a segment x is the mean of p(x | z) over all points z of its prior. That integral cannot be
computed; it is estimated from ``samples`` points drawn from the segment's posterior q, each weighted by p(z) / q(z) (Burda,
Grosse & Salakhutdinov, *Importance Weighted Autoencoders*, 2016)::

    nats = -log( 1/K sum over k of p(x | z_k) p(z_k) / q(z_k) )

On average this is never below the true surprise, and comes nearer to it with every sample. Given the plan, and what sounds where
a segment begins, segments are independent, so the nats of a piece are their sum.

It is about the same music as :mod:`workbench.metrics.likelihood`, every token of every piece counted once, in the same unit; there the
figure is exact, here it errs on the high side. Points drawn with the music in view serve the bound alone: the ``correct`` guesses are
made from left to right, by points drawn from the *prior*, each weighted by how well it foresaw the segment so far.

The same seed gives the same figures.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.segments import Autoencoder, Segment, segments
from workbench.core.vocabulary import START, TokenSequence
from workbench.metrics.likelihood import Likelihood, piece_likelihood, pooled

SAMPLES = 256
MOST_ROWS = 1024  # side by side


def latent_bound(
    autoencoder: Autoencoder,
    sequences: Sequence[TokenSequence],
    bars: int,
    *,
    moving: NDArray[np.bool_] | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Likelihood:
    """The bound over whole pieces in segments of so many bars; ``correct`` is an estimate, and ``moving_correct`` of the tokens (V,)
    that move.
    """
    return pooled(
        latent_bounds(autoencoder, sequences, bars, moving=moving, samples=samples, seed=seed)
    )


def latent_bounds(
    autoencoder: Autoencoder,
    sequences: Sequence[TokenSequence],
    bars: int,
    *,
    moving: NDArray[np.bool_] | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
    on_share: Callable[[float], None] | None = None,
) -> list[Likelihood]:
    """As :func:`latent_bound`, of each piece by itself. ``on_share`` is told now and then what share is done."""
    pieces = [
        (row, each) for row, sequence in enumerate(sequences) for each in segments(sequence, bars)
    ]
    pieces.sort(key=lambda piece: len(piece[1].tokens))
    random = np.random.default_rng(seed)
    nats = np.zeros(len(sequences))
    correct = np.zeros((len(sequences), 2), int)  # of all tokens, and of those that move
    first = 0
    while first < len(pieces):
        length = len(pieces[first][1].tokens)
        found = pieces[first : first + max(1, MOST_ROWS // samples)]
        same = [each for each in found if len(each[1].tokens) == length]
        rows, group = [row for row, _ in same], [segment for _, segment in same]
        first += len(group)
        group_nats, right = _bound(autoencoder, group, samples, random)
        np.add.at(nats, rows, group_nats)
        np.add.at(correct[:, 0], rows, right.sum(axis=1))
        if moving is not None:
            moves = moving[np.stack([each.tokens for each in group])]
            np.add.at(correct[:, 1], rows, (right & moves).sum(axis=1))
        if on_share is not None:
            on_share(first / len(pieces))
    return [
        piece_likelihood(sequence, float(surprise), right[0], moving, right[1])
        for sequence, surprise, right in zip(sequences, nats, correct, strict=True)
    ]


def _bound(
    autoencoder: Autoencoder, group: Sequence[Segment], samples: int, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(S,) nats of segments of one length, and (S, T) which of their tokens were guessed."""
    mean, log_variance = (each.astype(np.float64) for each in autoencoder.encode(group))
    shape = (len(group), samples, autoencoder.latent)
    noise = random.standard_normal(shape)
    points = mean[:, np.newaxis] + np.exp(log_variance / 2)[:, np.newaxis] * noise  # (S, K, Z)
    log_prior = -(points**2).sum(axis=-1) / 2
    log_posterior = -(noise**2 + log_variance[:, np.newaxis]).sum(axis=-1) / 2
    said, _ = _written(autoencoder, group, points)
    nats = np.log(samples) - _log_sum(said + log_prior - log_posterior)
    _, right = _written(autoencoder, group, random.standard_normal(shape))
    return nats, right


def _written(
    autoencoder: Autoencoder, group: Sequence[Segment], points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(S, K) log-probability of segments of one length under points (S, K, Z), and (S, T) which tokens the points of each
    held likeliest together.
    """
    count, samples, _ = points.shape
    tokens = np.stack([each.tokens for each in group])  # (S, T)
    context = np.stack([each.context for each in group])
    state = autoencoder.begin(points.reshape(count * samples, -1))
    before = np.full(count, START, np.int32)
    said, right = np.zeros((count, samples)), np.zeros(tokens.shape, bool)
    for step in range(tokens.shape[1]):
        found, state = autoencoder.step(
            np.repeat(before, samples), np.repeat(context[:, step], samples, axis=0), state
        )
        logits = found.astype(np.float64).reshape(count, samples, -1)
        logits -= logits.max(axis=-1, keepdims=True)
        chances = np.exp(logits)
        total = chances.sum(axis=-1)  # (S, K)
        before = tokens[:, step]
        weights = np.exp(said - said.max(axis=1, keepdims=True))  # by what was foreseen so far
        mixed = ((weights / total)[:, np.newaxis] @ chances)[:, 0]  # (S, V)
        right[:, step] = mixed.argmax(axis=1) == before
        said += logits[np.arange(count), :, before] - np.log(total)
    return said, right


def _log_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…) the logarithm of the sum of exponentials over the last axis."""
    top = values.max(axis=-1)
    return top + np.log(np.exp(values - top[..., np.newaxis]).sum(axis=-1))
