"""Files that cannot be read, and files that must not be written by halves."""

import io
import zipfile
from pathlib import Path

import pytest

from workbench import formats
from workbench.core import sizes
from workbench.core.errors import CannotEncode, UnreadableFile
from workbench.core.score import Score, make_notes
from workbench.formats import midi, musicxml

TUNE = Score(make_notes([(i * 5040, 5040, 60 + i) for i in range(12)]))
MIDI = midi.encode(TUNE)
XML = musicxml.encode(TUNE).encode()


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


CONTAINER = b'<container><rootfiles><rootfile full-path="s.xml"/></rootfiles></container>'
BOMB = archive(**{"META-INF__container.xml": CONTAINER, "s.xml": b" " * 101_000_000})
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    b"<score-partwise>&b;</score-partwise>"
)
OUTSIDE = b'<!DOCTYPE score-partwise [<!ENTITY a SYSTEM "file:///etc/passwd">]><score-partwise/>'
BROKEN = [
    ("empty.mid", b"", "is empty"),
    ("cut.mid", MIDI[:30], "not a single note"),
    ("header.mid", MIDI[:10], "cut off in its header"),
    ("zero.mid", MIDI[:12] + b"\x00\x00" + MIDI[14:], "zero ticks"),
    ("silent.mid", midi.encode(Score(make_notes([]))), "not a single note"),
    ("text.mid", b"this is no music", "not a MIDI file"),
    ("picture.jpg", b"\xff\xd8\xff\xe0" + bytes(100), "no file of a kind"),
    ("cut.musicxml", XML[: len(XML) // 2], "damaged or cut off at line"),
    ("page.xml", b"<html><body/></html>", "not a MusicXML score"),
    (
        "silent.xml",
        b'<score-partwise version="4.0"><part-list/></score-partwise>',
        "not a single note",
    ),
    ("number.xml", XML.replace(b"<octave>4", b"<octave>four"), "makes no sense"),
    ("laughs.xml", LAUGHS, "entities"),
    ("outside.xml", OUTSIDE, "entities"),
    ("other.zip", archive(readme=b"hello"), "no file of a kind"),
    ("empty.mxl", archive(readme=b"hello"), "holds no score"),
    ("bomb.mxl", BOMB, "unpacks to more than"),
    ("cut.mxl", musicxml.container.pack(XML.decode())[:300], "damaged or cut off"),
    ("words.abc", b"to be or not to be", "no tune"),
    ("keyless.abc", b"X:1\nT:Nothing\nM:4/4\nabc\n", "no K: line"),
    ("endless.abc", b"X:1\nM:2/4\nL:1/8\nK:C\nC99999|", "bars, more than the 20,000"),
    ("number.abc", b"X:1\nK:C\nC" + b"9" * 5000, "makes no sense"),
    ("flate.mxl", musicxml.container.pack(XML.decode())[:250] + bytes(300), "damaged or cut off"),
    ("silent.abc", b"X:1\nT:Nothing\nK:C\nz4|z4|\n", "not a single note"),
]


@pytest.mark.parametrize(("name", "data", "reason"), BROKEN, ids=[name for name, _, _ in BROKEN])
def test_a_broken_file_says_which_and_why(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=reason) as caught:
        formats.read(path)
    assert name in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.mid cannot be opened"):
        formats.read(tmp_path / "gone.mid")


def test_a_file_over_the_limit() -> None:
    with pytest.raises(UnreadableFile, match="more than the 20 MB"):
        formats.decode(b"MThd" + bytes(formats.MAX_BYTES), "huge.mid")


def test_too_many_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "MAX_NOTES", 11)
    with pytest.raises(UnreadableFile, match=r"long\.mid holds 12 notes, more than the 11"):
        formats.decode(MIDI, "long.mid")


def test_content_decides_over_the_suffix() -> None:
    assert formats.decode(MIDI, "tune.abc")[0].score == TUNE
    assert len(formats.decode(XML, "tune.mid")[0].score.notes) == 12


@pytest.mark.parametrize("seed", range(4))
def test_damaged_midi_never_brings_the_process_down(seed: int) -> None:
    import random

    rng = random.Random(seed)
    for _ in range(400):
        data = bytearray(MIDI)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            formats.decode(bytes(data), "x.mid")
        except UnreadableFile as error:
            assert "x.mid" in str(error)


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotEncode, match=r"choose one of \.abc"):
        formats.write(TUNE, tmp_path / "tune.doc")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "tune.abc"
    formats.write(TUNE, path)
    before = path.read_bytes()
    with pytest.raises(CannotEncode):
        formats.write(Score(make_notes([(0, 20160, 60), (10080, 20160, 64)])), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["tune.abc"]
