"""Every benchmark: it tests itself, reads models and refuses those that it cannot read."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.io

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.model_card import ModelCard, file_digest, heard, read_card, write_card
from workbench.core.report import SilentReport
from workbench.core.rolls import KEYS, LOWEST
from workbench.core.score import Key, Meter
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.corpora import CORPORA
from workbench.formats import abc
from workbench.formats.matlab_rolls import SPLITS, decode_rolls
from workbench.jobs.benchmarks import BENCHMARKS, frames, hearing
from workbench.jobs.benchmarks.jsb16 import _installed
from workbench.jobs.loading import load_decoder
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
    uniform, largest, ngram, beside = BENCHMARKS.get("jsb16").self_test(data, REPORT)
    assert beside.holds and beside.reads < ngram.reads
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


def test_a_memory_stands_beside_the_model(data, ngram):
    """It has the last word only where music comes back; what it counts, it counts on the training split."""
    jsb16 = BENCHMARKS.get("jsb16")
    alone, beside = (
        jsb16.measure(ngram, data, "valid", REPORT, recall=recall) for recall in (False, True)
    )
    frames = alone.figures["frames"]
    assert alone.value != beside.value < alone.value + 20 / frames
    assert 0 <= beside.figures["frames_recalled"] < 0.9
    assert "memory" in beside.remarks[-1] and "memory" not in alone.remarks[-1]
    with pytest.raises(InvalidSetting, match="counted on the training split"):
        jsb16.measure(ngram, data / "valid.json", "valid", REPORT, recall=True)


def test_what_is_said_in_another_key_is_moved_back(chorales):
    """A model that knows what comes, three semitones higher, knows it."""
    piece = chorales[0].astype(np.int16)
    moved = symbols_of(np.where(piece > SILENCE, piece + 3, piece))
    sure = np.eye(SYMBOLS)[moved]
    assert np.array_equal(hearing._in_own_key(sure, 3).argmax(axis=-1), symbols_of(piece))


@pytest.mark.parametrize("name", ["chorale-grid", "chorale-keys"])
def test_frames_are_encoded_as_the_score_that_they_are_read_as(data, name):
    content = (data / "valid.json").read_bytes()
    reading = CORPORA.get("jsb-16th").read_file(content, "valid.json")[0]
    tokenizer = make(TokenizerSpec(name))
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


def test_a_model_of_all_keys_is_asked_for_those_of_its_pieces(data, chorales, tmp_path):
    """What it heard by augmentation alone is no key that a piece is likely to have."""
    corpus = CORPORA.get("bach-chorales")
    scores = [corpus.read(member).score for member in corpus.members()[:3]]
    folder = keep_ngram(tmp_path / "model", TokenizerSpec("chorale-keys"), scores)
    jsb16, card = BENCHMARKS.get("jsb16"), read_card(folder)
    before = jsb16.measure(folder, data, "valid", REPORT).value
    write_card(
        folder, replace(card, heard=replace(card.heard, keys=card.heard.keys | {"B major": 0}))
    )
    assert jsb16.measure(folder, data, "valid", REPORT).value == before < 15


@pytest.mark.parametrize(
    ("name", "model", "sentence"),
    [
        ("jsb16", "folk", "says no four voices"),
        ("abc", "folk", "abc-chars"),
        ("abc", "chorales", "abc-chars"),
        ("frames", "chorales", "trained with the tokenizer piano-roll"),
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
    cells = {SPLITS[split]: np.empty((1, len(rolls)), object) for split, rolls in splits.items()}
    for split, rolls in splits.items():
        for number, roll in enumerate(rolls):
            cells[SPLITS[split]][0, number] = roll.astype(np.float64)
    scipy.io.savemat(path, cells, do_compression=True)
    return path


@pytest.fixture(scope="module")
def roll_file(chorales, tmp_path_factory):
    """Quarter frames of installed chorales, as the benchmark's files have them."""
    rolls = []
    for piece in chorales:
        quarters = piece[::4]
        roll = np.zeros((len(quarters), KEYS), bool)
        at, voice = np.nonzero(quarters >= 0)
        roll[at, quarters[at, voice] - LOWEST] = True
        rolls.append(roll)
    path = tmp_path_factory.mktemp("rolls") / "JSB_Chorales.mat"
    return mat_file(path, train=rolls[:4], valid=rolls[4:5], test=rolls[5:])


def roll_model(folder, roll_file, **settings):
    """An n-gram of the training split, as the corpus piano-rolls reads it."""
    readings = CORPORA.get("piano-rolls").read_file(roll_file.read_bytes(), roll_file.name)
    train = [each.score for each in readings if " train " in each.title]
    return keep_ngram(
        folder, TokenizerSpec("piano-roll", {"steps_per_quarter": 1, **settings}), train
    )


def test_a_file_of_rolls_tests_itself(roll_file, tmp_path):
    made = frames._made()
    checks = BENCHMARKS.get("frames").self_test(mat_file(tmp_path / "x.mat", **made), REPORT)
    assert len(checks) == 4 and all(check.holds for check in checks)
    even, *_, tokens = BENCHMARKS.get("frames").self_test(roll_file, REPORT)
    assert even.holds and tokens.holds and tokens.reads < even.reads / 3


@pytest.mark.parametrize("tells_end", [False, True])
def test_frames_reads_a_model_by_what_it_gives_to_its_tokens(roll_file, tmp_path, tells_end):
    folder = roll_model(tmp_path / "model", roll_file, tells_end=tells_end)
    reading = BENCHMARKS.get("frames").measure(folder, roll_file, "valid", REPORT)
    (roll,) = decode_rolls(roll_file.read_bytes(), roll_file.name)["valid"]
    tokenizer = make(read_card(folder).tokenizer)
    sequence = frames._sequence(tokenizer, roll)
    nats = frames.token_nats(load_decoder(folder), tokenizer, sequence)
    told = reading.figures.get("nats_per_frame_given_length")
    assert (told if tells_end else reading.value) == pytest.approx(nats / (len(roll) - 1))
    if tells_end:
        bars = -(-len(roll) // 4)
        paid = np.log(bars * (bars + 1)) / (len(roll) - 1)
        assert reading.value == pytest.approx(nats / (len(roll) - 1) + paid)
    assert 4 < reading.value < 14
    assert reading.figures["frames"] == len(roll) - 1
    first = reading.figures["nats_per_frame_with_the_first"] * len(roll)
    assert 4 < first - reading.value * (len(roll) - 1) < 40  # a chord out of nothing
    assert reading.sha256 == {roll_file.name: file_digest(roll_file)}
    assert any("chain rule" in remark for remark in reading.remarks)


def test_a_memory_stands_beside_a_model_of_rolls(roll_file, tmp_path):
    """What is played twice is foreseen the second time; the first frame and all others stay as the model has them."""
    rolls = decode_rolls(roll_file.read_bytes(), roll_file.name)
    twice = {
        name: [np.concatenate([each, each]) for each in those] for name, those in rolls.items()
    }
    path = mat_file(tmp_path / "twice.mat", **twice)
    ruler, folder = BENCHMARKS.get("frames"), roll_model(tmp_path / "model", roll_file, tells_end=False)  # fmt: skip
    alone, beside = (
        ruler.measure(folder, path, "valid", REPORT, recall=recall) for recall in (False, True)
    )
    assert beside.value < 0.75 * alone.value
    assert 0.4 < beside.figures["frames_recalled"] < 0.6
    assert "memory" in beside.remarks[-1]


def test_rolls_are_read_in_several_keys_at_once(roll_file, tmp_path):
    """Of keys beyond the piano nothing is said; one reading at the edge of it is the mean of fewer."""
    ruler = BENCHMARKS.get("frames")
    folder = roll_model(tmp_path / "model", roll_file, tells_end=False)
    once = ruler.measure(folder, roll_file, "valid", REPORT)
    three = ruler.measure(folder, roll_file, "valid", REPORT, keys=3)
    assert once.value != three.value < once.value + 10
    assert "3 keys" in three.remarks[-1]
    edge = np.zeros((2, 88), bool)
    edge[0, 87] = True
    assert [key for key in (-1, 0, 1) if frames._fits(edge, key)] == [-1, 0]


def test_what_frames_cannot_read_is_said(roll_file, tmp_path):
    ruler = BENCHMARKS.get("frames")
    folder = roll_model(tmp_path / "model", roll_file)
    (roll,) = decode_rolls(roll_file.read_bytes(), roll_file.name)["valid"]
    (tmp_path / "only").mkdir()
    only = mat_file(tmp_path / "only" / "x.mat", train=[roll], valid=[], test=[])
    with pytest.raises(
        InvalidSetting, match="There is no valid split in this file; there is train"
    ):
        ruler.measure(folder, only, "valid", REPORT)
    mat_file(tmp_path / "only" / "y.mat", train=[roll], valid=[], test=[])
    with pytest.raises(InvalidSetting, match=r"several files .* x\.mat, y\.mat"):
        ruler.measure(folder, only.parent, "valid", REPORT)
    many = np.ones((3, KEYS), bool)
    with pytest.raises(CannotEncode, match="88 keys sound at once"):
        ruler.measure(folder, mat_file(tmp_path / "x.mat", train=[], valid=[many], test=[]), "valid", REPORT)  # fmt: skip


def test_key_and_meter_are_those_that_the_model_has_heard(ngram):
    asked, priors = hearing._asked(read_card(ngram))
    assert {(key, meter) for key, meter, _ in asked} == {(Key(0, 0), Meter(0, 4, 4))}
    assert priors.sum() == pytest.approx(1)


def test_what_is_held_out_is_known_by_collection_and_title():
    held_out = BENCHMARKS.get("jsb16").held_out
    assert held_out("bach-chorales", "Wachet auf (BWV 140)")
    assert held_out("jsb-16th", "JSB valid 3")
    assert not held_out("jsb-16th", "JSB train 3")
    assert not held_out("ryans-mammoth", "A jig")
    held_out = BENCHMARKS.get("frames").held_out
    assert held_out("piano-rolls", "JSB_Chorales test 3")
    assert not held_out("piano-rolls", "JSB_Chorales train 3")
