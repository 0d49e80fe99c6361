"""Every registered collection: its members, its licence, and music that reads."""

import time

import pytest

from workbench.core.errors import UnknownName
from workbench.core.score import Meter, bars
from workbench.corpora import CORPORA
from workbench.corpora.titles import ordinal, readable

COUNTS = {
    "airds-airs": 1180,
    "bach-chorales": 371,
    "essen": 8514,
    "monteverdi": 48,
    "oneills-1850": 2009,
    "palestrina": 1318,
    "ryans-mammoth": 1059,
    "string-quartets": 46,
    "trecento": 102,
}
FETCHED = {"maestro", "lakh", "pop909", "nottingham", "jsb-16th", "giantmidi-piano", "piano-rolls"}
NOT_SHAREABLE = {"essen", "palestrina", "lakh", "pop909", "giantmidi-piano", "piano-rolls"}

# Those above are what must not go; a new collection is held to the rest by being there.
INSTALLED = [part.name for part in CORPORA if part.is_installed]
TO_FETCH = [part.name for part in CORPORA if not part.is_installed]


def test_no_collection_is_lost() -> None:
    assert set(COUNTS) <= set(INSTALLED)
    assert set(TO_FETCH) >= FETCHED
    assert {name: CORPORA.get(name).pieces for name in COUNTS} == COUNTS


def test_what_may_not_be_shared_stays_so() -> None:
    known = {*COUNTS, *FETCHED}
    assert {name for name in known if not CORPORA.get(name).licence.shareable} == NOT_SHAREABLE


@pytest.mark.parametrize("name", INSTALLED)
def test_members_have_one_name_each_and_a_fixed_order(name: str) -> None:
    corpus = CORPORA.get(name)
    members = corpus.members()
    assert len(members) == len(set(members)) == corpus.pieces
    started = time.perf_counter()
    assert corpus.members() == members
    assert time.perf_counter() - started < 0.3


@pytest.mark.parametrize("name", INSTALLED)
def test_a_sample_reads_with_title_and_composer(name: str) -> None:
    corpus = CORPORA.get(name)
    for member in corpus.members()[:: max(1, corpus.pieces // 6)]:
        reading = corpus.read(member)
        assert len(reading.score.notes) > 10, member
        assert reading.title and reading.composer, member
        letters = [sign for sign in reading.title if sign.isalpha()]
        assert len(letters) < 4 or reading.title != reading.title.upper(), member


@pytest.mark.parametrize("name", CORPORA.names())
def test_what_may_be_done_with_it_is_stated(name: str) -> None:
    corpus = CORPORA.get(name)
    assert corpus.licence.name and corpus.licence.url.startswith("https://")
    assert corpus.citation and corpus.description and corpus.url
    assert corpus.pieces and corpus.pieces > 0


@pytest.mark.parametrize("name", TO_FETCH)
def test_what_is_fetched_has_addresses_and_checksums_of_the_right_form(name: str) -> None:
    for file in CORPORA.get(name).files:
        assert file.url.startswith(("https://", "http://"))
        assert not file.sha256 or len(bytes.fromhex(file.sha256)) == 32


@pytest.mark.parametrize("name", INSTALLED)
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


def test_a_quartet_is_called_by_its_work_and_movement() -> None:
    reading = CORPORA.get("string-quartets").read("haydn/opus74no1/movement2")
    assert reading.title == "String Quartet op. 74 no. 1, 2nd movement"
    assert reading.composer == "J. Haydn"
    assert len(reading.score.parts) == 4


@pytest.mark.parametrize("member", ["haydn/opus74no1/movement1", "beethoven/opus18no1/movement4"])
def test_quartets_sound_in_strings_whatever_their_files_say(member: str) -> None:
    """The files say four pianos, and two cellos above two violins."""
    score = CORPORA.get("string-quartets").read(member).score
    assert [part.program for part in score.parts] == [40, 40, 41, 42]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"BULLY FOR YOU" - JIG.', '"Bully For You" – Jig'),
        ("THE BUTCHER BOY -- JIG", "The Butcher Boy – Jig"),
        ("O'DONNELL'S FANCY", "O'donnell's Fancy"),
        ("Corn Rigs", "Corn Rigs"),
        ("QUICK STEP. 25TH REGT.", "Quick Step. 25Th Regt."),
    ],
)
def test_titles_are_readable(written: str, read: str) -> None:
    assert readable(written) == read


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 21)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "21st",
    ]
