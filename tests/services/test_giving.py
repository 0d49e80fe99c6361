"""Giving music to a model that fills holes: what is given stays, note for note, and the rest is written."""

import json
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from untrained import keep_untrained

from workbench import formats
from workbench.cli import main
from workbench.core.errors import CannotEncode, InvalidSetting, UnknownName, UnreadableFile
from workbench.core.limits import Limits
from workbench.core.score import TICKS_PER_QUARTER, bars, clip, split_parts
from workbench.core.sections import TONIC, close_classes
from workbench.core.specs import ComposeRequest, ModelSpec, TokenizerSpec, TrainingSpec
from workbench.corpora import CORPORA
from workbench.jobs.requests import check_request
from workbench.services import activity, composing, giving, importing, models, training
from workbench.workspace import open_workspace

SUNG = ((57, 81), (53, 74), (48, 69), (36, 64))
MODEL = "coconet-small"


@pytest.fixture(scope="module")
def chorales():
    corpus = CORPORA.get("bach-chorales")
    whole = [corpus.read(member).score for member in corpus.members()[:3]]
    return [clip(score, 0, bars(score)[5].start) for score in whole]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace with a Coconet that has learned nothing yet, and with a few tunes."""
    workspace = open_workspace(tmp_path_factory.mktemp("giving"))
    keep_untrained(workspace.runs / MODEL)
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=12))
    return workspace


def composed(workspace, request):
    done = activity.finish(workspace, composing.enqueue(workspace, request))
    assert done.state == "done", done.details
    return done.result["composition"]


def notes(score, part, start=0, end=10**9):
    """Onset, duration and pitch of a part's notes that begin between two moments."""
    own = score.notes[score.notes["part"] == part]
    own = own[(own["onset"] >= start) & (own["onset"] < end)]
    return own[["onset", "duration", "pitch"]].tolist()


def test_a_melody_is_harmonised_and_stays_as_it_is(workspace, chorales):
    chorale = chorales[0]
    assert not bars(chorale)[0].is_full  # an upbeat, which stays too
    asked = giving.with_given(workspace, ComposeRequest(MODEL, seed=3), chorale, title="Wach auf")
    made = composing.get(workspace, composed(workspace, asked))
    assert made.title == "after Wach auf"
    score = composing.score(workspace, made.id)
    assert notes(score, 0) == notes(chorale, 0)
    assert [str(key) for key in score.keys] == [str(chorale.keys[0])]
    assert [(b.start, b.end, str(b.meter)) for b in bars(score)] == [
        (b.start, b.end, str(b.meter)) for b in bars(chorale)
    ]
    for part in (1, 2, 3):
        assert notes(score, part) != notes(chorale, part)
        pitches = [pitch for *_, pitch in notes(score, part)]
        assert SUNG[part][0] <= min(pitches) <= max(pitches) <= SUNG[part][1]
    explained = composing.explanation(workspace, made.id)
    drawn = (explained.candidates["drawn"] > 0).any(axis=1).reshape(-1, 4)
    assert not drawn[:, 0].any()
    assert drawn[:, 1:].all()


@pytest.fixture(scope="module")
def phrases():
    """Last bars of two chorales: one whose melody ends on a note of its tonic chord, one whose does not."""
    found = {}
    corpus = CORPORA.get("bach-chorales")
    for member in corpus.members()[200:240]:
        score = corpus.read(member).score
        if len(score.parts) == 4:
            key, last = score.keys[0], int(split_parts(score)[0].notes["pitch"][-1])
            ends = last % 12 in close_classes(key, TONIC, 0, 4)
            found.setdefault(ends, clip(score, bars(score)[-3].start, bars(score)[-1].end))
    return found


@pytest.mark.parametrize("model", ["chorales", MODEL])
def test_a_melody_that_ends_on_its_tonic_chord_closes_there(workspace, phrases, model):
    usual = ComposeRequest(model, seed=1, limits=Limits(ends_on_tonic=True))
    asked = giving.with_given(workspace, usual, phrases[True])
    assert asked.limits.ends_on_tonic
    score = composing.score(workspace, composed(workspace, asked))
    ends = score.notes["onset"] + score.notes["duration"]
    last = score.notes[ends == ends.max()]
    assert last["part"].tolist() == [0, 1, 2, 3]
    key = score.keys[0]
    for part, pitch in zip(last["part"].tolist(), last["pitch"].tolist(), strict=True):
        assert pitch % 12 in close_classes(key, TONIC, part, 4)
    assert notes(score, 0) == notes(phrases[True], 0)

    open_end = giving.with_given(workspace, usual, phrases[False])
    assert open_end.limits == Limits()
    before = replace(asked, limits=replace(asked.limits, close=0.0))  # a request of old
    found = models.get(workspace, model)
    assert check_request(asked, found.card, found.folder).limits.ends_on_tonic
    assert not check_request(before, found.card, found.folder).limits.ends_on_tonic


def test_where_the_melody_ends_before_its_bar_does_all_voices_end(workspace, chorales):
    whole = clip(chorales[0], 0, bars(chorales[0])[2].end)
    cut = bars(whole)[-1].end - TICKS_PER_QUARTER
    kept = whole.notes[whole.notes["onset"] < cut].copy()
    kept["duration"] = np.minimum(kept["duration"], cut - kept["onset"])
    asked = giving.with_given(workspace, ComposeRequest(MODEL), replace(whole, notes=kept))
    score = composing.score(workspace, composed(workspace, asked))
    for part in range(4):
        own = score.notes[score.notes["part"] == part]
        assert (own["onset"] + own["duration"]).max() <= cut


def test_made_again_it_is_the_same_and_another_seed_is_another(workspace, chorales):
    asked = giving.with_given(workspace, ComposeRequest(MODEL, seed=5), chorales[1])
    first = composed(workspace, asked)
    again = activity.finish(workspace, composing.again(workspace, first)).result["composition"]
    assert composing.same_notes(workspace, first, again)
    other = composed(workspace, replace(asked, seed=6))
    assert not composing.same_notes(workspace, first, other)


def test_bars_are_written_anew_and_the_others_stay(workspace, chorales):
    chorale = chorales[0]
    asked = giving.with_given(workspace, ComposeRequest(MODEL), chorale, voices="SATB", bars="2-3")
    score = composing.score(workspace, composed(workspace, asked))
    measures = bars(chorale)
    start, end = measures[2].start, measures[3].end  # after the upbeat, which is bar 0
    changed = 0
    for part in range(4):
        assert notes(score, part, 0, start)[:-1] == notes(chorale, part, 0, start)[:-1]
        assert notes(score, part, end + 1) == notes(chorale, part, end + 1)
        changed += notes(score, part, start, end) != notes(chorale, part, start, end)
    assert changed == 4


def test_in_another_key_and_tempo(workspace, chorales):
    asked = giving.with_given(workspace, ComposeRequest(MODEL), chorales[0])
    key = chorales[0].keys[0]
    assert key.mode == "major"
    moved = composing.score(
        workspace, composed(workspace, replace(asked, key="D major", tempo=66.0))
    )
    here = [pitch for *_, pitch in notes(chorales[0], 0)]
    there = [pitch for *_, pitch in notes(moved, 0)]
    assert len(set(np.subtract(there, here))) == 1
    assert str(moved.keys[0]) == "D major"
    assert moved.tempos[0].bpm == 66.0


def test_a_tune_of_the_library_gets_three_voices(workspace):
    rows = main_answer(workspace, "pieces", "list")["pieces"]
    refusals: list[str] = []
    for row in rows:
        try:
            asked = giving.with_given_named(workspace, ComposeRequest(MODEL), row["id"])
            made = composed(workspace, asked)
            break
        except CannotEncode as error:  # fiddlers go higher than sopranos
            refusals.append(str(error))
    words = ("finer grid", "can sing", "never heard music in")
    assert all(any(each in refusal for each in words) for refusal in refusals)
    assert asked.given.title == row["title"]
    score = composing.score(workspace, made)
    assert len(split_parts(score)) == 4
    assert len(notes(score, 3)) > 4


def test_without_anything_given_it_composes_as_many_bars_as_asked(workspace):
    request = ComposeRequest(MODEL, bars=3, key="A major", meter="4/4", seed=2)
    score = composing.score(workspace, composed(workspace, request))
    assert len(bars(score)) == 3
    assert len(score.parts) == 4


def main_answer(workspace, *words):
    """What a command answers."""
    out = StringIO()
    with redirect_stdout(out):
        status = main([*map(str, words), "--workspace", str(workspace.home), "--json"])
    assert status == 0
    return json.loads(out.getvalue())


def test_the_command_line_harmonises_a_file(workspace, chorales, tmp_path):
    path, out = tmp_path / "hymn.musicxml", tmp_path / "out.mid"
    path.write_bytes(formats.encode(split_parts(chorales[2])[0], ".musicxml"))
    made = main_answer(workspace, "compose", "--model", MODEL, "--given", path, "--out", out)
    assert made["compositions"][0]["request"]["given"]["title"] == "hymn"
    score = composing.score(workspace, made["compositions"][0]["id"])
    assert [pitch for *_, pitch in notes(score, 0)] == [p for *_, p in notes(chorales[2], 0)]
    assert out.stat().st_size > 100


@pytest.mark.parametrize(
    ("model", "choices", "changes", "error", "words"),
    [
        ("folk", {}, {}, InvalidSetting, "choose a model of chorales"),
        ("chorales", {"bars": "1"}, {}, InvalidSetting, "choose a Coconet"),
        ("chorales", {}, {"primer": "72 67 64 48"}, InvalidSetting, "leave primer and form out"),
        (MODEL, {"voices": "X"}, {}, InvalidSetting, "names no voices"),
        (MODEL, {"voices": ""}, {}, InvalidSetting, "names no voices"),
        (MODEL, {"voices": "SATB"}, {}, InvalidSetting, "nothing left to fill"),
        (MODEL, {"bars": "99"}, {}, InvalidSetting, "write numbers from 0 to"),
        (MODEL, {"bars": "one"}, {}, InvalidSetting, "names no bars"),
        (MODEL, {}, {"meter": "2/2"}, CannotEncode, "leave the meter 2/2 out"),
        (MODEL, {}, {"key": "H major"}, CannotEncode, "H major"),
        (MODEL, {}, {"key": "C dorian"}, CannotEncode, "a key in m.* instead of C dorian"),
        (MODEL, {}, {"primer": "72 67 64 48"}, InvalidSetting, "takes no beginning"),
    ],
)
def test_what_cannot_be_filled_is_refused_in_words(
    workspace, chorales, model, choices, changes, error, words
):
    with pytest.raises(error, match=words):
        asked = giving.with_given(workspace, ComposeRequest(model), chorales[0], **choices)
        composing.enqueue(workspace, replace(asked, **changes))
    assert activity.current(workspace) == []


def test_what_is_neither_a_file_nor_a_piece_is_refused(workspace):
    request = ComposeRequest(MODEL)
    with pytest.raises(UnreadableFile, match=r"no file nothing\.mid"):
        giving.with_given_named(workspace, request, "nothing.mid")
    with pytest.raises(UnknownName, match="no piece 'ffffff'"):
        giving.with_given_named(workspace, request, "ffffff")


@pytest.mark.parametrize(("voices", "written"), [("S", (1, 2, 3)), ("SAT", (3,)), ("B", (0, 1, 2))])
def test_a_model_that_goes_from_left_to_right_keeps_whole_voices(
    workspace, chorales, voices, written
):
    chorale = clip(chorales[0], 0, bars(chorales[0])[2].end)
    asked = giving.with_given(workspace, ComposeRequest("chorales", seed=3), chorale, voices=voices)
    made = composing.get(workspace, composed(workspace, asked))
    score = composing.score(workspace, made.id)
    for part in range(4):
        is_kept = notes(score, part) == notes(chorale, part)
        assert is_kept == (part not in written)
        assert len(notes(score, part)) > 4
    explained = composing.explanation(workspace, made.id)
    drawn = (explained.candidates["drawn"] > 0).any(axis=1).reshape(-1, 4)
    assert [voice.all() for voice in drawn.T] == [part in written for part in range(4)]


def test_bars_that_are_given_are_refused_by_a_model_that_goes_from_left_to_right(
    workspace, chorales
):
    asked = giving.with_given(
        workspace, ComposeRequest(MODEL), chorales[0], voices="SATB", bars="2"
    )
    with pytest.raises(InvalidSetting, match="cannot fill holes"):
        composing.enqueue(workspace, replace(asked, model="chorales"))
    with pytest.raises(InvalidSetting, match="does not write four voices"):
        composing.enqueue(workspace, replace(asked, model="folk"))


def test_a_combination_that_cannot_work_is_not_offered_and_refused(workspace):
    melodies = TokenizerSpec("melody-steps")
    offered = {each.name for each in training.architectures(melodies)}
    assert {"lstm", "ngram"} <= offered
    assert not offered & {"coconet", "chorale"}
    assert {"coconet", "chorale"} <= {
        each.name for each in training.architectures(TokenizerSpec("chorale-grid"))
    }
    with pytest.raises(InvalidSetting, match=r"coconet cannot learn.*chorale-grid"):
        training.start(workspace, TrainingSpec("d@1", melodies, ModelSpec("coconet")))
