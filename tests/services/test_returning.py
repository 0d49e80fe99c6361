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
from workbench.jobs.loading import load_decoder
from workbench.jobs.requests import check_request
from workbench.metrics.features.structure import phrases_that_return
from workbench.sampling.loop import sample
from workbench.services import activity, composing, models, steering
from workbench.tokenizers import make
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
    made, _ = composed(workspace, read_back)
    model = models.get(workspace, MODEL)
    plain = sample(load_decoder(model.folder), make(model.card.tokenizer), made.plan, seed=3)
    assert list(made.tokens) == plain


def test_who_knows_forms(workspace):
    """Models of one melody; not those of voices, and not an autoencoder, which joins its pieces itself. Nor what fills holes, or has no bars, whatever its card says."""
    knowing = {m.name for m in models.bundled(workspace) if steering.knows_forms(m.card)}
    assert knowing == {"folk", "folk-abc"}
    for name in ("harmoniser", "melody-vae", "quartets"):
        card = models.get(workspace, name).card
        told = replace(
            card, heard=replace(card.heard, forms=("abab",)), returning=True, creativity=8.0
        )
        assert not steering.knows_forms(told) and not steering.usual(told)["returning"]
        request = ComposeRequest(name, **steering.usual(told), **steering.usual_chances(told))
        check_request(request, told, models.get(workspace, name).folder)  # nothing that it refuses
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
