import mido
import pytest

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.services import library


def test_a_collection_brings_its_licence_and_facts(filled):
    pieces, total = library.search(filled, "meter:6/8")
    assert 0 < total < 60
    for piece in pieces:
        assert piece.facts["meter"] == "6/8"
        assert piece.licence.shareable
        assert piece.collection == "ryans-mammoth"


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
    piece = library.search(filled, limit=1)[0][0]
    with pytest.raises(InvalidSetting, match=words):
        library.tag(filled, [piece.id], changes)
    assert library.piece(filled, piece.id).tags == {}


def test_tagging_an_unknown_piece_tags_none(filled):
    piece = library.search(filled, limit=1)[0][0]
    with pytest.raises(UnknownName):
        library.tag(filled, [piece.id, "ffffffff"], {"mood": "calm"})
    assert library.piece(filled, piece.id).tags == {}


def test_exported_pieces_are_read_by_another_library(filled, tmp_path):
    pieces, _ = library.search(filled, limit=3)
    paths = library.export(filled, [piece.id for piece in pieces], tmp_path / "out")
    assert len(paths) == 3
    for piece, path in zip(pieces, paths, strict=True):
        midi = mido.MidiFile(path)
        notes = [m for m in midi if m.type == "note_on" and m.velocity > 0]
        assert len(notes) == piece.facts["notes"]
