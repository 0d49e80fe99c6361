"""Phrases that return by the forms of training pieces: with the bundled model of tunes in ABC, where they never did before."""

import json
from dataclasses import replace

import numpy as np
import pytest
from kept_limits import broken

from workbench.cli import main
from workbench.core.errors import InvalidSetting
from workbench.core.forms import read
from workbench.core.limits import Limits
from workbench.core.records import from_json, to_json
from workbench.core.specs import ComposeRequest
from workbench.metrics.features.structure import phrases_that_return
from workbench.services import activity, composing, models, steering
from workbench.workspace import open_workspace

MODEL = "folk-abc"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return open_workspace(tmp_path_factory.mktemp("returning"))


def composed(workspace, request):
    done = activity.finish(workspace, composing.enqueue(workspace, request))
    assert done.state == "done", done.details
    made = composing.get(workspace, done.result["composition"])
    return made, composing.score(workspace, made.id)


def test_phrases_return_unless_somebody_says_otherwise(workspace):
    card = models.get(workspace, MODEL).card
    usual = steering.usual(card)
    assert usual["returning"] and steering.knows_forms(card)
    shares = {}
    for returning in (True, False):
        asked = ComposeRequest(MODEL, bars=16, **usual | {"returning": returning})
        pieces = [composed(workspace, replace(asked, seed=seed)) for seed in range(6)]
        assert all(broken(score, made.plan, lengths=False) == [] for made, score in pieces)
        shares[returning] = np.mean([phrases_that_return(score) for _, score in pieces])
    assert shares[False] < 0.05 < shares[True]


def test_a_request_from_before_gives_what_it_gave(workspace):
    old = to_json(ComposeRequest(MODEL, bars=4, seed=3))
    del old["returning"]
    read_back = from_json(ComposeRequest, old)
    assert not read_back.returning
    first, second = (composed(workspace, each)[0] for each in (read_back, ComposeRequest(MODEL, bars=4, seed=3)))  # fmt: skip
    assert first.tokens == second.tokens


def test_who_knows_forms(workspace):
    """Models of one melody; not those of voices, and not an autoencoder, which joins its pieces itself."""
    knowing = {m.name for m in models.bundled(workspace) if steering.knows_forms(m.card)}
    assert knowing == {"folk", "folk-abc"}
    forms = read(models.get(workspace, MODEL).card.heard.forms)
    assert len(forms.lengths) > 200 and 0.1 < (forms.returns >= 0).mean() < 0.5


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ComposeRequest("chorales", returning=True), "no forms"),
        (ComposeRequest("melody-vae", returning=True), "no forms"),
        (ComposeRequest(MODEL, returning=True, limits=Limits(form="AABA")), "say themselves"),
    ],
)
def test_what_cannot_be_is_refused(workspace, request_, words):
    with pytest.raises(InvalidSetting, match=words):
        composing.enqueue(workspace, request_)


def test_on_the_command_line(workspace, tmp_path, capsys):
    words = ["compose", "--model", MODEL, "--bars", "4", "--out", str(tmp_path / "a.mid"), "--workspace", str(workspace.home), "--json"]  # fmt: skip
    for more, returning in (([], True), (["--no-phrases"], False), (["--form", "AB"], False)):
        assert main([*words, *more]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["compositions"][0]["request"]["returning"] is returning
