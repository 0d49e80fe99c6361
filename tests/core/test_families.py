"""Families: what holds pieces together, what a person may say, and chains that are not followed."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.families import (
    JOIN,
    LARGEST_FAMILY,
    MOST_OF_ONE_TITLE,
    PART,
    Correction,
    Kin,
    group,
    links,
)


def kin(name: str, *, tune: str = "", title: str = "", collection: str = "own") -> Kin:
    return Kin(name, tune or name, title, collection)


def grouped(pieces, near=(), corrections=()):
    return group(pieces, links(pieces, near, corrections), corrections)


def test_a_catalogue_number_makes_no_other_title():
    pieces = [
        kin("a", title="Nun ruhen alle Wälder (BWV 13.6)"),
        kin("b", title="Nun ruhen alle Wälder (BWV 392)"),
        kin("c", title="Nun ruhen alle Wälder (for organ)"),
        kin("d", title="NUN RUHEN ALLE WÄLDER", collection="another"),
    ]
    assert grouped(pieces) == {"a": "a", "b": "a", "c": "c", "d": "d"}


def test_a_title_that_all_share_is_no_name():
    pieces = [kin(f"{i:03}", title="Reel") for i in range(MOST_OF_ONE_TITLE + 1)]
    assert len(set(grouped(pieces).values())) == len(pieces)
    assert len(set(grouped(pieces[:-1]).values())) == 1


def test_near_pieces_are_kin_and_a_chain_of_them_ends():
    pieces = [kin(f"{i:03}") for i in range(3 * LARGEST_FAMILY)]
    ids = [piece.id for piece in pieces]
    chain = [(a, b, 0.3) for a, b in itertools.pairwise(ids)]
    families = grouped(pieces, chain)
    sizes = [list(families.values()).count(each) for each in set(families.values())]
    assert 1 < max(sizes) <= LARGEST_FAMILY
    sure = [(a, b, 0.9) for a, b in itertools.pairwise(ids[:6])]
    assert len({grouped(pieces, sure + chain)[each] for each in ids[:6]}) == 1, "the surest first"


def test_what_a_person_says_holds():
    pieces = [kin(each, tune="one" if each in "ab" else "") for each in "abcd"]
    near = [("b", "c", 0.5), ("c", "d", 0.4)]
    assert len(set(grouped(pieces, near).values())) == 1
    parted = grouped(pieces, near, [Correction(PART, "c", "a")])
    assert parted == {"a": "a", "b": "a", "c": "c", "d": "c"}
    assert grouped(pieces, near, [Correction(PART, "a", "b")])["a"] == "a" != parted["c"]
    joined = grouped(pieces, [], [Correction(JOIN, "a", "d")])
    assert joined == {"a": "a", "b": "a", "c": "c", "d": "a"}


def test_corrections_of_pieces_elsewhere_change_nothing():
    pieces = [kin("a"), kin("b")]
    said = [Correction(JOIN, "a", "x"), Correction(PART, "b", "y")]
    assert grouped(pieces, [("a", "z", 0.9)], said) == {"a": "a", "b": "b"}


pairs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.floats(0.2, 1)), max_size=60)


@given(pairs, st.randoms())
def test_the_order_of_what_is_known_does_not_matter(found, random):
    pieces = [kin(f"{i:02}") for i in range(31)]
    near = [(f"{min(a, b):02}", f"{max(a, b):02}", value) for a, b, value in found if a != b]
    shuffled = random.sample(near, len(near))
    assert grouped(pieces, near) == grouped(pieces[::-1], shuffled)


def test_links_say_why():
    pieces = [kin("a", tune="t"), kin("b", tune="t", title="Air"), kin("c", title="air")]
    found = links(pieces, [("a", "c", 0.25)], [Correction(JOIN, "c", "b")])
    assert [link.why for link in found] == ["joined", "same tune", "same title", "near"]
    assert found[-1].similarity == pytest.approx(0.25)
