"""Every registered collection: its members, its licence, and music that reads."""

import time

import pytest

from workbench.core.errors import UnknownName
from workbench.core.score import Meter, bars
from workbench.corpora import CORPORA

COUNTS = {"bach-chorales": 371, "ryans-mammoth": 1059, "oneills-1850": 2009}


def test_the_three_collections_are_there() -> None:
    assert set(COUNTS) <= set(CORPORA.names())


@pytest.mark.parametrize("name", CORPORA.names())
def test_members_have_one_name_each_and_a_fixed_order(name: str) -> None:
    corpus = CORPORA.get(name)
    members = corpus.members()
    assert len(members) == len(set(members)) == COUNTS.get(name, len(members))
    started = time.perf_counter()
    assert corpus.members() == members
    assert time.perf_counter() - started < 0.3


@pytest.mark.parametrize("name", CORPORA.names())
def test_a_sample_reads_with_title_and_composer(name: str) -> None:
    corpus = CORPORA.get(name)
    for member in corpus.members()[:: COUNTS[name] // 12]:
        reading = corpus.read(member)
        assert len(reading.score.notes) > 10, member
        assert reading.title and reading.composer, member
        assert reading.title != reading.title.upper(), member


@pytest.mark.parametrize("name", CORPORA.names())
def test_what_may_be_done_with_it_is_stated(name: str) -> None:
    corpus = CORPORA.get(name)
    assert corpus.licence.name and corpus.licence.url.startswith("https://")
    assert corpus.citation and corpus.description and corpus.url
    assert isinstance(corpus.licence.shareable, bool)


@pytest.mark.parametrize("name", CORPORA.names())
@pytest.mark.parametrize("member", ["no such piece", "../../license", ""])
def test_an_unknown_piece(name: str, member: str) -> None:
    with pytest.raises(UnknownName, match="no piece called"):
        CORPORA.get(name).read(member)


def test_a_chorale_is_what_the_book_has() -> None:
    """Riemenschneider 1: an upbeat of a quarter in 3/4, G major, four voices."""
    corpus = CORPORA.get("bach-chorales")
    reading = corpus.read("001-bwv269")
    score = reading.score
    assert reading.title == "Aus meines Herzens Grunde (BWV 269)"
    assert [part.name for part in score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert str(score.keys[0]) == "G major"
    assert score.meters[:2] == (Meter(0, 3, 4), Meter(10080, 3, 4))
    assert [int(p) for p in score.notes["pitch"][:4]] == [67, 62, 59, 43]
    assert all(bar.is_full for bar in bars(score)[1:5])


def test_a_tune_is_what_the_book_has() -> None:
    reading = CORPORA.get("oneills-1850").read("0001-0050#1")
    assert reading.title == "The Enchanted Valley"
    assert str(reading.score.keys[0]) == "G minor"
    assert [int(p) for p in reading.score.notes["pitch"][:6]] == [67, 69, 70, 72, 74, 76]


def test_repeated_tunes_keep_two_members() -> None:
    """Two transcriptions of one number are two members."""
    members = CORPORA.get("oneills-1850").members()
    assert "0732-0758_bs#732" in members and "0732-0758_mh#732" in members


@pytest.mark.parametrize("member", ["126-bwv18.5-l", "333-bwv69.6"])
def test_chorales_whose_files_are_named_otherwise(member: str) -> None:
    assert len(CORPORA.get("bach-chorales").read(member).score.notes) > 100
