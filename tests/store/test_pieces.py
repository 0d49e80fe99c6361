import pytest

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.piece import Licence, Piece
from workbench.core.score import Score, fingerprint, make_notes, quarters, tune_fingerprint
from workbench.store import open_store
from workbench.store.pieces import SORTS
from workbench.workspace import open_workspace

PUBLIC = Licence("public domain", shareable=True)


def tune(*pitches: int) -> Score:
    return Score(make_notes((quarters(i), quarters(1), p) for i, p in enumerate(pitches)))


def a_piece(score: Score, title: str, **facts) -> Piece:
    return Piece(
        id=fingerprint(score)[:16],
        title=title,
        composer="Trad.",
        collection="reels",
        source=f"reels:{title}",
        checksum="",
        licence=PUBLIC,
        tune=tune_fingerprint(score),
        facts=facts,
    )


@pytest.fixture
def store(tmp_path):
    with open_store(open_workspace(tmp_path)) as opened:
        yield opened


@pytest.fixture
def filled(store):
    for title, pitches, facts in (
        ("The Silver Spear", (62, 66, 69), {"key": "D major", "meter": "4/4", "bars": 16}),
        ("The Irish Washerwoman", (67, 71, 74), {"key": "G major", "meter": "6/8", "bars": 8}),
        ("Été à Köln", (60, 64, 67), {"key": "C major", "meter": "3/4", "bars": 24}),
    ):
        score = tune(*pitches)
        store.pieces.add(a_piece(score, title, **facts), score)
    return store


def titles(store, query, **options):
    return [piece.title for piece in store.pieces.search(query, **options)]


def test_a_piece_comes_back_as_it_went_in(store):
    score = tune(60, 62, 64)
    piece = a_piece(score, "Scale", key="C major", meter="4/4", bars=1)
    assert store.pieces.add(piece, score)
    found = store.pieces.get(piece.id[:6])
    assert (found.title, found.licence, found.facts) == ("Scale", PUBLIC, piece.facts)
    assert store.pieces.score(piece.id) == score


def test_the_same_music_is_added_once(store):
    score = tune(60, 62)
    assert store.pieces.add(a_piece(score, "One"), score)
    assert not store.pieces.add(a_piece(score, "Another name"), score)
    assert titles(store, "") == ["One"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Été à Köln", "The Irish Washerwoman", "The Silver Spear"]),
        ("silver", ["The Silver Spear"]),
        ("washer", ["The Irish Washerwoman"]),  # an unfinished word
        ("koln", ["Été à Köln"]),  # accents do not matter
        ("key:G", ["The Irish Washerwoman"]),
        ('key:"D major"', ["The Silver Spear"]),
        ("meter:6/8 irish", ["The Irish Washerwoman"]),
        ("bars:8..16", ["The Irish Washerwoman", "The Silver Spear"]),
        ("bars:>16", ["Été à Köln"]),
        ("-the", ["Été à Köln"]),
        ("the reels", ["The Irish Washerwoman", "The Silver Spear"]),
        ("the -irish", ["The Silver Spear"]),
        ("collection:jigs", []),
        ('" OR 1=1 --', []),
        ("100%", []),
        ("title:été", ["Été à Köln"]),
        ("title:ÉTÉ", ["Été à Köln"]),
        ("title:E\u0301te\u0301", ["Été à Köln"]),  # as a Mac writes accents
        ("silver\0", ["The Silver Spear"]),
    ],
)
def test_search(filled, query, expected):
    assert sorted(titles(filled, query)) == sorted(expected)
    assert filled.pieces.count(query) == len(expected)


def test_an_endless_search_is_refused_in_words(filled):
    for query in (
        " ".join(f"tag{n}:x" for n in range(600)),
        " ".join(f"-w{n}" for n in range(1200)),
    ):
        with pytest.raises(InvalidSetting, match="100 are the most"):
            filled.pieces.search(query)


def test_a_tag_is_found_changed_and_taken_away(filled):
    (spear,) = filled.pieces.search("silver")
    filled.history.set([spear.id], {"mood": "bright morning"}, "me", str)
    assert titles(filled, 'mood:"bright m"') == ["The Silver Spear"]
    assert titles(filled, "morning") == ["The Silver Spear"]
    assert titles(filled, "mood:bright the collection:reels") == ["The Silver Spear"]
    assert titles(filled, "mood:bright irish") == titles(filled, "mood:bright era:old") == []
    assert titles(filled, "the -mood:bright") == ["The Irish Washerwoman"]
    assert filled.pieces.ids("mood:bright") == [spear.id]
    filled.pieces.set_facts({spear.id: {"key": "E minor"}})
    assert titles(filled, "key:E") == titles(filled, "minor") == ["The Silver Spear"]
    assert filled.pieces.get(spear.id).tags == {"mood": "bright morning"}
    filled.history.set([spear.id], {"mood": None}, "me", str)
    assert titles(filled, "morning") == []


def test_the_edition_grows_with_every_change_and_no_other_time(filled):
    (spear,) = filled.pieces.search("silver")
    edition = filled.pieces.edition()
    for change in (
        lambda: filled.history.set([spear.id], {"mood": "calm"}, "me", str),
        lambda: filled.history.undo(None, "me"),
        lambda: filled.pieces.set_facts({spear.id: {"key": "E minor"}}),
        lambda: filled.pieces.delete([spear.id]),
        lambda: filled.pieces.add(a_piece(tune(1, 2), "New"), tune(1, 2)),
    ):
        change()
        assert filled.pieces.edition() > edition
        edition = filled.pieces.edition()
    filled.pieces.search("the")
    assert filled.pieces.edition() == edition


def test_pages_and_order(filled):
    assert titles(filled, "", sort="bars", descending=True, limit=1) == ["Été à Köln"]
    assert len(titles(filled, "", offset=1, limit=5)) == 2
    page = {"sort": "title", "descending": False, "limit": 1}
    for offset in (0, 1, 9):  # beyond the end too it is known how many match
        assert filled.pieces.page("the", offset=offset, **page)[1] == 2
    with pytest.raises(InvalidSetting, match="choose one of"):
        filled.pieces.search("", sort="id; DROP TABLE pieces")


@pytest.mark.parametrize("query", ["the", "title:the", "the irish", ""])
@pytest.mark.parametrize("field", ["title", "composer", "key", "meter", "bars", "id", "kind"])
def test_facets_count_what_matches(filled, field, query):
    found = [
        piece.facts.get(field, getattr(piece, field, None)) for piece in filled.pieces.search(query)
    ]
    assert filled.pieces.facets(field, query) == {
        str(value): found.count(value) for value in set(found) if value
    }


@pytest.mark.parametrize("query", ["the", "key:D", ""])
def test_a_tag_is_counted_among_what_matches(filled, query):
    every = [piece.id for piece in filled.pieces.search("")]
    filled.history.set(every, {"mood": "calm"}, "me", str)
    assert filled.pieces.facets("mood", query) == {"calm": len(filled.pieces.search(query))}
    assert filled.pieces.facets("weather", query) == {}


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("query", ["reels", "collection:reels", ""])
def test_pages_of_every_order_hold_every_piece_once(filled, sort, query):
    for descending in (False, True):
        paged = [
            filled.pieces.search(query, sort=sort, descending=descending, offset=n, limit=1)[0]
            for n in range(3)
        ]
        assert paged == filled.pieces.search(query, sort=sort, descending=descending)
        assert len({piece.id for piece in paged}) == 3


def test_unknown_piece(store):
    with pytest.raises(UnknownName, match="no piece"):
        store.pieces.get("%")


def test_a_bad_number_filter_says_how_to_write_it(store):
    with pytest.raises(InvalidSetting, match=r"bars:8\.\.32"):
        store.pieces.search("bars:many")
