"""Reading MusicXML against music21, and writing it for an engraver."""

import re
import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest
import verovio
from music21 import musicxml as m21

from workbench.core.score import Key, Meter, Part, Score, Tempo, make_notes
from workbench.corpora.installed import music21_folder
from workbench.formats import musicxml
from workbench.formats.musicxml import container

Q = 10080
FILES = ["bwv10.7.mxl", "bwv227.1.mxl", "bwv153.1.mxl", "bwv244.10.mxl"]


def by_music21(text: str) -> list[tuple]:
    """Part, onset, length, pitch and spelling of every sounding note, as music21 reads them."""
    importer = m21.xmlToM21.MusicXMLImporter()
    importer.xmlText = text
    importer.parseXMLText()
    rows = []
    for index, part in enumerate(importer.stream.toSoundingPitch().parts):
        for item in part.stripTies().flatten().notes:
            if item.duration.isGrace or "ChordSymbol" in item.classes:
                continue
            for pitch in item.pitches:
                fifths = "FCGDAEB".index(pitch.step) - 1 + 7 * int(pitch.alter)
                onset, length = Fraction(item.offset), Fraction(item.quarterLength)
                rows.append((index, round(onset * Q), round(length * Q), pitch.midi, fifths))
    return sorted(rows)


@pytest.mark.parametrize("name", FILES)
def test_notes_agree_with_music21(name: str) -> None:
    data = (music21_folder("bach") / name).read_bytes()
    score = musicxml.decode(data)[0].score
    columns = ("part", "onset", "duration", "pitch", "spelling")
    ours = sorted(tuple(int(note[column]) for column in columns) for note in score.notes)
    assert ours == by_music21(container.text(data))


def wrap(measures: str, head: str = "") -> bytes:
    return (
        f'<score-partwise version="4.0">{head}<part-list><score-part id="P1"><part-name>Clarinet'
        f'</part-name></score-part></part-list><part id="P1">{measures}</part></score-partwise>'
    ).encode()


NOTE = "<note>{inside}<pitch><step>{step}</step><octave>4</octave></pitch><duration>1</duration></note>"


def note(step: str, inside: str = "") -> str:
    return NOTE.format(step=step, inside=inside)


def test_a_transposing_instrument_sounds_where_it_sounds() -> None:
    attributes = (
        "<attributes><divisions>1</divisions><key><fifths>2</fifths><mode>major</mode></key>"
        "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>"
    )
    reading = musicxml.decode(wrap(f"<measure>{attributes}{note('D')}</measure>"))[0]
    assert reading.score.notes["pitch"].tolist() == [60]
    assert reading.score.notes["spelling"].tolist() == [0]


def test_what_is_left_out_is_remarked() -> None:
    grace = note("E", "<grace/>").replace("<duration>1</duration>", "")
    key = "<attributes><divisions>1</divisions><key><fifths>1</fifths></key></attributes>"
    repeat = '<barline><repeat direction="backward"/></barline>'
    reading = musicxml.decode(wrap(f"<measure>{key}{grace}{note('C')}{repeat}</measure>"))[0]
    assert len(reading.score.notes) == 1
    assert len(reading.remarks) == 3


@pytest.mark.parametrize(
    ("fifths", "key", "remark"),
    [
        (-7, "Cb major", None),
        (8, "Ab major", "A signature of 8 sharps was taken for that of Ab major."),
        (-9, "A major", "A signature of 9 flats was taken for that of A major."),
        (99, "A major", "A signature of 99 sharps was taken for that of A major."),
    ],
)
def test_a_signature_of_more_than_seven_signs_is_another(fifths, key, remark) -> None:
    stated = f"<attributes><divisions>1</divisions><key><fifths>{fifths}</fifths><mode>major</mode></key></attributes>"
    reading = musicxml.decode(wrap(f"<measure>{stated}{note('C')}</measure>"))[0]
    assert [str(each) for each in reading.score.keys] == [key]
    assert reading.remarks == ((remark,) if remark else ())


def test_timewise_and_utf_16_and_latin_1_files() -> None:
    body = f"<attributes><divisions>1</divisions></attributes>{note('A')}"
    text = (
        "<score-timewise><work><work-title>Ré</work-title></work>"
        f'<part-list/><measure><part id="P1">{body}</part></measure></score-timewise>'
    )
    utf_16 = f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")
    latin_1 = f'<?xml version="1.0" encoding="ISO-8859-1"?>{text}'.encode("latin-1")
    for data in (utf_16, latin_1):
        reading = musicxml.decode(data)[0]
        assert (reading.title, reading.score.notes["pitch"].tolist()) == ("Ré", [69])


def test_drums_keep_their_sound() -> None:
    head = (
        '<score-partwise><part-list><score-part id="P1"><part-name>Kit</part-name>'
        '<midi-instrument id="I36"><midi-unpitched>37</midi-unpitched></midi-instrument>'
        '</score-part></part-list><part id="P1"><measure><attributes><divisions>1</divisions>'
        '</attributes><note><unpitched/><duration>1</duration><instrument id="I36"/></note>'
        "</measure></part></score-partwise>"
    )
    score = musicxml.decode(head.encode())[0].score
    assert score.parts[0].is_drum
    assert score.notes["pitch"].tolist() == [36]


def written(score: Score) -> list[ET.Element]:
    return list(ET.fromstring(container.text(musicxml.encode(score).encode())).iter("note"))


def test_ids_name_the_notes_of_the_score() -> None:
    score = Score(make_notes([(Q, 5 * Q, 60), (6 * Q, Q, 62)]), meters=(Meter(0, 3, 4),))
    ids = [element.get("id") for element in written(score) if element.find("pitch") is not None]
    assert ids == ["n0", "n0-2", "n1"]


def test_accidentals_are_printed_where_the_bar_does_not_say_them() -> None:
    """In D major: C sharp none, C natural one, again none; after the barline C sharp is plain again."""
    pitches = [61, 60, 60, 61, 61, 60]
    score = Score(make_notes([(i * Q, Q, p) for i, p in enumerate(pitches)]), keys=(Key(0, 2),))
    signs = [element.findtext("accidental") for element in written(score)[:6]]
    assert signs == [None, "natural", None, "sharp", None, "natural"]


@pytest.mark.parametrize(
    ("meter", "onset", "length", "values"),
    [
        ((4, 4), 0, 3 * Q, ["half."]),
        ((4, 4), Q, 2 * Q, ["half"]),
        ((4, 4), Q * 3 // 2, Q, ["eighth", "eighth"]),
        ((4, 4), Q // 2, Q, ["quarter"]),
        ((4, 4), 0, Q * 5 // 2, ["half", "eighth"]),
        ((6, 8), Q, Q, ["eighth", "eighth"]),
        ((6, 8), 0, Q * 3, ["half."]),
        ((6, 8), 0, Q * 5 // 2, ["quarter.", "quarter"]),
        ((5, 4), 0, Q * 5, ["whole", "quarter"]),
        ((3, 4), 0, Q * 7 // 4, ["quarter.."]),
    ],
)
def test_values_show_the_beats(meter: tuple, onset: int, length: int, values: list[str]) -> None:
    score = Score(make_notes([(onset, length, 60)]), meters=(Meter(0, *meter),))
    found = [
        (element.findtext("type") or "") + "." * len(element.findall("dot"))
        for element in written(score)
        if element.find("pitch") is not None
    ]
    assert found == values


@pytest.mark.parametrize(
    ("lengths", "ratio"), [([3360] * 3, "3:2"), ([2016] * 5, "5:4"), ([6720] * 3, "3:2")]
)
def test_tuplets_have_one_bracket(lengths: list[int], ratio: str) -> None:
    onsets = [sum(lengths[:i]) for i in range(len(lengths))]
    elements = written(
        Score(make_notes([(o, d, 60) for o, d in zip(onsets, lengths, strict=True)]))
    )
    tuplets = [element for element in elements if element.find("time-modification") is not None]
    assert len(tuplets) == len(lengths)
    actual, normal = (
        tuplets[0].findtext(f"time-modification/{n}-notes") for n in ("actual", "normal")
    )
    assert f"{actual}:{normal}" == ratio
    marks = [mark.get("type") for element in elements for mark in element.iter("tuplet")]
    assert marks == ["start", "stop"]


@pytest.mark.parametrize(
    ("pitches", "clef"),
    [([60, 64, 72], ("G", None)), ([40, 45, 55], ("F", None)), ([50, 57, 64], ("G", "-1"))],
)
def test_clefs(pitches: list[int], clef: tuple) -> None:
    score = Score(make_notes([(i * Q, Q, pitch) for i, pitch in enumerate(pitches)]))
    root = ET.fromstring(container.text(musicxml.encode(score).encode()))
    assert (root.findtext(".//clef/sign"), root.findtext(".//clef/clef-octave-change")) == clef


@pytest.mark.parametrize(
    ("program", "low", "sign"), [(40, 55, "G"), (41, 50, "C"), (42, 60, "F"), (58, 36, "F")]
)
def test_players_read_the_clef_of_their_instrument(program: int, low: int, sign: str) -> None:
    part = Part("", program)
    score = Score(make_notes([(i * Q, Q, low + 2 * i) for i in range(4)]), parts=(part,))
    root = ET.fromstring(container.text(musicxml.encode(score).encode()))
    assert (root.findtext(".//clef/sign"), root.findtext(".//clef/clef-octave-change")) == (sign, None)  # fmt: skip


@pytest.mark.parametrize(
    ("voice", "low", "clef"),
    [("Soprano", 62, ("G", None)), ("Alto", 55, ("G", None)), ("Tenor", 57, ("G", "-1")), ("Bass", 50, ("F", None))],
)  # fmt: skip
def test_singers_read_the_clef_of_their_voice(voice: str, low: int, clef: tuple) -> None:
    """An alto's, too, however low it lies; a tenor's is an octave lower."""
    notes = make_notes([(i * Q, Q, low + 2 * i) for i in range(4)])
    root = ET.fromstring(container.text(musicxml.encode(Score(notes, parts=(Part(voice),))).encode()))  # fmt: skip
    assert (root.findtext(".//clef/sign"), root.findtext(".//clef/clef-octave-change")) == clef


def test_a_clef_of_an_instrument_that_would_not_suit_is_another() -> None:
    """A cello's melody high above the bass staff."""
    score = Score(make_notes([(i * Q, Q, 72 + i) for i in range(4)]), parts=(Part("", 42),))
    root = ET.fromstring(container.text(musicxml.encode(score).encode()))
    assert root.findtext(".//clef/sign") == "G"


@pytest.mark.parametrize("meter", [(3, 2), (5, 4), (6, 4)])
def test_a_whole_rest_is_a_bar_of_rest(meter) -> None:
    """music21 takes it for one in 3/2, and what followed sounded two quarters late."""
    bar = Meter(0, *meter).bar_ticks
    onsets = [0, bar, 3 * bar]
    notes = make_notes([(at, bar - 4 * Q, 60) for at in onsets])
    text = musicxml.encode(Score(notes, meters=(Meter(0, *meter),)))
    notes = ET.fromstring(container.text(text.encode())).iter("note")
    rests = [note for note in notes if note.find("rest") is not None]
    assert "whole" not in [rest.findtext("type") for rest in rests]
    assert any(rest.find("rest").get("measure") == "yes" for rest in rests)
    assert [row[1] for row in by_music21(text)] == onsets


def test_verovio_engraves_every_note_by_its_id() -> None:
    score = Score(
        make_notes([(i * Q // 2, Q // 2, 60 + i) for i in range(16)]),
        keys=(Key(0, 3),),
        tempos=(Tempo(0, 90.0),),
    )
    toolkit = verovio.toolkit()
    assert toolkit.loadData(musicxml.encode(score))
    svg = toolkit.renderToSVG(1)
    assert set(re.findall(r'id="(n\d+)"', svg)) == {f"n{i}" for i in range(16)}
    wanted = sum(element.find("accidental") is not None for element in written(score))
    assert len(re.findall(r'class="accid"[^>]*>\s*<use', svg)) == wanted
