"""The networks that go from left to right, each with real music that suits it."""

import pytest
from backend_child import suiting
from encoded import pieces_of

from workbench.zoo import ARCHITECTURES

NETWORKS = [each for each in ARCHITECTURES if each.build_step and not each.is_autoencoder]
SLOW = ("encoder-decoder",)
"""Networks of so many layers that exporting one takes a quarter of a minute."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(each, marks=pytest.mark.long if each.name in SLOW else ()) for each in NETWORKS
    ],
    ids=lambda each: each.name,
)
def architecture(request):
    return request.param


@pytest.fixture(scope="module")
def one_music(architecture):
    """Where one vocabulary is enough to tell."""
    return pieces_of(suiting(architecture))
