"""A short form of ``tests/stress/bundled_models.py``; that its checks find what is wrong, and what ``tests/benchmarks/musicality.py`` counts."""

import shlex
from dataclasses import replace

import kept_promises
import pytest
import read_back
from benchmarks import musicality
from stress import bundled_models

from workbench import formats
from workbench.cli import main
from workbench.core.score import TICKS_PER_QUARTER, Key, Score, transpose
from workbench.core.specs import ComposeRequest
from workbench.corpora import CORPORA
from workbench.services import activity, composing, models, steering
from workbench.workspace import open_workspace


@pytest.mark.long
@pytest.mark.parametrize("model", ["folk", "chorales", "quartets", "melody-vae"])
def test_ten_compositions_of_a_bundled_model_keep_every_promise(tmp_path, model):
    workspace = open_workspace(tmp_path)
    try:
        tally = bundled_models.check_many(workspace, model, list(range(10)), seed=1)
    finally:
        bundled_models.end_workers(workspace)
    assert (tally.pieces, tally.failures) == (10, [])
    assert f"| {model} | 10 | 10 |" in bundled_models.table([tally])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The first request of the stress test that has at most ten bars, its workspace and its composition."""
    workspace = open_workspace(tmp_path_factory.mktemp("promises"))
    model = models.get(workspace, "folk")
    requests = (bundled_models.request(model, number) for number in range(50))
    asked = next(each for each in requests if each.bars <= 10)
    done = activity.finish(workspace, composing.enqueue(workspace, asked))
    return workspace, asked, done.result["composition"]


def test_what_is_asked_has_the_form_of_the_page_and_comes_again_by_its_command(made, capsys, tmp_path):  # fmt: skip
    workspace, asked, composition = made
    model = models.get(workspace, "folk")
    assert asked.limits == steering.usual_limits(model.card)
    words = shlex.split(bundled_models.again(asked))[3:]
    words[words.index("--out") + 1 :] = [str(tmp_path / "again.mid"), "--workspace", str(workspace.home)]  # fmt: skip
    assert main(words) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "again.mid")
    (read,) = formats.decode((tmp_path / "again.mid").read_bytes(), "again.mid")
    assert kept_promises.sounding(read.score) == kept_promises.sounding(composing.score(workspace, composition))  # fmt: skip


def test_each_broken_promise_is_found(made):
    workspace, asked, composition = made
    score, model = composing.score(workspace, composition), models.get(workspace, "folk")
    plan = composing.get(workspace, composition)
    assert kept_promises.faults(workspace, composition) == []
    assert bundled_models.by_others(workspace, composition) == []
    notes = score.notes.copy()
    notes["duration"][0] += TICKS_PER_QUARTER // 4
    assert kept_promises._overlapping(replace(score, notes=notes), model)
    assert kept_promises._beyond(transpose(score, 40), model)
    other = replace(plan, request=replace(asked, bars=asked.bars + 1, key="C# major"))
    assert len(kept_promises._otherwise(other)) == 2


def test_a_natural_that_is_tied_on_twice_is_read_as_one_note(tmp_path):
    """music21 alone breaks it: the melody VAE wrote one, and the file was right."""
    workspace = open_workspace(tmp_path)
    asked = ComposeRequest("folk", bars=1, key="Eb minor", meter="6/4")
    made = activity.finish(workspace, composing.enqueue(workspace, asked)).result["composition"]
    score = composing.score(workspace, made)
    notes = score.notes[:1].copy()
    quarter = TICKS_PER_QUARTER
    notes["onset"], notes["duration"] = 15 * quarter // 4, 2 * quarter
    notes["pitch"], notes["spelling"] = 74, 2  # D
    score = replace(score, notes=notes)
    data = formats.encode(score, ".musicxml", title="A piece")
    assert data.count(b"<tie ") == 4
    read = read_back.read_by_music21(data, ".musicxml")
    assert read_back.faults_of_notation(read, score, "A piece") == []


def test_endings_and_phrases_of_a_chorale():
    corpus = CORPORA.get("bach-chorales")
    score = corpus.read(next(each for each in corpus.members() if "bwv269" in str(each))).score
    assert musicality.ends_on_tonic(score)
    assert not musicality.ends_on_tonic(replace(score, keys=(Key(0, 3, "major"),)))
    assert 0.5 < musicality.phrase_bars(score) < 4
    one = score.notes[:1].copy()
    one["onset"] = 0
    assert musicality.phrase_bars(Score(one)) == 0


def test_the_table_takes_its_place_on_the_page():
    page = f"# Before\n\n{musicality.MARKS[0]}\nold\n{musicality.MARKS[1]}\n\nafter\n"
    text = musicality.table(["| **folk** | 1 |"], 100)
    new = musicality.between_marks(page, text)
    assert "old" not in new and new.endswith("after\n")
    assert "| **folk** | 1 |" in new
    assert musicality.between_marks(new, text) == new
    empty = page.replace("old\n", "")
    assert musicality.between_marks(empty, text) == new
    with pytest.raises(SystemExit):
        musicality.between_marks("no marks", text)
