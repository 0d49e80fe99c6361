"""Splits keep families together, hold their ratios, and come out the same on every machine."""

import functools
import operator
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.augmentation import Augmentation
from workbench.core.dataset import (
    SPLITS,
    DatasetVersion,
    dataset_fingerprint,
    draw_splits,
    parse_ratios,
)
from workbench.core.errors import InvalidSetting
from workbench.core.families import Kin, group, links

RATIOS = (80, 10, 10)


def piece(name: str, *, tune: str = "", title: str = "", collection: str = "own") -> Kin:
    """A piece that is its own tune unless told otherwise."""
    return Kin(name, tune or name, title, collection)


def dealt(pieces, ratios, seed, **how):
    return draw_splits(group(pieces, links(pieces, [])), ratios, seed, **how)


SINGLES = [piece(f"{number:03}") for number in range(100)]

families = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["", "Air", "Jig"])), max_size=20)


@given(families, st.integers(0, 5))
def test_one_tune_never_stands_in_two_splits(rows, seed):
    pieces = [piece(str(i), tune=f"t{tune}", title=title) for i, (tune, title) in enumerate(rows)]
    splits = dealt(pieces, RATIOS, seed)
    assert set(splits) == {piece.id for piece in pieces}
    for label in ("tune", "title"):
        where: dict[str, set[str]] = {}
        for item in pieces:
            if getattr(item, label):
                where.setdefault(getattr(item, label), set()).add(splits[item.id])
        assert all(len(found) == 1 for found in where.values())


def test_a_chain_of_titles_and_tunes_is_one_family():
    chain = [
        piece("a", tune="1"),
        piece("b", tune="1", title="Air"),
        piece("c", title="air"),
        piece("d", title="Air", collection="another"),
    ]
    for seed in range(20):
        splits = dealt([*chain, *SINGLES], RATIOS, seed)
        assert splits["a"] == splits["b"] == splits["c"]
    alone = {dealt([*chain, *SINGLES], RATIOS, seed)["d"] for seed in range(60)}
    assert len(alone) > 1, "the same title in another collection is another piece"


@given(st.permutations(SINGLES[:20]), st.integers(0, 3))
def test_the_order_of_pieces_does_not_matter(pieces, seed):
    assert dealt(pieces, RATIOS, seed) == dealt(SINGLES[:20], RATIOS, seed)


@pytest.mark.parametrize("ratios", [(80, 10, 10), (70, 0, 30), (100, 0, 0), (34, 33, 33)])
def test_ratios_hold(ratios):
    splits = list(dealt(SINGLES, ratios, 0).values())
    for split, share in zip(SPLITS, ratios, strict=True):
        assert abs(splits.count(split) - share) <= 1


def test_another_seed_is_another_draw():
    assert dealt(SINGLES, RATIOS, 0) != dealt(SINGLES, RATIOS, 1)


def test_the_draw_is_the_same_on_every_machine():
    splits = dealt(SINGLES, RATIOS, 7)
    assert sorted(name for name, split in splits.items() if split == "test") == TESTED


TESTED = ["004", "010", "021", "026", "036", "063", "066", "072", "083", "096"]


@pytest.mark.parametrize(
    "text", ["", "80/20", "80/10/11", "0/50/50", "a/b/c", "-80/90/90", "80.0/10/10"]
)
def test_a_bad_split_is_refused(text):
    with pytest.raises(InvalidSetting):
        parse_ratios(text)


def test_a_split_is_read():
    assert parse_ratios("80/15/5") == (80, 15, 5)


def test_a_fingerprint_knows_notes_splits_and_augmentation_alone():
    splits = {"a": "train", "b": "test"}
    notes = {"a": "1", "b": "2"}
    base = dataset_fingerprint(splits, notes, Augmentation((2, -2)))
    assert dataset_fingerprint(dict(reversed(splits.items())), notes, Augmentation((-2, 2))) == base
    assert (
        dataset_fingerprint(
            {"x": "train", "b": "test"}, {"x": "1", "b": "2"}, Augmentation((2, -2))
        )
        == base
    )
    assert dataset_fingerprint({"a": "test", "b": "train"}, notes, Augmentation((2, -2))) != base
    assert dataset_fingerprint(splits, {"a": "1", "b": "3"}, Augmentation((2, -2))) != base
    assert dataset_fingerprint(splits, notes) != base


def test_members_of_a_split():
    ids = tuple(piece.id for piece in SINGLES[:6])
    where = tuple(random.Random(0).choices(SPLITS, k=6))
    version = DatasetVersion("tunes", 2, ids, where, "", RATIOS, 0, "tunes@1", "f")
    assert version.id == "tunes@2"
    assert sorted(
        functools.reduce(operator.iadd, (version.members(split) for split in SPLITS), [])
    ) == list(ids)
    assert version.members("train") == [i for i, s in zip(ids, where, strict=True) if s == "train"]
