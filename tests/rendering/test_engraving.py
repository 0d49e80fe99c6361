"""Engraving real music: ids, times, threads, widths, and nothing but drawing in the SVG."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import music21
import pytest
from music21.musicxml.m21ToXml import GeneralObjectExporter

from workbench.core.errors import WorkFailed
from workbench.core.score import seconds_at
from workbench.formats import musicxml as musicxml_format
from workbench.rendering.engraving import NARROW, WIDE, engrave, engrave_all, notation_font
from workbench.rendering.svg import neutral_svg

NASTY = "<script>alert(1)</script>\" onload='x' & co"


def with_ids(stream: music21.stream.Score) -> str:
    """MusicXML of a stream, every note with an id as our own writer gives them."""
    text = GeneralObjectExporter(stream).parse().decode()
    numbers = iter(range(10**6))
    return re.sub(r"<note\b(?: id=\"[^\"]*\")?", lambda _: f'<note id="n{next(numbers)}"', text)


@pytest.fixture(scope="module")
def chorale() -> music21.stream.Score:
    return music21.corpus.parse("bwv66.6")


@pytest.fixture(scope="module")
def musicxml(chorale) -> str:
    return with_ids(chorale)


def svg_notes(pages) -> list[ElementTree.Element]:
    roots = [ElementTree.fromstring(page) for page in pages]
    return [g for root in roots for g in root.iter() if "note" in g.get("class", "").split()]


def test_every_sounding_note_is_on_the_page_under_its_own_id(musicxml):
    engraving = engrave(musicxml)
    drawn = {note.get("id") for note in svg_notes(engraving.pages)}
    timed = {name for note in engraving.notes for name in note.ids}
    assert drawn == timed
    written = ElementTree.fromstring(musicxml).iter("note")
    assert drawn == {note.get("id") for note in written if note.find("pitch") is not None}


def test_times_are_those_of_the_music(chorale, musicxml):
    tempo = chorale.recurse().getElementsByClass("MetronomeMark")[0].getQuarterBPM()
    offsets = {note.offset for note in chorale.flatten().notes}
    expected = sorted(round(float(offset) * 60_000 / tempo) for offset in offsets)
    onsets = sorted({note.on for note in engrave(musicxml).notes})
    assert len(onsets) == len(expected)
    assert max(abs(a - b) for a, b in zip(onsets, expected, strict=True)) <= 2


def test_a_pickup_a_change_of_meter_and_of_tempo_keep_their_times():
    def bar(number: str, attributes: str, *names: str) -> str:
        notes = "".join(
            f'<note id="{name}"><pitch><step>C</step><octave>5</octave></pitch>'
            "<duration>2</duration><type>quarter</type></note>"
            for name in names
        )
        return f"<measure {number}>{attributes}{notes}</measure>"

    def meter(beats: int) -> str:
        return f"<time><beats>{beats}</beats><beat-type>4</beat-type></time></attributes>"

    pickup = "<attributes><divisions>2</divisions>" + meter(3) + '<sound tempo="60"/>'
    faster = "<attributes>" + meter(2) + '<sound tempo="120"/>'
    measures = bar('number="0" implicit="yes"', pickup, "a")
    measures += bar('number="1"', "", "b", "c", "d") + bar('number="2"', faster, "e", "f")
    engraving = engrave(
        "<score-partwise><part-list><score-part id='P1'><part-name/></score-part></part-list>"
        f"<part id='P1'>{measures}</part></score-partwise>"
    )
    assert [(note.on, *note.ids) for note in engraving.notes] == [
        (0, "a"),
        (1000, "b"),
        (2000, "c"),
        (3000, "d"),
        (4000, "e"),
        (4500, "f"),
    ]
    assert engraving.seconds == 5.0


def test_the_pieces_of_a_tied_note_each_have_their_time():
    part = music21.stream.Part([music21.note.Note("C4", quarterLength=6)])
    text = GeneralObjectExporter(music21.stream.Score([part])).parse().decode()
    ids = iter(("n0", "n0-2"))
    text = re.sub(r"<note\b(?: id=\"[^\"]*\")?", lambda _: f'<note id="{next(ids)}"', text, count=2)
    notes = engrave(text).notes
    assert [note.ids for note in notes] == [("n0",), ("n0-2",)]
    assert notes[0].off == notes[1].on == 2000


def test_two_threads_engrave_the_same_as_one(musicxml):
    alone = engrave(musicxml)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: engrave(musicxml), range(4)))
    assert all(one == alone for one in both)
    assert len(svg_notes(alone.pages)) > 100


def test_a_phone_gets_more_lines_not_smaller_ones(musicxml):
    wide, narrow = engrave(musicxml, width=WIDE), engrave(musicxml, width=NARROW)
    systems = [sum(page.count('class="system"') for page in one.pages) for one in (wide, narrow)]
    assert systems[1] > 2 * systems[0]
    assert wide.notes == narrow.notes
    assert 'viewBox="0 0 360 ' in narrow.pages[0]
    assert engrave_all(musicxml, (WIDE, NARROW)) == (wide, narrow)  # read once, laid out twice


def test_a_long_score_is_cut_into_pages():
    stream = music21.corpus.parse("bwv1.6")
    engraving = engrave(with_ids(stream), width=NARROW)
    assert len(engraving.pages) > 1
    assert all(svg_notes([page]) for page in engraving.pages)


def test_the_drawing_takes_the_colour_of_the_page(musicxml):
    page = engrave(musicxml).pages[0]
    root = ElementTree.fromstring(page)
    assert root.get("fill") == root.get("stroke") == "currentColor"
    assert 'color="' not in page
    assert "black" not in page


def test_notes_are_named_for_those_who_listen(musicxml):
    names = {note.get("aria-label") for note in svg_notes(engrave(musicxml).pages)}
    assert {"A 4", "C sharp 5", "E sharp 4"} <= names


def test_titles_and_names_cannot_become_markup(musicxml):
    nasty = NASTY.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    text = musicxml.replace("<part-name>Soprano", f"<part-name>{nasty}")
    text = re.sub(r"<movement-title>.*?</movement-title>", "", text)
    text = re.sub(r"<movement-name>.*?</movement-name>", "", text)
    text = text.replace(
        "<part-list>", f"<credit><credit-words>{nasty}</credit-words></credit><part-list>"
    )
    for standalone in (False, True):
        page = engrave(text, standalone=standalone).pages[0]
        root = ElementTree.fromstring(page)
        assert NASTY.split("<")[0] in "".join(root.itertext())
        assert "<script" not in page
        assert not [name for e in root.iter() for name in e.attrib if name.lower().startswith("on")]


def test_what_is_no_drawing_is_taken_out():
    hostile = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
        onload="alert(1)"><script>alert(2)</script><style>@import url(http://x.example)</style>
        <foreignObject><body xmlns="http://www.w3.org/1999/xhtml">hello</body></foreignObject>
        <image href="http://x.example/a.png"/><g class="note" id="n1" onclick="alert(3)">
        <use xlink:href="http://x.example/a.svg#b"/><use xlink:href="#E0A4"/>
        <path d="M0 0" fill="url(http://x.example)" style="background:url(x)"/></g>
        <a href="javascript:alert(4)"><text>go</text></a><animate attributeName="href"/></svg>"""
    clean = neutral_svg(hostile)
    for word in (
        "alert",
        "script",
        "style",
        "foreignObject",
        "x.example",
        "image",
        "<a",
        "animate",
    ):
        assert word not in clean
    assert 'href="#E0A4"' in clean
    assert 'id="n1"' in clean


def test_a_file_of_its_own_carries_title_and_font(musicxml):
    marked = musicxml.replace(
        "<part-list>", "<credit><credit-words>Morning</credit-words></credit><part-list>"
    )
    words = '<measure implicit="yes" number="0"><direction><direction-type><metronome><beat-unit>quarter</beat-unit><per-minute>96</per-minute></metronome></direction-type></direction>'
    marked = re.sub(r'<measure [^>]*number="0"[^>]*>', words, marked, count=1)
    alone, inside = engrave(marked, standalone=True), engrave(marked)
    assert "@font-face" in alone.pages[0]
    assert "@font-face" not in inside.pages[0]
    assert ElementTree.fromstring(alone.pages[0]).get("width")
    assert notation_font()[:4] == b"wOF2"


@pytest.mark.parametrize(
    "text", ["", "no music", "<score-partwise><part/></score-partwise>", "<score-partwise><part>"]
)
def test_what_cannot_be_engraved_is_said_in_a_sentence(text):
    with pytest.raises(WorkFailed, match="could not be engraved"):
        engrave(text)


@pytest.mark.parametrize("name", ["bwv66.6", "bwv413", "bwv128.5"])
def test_our_own_musicxml_shows_every_note_at_its_second(name):
    score = musicxml_format.decode(Path(music21.corpus.getWork(name)).read_bytes())[0].score
    begins, ends = {}, {}
    for note in engrave(musicxml_format.encode(score)).notes:
        for symbol in note.ids:
            index = int(symbol.removeprefix("n").split("-")[0])  # n12-2 continues n12
            begins[index] = min(begins.get(index, note.on), note.on)
            ends[index] = max(ends.get(index, 0), note.off)
    onsets = seconds_at(score, score.notes["onset"]) * 1000
    offsets = seconds_at(score, score.notes["onset"] + score.notes["duration"]) * 1000
    assert sorted(begins) == list(range(len(score.notes)))
    assert max(abs(begins[i] - onsets[i]) for i in begins) <= 1
    assert max(abs(ends[i] - offsets[i]) for i in ends) <= 1
