import mido

from workbench.services import library


def test_a_collection_brings_its_licence_and_facts(filled):
    pieces, total = library.search(filled, "meter:6/8")
    assert 0 < total < 60
    for piece in pieces:
        assert piece.facts["meter"] == "6/8"
        assert piece.licence.shareable
        assert piece.collection == "ryans-mammoth"


def test_exported_pieces_are_read_by_another_library(filled, tmp_path):
    pieces, _ = library.search(filled, limit=3)
    paths = library.export(filled, [piece.id for piece in pieces], tmp_path / "out")
    assert len(paths) == 3
    for piece, path in zip(pieces, paths, strict=True):
        midi = mido.MidiFile(path)
        notes = [m for m in midi if m.type == "note_on" and m.velocity > 0]
        assert len(notes) == piece.facts["notes"]
