"""Benchmarks over a library: a model that may have heard the answers is told so."""

import json

import numpy as np
import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.corpora import CORPORA
from workbench.corpora.jsb_16th import FRAME_TICKS
from workbench.services import activity, benchmarks, datasets, importing, training


@pytest.fixture
def data(tmp_path):
    """Six chorales of music21, in the benchmark's form and splits."""
    corpus = CORPORA.get("bach-chorales")
    pieces = []
    for member in corpus.members()[:6]:
        score = corpus.read(member).score
        frames = np.full((score.end // FRAME_TICKS, 4), -1)
        for note in score.notes:
            begin = note["onset"] // FRAME_TICKS
            frames[begin : begin + note["duration"] // FRAME_TICKS, note["part"]] = note["pitch"]
        pieces.append(frames[:64].tolist())
    folder = tmp_path / "jsb16"
    folder.mkdir()
    for split, chosen in (("train", pieces[:5]), ("valid", pieces[5:])):
        (folder / f"{split}.json").write_text(json.dumps(chosen))
    return folder


def trained(workspace, query):
    dataset = datasets.create(workspace, "chorales", query=query, split="60/20/20")
    spec = TrainingSpec(dataset.id, TokenizerSpec("chorale-grid"), ModelSpec("ngram"))
    run = training.start(workspace, spec)
    assert activity.finish(workspace, training.job(workspace, run)).state == "done"
    return run


def remarks(workspace, run, data):
    done = activity.finish(workspace, benchmarks.enqueue(workspace, "jsb16", run, data))
    assert done.state == "done", done.message
    assert done.result["reading"]["pieces"] == 1
    return " ".join(done.result["reading"]["remarks"])


@pytest.mark.long
def test_who_learned_from_music21_is_warned_and_from_the_training_split_not(workspace, data):
    loads = [
        importing.load_corpus(workspace, "jsb-16th", place=str(data / "train.json"), own_net=True),
        importing.load_corpus(workspace, "bach-chorales", limit=5),
    ]
    for job in loads:
        assert activity.finish(workspace, job).state == "done"
    apart = trained(workspace, "collection:jsb-16th")
    assert "heard the answers" not in remarks(workspace, apart, data)
    mixed = trained(workspace, "collection:bach-chorales")
    assert "3 of 3 are or may be held out" in remarks(workspace, mixed, data)


def test_a_memory_does_not_read_the_pieces_it_is_counted_on(workspace, data):
    with pytest.raises(InvalidSetting, match="another split"):
        benchmarks.enqueue(workspace, "jsb16", "chorales", data, split="train", recall=True)
