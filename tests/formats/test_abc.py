"""ABC, sign by sign, and against music21's reader."""

import re
import warnings

import pytest
from music21 import converter

from workbench.core.score import Meter, Score, bars
from workbench.corpora.installed import music21_folder
from workbench.formats import abc

Q = 10080


def read(body: str, header: str = "M:4/4\nL:1/8\nK:C") -> Score:
    return abc.read_tune(f"X:1\n{header}\n{body}").score


def notes(score: Score) -> list[tuple[int, int]]:
    """Pitch and length in eighths times twelve, so that triplets are whole."""
    rows = zip(score.notes["pitch"].tolist(), score.notes["duration"].tolist(), strict=True)
    return [(pitch, duration * 24 // Q) for pitch, duration in rows]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C c c' C,", [(60, 12), (72, 12), (84, 12), (48, 12)]),
        ("C2 C/ C// C3/2 C/4", [(60, 24), (60, 6), (60, 3), (60, 18), (60, 3)]),
        ("^F F =F | F", [(66, 12), (66, 12), (65, 12), (65, 12)]),
        ("^^C __d", [(62, 12), (72, 12)]),
        ("A>B A<B A>>B", [(69, 18), (71, 6), (69, 6), (71, 18), (69, 21), (71, 3)]),
        ('A2>{g}.~"D"B2', [(69, 36), (71, 12)]),
        ("(3ABc (3A2Bc d", [(69, 8), (71, 8), (72, 8), (69, 16), (71, 8), (72, 8), (74, 12)]),
        ("(5:4:3ABc d", [(69, 9), (71, 9), (72, 9), (74, 12)]),
        ("[CEG]2 [C2E2]", [(60, 24), (64, 24), (67, 24), (60, 24), (64, 24)]),
        ("A-A ^c-|c", [(69, 24), (73, 24)]),
        ("A-B", [(69, 12), (71, 12)]),
        ("(A {gf}B) !trill!c .d ~e u v", [(69, 12), (71, 12), (72, 12), (74, 12), (76, 12)]),
        ("A z B x2 [K:D] F % ignored", [(69, 12), (71, 12), (66, 12)]),
        ("[L:1/4] A [M:3/4][L:1/16] B", [(69, 24), (71, 6)]),
        ("A\\\nB", [(69, 12), (71, 12)]),
        ("A2 & c2", [(69, 24), (72, 24)]),
    ],
)
def test_signs(body: str, expected: list[tuple[int, int]]) -> None:
    assert notes(read(body)) == expected


@pytest.mark.parametrize(
    ("field", "name", "pitches"),
    [
        ("G", "G major", [66, 60]),
        ("Ador", "A dorian", [66, 60]),
        ("D mix", "D mixolydian", [66, 60]),
        ("A Minor", "A minor", [65, 60]),
        ("EM", "E minor", [66, 60]),
        ("Glydian % two sharps in the book", "G lydian", [66, 61]),
        ("HP", "A mixolydian", [66, 61]),
        ("Dmix^c", "D mixolydian", [66, 61]),
        ("none", "C major", [65, 60]),
        ("Bb clef=bass", "Bb major", [65, 60]),
    ],
)
def test_keys(field: str, name: str, pitches: list[int]) -> None:
    score = read("FC", f"M:4/4\nK:{field}")
    assert str(score.keys[0]) == name
    assert score.notes["pitch"].tolist() == pitches


@pytest.mark.parametrize(
    ("header", "length"),
    [("M:2/4\nK:C", Q // 4), ("M:3/4\nK:C", Q // 2), ("K:C", Q // 2), ("L:1/4\nM:2/4\nK:C", Q)],
)
def test_the_unit_length_where_none_is_given(header: str, length: int) -> None:
    assert read("C", header).notes["duration"].tolist() == [length]


@pytest.mark.parametrize(
    ("text", "bpm"),
    [("1/4=120", 120), ("3/8=60", 90), ('"Slow" 1/2=50', 100), ("240", 120), ("80", 80)],
)
def test_tempos(text: str, bpm: float) -> None:
    assert read("C", f"Q:{text}\nL:1/8\nK:C").tempos[0].bpm == bpm


def test_an_upbeat_and_short_bars_move_the_barlines() -> None:
    score = read("G|ABcd efga|ABcd efg:|g|abc'b agfe|]")
    assert score.meters == (
        Meter(0, 4, 4),
        Meter(Q // 2, 4, 4),
        Meter(Q * 8, 4, 4),
        Meter(Q * 17 // 2, 4, 4),
    )
    assert [bar.end - bar.start for bar in bars(score)] == [
        Q // 2,
        4 * Q,
        Q * 7 // 2,
        Q // 2,
        4 * Q,
    ]


def test_voices_become_parts() -> None:
    text = 'V:1 name="Sopran"\nV:2 name="Bass"\nM:3/4\nK:G'
    score = read("V:1\nG2 A2 B2|\nV:2\nG,6|\n[V:1] c6|\n[V:2] C,6|", text)
    assert [part.name for part in score.parts] == ["Sopran", "Bass"]
    assert score.notes["part"].tolist() == [0, 1, 0, 0, 0, 1]


def test_a_percent_sign_in_a_title_is_written_and_read() -> None:
    (found,) = abc.decode(b"X:1\nT:100\\% Reel % said of it\nC:50\\% me\nK:C\nCDEF|\n")
    assert (found.title, found.composer) == ("100% Reel", "50% me")
    written = abc.encode(found.score, title=found.title, composer=found.composer)
    (again,) = abc.decode(written.encode() if isinstance(written, str) else written)
    assert (again.title, again.composer) == (found.title, found.composer)


@pytest.mark.parametrize("field", ["K:C octave=-1", "K:C transpose=-12", "K:C\nV:1 clef=treble-8"])
def test_what_would_move_the_notes_is_remarked(field: str) -> None:
    (found,) = abc.decode(f"X:1\n{field}\nCDEF|\n".encode())
    assert found.score.notes["pitch"].tolist() == [60, 62, 64, 65]
    assert any("is not followed" in remark for remark in found.remarks)
    (plain,) = abc.decode(b"X:1\nK:C clef=bass octave=0\nCDEF|\n")
    assert not any("is not followed" in remark for remark in plain.remarks)


@pytest.mark.parametrize("meter", ["7/0", "99/7", "three", "1000000/4"])
def test_a_meter_that_is_none_is_remarked(meter: str) -> None:
    (found,) = abc.decode(f"X:1\nM:{meter}\nL:1/8\nK:C\nCDEF|\n".encode())
    assert found.remarks == (f"The meter {meter!r} is none; the music is read without.",)
    for usual in ("M:C|", "M:none", "M:", "M:2+3/8"):
        (found,) = abc.decode(f"X:1\n{usual}\nL:1/8\nK:C\nCDEF|\n".encode())
        assert not found.remarks


def test_several_tunes_in_latin_1_and_one_that_is_none() -> None:
    text = "M:3/4\n\nX:1\nT:Für Elise\nK:Am\nABc\n\nX:2\nT:No key\nabc\n\nX:3\nT:Hut, The\nC:Anon\nK:G\nG3\n"
    first, second = abc.decode(text.encode("latin-1"))
    assert (first.title, second.title, second.composer) == ("Für Elise", "The Hut", "Anon")
    assert str(first.score.meters[0]) == "3/4"
    assert any("X:2" in remark for remark in first.remarks)


def test_a_comment_line_does_not_end_the_tune_but_an_empty_one_does() -> None:
    assert len(read("ABc|\n%\ndef|\n\nThese are words").notes) == 6


def test_what_mail_did_to_old_collections_is_undone() -> None:
    damaged = b"X:1\nL:1/8\nK:C\nA=3DB |=20\nc =\nd|\n"
    score = abc.read_tune(abc.to_text(damaged)).score
    assert score.notes["pitch"].tolist() == [69, 71, 72, 74]
    assert abc.read_tune(abc.to_text(b"X:1\nQ:1/4=200\nK:C\nA|\n")).score.tempos[0].bpm == 200


def test_written_accidentals_hold_under_every_rule() -> None:
    """C sharp, then C natural an octave above and back, and again: each needs its sign."""
    score = read("^C =c ^C C ^c c =C c | C", "M:4/4\nL:1/8\nK:C")
    text = abc.encode(score)
    pitches = score.notes["pitch"].tolist()
    for scope in ("pitch", "octave", "not"):
        again = abc.read_tune(f"%%propagate-accidentals {scope}\n{text}").score
        assert again.notes["pitch"].tolist() == pitches, scope
    assert [pitch for pitch, _ in theirs(text)] == pitches


def test_a_tuplet_ends_with_a_space_for_those_who_go_by_it() -> None:
    body = "(3Bcd ed/c/ B2 A2|G8"
    text = abc.encode(read(body, "M:2/2\nL:1/8\nK:G"))
    assert text.splitlines()[-1].startswith("(3:2:3Bcd ed/c/ B2A2|")


def theirs(text: str) -> list[tuple[int, int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = converter.parse(text, format="abc", forceSource=True, storePickle=False)
    part = (stream.parts[0] if stream.parts else stream).stripTies().flatten()
    return [
        (pitch.midi, round(item.quarterLength * Q))
        for item in part.notes
        if not item.duration.isGrace
        for pitch in sorted(item.pitches, key=lambda pitch: pitch.midi)
    ]


# Tunes of Ryan's Mammoth without what music21 reads otherwise. Over the whole collection 825 of 1,059 agree
# as they stand and 216 more once three things are evened out: music21 lets an accidental end with its
# note, loses the broken rhythm before a decoration, and the note right before a "::".
SAMPLE = sorted(music21_folder("ryansMammoth").glob("*.abc"))[::45]


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.stem)
def test_pitches_and_lengths_agree_with_music21(path) -> None:
    head, body = re.split(r"(?m)^(?=K:)", abc.to_text(path.read_bytes()), maxsplit=1)
    key, music = body.split("\n", 1)
    music = re.sub(r'"[^"\n]*"|\((?!\d)|[)~.uv]', "", music).replace("::", ":||:")
    text = f"{head}{key}\n{music}"
    score = abc.read_tune(f"%%propagate-accidentals not\n{text}").score
    ours = [(int(note["pitch"]), int(note["duration"])) for note in score.notes]
    assert ours == theirs(text)
