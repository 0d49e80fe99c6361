"""Windows: everything is counted once, nothing leaks, and an epoch can be dealt again."""

import numpy as np
import pytest

from workbench.core.vocabulary import START
from workbench.training.batches import Windows


@pytest.mark.parametrize("window", [8, 64, 100, 2048])
def test_every_token_is_counted_once_and_follows_its_own_past(tunes, window):
    windows = Windows(tunes, window, 4)
    for epoch in (1, 2):
        batches = list(windows.epoch(0, epoch))
        assert len(batches) == windows.batches
        assert len({batch.tokens.shape for batch in batches}) == 1
        seen = np.concatenate([batch.targets[batch.counted == 1] for batch in batches])
        wanted = np.concatenate([tune.tokens for tune in tunes])
        np.testing.assert_array_equal(np.sort(seen), np.sort(wanted))
        assert sum(batch.counted.sum() for batch in batches) == windows.tokens
        # A target's input is the token before it, wherever a window was cut.
        pairs = {
            pair for tune in tunes for pair in zip([START, *tune.tokens], tune.tokens, strict=False)
        }
        for batch in batches:
            counted = batch.counted == 1
            assert pairs >= set(zip(batch.tokens[counted], batch.targets[counted], strict=True))


def test_context_stands_beside_its_token(tunes):
    table = {
        (token, *context): True
        for tune in tunes
        for token, context in zip(tune.tokens.tolist(), tune.context.tolist(), strict=True)
    }
    for batch in Windows(tunes, 50, 4).epoch(1, 1):
        counted = batch.counted == 1
        rows = zip(batch.targets[counted], batch.context[counted], strict=True)
        assert all((int(token), *context.tolist()) in table for token, context in rows)


def test_cuts_move_from_epoch_to_epoch_and_come_back_with_the_seed(tunes):
    def dealt(seed, epoch):
        return [batch.targets for batch in Windows(tunes, 64, 4).epoch(seed, epoch)]

    np.testing.assert_array_equal(dealt(5, 3), dealt(5, 3))
    assert not np.array_equal(dealt(5, 3), dealt(5, 4))
    assert not np.array_equal(dealt(5, 3), dealt(6, 3))


def test_a_small_split_makes_a_small_batch(tunes):
    shortest = min(tunes, key=lambda tune: len(tune.tokens))
    (batch,) = Windows([shortest], 2048, 64).epoch(0, 1)
    assert batch.tokens.shape == (1, 2048)
    assert batch.counted.sum() == len(shortest.tokens)
