"""Every benchmark: it tests itself, reads models and refuses those that it cannot read."""

import json
import tracemalloc
import zlib

import numpy as np
import pytest
import scipy.io

from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.model_card import ModelCard, file_digest, heard, write_card
from workbench.core.report import SilentReport
from workbench.core.score import Key, Meter
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.corpora import CORPORA
from workbench.formats import abc
from workbench.jobs.benchmarks import BENCHMARKS, frames, hearing
from workbench.jobs.benchmarks.jsb16 import _installed
from workbench.metrics.frame_likelihood import SILENCE, SYMBOLS, symbols_of
from workbench.tokenizers import make
from workbench.workspace import REPOSITORY
from workbench.zoo import ARCHITECTURES

BUNDLED = REPOSITORY / "models" / "pretrained"
REPORT = SilentReport()
NGRAM = ARCHITECTURES.get("ngram")


def keep_ngram(folder, spec: TokenizerSpec, scores):
    """An n-gram of these scores, kept as a training keeps it."""
    tokenizer = make(spec)
    sequences = [tokenizer.encode(score) for score in scores]
    model = NGRAM.fit(NGRAM.settings(), tokenizer.vocabulary, sequences)
    folder.mkdir(parents=True)
    path = folder / "ngram.npz"
    model.save(path)
    card = ModelCard(
        ModelSpec("ngram"), spec, tokenizer.vocabulary, path.name, file_digest(path), model.parameters, 1, 0.0,
        heard(sequences),
    )  # fmt: skip
    write_card(folder, card)
    return folder


@pytest.fixture(scope="module")
def chorales():
    return list(_installed(6))


@pytest.fixture(scope="module")
def data(chorales, tmp_path_factory):
    """The splits in files of their own, as the benchmark's are."""
    folder = tmp_path_factory.mktemp("jsb16")
    for split, pieces in (("train", chorales[2:]), ("valid", chorales[:2])):
        content = [piece.tolist() for piece in pieces]
        (folder / f"{split}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def ngram(tmp_path_factory, data):
    """An n-gram of the training split, as the corpus jsb-16th reads it."""
    readings = CORPORA.get("jsb-16th").read_file((data / "train.json").read_bytes(), "train.json")
    folder = tmp_path_factory.mktemp("models") / "ngram"
    return keep_ngram(folder, TokenizerSpec("chorale-grid"), [each.score for each in readings])


@pytest.mark.parametrize("name", BENCHMARKS.names())
def test_a_benchmark_reads_what_it_must(name):
    checks = BENCHMARKS.get(name).self_test(None, REPORT)
    assert checks
    assert [check for check in checks if not check.holds] == []


def test_jsb16_reads_what_it_must(data, chorales):
    uniform, largest, ngram = BENCHMARKS.get("jsb16").self_test(data, REPORT)
    used = np.unique(np.concatenate([each.reshape(-1) for each in chorales]))
    assert uniform.holds
    assert uniform.reads == pytest.approx(4 * np.log(len(np.union1d(used, [-1]))))
    assert largest.holds
    assert 1 < ngram.reads < uniform.reads / 2


def test_jsb16_reads_a_trained_ngram_as_the_plain_one(data, chorales, ngram):
    """What is told of the pieces is one key, so the mixture is over meter and upbeat; the plain one takes all for 4/4 without."""
    reading = BENCHMARKS.get("jsb16").measure(ngram, data, "valid", REPORT)
    given = list(hearing.plain_ngram(chorales[2:], chorales[:2]))
    nats = sum(
        -np.log(np.take_along_axis(each, piece[..., np.newaxis] + 1, axis=-1)).sum()
        for each, piece in zip(given, chorales[:2], strict=True)
    )
    frame_count = sum(map(len, chorales[:2]))
    free = reading.figures["nats_per_frame_given_length"]
    assert free == pytest.approx(nats / frame_count, abs=0.03)
    paid = (reading.value - free) * frame_count / 2  # nats a piece
    assert 2 < paid < 9
    assert reading.figures["frames"] == frame_count
    assert set(reading.sha256) == {"train.json", "valid.json"}
    assert reading.figures["accuracy_on_moving_cells"] < reading.figures["accuracy"]


def test_a_piece_is_read_in_several_keys_at_once(data, ngram):
    """The mean of what the model says in each is a prediction of its own; at one key it is the reading of before."""
    jsb16 = BENCHMARKS.get("jsb16")
    once, alone = (
        jsb16.measure(ngram, data, "valid", REPORT, **keys) for keys in ({}, {"keys": 1})
    )
    three = jsb16.measure(ngram, data, "valid", REPORT, keys=3)
    assert once.value == alone.value != three.value
    assert "3 keys" in three.remarks[-1]
    # The worst that a mean of three may do: its own key has a third of it.
    assert three.value < once.value + 4 * np.log(3)


def test_what_is_said_in_another_key_is_moved_back(chorales):
    """A model that knows what comes, three semitones higher, knows it."""
    piece = chorales[0].astype(np.int16)
    moved = symbols_of(np.where(piece > SILENCE, piece + 3, piece))
    sure = np.eye(SYMBOLS)[moved]
    assert np.array_equal(hearing._in_own_key(sure, 3).argmax(axis=-1), symbols_of(piece))


def test_frames_are_encoded_as_the_score_that_they_are_read_as(data):
    content = (data / "valid.json").read_bytes()
    reading = CORPORA.get("jsb-16th").read_file(content, "valid.json")[0]
    tokenizer = make(TokenizerSpec("chorale-grid"))
    expected = tokenizer.encode(reading.score)
    found = tokenizer.encode_frames(np.array(json.loads(content)[0]), expected.plan)
    assert np.array_equal(found.tokens, expected.tokens)
    assert np.array_equal(found.context, expected.context)


def test_a_mixture_over_keys_finds_the_key(chorales, tmp_path):
    """A model that learned in one key reads a piece in another as well as its own."""
    corpus = CORPORA.get("bach-chorales")
    scores = [corpus.read(member).score for member in corpus.members()[:3]]
    folder = keep_ngram(tmp_path / "model", TokenizerSpec("chorale-grid"), scores)
    measured = []
    for name, shift in (("own", 0), ("moved", 2)):
        path = tmp_path / f"{name}.json"
        piece = chorales[0][:64] + shift * (chorales[0][:64] >= 0)
        path.write_text(json.dumps({"valid": [piece.tolist()]}))
        measured.append(BENCHMARKS.get("jsb16").measure(folder, path, "valid", REPORT).value)
    assert measured[1] == pytest.approx(measured[0], abs=0.2)


@pytest.mark.parametrize(
    ("name", "model", "sentence"),
    [
        ("jsb16", "folk", "says no four voices"),
        ("abc", "folk", "abc-chars"),
        ("abc", "chorales", "abc-chars"),
        ("frames", "chorales", "88 keys side by side"),
    ],
)
def test_a_model_that_cannot_be_read_is_refused_in_a_sentence(name, model, sentence, data):
    with pytest.raises(InvalidSetting, match=sentence):
        BENCHMARKS.get(name).measure(BUNDLED / model, data, "valid", REPORT)


def test_what_is_not_there_is_said(data, ngram, tmp_path):
    jsb16 = BENCHMARKS.get("jsb16")
    with pytest.raises(InvalidSetting, match="There is no test split"):
        jsb16.measure(ngram, data, "test", REPORT)
    with pytest.raises(InvalidSetting, match=r"There is no train\.json"):
        jsb16.measure(ngram, tmp_path, "valid", REPORT)


def test_bits_per_character_of_a_trained_model(tmp_path):
    corpus = CORPORA.get("ryans-mammoth")
    scores = [corpus.read(member).score for member in corpus.members()[:30]]
    folder = keep_ngram(tmp_path / "model", TokenizerSpec("abc-chars"), scores[2:])
    tunes = tmp_path / "tunes.abc"
    tunes.write_text("\n".join(abc.encode(score) for score in scores[:2]))
    reading = BENCHMARKS.get("abc").measure(folder, tunes, "valid", REPORT)
    assert reading.figures["tunes"] == 2
    assert reading.figures["characters"] == reading.figures["tokens"]
    assert 1 < reading.value < np.log2(30)
    assert list(reading.sha256.values()) == [file_digest(tunes)]


def mat_file(path, **splits):
    names = frames.NAMES
    cells = {names[split]: np.empty((1, len(rolls)), object) for split, rolls in splits.items()}
    for split, rolls in splits.items():
        for number, roll in enumerate(rolls):
            cells[names[split]][0, number] = roll.astype(np.float64)
    scipy.io.savemat(path, cells, do_compression=True)
    return path


def test_rolls_of_a_matlab_file(tmp_path):
    made = frames._made()
    path = mat_file(tmp_path / "JSB_Chorales.mat", **made)
    read = frames.read_rolls(path)
    for split, rolls in made.items():
        assert all(np.array_equal(*pair) for pair in zip(read[split], rolls, strict=True))
    checks = BENCHMARKS.get("frames").self_test(path, REPORT)
    assert all(check.holds for check in checks)


def test_a_file_that_unpacks_without_end_is_refused_in_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "MOST_UNPACKED", 1 << 24)
    packed = zlib.compress(bytes(1 << 26))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    path = tmp_path / "bomb.mat"
    path.write_bytes(head + (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + packed)
    tracemalloc.start()
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        frames.read_rolls(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 23
    tracemalloc.stop()


@pytest.mark.parametrize("content", [b"", b"hello", b"MATLAB".ljust(200)])
def test_what_is_no_matlab_file_is_refused(content, tmp_path):
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"x\.mat"):
        frames.read_rolls(path)


def test_rolls_of_another_shape_are_refused(tmp_path):
    small = {split: [np.ones((5, 12))] for split in frames.NAMES}
    with pytest.raises(UnreadableFile, match="T x 88"):
        frames.read_rolls(mat_file(tmp_path / "x.mat", **small))


def test_key_and_meter_are_those_that_the_model_has_heard(ngram):
    from workbench.core.model_card import read_card

    asked, priors = hearing._asked(read_card(ngram))
    assert {(key, meter) for key, meter, _ in asked} == {(Key(0, 0), Meter(0, 4, 4))}
    assert priors.sum() == pytest.approx(1)


def test_what_is_held_out_is_known_by_collection_and_title():
    held_out = BENCHMARKS.get("jsb16").held_out
    assert held_out("bach-chorales", "Wachet auf (BWV 140)")
    assert held_out("jsb-16th", "JSB valid 3")
    assert not held_out("jsb-16th", "JSB train 3")
    assert not held_out("ryans-mammoth", "A jig")
