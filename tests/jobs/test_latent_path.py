"""From a request to a path of points: what each thing that is asked does to it."""

from dataclasses import replace

import numpy as np
import pytest
from untrained import MELODY_VAE, keep_untrained

from workbench.core.model_card import SPACE_FILE, read_card
from workbench.core.segments import segments
from workbench.core.specs import LatentRequest, Tune
from workbench.corpora import CORPORA
from workbench.jobs.latent import path, stretched
from workbench.jobs.loading import load_autoencoder
from workbench.sampling.latents import load_space
from workbench.tokenizers import make

BARS = 2


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "vae"
    keep_untrained(folder, MELODY_VAE)
    return (
        load_autoencoder(folder),
        load_space(folder / SPACE_FILE),
        make(read_card(folder).tokenizer),
    )


@pytest.fixture(scope="module")
def pieces(model):
    corpus = CORPORA.get("ryans-mammoth")
    return [model[2].encode(corpus.read(member).score) for member in corpus.members()[4:7]]


@pytest.fixture(scope="module")
def points(model, pieces):
    """What asks for points, and what the encoder says of each tune."""
    autoencoder, space, tokenizer = model
    one, two, three = (Tune(each.plan, tuple(each.tokens.tolist())) for each in pieces)
    count = len(segments(pieces[0], BARS))

    def asked(**changes):
        others = {"two": two, "three": three}
        named = {
            name: others[each] if isinstance(each, str) else each for name, each in changes.items()
        }
        request = replace(LatentRequest(given=one), **named)
        return path(request, autoencoder, space, tokenizer, BARS, count, np.random.default_rng(4))

    means = [autoencoder.encode(segments(each, BARS))[0].astype(np.float64) for each in pieces]
    return asked, [mean[stretched(len(mean), count)] for mean in means]


def test_a_tune_is_where_the_encoder_puts_it(points):
    asked, (one, two, three) = points
    assert np.abs(one - two).max() > 1e-3
    np.testing.assert_allclose(asked(), one)
    np.testing.assert_allclose(asked(minus="two", plus="three"), one - two + three)
    np.testing.assert_allclose(asked(minus="two", plus="two"), one, atol=1e-12)


def test_between_two_tunes(points):
    asked, (one, two, _) = points
    np.testing.assert_allclose(asked(toward="two", blend=0.0), one, atol=1e-6)
    np.testing.assert_allclose(asked(toward="two", blend=1.0), two, atol=1e-6)
    way = asked(toward="two")
    np.testing.assert_allclose(way[0], one[0], atol=1e-6)
    np.testing.assert_allclose(way[-1], two[-1], atol=1e-6)
    middle = asked(toward="two", blend=0.5)
    lengths = [np.linalg.norm(each, axis=1) for each in (one, two, middle)]
    np.testing.assert_allclose(lengths[2], (lengths[0] + lengths[1]) / 2, rtol=1e-6)


def test_what_is_varied_goes_over_into_a_path_from_nothing(points, model):
    asked, (one, _, _) = points
    drawn = model[1].path(len(one), np.random.default_rng(4))
    np.testing.assert_allclose(asked(given=None), drawn)
    np.testing.assert_allclose(asked(vary=1.0), drawn, atol=1e-9)
    np.testing.assert_allclose(asked(vary=0.6), 0.8 * one + 0.6 * drawn)
    moved = asked(vary=0.6, attributes={"pitch": 2.0})
    np.testing.assert_allclose(
        moved - asked(vary=0.6), np.tile(2 * model[1].directions[1], (len(one), 1))
    )


def test_tunes_of_unlike_length_meet_at_both_ends():
    assert stretched(4, 4).tolist() == [0, 1, 2, 3]
    assert stretched(8, 4).tolist() == [0, 2, 5, 7]
    assert stretched(2, 5).tolist() == [0, 0, 0, 1, 1]
    assert stretched(1, 3).tolist() == [0, 0, 0]
    assert stretched(5, 1).tolist() == [0]
