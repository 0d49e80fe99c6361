"""A piece from nothing whose segments hang together: with the bundled model, beside what it wrote without."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.forms import NEW, form_generator
from workbench.core.frames import FIRST_PITCH
from workbench.core.limits import Limits
from workbench.core.model_card import SPACE_FILE
from workbench.core.report import SilentReport
from workbench.core.segments import ends
from workbench.core.specs import ComposeRequest, LatentRequest
from workbench.jobs.latent import usual_latent
from workbench.jobs.requests import plan_for, usual_limits
from workbench.jobs.writing import write
from workbench.metrics.features.structure import phrases_that_return
from workbench.sampling.joining import FREE, places
from workbench.sampling.latents import LatentSpace, load_space
from workbench.services import activity, composing, locking, models
from workbench.tokenizers import make
from workbench.workspace import open_workspace

JOINED = LatentRequest(joined=True)
FOURTH = 5  # semitones


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    model = models.get(open_workspace(tmp_path_factory.mktemp("joined")), "melody-vae")
    return model, make(model.card.tokenizer), load_space(model.folder / SPACE_FILE)


def composed(vae, latent, **asked):
    """Tokens and plan."""
    model, tokenizer, _ = vae
    limits = asked.pop("limits", usual_limits(model.card))
    request = ComposeRequest("melody-vae", latent=latent, limits=limits, **{"bars": 16, **asked})
    plan = plan_for(request, model.card, tokenizer)
    tokens, _, _ = write(model.folder, model.card, tokenizer, plan, request, SilentReport())
    return np.array(tokens), plan


def test_a_request_from_before_is_what_it_was_and_a_new_one_is_another(vae):
    before, _ = composed(vae, None, seed=1)
    np.testing.assert_array_equal(composed(vae, LatentRequest(), seed=1)[0], before)
    joined, _ = composed(vae, JOINED, seed=1)
    assert (joined != before).any()
    np.testing.assert_array_equal(composed(vae, JOINED, seed=1)[0], joined)
    assert (composed(vae, JOINED, seed=2)[0] != joined).any()
    model = vae[0]
    assert usual_latent(model.card) == JOINED
    assert usual_latent(replace(model.card, model=replace(model.card.model, architecture="lstm"))) is None  # fmt: skip


def test_bars_return_as_the_form_has_them(vae):
    for seed in range(6):
        tokens, _ = composed(vae, JOINED, seed=seed, meter="6/8")
        form = vae[2].tunes.forms.drawn(16, form_generator(seed))
        cells = tokens.reshape(16, -1)
        for bar in np.flatnonzero(form[:-1] != NEW):  # the last bar closes
            notes = cells[bar] >= FIRST_PITCH
            np.testing.assert_array_equal(cells[bar][notes], cells[form[bar]][notes])
            np.testing.assert_array_equal(notes, cells[form[bar]] >= FIRST_PITCH)


def test_phrases_return_and_segments_join(vae):
    """As music by people does, in which a fifth of the phrases return and a fifth of the moves across a cut leap."""
    tokenizer = vae[1]
    returned, leaps = [], []
    for latent in (None, JOINED):
        pieces = [composed(vae, latent, seed=seed) for seed in range(36)]
        scores = [tokenizer.decode(tokens.tolist(), plan) for tokens, plan in pieces]
        returned.append(np.mean([phrases_that_return(score) for score in scores]))
        leaps.append(np.mean(np.concatenate([across(*piece) for piece in pieces]) >= FOURTH))
    assert returned[0] < 0.05
    assert returned[1] > 0.1
    assert leaps[1] < leaps[0]
    ends = [tokens[tokens >= FIRST_PITCH][-2:] for tokens, _ in pieces]
    assert (
        np.mean([abs(last - before) >= FOURTH for before, last in ends]) < 0.25
    )  # a tonic that comes out of nowhere


def across(tokens, plan):
    """Semitones from the last note of a segment to the first of the next, where they differ."""
    found = []
    for cut in ends(plan, 2)[:-1].tolist():
        before, after = (part[part >= FIRST_PITCH] for part in (tokens[:cut], tokens[cut:]))
        if len(before) and len(after) and before[-1] != after[0]:
            found.append(abs(int(after[0]) - int(before[-1])))
    return np.array(found, int)


def test_a_form_that_is_asked_for_and_a_single_bar_stand(vae):
    tokens, plan = composed(vae, JOINED, limits=Limits(form="AABA"), seed=3)
    quarters = np.split(tokens, 4)
    np.testing.assert_array_equal(quarters[0], quarters[1])
    assert (quarters[2] != quarters[0]).any()
    tokens, plan = composed(vae, JOINED, bars=1, seed=3)
    assert len(tokens) == plan.steps
    high, low = (
        np.concatenate(
            [
                tokens[tokens >= FIRST_PITCH]
                for seed in range(4)
                for tokens, _ in [
                    composed(vae, replace(JOINED, attributes={"pitch": amount}), seed=seed)
                ]
            ]
        )
        for amount in (3.0, -3.0)
    )
    assert high.mean() > low.mean() + 4


def test_bars_that_are_locked_stay_and_the_rest_is_composed_around_them(tmp_path):
    """No form is replayed over them: what stays and what returns could leave nothing to draw."""
    workspace = open_workspace(tmp_path)
    asked = ComposeRequest("melody-vae", bars=8, meter="6/8", seed=4, latent=JOINED)
    done = activity.finish(workspace, composing.enqueue(workspace, asked))
    first = composing.get(workspace, done.result["composition"])
    request = locking.with_locked(workspace, first.id, [1, 2, 5])
    done = activity.finish(workspace, composing.enqueue(workspace, replace(request, seed=9)))
    rest = composing.get(workspace, done.result["composition"])
    bars = [np.reshape(each.tokens, (8, -1)) for each in (first, rest)]
    for bar in (0, 1, 4):
        np.testing.assert_array_equal(bars[0][bar][1:], bars[1][bar][1:])
    assert (bars[0] != bars[1]).any()


def test_places_by_hand(vae):
    plan = composed(vae, JOINED, bars=6, meter="2/4", seed=0)[1]
    found = places(np.array([NEW, NEW, 0, 1, NEW, 0]), plan, 2)
    assert found.returns[16:32].tolist() == list(range(16))
    assert found.returns[40:].tolist() == list(range(8))
    assert (np.delete(found.returns, [*range(16, 32), *range(40, 48)]) == FREE).all()
    assert found.sources == [NEW, 0, NEW]  # the last bar returns at another place of its segment
    assert found.leading == dict.fromkeys(range(12, 16), 0) | dict.fromkeys(range(36, 40), 0)


def test_the_root_of_the_likeness(vae):
    for space in (vae[2], LatentSpace(("pitch",), np.ones((1, 4), np.float32), np.array([1, 0.1, 0.9], np.float32))):  # fmt: skip
        root = space.root(9)
        np.testing.assert_array_equal(root, np.tril(root))
        np.testing.assert_allclose(np.diag(root @ root.T), 1)
        assert np.diag(root).min() > 0.1
    np.testing.assert_allclose((root @ root.T)[0, 2], 0.9, atol=0.4)
