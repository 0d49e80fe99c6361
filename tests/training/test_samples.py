"""Hearing a model learn: the same piece by one epoch's weights after another, and nothing else is changed by it."""

from dataclasses import replace

import pytest
from training.test_laboratory import Listener, measured

from workbench.core.errors import UnreadableFile
from workbench.core.samples import packed_sample, sample_file, sampled_epochs, unpacked_sample
from workbench.core.score import bars
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.sampling.loop import sample
from workbench.sampling.onnx import OnnxDecoder
from workbench.training.train import train

SPEC = TrainingSpec(
    "d@1",
    TokenizerSpec("melody-steps"),
    ModelSpec("lstm", {"units": 16, "layers": 1, "embedding": 8, "dropout": 0.2}),
    TrainingSettings(epochs=3, batch_size=8, window=64, ema_momentum=0.5),
)


def heard(folder, epoch):
    return unpacked_sample(sample_file(folder, epoch).read_bytes())


def with_samples(**settings):
    return replace(SPEC, training=replace(SPEC.training, **settings))


@pytest.fixture(scope="module")
def trained(tokenizer, tunes, tmp_path_factory):
    folder, listener = tmp_path_factory.mktemp("run"), Listener()
    result = train(SPEC, tokenizer, tunes[:9], tunes[9:], folder, listener)
    return folder, result, listener.asked // SPEC.training.epochs


@pytest.mark.long
def test_the_same_piece_is_composed_before_the_first_epoch_and_after_others(trained, tunes):
    folder, result, _ = trained
    assert sampled_epochs(folder) == [0, 1, 2, 3]
    pieces = [heard(folder, epoch) for epoch in range(4)]
    meters = {str(piece.score.meters[0]) for piece in pieces}
    assert meters <= {str(tune.plan.meter) for tune in tunes}
    for piece in pieces:
        assert len(bars(piece.score)) == 8
        assert piece.seed == SPEC.training.seed
    assert [piece.valid_loss for piece in pieces] == [None, *(e.valid_loss for e in result.history)]
    assert len({piece.score.notes.tobytes() for piece in pieces}) > 1  # it learns


@pytest.mark.long
def test_what_is_heard_is_what_the_exported_model_composes(trained, tokenizer):
    folder, result, _ = trained
    assert result.best.epoch == 3  # so that the graph holds the weights of the last sample
    last = heard(folder, 3).score
    plan = tokenizer.plan(last.keys[0], last.meters[0], 8, last.tempos[0].bpm)
    tokens = sample(OnnxDecoder(folder / "best.onnx"), tokenizer, plan, seed=SPEC.training.seed)
    assert tokenizer.decode(tokens, plan) == last


@pytest.mark.long
def test_listening_changes_nothing_of_what_is_learned(trained, tokenizer, tunes, tmp_path):
    silent = train(
        with_samples(samples="never"), tokenizer, tunes[:9], tunes[9:], tmp_path, Listener()
    )
    assert measured(silent) == measured(trained[1])
    assert sampled_epochs(tmp_path) == []


@pytest.mark.long
def test_gone_on_with_after_a_stop_it_leaves_the_same_samples(trained, tokenizer, tunes, tmp_path):
    in_second_epoch = Listener(stop_at=trained[2] + 2)
    stopped = train(SPEC, tokenizer, tunes[:9], tunes[9:], tmp_path, in_second_epoch)
    assert stopped.stopped
    assert sampled_epochs(tmp_path) == [0, 1]
    train(SPEC, tokenizer, tunes[:9], tunes[9:], tmp_path, Listener())
    for epoch in range(4):
        assert heard(tmp_path, epoch) == heard(trained[0], epoch)


@pytest.mark.parametrize(
    ("settings", "epochs"),
    [
        ({}, [0, 1, 2, 4, 8, 16]),
        ({"samples": "every", "sample_every": 7}, [0, 7, 14]),
        ({"samples": "never"}, []),
    ],
)
def test_the_settings_say_when(settings, epochs):
    training = validated(TrainingSettings, settings)
    assert [epoch for epoch in range(21) if training.samples_after(epoch)] == epochs


@pytest.mark.long
def test_a_damaged_sample_is_refused_in_a_sentence(trained):
    whole = packed_sample(heard(trained[0], 1))
    for damaged in (
        b"",
        whole[:100],
        whole.replace(b'"score"', b'"sc0re"'),
        b"[1]",
        b'{"score": 3}',
    ):
        with pytest.raises(UnreadableFile, match="damaged"):
            unpacked_sample(damaged)
