"""Titles, composers and tags: changing, undoing, tidying, tables; and saved searches."""

import csv
import io
import json

import pytest

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.services import library, searches, tagging


def ids(workspace, count):
    return [piece.id for piece in library.search(workspace, limit=count)[0]]


def tags(workspace, piece):
    return library.piece(workspace, piece).tags


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Mood": "calm"}, "lower-case"),
        ({"key": "D"}, "fact"),
        ({"kind": "jig"}, "fact"),
        ({"mood": " "}, "needs a value"),
        ({"mood": "x" * 500}, "200 characters"),
    ],
)
def test_bad_tags_are_refused_with_the_remedy(filled, changes, words):
    (piece,) = ids(filled, 1)
    with pytest.raises(InvalidSetting, match=words):
        tagging.tag(filled, [piece], changes)
    assert tags(filled, piece) == {}


def test_tagging_an_unknown_piece_tags_none(filled):
    (piece,) = ids(filled, 1)
    with pytest.raises(UnknownName):
        tagging.tag(filled, [piece, "ffffffff"], {"mood": "calm"})
    assert tags(filled, piece) == {}
    assert tagging.history(filled) == []


def test_a_bulk_change_is_one_entry_and_undone_exactly(filled):
    first, second, third = ids(filled, 3)
    tagging.tag(filled, [first], {"mood": "wild"})
    tagging.tag(filled, [first, second, third[:10]], {"mood": "calm", "era": "baroque"}, who="Ada")
    assert library.search(filled, "mood:calm era:baroque")[1] == 3
    assert library.search(filled, "baroque")[1] == 3
    newest = tagging.history(filled)[0]
    assert (newest.words, newest.pieces, newest.who) == (
        "tagged 3 pieces mood: calm, era: baroque", 3, "Ada",
    )  # fmt: skip
    assert tagging.undo(filled, newest.id).id == newest.id
    assert [tags(filled, each) for each in (first, second, third)] == [{"mood": "wild"}, {}, {}]
    assert library.search(filled, "baroque")[1] == 0
    assert [change.is_undone for change in tagging.history(filled)] == [True, False]
    with pytest.raises(InvalidSetting, match="already"):
        tagging.undo(filled, newest.id)
    with pytest.raises(UnknownName, match="no change 99"):
        tagging.undo(filled, 99)
    tagging.undo(filled)
    assert tags(filled, first) == {}
    with pytest.raises(UnknownName, match="no change to take back"):
        tagging.undo(filled)


def test_undoing_leaves_what_was_changed_again_since(filled):
    first, second = ids(filled, 2)
    tagging.tag(filled, [first, second], {"mood": "calm"})
    older = tagging.history(filled)[0].id
    tagging.tag(filled, [second], {"mood": "wild"})
    tagging.undo(filled, older)
    assert (tags(filled, first), tags(filled, second)) == ({}, {"mood": "wild"})


def test_what_changes_nothing_is_not_written_down(filled):
    (piece,) = ids(filled, 1)
    tagging.tag(filled, [piece], {"mood": "calm"})
    tagging.tag(filled, [piece], {"mood": " calm", "era": None})
    assert len(tagging.history(filled)) == 1


def test_a_title_is_edited_found_and_given_back(filled):
    (piece,) = ids(filled, 1)
    before = library.piece(filled, piece)
    tagging.edit(filled, piece, title="  Quetzalcoatl ", composer="Anna")
    after = library.piece(filled, piece)
    assert (after.title, after.composer) == ("Quetzalcoatl", "Anna")
    assert library.search(filled, "quetzal")[1] == 1
    with pytest.raises(InvalidSetting, match="needs a title"):
        tagging.edit(filled, piece, title=" ")
    tagging.undo(filled)
    assert library.piece(filled, piece) == before
    assert library.search(filled, "quetzal")[1] == 0


def test_renaming_onto_a_name_in_use_merges_and_keeps_what_is_there(filled):
    first, second = ids(filled, 2)
    tagging.tag(filled, [first, second], {"feel": "soft"})
    tagging.tag(filled, [first], {"mood": "calm"})
    assert tagging.rename_tag(filled, "feel", "mood") == 2
    assert (tags(filled, first), tags(filled, second)) == ({"mood": "calm"}, {"mood": "soft"})
    assert tagging.merge_values(filled, "mood", "soft", "calm") == 1
    assert tagging.tag_names(filled) == {"mood": {"calm": 2}}
    assert library.facets(filled, "mood") == {"calm": 2}
    tagging.undo(filled)
    tagging.undo(filled)
    assert tags(filled, first) == {"mood": "calm", "feel": "soft"}
    with pytest.raises(UnknownName, match="No piece has"):
        tagging.rename_tag(filled, "weather", "mood")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_table_makes_its_round_trip(filled, form):
    first, second = ids(filled, 2)
    tagging.tag(filled, [first, second], {"mood": 'quiet, "very" söft\nand slow'})
    before = tagging.metadata(filled, form=form)
    assert tagging.read_metadata(filled, before, f"library.{form}") == 0
    tagging.undo(filled)
    assert tagging.read_metadata(filled, before, f"library.{form}") == 2
    assert tagging.metadata(filled, form=form) == before


def test_a_title_that_a_spreadsheet_would_run_is_a_text_there_and_comes_back(filled):
    (first,) = ids(filled, 1)
    formula = '=HYPERLINK("http://127.0.0.1","click")'
    tagging.tag(filled, [first], {"mood": formula, "heat": "-1.5"})
    table = tagging.metadata(filled)
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    row = next(row for row in rows if row["id"] == first)
    assert (row["tag:mood"], row["tag:heat"]) == ("'" + formula, "-1.5")
    assert tagging.read_metadata(filled, table, "library.csv") == 0


def test_an_empty_cell_takes_a_tag_away_and_a_missing_column_leaves_it(filled):
    first, second = ids(filled, 2)
    tagging.tag(filled, [first, second], {"mood": "calm", "era": "baroque"})
    sheet = f"id;tag:mood\n{first};\n{second};wild\n".encode("utf-8-sig")
    assert tagging.read_metadata(filled, sheet, "from a spreadsheet.csv") == 2
    assert tags(filled, first) == {"era": "baroque"}
    assert tags(filled, second) == {"era": "baroque", "mood": "wild"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"id": "0123", "title": "x"}, "Row 2 .* '0123', which no piece"),
        ({"title": "x"}, "Row 2 .* no column 'id'"),
        ({"id": "second", "tag:Mood": "x"}, "Row 2 .* lower-case"),
        ({"id": "second", "title": ""}, "Row 2 .* title"),
        ({"id": "first", "title": "x"}, "Row 2 .* second time"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_half_done(filled, row, words):
    named = dict(zip(("first", "second"), ids(filled, 2), strict=True))
    if "id" in row:
        row = row | {"id": named.get(row["id"], row["id"])}
    rows = [{"id": named["first"], "title": "Changed"}, row]
    with pytest.raises(InvalidSetting, match=words):
        tagging.read_metadata(filled, json.dumps(rows).encode(), "table.json")
    assert tagging.history(filled) == []
    assert library.piece(filled, named["first"]).title != "Changed"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe\x00", "cannot be read as a table"),
        (b"id,title\n1,2,3\n", "row 2 has more"),
    ],
)
def test_what_is_no_table_is_refused(filled, data, words):
    with pytest.raises(InvalidSetting, match=words):
        tagging.read_metadata(filled, data, "table.csv")


def test_a_search_is_saved_replaced_and_forgotten(filled):
    searches.save(filled, "jigs in D", "jig key:D")
    searches.save(filled, "jigs in D", 'jig key:"D major"')
    assert [(each.name, each.query) for each in searches.saved(filled)] == [
        ("jigs in D", 'jig key:"D major"')
    ]
    with pytest.raises(InvalidSetting, match="not understood"):
        searches.save(filled, "bad", "bars:many")
    searches.forget(filled, "jigs in D")
    with pytest.raises(UnknownName):
        searches.forget(filled, "jigs in D")
    assert searches.saved(filled) == []
