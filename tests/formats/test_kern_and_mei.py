"""Kern and MEI against other readings of the same music."""

from dataclasses import replace
from pathlib import Path

import music21
import numpy as np
import pytest
import verovio

from workbench import formats
from workbench.core.errors import CannotEncode
from workbench.core.score import Key, Meter, Score, Tempo, make_notes
from workbench.corpora import CORPORA
from workbench.formats import kern, mei
from workbench.rendering.svg import neutral_svg

CORPUS = Path(music21.__file__).parent / "corpus"
Q = 10080


def kern_of(path: str) -> Score:
    return kern.decode((CORPUS / path).read_bytes())[0].score


@pytest.mark.parametrize("name", ["bwv281", "bwv277", "bwv366"])
def test_a_chorale_in_kern_is_the_one_in_musicxml(name: str) -> None:
    """The same chorale, encoded by other hands. Its first lines: the MusicXML has the repeat written out."""
    ours, other = kern_of(f"bach/{name}.krn"), formats.read(CORPUS / f"bach/{name}.mxl")[0].score
    assert len(ours.parts) == len(other.parts) == 4
    assert ours.keys[0].fifths == other.keys[0].fifths
    assert ours.meters[0].numerator == other.meters[0].numerator
    mine, theirs = sounding(ours), sounding(other)
    assert len(mine & theirs) >= 0.9 * max(len(mine), len(theirs))


def sounding(score: Score) -> set[tuple[int, ...]]:
    return {
        (int(n["onset"]), int(n["pitch"]), int(n["spelling"]))
        for n in score.notes
        if n["onset"] < 12 * Q
    }


@pytest.mark.parametrize("path", ["palestrina/Kyrie_03_b.krn", "chopin/mazurka06-2.krn"])
def test_kern_holds_what_music21_hears(path: str) -> None:
    score = kern_of(path)
    stream = music21.converter.parse(CORPUS / path).stripTies()
    theirs = sorted(
        pitch.midi
        for element in stream.recurse().notes
        if not element.duration.isGrace
        for pitch in element.pitches
    )
    assert sorted(score.notes["pitch"].tolist()) == theirs
    assert score.end == round(stream.flatten().notes.highestTime * Q)


def test_a_kern_file_in_full() -> None:
    text = (
        "!!!OTL: Größe\n!!!COM: Schütz\n**kern\t**kern\n*I\"Bass\t*I\"Violin\n*k[b-]\t*k[b-]\n*d:\t*d:\n*M3/4\t*M3/4\n*MM96\t*MM96\n"
        "4D\t4f\n=1\t=1\n[2.D\t4b-\n.\t8ee-\n.\t8cc#\n.\t4dd\n=2\t=2\n2.D]\t2.f#\n==\t==\n*-\t*-\n"
    )  # fmt: skip
    reading = kern.decode(text.encode("latin-1"))[0]
    score = reading.score
    assert (reading.title, reading.composer) == ("Größe", "Schütz")
    assert [part.name for part in score.parts] == ["Violin", "Bass"]
    assert score.meters == (Meter(0, 3, 4), Meter(Q, 3, 4))
    assert score.keys == (Key(0, -1, "minor"),)
    assert score.tempos == (Tempo(0, 96.0),)
    bass = score.notes[score.notes["part"] == 1]
    assert bass["pitch"].tolist() == [50, 50]
    assert bass["duration"].tolist() == [Q, 6 * Q]
    violin = score.notes[score.notes["part"] == 0]
    assert violin["spelling"].tolist() == [-1, -2, -3, 7, 2, 6]
    assert reading.remarks == ()


def mei_of(score: Score, title: str = "", composer: str = "") -> bytes:
    """Engraved by verovio, which is no relative of music21, and written as MEI."""
    toolkit = verovio.toolkit(False)
    toolkit.setResourcePath(str(Path(verovio.__file__).parent / "data"))
    xml = formats.encode(score, ".musicxml", title=title, composer=composer).decode()
    assert toolkit.loadData(xml)
    return toolkit.getMEI().encode()


@pytest.mark.parametrize("corpus", ["bach-chorales", "ryans-mammoth"])
def test_mei_of_real_music(corpus: str) -> None:
    collection = CORPORA.get(corpus)
    members = collection.members()
    for member in members[:: len(members) // 4][:5]:
        score = collection.read(member).score
        reading = mei.decode(mei_of(score, "Title", "Composer"))[0]
        assert reading.score == score, member
        assert (reading.title, reading.composer) == ("Title", "Composer")


def test_reading_mei_leaves_other_xml_as_it_is() -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><g fill="black" /></svg>'
    before = neutral_svg(drawing)
    mei.decode(mei_of(CORPORA.get("bach-chorales").read("001-bwv269").score))
    assert neutral_svg(drawing) == before


def test_mei_of_changing_meters_keys_and_tempos() -> None:
    meters = (Meter(0, 3, 4), Meter(Q, 3, 4), Meter(Q * 7, 6, 8), Meter(Q * 10, 5, 4))
    rows = [(i * Q // 2, Q // 2, 60 + i % 12) for i in range(30)]
    score = Score(
        make_notes(rows),
        meters=meters,
        keys=(Key(0, 2), Key(Q * 7, -3)),
        tempos=(Tempo(0, 96.0), Tempo(Q * 10, 60.0)),
    )
    found = mei.decode(mei_of(score))[0].score
    assert found.meters == score.meters
    assert [(key.onset, key.fifths) for key in found.keys] == [(0, 2), (Q * 7, -3)]
    assert found.tempos == score.tempos
    assert np.array_equal(replace_spelling(found).notes, score.notes)


def replace_spelling(score: Score) -> Score:
    notes = score.notes.copy()
    notes["spelling"] = -128
    return replace(score, notes=notes)


@pytest.mark.parametrize("suffix", [".krn", ".mei"])
def test_what_is_only_read_is_offered_for_reading_alone(suffix: str) -> None:
    assert suffix in formats.readable_suffixes()
    assert suffix not in formats.suffixes()
    with pytest.raises(CannotEncode, match="can be written"):
        formats.encode(Score(make_notes([(0, Q, 60)])), suffix)
