"""What sounds in every cell is what the chorale's own frames say, however it is worked out."""

import numpy as np
import pytest

from workbench.core.frames import HOLD
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.layers import Sounding, SoundingNext
from workbench.tokenizers import make

VOICES = 4


@pytest.fixture(scope="module")
def tokens():
    """Of a chorale, and of one voice that holds its only note for long: (2, T)."""
    corpus = CORPORA.get("bach-chorales")
    grid = make(TokenizerSpec("chorale-grid"))
    chorale = grid.encode(corpus.read(next(iter(corpus.members()))).score).tokens
    held = np.full_like(chorale, HOLD)
    held[0] = chorale[0]
    return np.stack([chorale, held]).astype(np.int32)


def one_by_one(tokens):
    """What began in each cell's voice, and the frames since then, by looking back."""
    began, since = np.zeros_like(tokens), np.zeros_like(tokens)
    for row, cells in enumerate(tokens):
        for place in range(len(cells)):
            back = 0
            while place - back * VOICES >= 0 and cells[place - back * VOICES] == HOLD:
                back += 1
            is_known = back <= Sounding.SPAN
            at = place - back * VOICES
            began[row, place] = (cells[at] if at >= 0 else 0) if is_known else HOLD
            since[row, place] = min(back, Sounding.SPAN)
    return began, since


def test_all_cells_at_once(tokens):
    began, since = map(np.asarray, Sounding(HOLD, VOICES)(tokens))
    right_began, right_since = one_by_one(tokens)
    np.testing.assert_array_equal(began, right_began)
    np.testing.assert_array_equal(since, right_since)
    assert (began[1] == HOLD).sum() > 100  # longer ago than it looks back
    assert set(np.unique(began[0])) >= {*np.unique(tokens[0])} - {HOLD}


def test_one_cell_after_another(tokens):
    layer = Sounding(HOLD, VOICES)
    began, since = map(np.asarray, layer(tokens))
    step = SoundingNext(layer)
    memory = [np.zeros((2, VOICES), np.float32) for _ in range(2)]
    for place in range(tokens.shape[1]):
        now = [
            np.asarray(each)
            for each in step(tokens[:, place : place + 1], *(old[:, :1] for old in memory))
        ]
        np.testing.assert_array_equal(now[0][:, 0], began[:, place])
        np.testing.assert_array_equal(now[1][:, 0], since[:, place])
        memory = [
            np.concatenate([old[:, 1:], new], 1) for old, new in zip(memory, now, strict=True)
        ]
