"""Composing in a latent space: from nothing, from one tune, between two, and what is refused."""

import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from untrained import MELODY_VAE, keep_untrained

from workbench import formats
from workbench.cli import main
from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.records import from_json, to_json
from workbench.core.score import bars, clip
from workbench.core.specs import (
    ComposeRequest,
    LatentRequest,
    ModelSpec,
    TokenizerSpec,
    TrainingSpec,
)
from workbench.corpora import CORPORA
from workbench.services import activity, composing, giving, latents, models, training
from workbench.workspace import open_workspace

MODEL = "melody-vae-small"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace with a melody VAE that has learned nothing yet."""
    workspace = open_workspace(tmp_path_factory.mktemp("latents"))
    keep_untrained(workspace.runs / MODEL, MELODY_VAE)
    return workspace


@pytest.fixture(scope="module")
def tunes():
    """Tunes by their meter, the first that can be said, with upbeats as they come."""
    corpus = CORPORA.get("ryans-mammoth")
    found = {}
    for member in corpus.members()[4:60]:
        score = corpus.read(member).score
        found.setdefault(str(score.meters[0]), []).append(clip(score, 0, bars(score)[:8][-1].end))
    return found


def tune(workspace, score, title=""):
    return latents.tune(models.get(workspace, MODEL), score, title)


def composed(workspace, request):
    done = activity.finish(workspace, composing.enqueue(workspace, request))
    assert done.state == "done", done.details
    return done.result["composition"]


def pitches(workspace, composition):
    return composing.score(workspace, composition).notes["pitch"].tolist()


@pytest.mark.parametrize(
    ("meter", "key", "count"), [("4/4", "D major", 5), ("6/8", "A minor", 3), ("5/4", "E major", 2), ("3/4", "F minor", 7)]
)  # fmt: skip
def test_from_nothing_in_any_meter_it_heard(workspace, meter, key, count):
    request = ComposeRequest(MODEL, bars=count, key=key, meter=meter, seed=2)
    made = composed(workspace, request)
    score = composing.score(workspace, made)
    assert len(bars(score)) == count
    assert {str(bar.meter) for bar in bars(score)} == {meter}
    assert [str(each) for each in score.keys] == [key]
    explained = composing.explanation(workspace, made)
    assert (explained.candidates["drawn"] > 0).any(axis=1).all()


def test_a_tune_decides_bars_and_meter_and_is_made_again_the_same(workspace, tunes):
    given = tune(workspace, tunes["6/8"][0], "The Priest")
    latent = LatentRequest(given=given, vary=0.5, attributes={"density": 1.0})
    asked = latents.with_latent(ComposeRequest(MODEL, seed=5), latent)
    assert from_json(ComposeRequest, json.loads(json.dumps(to_json(asked)))) == asked
    first = composed(workspace, asked)
    made = composing.get(workspace, first)
    assert made.title == "after The Priest"
    assert made.plan == given.plan
    assert len(bars(composing.score(workspace, first))) == len(given.plan.bars)
    again = activity.finish(workspace, composing.again(workspace, first)).result["composition"]
    assert composing.same_notes(workspace, first, again)
    assert composing.get(workspace, again).request == asked


def test_in_another_key_and_tempo(workspace, tunes):
    score = tunes["4/4"][0]
    asked = latents.with_latent(ComposeRequest(MODEL), LatentRequest(given=tune(workspace, score)))
    mode = score.keys[0].mode
    here, there = (
        composing.score(workspace, composed(workspace, each))
        for each in (asked, replace(asked, key=f"E {mode}", tempo=66.0))
    )
    assert str(there.keys[0]) == f"E {mode}"
    assert there.tempos[0].bpm == 66.0
    np.testing.assert_array_equal(here.notes["onset"][:4], there.notes["onset"][:4])


def command(workspace, *words):
    """Exit status, and what a command answers or complains of."""
    out, complaints = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(complaints):
        status = main([*map(str, words), "--workspace", str(workspace.home), "--json"])
    return status, out.getvalue() or complaints.getvalue()


def test_the_command_line_blends_two_files(workspace, tunes, tmp_path):
    paths = [tmp_path / "one.musicxml", tmp_path / "two.mid"]
    for path, score in zip(paths, tunes["6/8"][:2], strict=True):
        path.write_bytes(formats.encode(score, path.suffix))
    words = ("compose", "--model", MODEL, "--given", paths[0], "--toward", paths[1], "--blend", 0.5)
    more = ("--vary", 0.3, "--attribute", "density=1.5", "pitch=-1", "--out", tmp_path / "out.mid")
    status, answer = command(workspace, *words, *more)
    assert status == 0, answer
    (made,) = json.loads(answer)["compositions"]
    asked = made["request"]["latent"]
    assert (asked["blend"], asked["vary"]) == (0.5, 0.3)
    assert asked["attributes"] == {"density": 1.5, "pitch": -1.0}
    assert asked["given"]["title"] == "one"
    assert composing.get(workspace, made["id"]).title == "between one and two"
    assert (tmp_path / "out.mid").stat().st_size > 100


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--vary", "0.5"], "no tune to vary"),
        (["--toward", "6/8"], "no tune to begin with"),
        (["--given", "6/8", "--vary", "2"], "vary is 2; it must lie in 0 to 1"),
        (["--given", "6/8", "--blend", "0.5"], "say which to go to"),
        (["--given", "6/8", "--toward", "6/8", "--blend", "-1"], "blend is -1"),
        (["--given", "6/8", "--toward", "4/4"], "give tunes in one meter"),
        (["--given", "2/4"], "never heard 2/4; give it tunes in 4/4 or 6/8"),
        (["--given", "6/8", "--meter", "4/4"], "leave the meter 4/4 out"),
        (["--attribute", "mood=1"], "no attribute 'mood'; it has density, pitch"),
        (["--attribute", "density=9"], "density is 9; it must lie in -4 to 4"),
        (["--attribute", "density=much"], "such as density=1.5"),
        (["--primer-text", "60 _"], "give it a tune"),
        (["--model", "folk", "--attribute", "density=1"], "no latent space"),
        (["--model", "folk", "--toward", "6/8"], "no latent space"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(workspace, tunes, tmp_path, words, sentence):
    paths = {}
    for meter, (score, *_) in tunes.items():
        paths[meter] = tmp_path / f"{meter.replace('/', '-')}.musicxml"
        paths[meter].write_bytes(formats.encode(score, ".musicxml"))
    named = [
        paths[word] if word in paths and words[number - 1] != "--meter" else word
        for number, word in enumerate(words)
    ]
    out = tmp_path / "out.mid"
    status, answer = command(workspace, "compose", "--model", MODEL, *named, "--out", out)
    assert status == 1
    assert sentence in answer
    assert answer.count("\n") == 1
    assert not out.exists()
    assert activity.current(workspace) == []


def test_what_is_given_to_fill_is_refused_and_so_are_damaged_tunes(workspace, tunes):
    with pytest.raises(InvalidSetting, match="does not write four voices"):
        giving.with_given(workspace, ComposeRequest(MODEL), tunes["4/4"][0])
    given = tune(workspace, tunes["4/4"][0])
    torn = replace(given, tokens=given.tokens[:-3])
    asked = latents.with_latent(ComposeRequest(MODEL), LatentRequest(given=torn))
    done = activity.finish(workspace, composing.enqueue(workspace, asked))
    assert (done.state, "give it again" in done.message) == ("failed", True)
    corpus = CORPORA.get("bach-chorales")
    wide = corpus.read(corpus.members()[0]).score
    drums = replace(wide, parts=tuple(replace(part, is_drum=True) for part in wide.parts))
    with pytest.raises(CannotEncode, match="no melody here"):
        tune(workspace, drums)


def test_it_is_offered_for_one_melody_alone(workspace):
    def offered(name):
        return {each.name for each in training.architectures(TokenizerSpec(name))}

    assert "melody-vae" in offered("melody-steps")
    assert not any("melody-vae" in offered(each) for each in ("chorale-grid", "abc-chars", "tsd"))
    asked = TrainingSpec("d@1", TokenizerSpec("abc-chars"), ModelSpec("melody-vae"))
    with pytest.raises(InvalidSetting, match=r"melody-vae cannot learn.*melody-steps"):
        training.start(workspace, asked)


def test_the_command_line_lets_phrases_return_or_not(workspace, tmp_path):
    words = ("compose", "--model", MODEL, "--bars", 1, "--out", tmp_path / "out.mid")
    joined = []
    for more in ((), ("--no-phrases",)):
        status, answer = command(workspace, *words, *more)
        assert status == 0, answer
        joined.append(json.loads(answer)["compositions"][0]["request"]["latent"]["joined"])
    assert joined == [True, False]
    status, answer = command(workspace, "compose", "--model", "chorales", "--phrases", "--out", tmp_path / "out.mid")  # fmt: skip
    assert status == 1
    assert "no forms of tunes" in answer
