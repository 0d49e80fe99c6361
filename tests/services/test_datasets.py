import pytest

from workbench import formats
from workbench.core.augmentation import Augmentation
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.score import transpose
from workbench.services import activity, datasets, families, importing, library, tagging
from workbench.workspace import open_workspace


def test_a_version_is_fixed_and_a_new_one_knows_its_parent(filled):
    first = datasets.create(filled, "tunes", query="meter:6/8", seed=3)
    second = datasets.create(filled, "tunes", seed=3)
    assert (first.id, second.id, second.parent) == ("tunes@1", "tunes@2", "tunes@1")
    assert datasets.get(filled, "tunes") == second
    assert datasets.get(filled, "tunes@1") == first
    change = datasets.difference(filled, "tunes@1", "tunes@2")
    assert len(change.added) == len(second.pieces) - len(first.pieces)
    assert not change.removed


def test_shares_are_kept(filled):
    dataset = datasets.create(filled, "shares", split="70/20/10")
    total = len(dataset.pieces)
    for split, share in (("train", 0.7), ("valid", 0.2), ("test", 0.1)):
        assert len(dataset.members(split)) == pytest.approx(total * share, abs=3)


def test_the_fingerprint_is_the_same_on_another_machine(filled, tmp_path):
    other = open_workspace(tmp_path)
    # another order of loading, and nothing else in common but the music
    activity.finish(other, importing.load_corpus(other, "ryans-mammoth", limit=20))
    activity.finish(other, importing.load_corpus(other, "ryans-mammoth", limit=60))
    here = datasets.create(filled, "same", query="collection:ryans", seed=5)
    there = datasets.create(other, "another name", query="collection:ryans", seed=5)
    assert here.fingerprint == there.fingerprint
    assert datasets.create(other, "seed", seed=6).fingerprint != here.fingerprint


def test_a_tune_and_its_transposition_are_never_parted(filled):
    dataset = datasets.create(filled, "families", seed=1)
    with_copies = [library.piece(filled, piece) for piece in dataset.pieces]
    by_tune: dict[str, set[str]] = {}
    for piece, split in zip(with_copies, dataset.splits, strict=True):
        by_tune.setdefault(piece.tune, set()).add(split)
    assert all(len(splits) == 1 for splits in by_tune.values())


def test_transposed_copies_join_the_family(workspace):
    job = importing.load_corpus(workspace, "ryans-mammoth", limit=10)
    activity.finish(workspace, job)
    sources = []
    for piece in library.search(workspace)[0]:
        moved = transpose(library.score(workspace, piece.id), 3)
        sources.append((f"{piece.id}.mid", formats.encode(moved, ".mid")))
    activity.finish(workspace, importing.import_files(workspace, sources))
    pieces, total = library.search(workspace)
    assert total == 20
    dataset = datasets.create(workspace, "pairs", split="50/25/25")
    split_of = dict(zip(dataset.pieces, dataset.splits, strict=True))
    tunes: dict[str, set[str]] = {}
    for piece in pieces:
        tunes.setdefault(piece.tune, set()).add(split_of[piece.id])
    assert len(tunes) == 10
    assert all(len(splits) == 1 for splits in tunes.values())


@pytest.mark.parametrize("split", ["80/10", "80/10/20", "0/50/50", "a/b/c", "-80/90/90"])
def test_bad_splits(filled, split):
    with pytest.raises(InvalidSetting):
        datasets.create(filled, "bad", split=split)


@pytest.mark.parametrize("name", ["", "  "])
def test_a_dataset_without_a_name_is_asked_for_one(filled, name):
    with pytest.raises(InvalidSetting, match=r"Give the dataset a name\."):
        datasets.create(filled, name)


@pytest.mark.parametrize("name", ["a/b", "../up", "x" * 61, "a@1"])
def test_bad_names(filled, name):
    with pytest.raises(InvalidSetting, match="no name for a dataset"):
        datasets.create(filled, name)


def test_too_few_pieces(filled):
    with pytest.raises(InvalidSetting, match="Only 0 pieces"):
        datasets.create(filled, "none", query="collection:nothing")


def test_unknown_dataset(filled):
    with pytest.raises(UnknownName):
        datasets.get(filled, "never made")


def test_what_a_dataset_shows(filled):
    dataset = datasets.create(filled, "shown")
    assert sum(datasets.licences_of(filled, dataset).values()) == len(dataset.pieces)
    assert datasets.is_shareable(filled, dataset)
    meters = datasets.distribution(filled, dataset, "meter")
    assert sum(meters["train"].values()) == len(dataset.members("train"))


def test_pieces_picked_by_hand(filled):
    picked = [piece.id for piece in library.search(filled)[0][:5]]
    dataset = datasets.create(
        filled, "picked", query=datasets.ONLY_PICKED, add=[*picked, picked[0][:12]], without=picked[4:]
    )  # fmt: skip
    assert dataset.pieces == tuple(sorted(picked[:4]))
    with pytest.raises(UnknownName):
        datasets.create(filled, "picked", add=["0" * 16])


def test_short_pieces_are_left_out(filled):
    long = datasets.chosen(filled, "", least_notes=120)
    assert 0 < len(long) < len(datasets.chosen(filled, ""))
    assert all(library.piece(filled, piece).facts["notes"] >= 120 for piece in long)


def test_every_split_has_its_share_of_a_stratum(filled):
    dataset = datasets.create(filled, "strata", split="50/25/25", stratify="meter")
    meters = datasets.distribution(filled, dataset, "meter")
    for meter in {meter for counts in meters.values() for meter in counts}:
        total = sum(counts.get(meter, 0) for counts in meters.values())
        assert meters["train"].get(meter, 0) == pytest.approx(total / 2, abs=2)


def test_a_change_keeps_the_splits_of_those_who_stay(filled):
    old = datasets.create(filled, "grown", query="meter:6/8", split="60/20/20")
    new_ids = [piece.id for piece in library.search(filled, "-meter:6/8")[0]][:6]
    gone, moved = old.members("train")[0], old.members("train")[1]
    new = datasets.change(
        filled, "grown", add=new_ids, without=[gone], move={moved: "test"}, note="six reels"
    )
    assert (new.id, new.parent, new.note) == ("grown@2", "grown@1", "six reels")
    change = datasets.difference(filled, old.id, new.id)
    assert change.added == tuple(sorted(new_ids))
    assert change.removed == (gone,)
    assert moved in change.moved
    kin = {p.id for p in families.family_of(filled, moved)}
    assert set(change.moved) <= kin
    with pytest.raises(InvalidSetting, match="no split"):
        datasets.change(filled, "grown", move={moved: "tested"})


def test_a_version_remembers_tags_and_the_difference_shows_them(filled):
    old = datasets.create(filled, "tagged", query="meter:6/8")
    tagging.tag(filled, [old.pieces[0]], {"mood": "wild"})
    new = datasets.change(filled, "tagged", note="with moods")
    assert datasets.difference(filled, old.id, new.id).retagged == (old.pieces[0],)
    assert new.fingerprint == old.fingerprint


def test_what_is_declared_is_part_of_the_fingerprint(filled):
    plain = datasets.create(filled, "declared")
    heard = datasets.create(filled, "declared", augmentation=Augmentation(keys=("C major",)))
    cut = datasets.create(filled, "declared", window_bars=8)
    assert len({plain.fingerprint, heard.fingerprint, cut.fingerprint}) == 3
    assert datasets.get(filled, heard.id).augmentation.keys == ("C major",)
