"""MIDI that is odd or damaged: which notes, ending when, in which parts."""

import io

import mido
import pytest
from awkward import midi_files as build

from workbench import formats
from workbench.core.piece import Reading
from workbench.core.score import TICKS_PER_QUARTER as Q
from workbench.core.score import Score, Tempo, make_notes
from workbench.corpora import CORPORA


def read(data: bytes) -> Reading:
    (reading,) = formats.decode(data, "x.mid")
    return reading


def rows(reading: Reading) -> list[tuple[int, int, int]]:
    """Onset and end in ticks of the usual file, and pitch."""
    return [
        (n["onset"] * 480 // Q, (n["onset"] + n["duration"]) * 480 // Q, n["pitch"])
        for n in reading.score.notes
    ]


@pytest.mark.parametrize("bpm", [1.0, 2.0, 3.0, 3.6, 60.0])
def test_a_tempo_too_slow_for_the_format_is_its_slowest(bpm: float) -> None:
    written = formats.encode(Score(make_notes([(0, Q, 60)]), tempos=(Tempo(0, bpm),)), ".mid")
    assert read(written).score.tempos[0].bpm == pytest.approx(max(bpm, 3.5763), rel=1e-3)


def test_a_note_that_never_ends_lasts_to_the_end_of_its_track() -> None:
    events = [build.on(60), *build.notes(62), (480, b"\xff\x01\x00")]
    reading = read(build.midi(build.track(*events)))
    assert rows(reading) == [(0, 960, 60), (0, 480, 62)]
    assert "1 notes never end" in reading.remarks[0]


def test_a_note_that_never_ends_is_ended_by_the_next_of_its_pitch() -> None:
    events = [build.on(60), build.on(60, 480), build.on(60, 480), build.off(60)]
    reading = read(build.midi(build.track(*events)))
    # The off ends the first that began, as everywhere; the others end where something of theirs happens.
    assert max(end for _, end, _ in rows(reading)) == 1440
    assert len(rows(reading)) == 3


def test_struck_twice_and_ended_once_does_not_last_for_ever() -> None:
    events = [build.on(60), build.on(60, 240), build.off(60, 240), *build.notes(*range(61, 80))]
    found = [row for row in rows(read(build.midi(build.track(*events)))) if row[2] == 60]
    assert found == [(0, 480, 60), (240, 480, 60)]


def test_channels_of_one_track_become_parts_and_the_tenth_is_drums() -> None:
    events = [
        (0, b"\xc1\x28"), build.on(60), build.on(72, channel=1), build.on(36, channel=9),
        build.off(60), build.off(72, 0, 1), build.off(36, 0, 9),
    ]  # fmt: skip
    parts = read(build.midi(build.track(*events), kind=0)).score.parts
    assert [(part.program, part.is_drum) for part in parts] == [(0, False), (40, False), (0, True)]


def test_patterns_of_type_2_are_pieces() -> None:
    tracks = build.track(*build.notes(60)), build.track(*build.notes(64, 67))
    readings = formats.decode(build.midi(*tracks, kind=2), "x.mid")
    assert [reading.score.notes["pitch"].tolist() for reading in readings] == [[60], [64, 67]]


@pytest.mark.parametrize(("division", "ticks"), [(0xE728, 1000), (0xE250, 2400)])
def test_film_time_is_in_seconds(division: int, ticks: int) -> None:
    events = [build.TEMPO, build.on(60), build.off(60, ticks)]
    score = read(build.midi(build.track(*events), division=division)).score
    assert score.seconds == pytest.approx(1.0)
    assert score.tempos == (Tempo(0, 60.0),)


def test_a_cut_file_keeps_exactly_the_notes_before_the_cut() -> None:
    collection = CORPORA.get("bach-chorales")
    data = formats.encode(collection.read(collection.members()[7]).score, ".mid")
    whole = read(data).score
    for length in range(400, len(data), 97):
        found = read(data[:length]).score
        assert 0 < len(found.notes) <= len(whole.notes)
        known = {(int(n["onset"]), int(n["pitch"])) for n in whole.notes}
        assert {(int(n["onset"]), int(n["pitch"])) for n in found.notes} <= known
    assert "cut off" in " ".join(read(data[: len(data) // 2]).remarks)


def test_good_files_have_no_remarks_and_are_as_mido_reads_them() -> None:
    collection = CORPORA.get("bach-chorales")
    for member in collection.members()[::90]:
        data = formats.encode(collection.read(member).score, ".mid")
        reading = read(data)
        assert reading.remarks == ()
        file = mido.MidiFile(file=io.BytesIO(data))
        begun = [m for track in file.tracks for m in track if m.type == "note_on" and m.velocity]
        assert sorted(m.note for m in begun) == sorted(reading.score.notes["pitch"].tolist())
