"""Names of players as scores shorten them."""

import pytest

from workbench.core.ensembles import ENSEMBLES
from workbench.core.instruments import abbreviation


def test_players_of_an_ensemble_can_be_told_apart():
    short = {name: [abbreviation(each.name) for each in players] for name, players in ENSEMBLES.items()}  # fmt: skip
    assert short["string quartet"] == ["Vln. I", "Vln. II", "Vla.", "Vc."]
    assert short["choir"] == ["S.", "A.", "T.", "B."]
    assert all(len(set(each)) == len(each) for each in short.values())


@pytest.mark.parametrize(
    ("part", "short"),
    [
        ("Violin 2", "Vln. 2"),
        ("Church organ", "C."),
        ("Part I", "P. I"),
        ("Horn in F", "Hn."),
        ("Violins I", "Vln. I"),
        ("Double bass", "Db."),
        ("I", "I."),
        ("", "."),
    ],
)
def test_other_names(part, short):
    assert abbreviation(part) == short
