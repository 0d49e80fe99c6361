"""Windows: everything is counted once, nothing leaks, and an epoch can be dealt again."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from workbench.core.sequences import SequenceFolder, write_sequences
from workbench.core.settings import validated
from workbench.core.vocabulary import START
from workbench.training.batches import HIDDEN, Windows
from workbench.training.feeding import as_dataset
from workbench.zoo import ARCHITECTURES


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


def test_an_optional_number_is_hidden_in_some_windows_and_whole_ones(tunes):
    assert all((tune.context >= 0).all() for tune in tunes)
    told = [replace(tune, context=tune.context + 1) for tune in tunes]
    hidden = []
    for batch in Windows(told, 16, 8, optional=[1]).epoch(0, 1):
        counted = batch.counted == 1
        assert (batch.context[..., 0][counted] > 0).all()
        for row, mask in zip(batch.context[..., 1], counted, strict=True):
            assert len({bool(value) for value in row[mask]}) <= 1
            hidden += [not row[mask].any()] * bool(mask.any())
    assert 0.5 * HIDDEN < np.mean(hidden) < 1.5 * HIDDEN


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


def test_from_disk_come_the_same_batches(tunes, tmp_path):
    write_sequences(tmp_path / "s", tunes)
    mapped = Windows(SequenceFolder(tmp_path / "s"), 64, 4)
    for mine, theirs in zip(mapped.epoch(3, 2), Windows(tunes, 64, 4).epoch(3, 2), strict=True):
        for name in ("tokens", "context", "targets", "counted"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


def test_tf_data_deals_the_same_batches(tunes):
    windows = Windows(tunes, 64, 4)
    dataset = as_dataset(windows, 5, 2)
    assert int(dataset.cardinality()) == 2 * windows.batches
    wanted = [batch for epoch in (1, 2) for batch in windows.epoch(5, epoch)]
    for (inputs, targets, counted), batch in zip(dataset, wanted, strict=True):
        np.testing.assert_array_equal(inputs[0], batch.tokens)
        np.testing.assert_array_equal(inputs[1], batch.context)
        np.testing.assert_array_equal(targets, batch.targets)
        np.testing.assert_array_equal(counted, batch.counted)


def test_a_keras_model_fits_on_it(tunes, tokenizer):
    architecture = ARCHITECTURES.get("lstm")
    settings = validated(architecture.settings, {"units": 16, "layers": 1})
    model = architecture.build(settings, tokenizer.vocabulary)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    history = model.fit(as_dataset(Windows(tunes, 64, 8), 1, 3), epochs=1, verbose=0, shuffle=False)
    assert np.isfinite(history.history["loss"][0])
