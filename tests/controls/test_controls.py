"""What a piece carries under each control, on real music, and what of it can be learned."""

import pytest

from workbench.controls import CONTROLS, counted, labels_of, learnable
from workbench.core.piece import UNKNOWN_LICENCE, Piece
from workbench.corpora import CORPORA
from workbench.metrics.facts import facts

NAMES = CONTROLS.names()


def piece(corpus: str, index: int = 0, **tags: str) -> Piece:
    collection = CORPORA.get(corpus)
    reading = collection.read(collection.members()[index])
    return Piece(
        id="0" * 16, title=reading.title, composer="Trad.", collection=corpus, source="", checksum="",
        licence=UNKNOWN_LICENCE, tune="", facts=facts(reading.score), tags=tags,
    )  # fmt: skip


def test_every_control_knows_something_of_a_tagged_tune():
    tagged = dict.fromkeys(NAMES, "merry") | {"genre": "reel"}  # facts are not read from tags
    found = labels_of(piece("ryans-mammoth", **tagged), NAMES)
    assert sorted(found) == NAMES
    assert (found["mood"], found["genre"]) == ("merry", "reel")
    assert found["collection"] == "ryans-mammoth"


@pytest.mark.parametrize("name", [each.name for each in CONTROLS if each.ranges])
def test_a_named_range_is_one_that_the_control_declares(name):
    tunes = [piece("ryans-mammoth", index) for index in range(0, 1000, 50)]
    labels = {CONTROLS.get(name).label(tune) for tune in tunes}
    assert labels <= set(CONTROLS.get(name).ranges)


def test_what_is_not_known_is_left_out():
    assert "mood" not in labels_of(piece("bach-chorales"), NAMES)


def test_the_fifths_of_a_reel_are_denser_than_those_of_a_chorale():
    assert labels_of(piece("ryans-mammoth"), ["density"])["density"] in ("dense", "very dense")


def test_what_is_rare_or_the_same_everywhere_is_not_learned():
    told = [{"mood": "calm", "collection": "a"}] * 5 + [{"mood": "wild"}] * 3 + [{"mood": "odd"}]
    assert learnable(counted(told)) == {"mood": ("calm", "wild")}


def test_ranges_keep_their_order():
    told = [{"density": "dense"}] * 9 + [{"density": "sparse"}] * 3
    assert learnable(counted(told)) == {"density": ("sparse", "dense")}
