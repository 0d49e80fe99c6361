"""The memory of a piece beside a model: on chorales, which repeat their Stollen, and on pieces made so that it must be right or wrong."""

import numpy as np
import pytest

from workbench.corpora import CORPORA
from workbench.corpora.jsb_16th import FRAME_TICKS
from workbench.metrics.recall import Memory, recalled

SYMBOLS = 129
LEAST = 8  # sixteenths


@pytest.fixture(scope="module")
def chorales() -> list[np.ndarray]:
    """Twelve chorales in frames of a sixteenth, as symbols."""
    corpus, found = CORPORA.get("bach-chorales"), []
    for member in corpus.members()[:16]:
        score = corpus.read(member).score
        if len(score.parts) == 4:
            frames = np.zeros((score.end // FRAME_TICKS, 4), np.int64)
            for note in score.notes:
                begin = note["onset"] // FRAME_TICKS
                end = begin + note["duration"] // FRAME_TICKS
                frames[begin:end, note["part"]] = 1 + note["pitch"]
            found.append(frames)
    return found[:12]


def flat(piece: np.ndarray) -> np.ndarray:
    return np.full((*piece.shape, SYMBOLS), 1 / SYMBOLS)


def nats(piece: np.ndarray, chances: np.ndarray) -> np.ndarray:
    return -np.log(np.take_along_axis(chances, piece[..., None], -1)[..., 0])


def test_what_comes_back_is_foreseen(chorales):
    memory = Memory.of([np.concatenate([piece, piece]) for piece in chorales[4:]], 4)
    for piece in chorales[:4]:
        twice = np.concatenate([piece, piece])
        found = nats(twice, memory.beside(twice, flat(twice)))
        again = found[len(piece) + LEAST :]
        assert again.mean() < 0.2 < 4 < found[:LEAST].mean()


def test_nothing_is_known_ahead(chorales):
    memory, piece = Memory.of(chorales[1:], 4), np.concatenate([chorales[0], chorales[0]])
    whole = memory.beside(piece, flat(piece))
    rng = np.random.default_rng(0)
    for cut in rng.integers(4 * LEAST, piece.size, 16).tolist():  # cells
        other = piece.reshape(-1).copy()
        other[cut:] = rng.integers(1, SYMBOLS, len(other) - cut)
        other = other.reshape(piece.shape)
        # The first cell that differs is foreseen before it is heard.
        found = memory.beside(other, flat(other)).reshape(-1, SYMBOLS)
        assert np.array_equal(found[: cut + 1], whole.reshape(-1, SYMBOLS)[: cut + 1])


def test_what_goes_on_does_not_come_back():
    """One chord held for bars is nothing to recall, until it stood wholly before."""
    held = np.tile([60, 55, 52, 48], (2 * LEAST - 1, 1))
    assert not list(recalled(held, LEAST))
    assert list(recalled(np.concatenate([held, held[:3]]), LEAST))


def test_chances_stay_a_distribution_and_a_good_model_is_hardly_harmed(chorales):
    memory = Memory.of(chorales[1:], 4)
    piece = np.concatenate([chorales[0], chorales[0]])
    rng = np.random.default_rng(1)
    given = rng.dirichlet(np.ones(SYMBOLS), piece.shape)
    assert np.allclose(memory.beside(piece, given).sum(-1), 1)
    sure = np.zeros_like(given)
    np.put_along_axis(sure, piece[..., None], 1.0, -1)
    assert nats(piece, memory.beside(piece, sure)).mean() < 0.02


def test_it_is_silent_where_nothing_comes_back_and_once_it_was_wrong():
    rng = np.random.default_rng(2)
    new = rng.integers(1, SYMBOLS, (200, 4))
    assert not list(recalled(new, LEAST))
    assert np.array_equal(Memory.of([], 4).beside(new, flat(new)), flat(new))
    turned = np.concatenate([new[:40], new[:20], rng.integers(1, SYMBOLS, (40, 4))])
    spoken = [cell for _, cells in recalled(turned, LEAST) for cell in cells]
    assert {cell.place[0] for cell in spoken} == set(range(40 + LEAST, 61))
    assert [cell.is_right for cell in spoken].count(False) == 1 and not spoken[-1].is_right


def test_how_often_it_is_right_is_counted():
    """Twelve frames come back that no other is like, after which the first voice goes elsewhere."""
    rng = np.random.default_rng(3)
    new = rng.permutation(np.arange(1, 121)).reshape(30, 4)
    piece = np.concatenate([new, new[:20], [[121, 122, 123, 124]]])
    memory = Memory.of([piece], 4)
    assert list(memory.shares([piece]).values()) == [13 / 51, 12 / 13]
    right = memory.right
    assert right[0, 0] == (4 * 4 + 0.5) / (4 * 4 + 1)  # after 8 to 11 frames
    assert right[2, 0] == (4 * 4 + 0.5) / (4 * 4 + 2)  # after 16 to 20; the last was wrong
    assert right[3, 0] == right[2, 1] == 0.5
