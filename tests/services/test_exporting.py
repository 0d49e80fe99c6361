"""Compositions given out: every kind of file says what it is, is read by other people's libraries, and holds the same notes."""

import csv
import html
import io
import json
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import mido
import music21
import numpy as np
import pretty_midi
import pyloudnorm
import pypdfium2
import pytest
import soundfile
from tinytag import TinyTag

from workbench import formats
from workbench.core.errors import InvalidSetting, UnknownName, UnreadableFile
from workbench.core.provenance import MARK, statement
from workbench.core.score import Tempo
from workbench.core.specs import ComposeRequest
from workbench.corpora import CORPORA
from workbench.rendering import engraving
from workbench.services import (
    activity,
    checking,
    composing,
    exporting,
    importing,
    library,
    previews,
)
from workbench.services.previews import Quality
from workbench.workspace import open_workspace

HOSTILE = "</script><img src=x onerror=alert(1)> & \"quotes'"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return open_workspace(tmp_path_factory.mktemp("exporting"))


@pytest.fixture(scope="module")
def made(workspace):
    """A tune of eight bars, and four of a chorale."""
    found = []
    for request in (ComposeRequest("folk", bars=8, seed=7), ComposeRequest("chorales", bars=4)):
        job = composing.enqueue(workspace, request)
        found.append(activity.finish(workspace, job).result["composition"])
    return [composing.get(workspace, each) for each in found]


@pytest.fixture(scope="module")
def files(workspace, made, tmp_path_factory):
    """Path by suffix, of the tune in every kind that can be written."""
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"tune{suffix}" for suffix in previews.suffixes()]
    return {path.suffix: path for path in exporting.write(workspace, made[0].id, paths)}


@pytest.fixture(scope="module")
def pitches(workspace, made):
    return composing.score(workspace, made[0].id).notes["pitch"].tolist()


def sounding(stream) -> list[int]:
    notes = stream.flatten().notes
    return [note.pitch.midi for note in notes if note.tie is None or note.tie.type == "start"]


def test_scores_hold_the_same_notes_for_other_libraries(files, pitches):
    for suffix in (".mid", ".midi"):
        events = [event for event in mido.MidiFile(files[suffix]) if event.type == "note_on"]
        assert [event.note for event in events if event.velocity] == pitches
        heard = pretty_midi.PrettyMIDI(str(files[suffix])).instruments[0].notes
        assert [note.pitch for note in heard] == pitches
    for suffix in (".musicxml", ".xml", ".mxl", ".abc"):
        read = music21.converter.parse(str(files[suffix]), forceSource=True)
        assert sounding(read) == pitches, suffix


def test_every_score_says_that_a_model_made_it(files, made):
    said = statement(made[0])
    assert said.startswith(MARK) and "folk" in said and "seed 7" in said
    assert said in [event.text for event in mido.MidiFile(files[".mid"]) if event.type == "text"]
    fields = ElementTree.parse(files[".musicxml"]).iter("miscellaneous-field")
    assert [field.text for field in fields] == [said]
    assert f"N:{said}" in files[".abc"].read_text().splitlines()
    (description,) = ElementTree.parse(files[".svg"]).getroot().findall("{*}desc")
    assert description.text == said
    document = pypdfium2.PdfDocument(files[".pdf"])
    assert document.get_metadata_dict()["Subject"] == said
    assert said in document[0].get_textpage().get_text_range()
    assert html.escape(said) in files[".html"].read_text()


def test_it_survives_the_way_from_format_to_format(files, made):
    """Ours keeps it on every way; music21 from MusicXML to MusicXML, pretty_midi and mido from MIDI to MIDI."""
    said = statement(made[0])
    folder = files[".mid"].parent
    (first,) = formats.read(files[".mid"])
    xml = formats.encode(first.score, ".musicxml", statement=first.statement)
    (second,) = formats.decode(xml, "again.musicxml")
    abc = formats.encode(second.score, ".abc", statement=second.statement)
    (third,) = formats.decode(abc, "again.abc")
    assert first.statement == second.statement == third.statement == said
    assert (third.score.notes["pitch"] == first.score.notes["pitch"]).all()
    music21.converter.parse(files[".musicxml"]).write("musicxml", folder / "theirs.musicxml")
    pretty_midi.PrettyMIDI(str(files[".mid"])).write(str(folder / "theirs.mid"))
    mido.MidiFile(files[".mid"]).save(folder / "also_theirs.mid")
    for name in ("theirs.musicxml", "theirs.mid", "also_theirs.mid"):
        assert formats.read(folder / name)[0].statement == said, name


@pytest.mark.parametrize("height", [engraving._FILE_HEIGHT, 1400])
def test_a_drawing_holds_all_of_a_long_piece(workspace, tmp_path, monkeypatch, height):
    """In one page as long as need be; and where even that is too short, in several, one below the other."""
    monkeypatch.setattr(engraving, "_FILE_HEIGHT", height)
    job = composing.enqueue(workspace, ComposeRequest("folk", bars=96, seed=height))
    composition = activity.finish(workspace, job).result["composition"]
    drawing = ElementTree.fromstring(exporting.file(workspace, composition, ".svg"))
    heads = [each.get("id") for each in drawing.iter() if each.get("class") == "note"]
    score = composing.score(workspace, composition)
    assert sum("-" not in name for name in heads) == len(score.notes)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg"])
def test_sound_is_tagged_marked_and_as_loud_as_all_other(files, made, suffix):
    tags = TinyTag.get(files[suffix])
    assert (tags.title, tags.artist) == (made[0].title, exporting.COMPOSER)
    assert tags.comment == statement(made[0])
    samples, rate = soundfile.read(files[suffix], always_2d=True)
    assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(-16, abs=1)
    assert np.abs(samples).max() < 1
    found = checking.check(files[suffix])
    assert found.kind == "sound" and found.has_mark and found.statements == (statement(made[0]),)


def test_the_rate_and_the_bits_are_those_asked_for(workspace, made):
    data = exporting.file(workspace, made[0].id, ".wav", Quality(48_000, 24))
    info = soundfile.info(io.BytesIO(data))
    assert (info.samplerate, info.subtype) == (48_000, "PCM_24")
    usual = soundfile.info(io.BytesIO(exporting.file(workspace, made[0].id, ".wav")))
    assert (usual.samplerate, usual.subtype) == (44_100, "PCM_16")
    assert info.duration == pytest.approx(usual.duration, abs=0.001)
    with pytest.raises(InvalidSetting, match="44100 or 48000"):
        Quality(22_050, 16)


def test_the_mark_is_only_in_what_a_model_made(workspace, made):
    """A person's piece says nothing, and its sound has no mark."""
    notes = composing.score(workspace, made[0].id)
    for suffix in (".mid", ".musicxml", ".abc", ".svg", ".pdf"):
        assert MARK.encode() not in previews.file(workspace, notes, suffix)
    path = workspace.cache / "plain.flac"
    path.write_bytes(previews.file(workspace, notes, ".flac"))
    found = checking.check(path)
    assert not found.is_made_by_model and found.statements == ()
    assert "proves nothing" in checking.words(found)


def test_a_score_is_checked_by_its_statement(files, made):
    for suffix in (".mid", ".musicxml", ".mxl", ".abc", ".pdf", ".svg", ".html"):
        found = checking.check(files[suffix])
        assert found.statements == (statement(made[0]),) and found.strength is None
        assert "The file says" in checking.words(found)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("slow.wav", b"", "is empty"),
        ("cut.mp3", b"ID3\x04", "damaged"),
        ("text.txt", b"no music", r"no file of a kind that Check reads; .*ABC.*MP3.*PDF"),
        ("rate.wav", None, "samples a second"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_a_sentence(tmp_path, name, data, words):
    path = tmp_path / name
    if data is None:
        soundfile.write(path, np.zeros(1000), 1)
    else:
        path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=words):
        checking.check(path)


def test_the_library_knows_a_marked_file_and_gives_it_out_marked(workspace, files, made, tmp_path):
    source = [("theirs.musicxml", files[".musicxml"].read_bytes())]
    activity.finish(workspace, importing.import_files(workspace, source))
    (piece,), _ = library.search(workspace, "made_by:model")
    assert library.search(workspace, "-made_by:model") == ([], 0)
    assert statement(made[0]) in library.remarks(workspace, piece.id)
    (path,) = library.export(workspace, [piece.id], tmp_path / "again.mid")
    assert formats.read(path)[0].statement == statement(made[0])


def test_the_same_composition_gives_the_same_bytes(workspace, made, files):
    for suffix in (".pdf", ".html", ".wav", ".mp3", ".svg"):
        for cached in workspace.cache.glob(f"*{suffix}"):
            cached.unlink()
        assert exporting.file(workspace, made[0].id, suffix) == files[suffix].read_bytes(), suffix


def test_a_share_page_holds_all_it_needs_and_nothing_that_was_typed_runs(workspace, made):
    composing.rename(workspace, made[1].id, HOSTILE)
    page = exporting.file(workspace, made[1].id, ".html").decode()
    composing.rename(workspace, made[1].id, "A chorale")
    assert len(page) < 1_500_000
    assert "<img" not in page and page.count("</script>") == 2
    assert f"<title>{html.escape(HOSTILE)}</title>" in page
    assert "default-src 'none'" in page
    data = json.loads(re.search(r'id="music">(.*?)</script>', page, re.DOTALL)[1])
    assert data["label"] == HOSTILE and len(data["engravings"]) == 2
    addresses = set(re.findall(r'https?://[^\s"\'<)\\]+', page))
    assert addresses <= {"http://www.w3.org/2000/svg"}, "a name of a namespace, and never fetched"


def test_many_go_into_one_zip_with_a_manifest(workspace, made):
    ids = [each.id for each in made]
    kinds = ["mid", "abc", "pdf", "svg"]
    first = activity.finish(workspace, exporting.prepare(workspace, ids, kinds)).result
    data = exporting.made(workspace, first["stored"]).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
        listed = [name for row in manifest["pieces"] for name in row["files"]]
        assert sorted([*listed, "manifest.json", "manifest.csv"]) == sorted(archive.namelist())
        assert first["files"] == len(listed) == 8
        assert archive.read(listed[0]) == exporting.file(workspace, ids[0], ".mid")
    for row, each, cells in zip(manifest["pieces"], made, rows, strict=True):
        assert row["request"]["seed"] == each.request.seed
        assert row["model_sha256"] == each.model_fingerprint == cells["model_sha256"]
        assert row["licences"] and row["versions"] == each.versions
        assert row["statement"] == statement(each) == cells["statement"]
    (workspace.cache / first["stored"]).unlink()
    again = activity.finish(workspace, exporting.prepare(workspace, ids, kinds)).result
    assert exporting.made(workspace, again["stored"]).read_bytes() == data


@pytest.mark.parametrize(
    ("ids", "kinds", "error", "words"),
    [
        ([], ["mid"], InvalidSetting, "choose 1 to"),
        (["nobody"], ["mid"], UnknownName, "no composition"),
        (["nobody"], [], InvalidSetting, "none cannot be written"),
        (["nobody"], ["docx"], InvalidSetting, "docx cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_refused_before_any_work(workspace, ids, kinds, error, words):
    with pytest.raises(error, match=words):
        exporting.prepare(workspace, ids, kinds)


def test_a_thumbnail_needs_no_font(workspace):
    """The note of a metronome mark is a letter of the music font, which a picture in a list has not: it was an empty box."""
    score = CORPORA.get("ryans-mammoth").read("FloggingReel").score
    slow = replace(score, tempos=(Tempo(0, 60.0),))
    assert engraving.MUSIC_FONT not in previews.thumbnail(workspace, slow)
    assert "notehead" in previews.thumbnail(workspace, slow)
