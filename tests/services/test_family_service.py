"""Families of a real library: found, shown, corrected, and kept together by every split."""

import random

import pytest
from workspaces import copied

from workbench.core.errors import InvalidSetting
from workbench.services import activity, datasets, families, importing, leakage, library
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def chorales(tmp_path_factory):
    """A hundred chorales; several are the same melody in two harmonisations. Read it, do not change it."""
    workspace = open_workspace(tmp_path_factory.mktemp("chorales"))
    activity.finish(workspace, importing.load_corpus(workspace, "bach-chorales", limit=110))
    families.refresh(workspace)
    return workspace


@pytest.fixture
def own(chorales, tmp_path):
    """The same library, to change."""
    return copied(chorales, tmp_path / "own")


def ids(workspace):
    return [piece.id for piece in library.search(workspace)[0]]


def test_one_melody_in_two_harmonisations_is_a_family(chorales):
    (passion,) = [
        family
        for family in families.families(chorales)
        if any("O Haupt voll Blut" in piece.title for piece in family)
    ]
    titles = {piece.title.split(" (")[0] for piece in passion}
    assert "Befiehl du deine Wege" in titles or "Herzlich tut mich verlangen" in titles
    assert families.family_of(chorales, passion[0].id) == passion
    number, pieces = families.counts(chorales)
    assert number == len(families.families(chorales, limit=1000))
    assert pieces == sum(len(family) for family in families.families(chorales, limit=1000))
    nearest, value = families.similar(chorales, passion[0].id, limit=3)[0]
    assert nearest in passion and value > 0.2


def test_in_a_large_library_the_pieces_like_one_are_those_found_near(chorales, monkeypatch):
    piece = families.families(chorales)[0][0].id
    scanned = [
        (each.id, value) for each, value in families.similar(chorales, piece) if value >= 0.2
    ]
    monkeypatch.setattr(families, "SCANNED", 10)
    assert [(each.id, value) for each, value in families.similar(chorales, piece)] == scanned


def test_splits_keep_families_and_a_random_split_leaks(chorales):
    dataset = datasets.create(chorales, "fair", split="60/20/20", seed=4)
    assert leakage.of_dataset(chorales, dataset.id).leaks == ()
    dealt = random.Random(1)
    lines = [f"{each},{dealt.choice(['training', 'val', 'test'])}" for each in ids(chorales)]
    report = leakage.of_csv(chorales, "\n".join(["id,split", *lines, "unknown,train"]))
    assert report.pieces == len(lines)
    assert len(report.leaks) > 10
    assert report.leaking > 5
    assert report.unmatched == ("unknown: no pieces of that id",)
    values = [leak.similarity for leak in report.leaks]
    assert values == sorted(values, reverse=True)
    assert all(leak.splits[0] != leak.splits[1] for leak in report.leaks)


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "id\nx", "id,split\nnone,train"])
def test_a_csv_that_is_no_split_is_refused(chorales, text):
    with pytest.raises(InvalidSetting):
        leakage.of_csv(chorales, text)


def test_a_piece_in_two_splits_is_the_worst_leak(chorales):
    one, two = ids(chorales)[:2]
    rows = [
        "id,split",
        f"{one},train",
        f"{one},test",
        f"{one},training",
        f"{two},train",
        f"{two},train",
    ]
    report = leakage.of_csv(chorales, "\n".join(rows))
    assert (report.pieces, report.leaking) == (2, 1)
    (leak,) = report.leaks
    assert (leak.first, leak.second, leak.splits) == (one, one, ("train", "test"))
    assert (leak.why, leak.similarity) == ("same piece", 1.0)


def test_a_split_by_title_is_read(chorales):
    title = library.search(chorales)[0][0].title
    report = leakage.of_csv(chorales, f'title,split\n"{title.upper()}",eval\n')
    assert report.pieces == 1


def test_corrections_hold_through_recomputation_and_in_splits(own):
    first, second, *_ = (
        p.id for p in library.search(own)[0] if len(families.family_of(own, p.id)) == 1
    )
    families.join(own, [first, second])
    for _ in range(2):
        assert [p.id for p in families.family_of(own, first)] == sorted((first, second))
        activity.finish(own, importing.load_corpus(own, "bach-chorales", limit=120))
        families.refresh(own)
    for seed in range(6):
        dataset = datasets.create(own, "joined", split="40/30/30", seed=seed)
        split = dict(zip(dataset.pieces, dataset.splits, strict=True))
        assert split[first] == split[second]
    families.withdraw(own, first, second)
    assert len(families.family_of(own, first)) == 1


def bring_more_while_comparing(monkeypatch, workspace, *, compare):
    """More chorales come after a comparison has begun and, if asked, are compared by somebody else before it ends."""
    honest = families.near_pairs

    def near_pairs(signatures):
        monkeypatch.setattr(families, "near_pairs", honest)
        activity.finish(workspace, importing.load_corpus(workspace, "bach-chorales", limit=150))
        if compare:
            families.refresh(workspace)
        return honest(signatures)

    monkeypatch.setattr(families, "near_pairs", near_pairs)


def members(workspace):
    """Every family of two and more, by the ids of its pieces."""
    return {frozenset(piece.id for piece in family) for family in families.families(workspace)}


@pytest.mark.parametrize("compare", [False, True])
def test_what_comes_while_others_are_compared_is_compared_too(own, tmp_path, monkeypatch, compare):
    peaceful = copied(own, tmp_path / "peaceful")
    activity.finish(peaceful, importing.load_corpus(peaceful, "bach-chorales", limit=150))
    families.refresh(peaceful)
    activity.finish(own, importing.load_corpus(own, "bach-chorales", limit=120))
    bring_more_while_comparing(monkeypatch, own, compare=compare)
    families.refresh(own)
    assert (families.waiting(own) == 0) == compare
    families.refresh(own)
    assert members(own) == members(peaceful)


def test_what_was_parted_may_stand_in_two_splits_and_is_no_leak(own):
    family = next(each for each in families.families(own) if len(each) == 2)
    one, other = (piece.id for piece in family)
    families.part(own, [one, other])
    assert [piece.id for piece in families.family_of(own, one)] == [one]
    splits = set()
    for seed in range(12):
        dataset = datasets.create(own, "parted", split="40/30/30", seed=seed)
        split = dict(zip(dataset.pieces, dataset.splits, strict=True))
        splits.add(split[one] == split[other])
        assert leakage.of_dataset(own, dataset.id).leaks == ()
    assert splits == {True, False}


def test_a_correction_needs_two_pieces(own):
    piece = ids(own)[0]
    with pytest.raises(InvalidSetting, match="two different pieces"):
        families.join(own, [piece, piece])
