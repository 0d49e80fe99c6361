"""Every awkward file comes to the outcome it must have, quickly; and so does whatever chance makes of good ones."""

import random
import time

import pytest
from awkward import AwkwardFile, awkward_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import formats
from workbench.core.errors import UnreadableFile

FILES = awkward_files()
SECONDS = 5.0  # of processor time, so that a busy machine changes nothing
GOOD = [file for file in FILES if file.name in (
    "midi/type-0-channels.mid", "midi/type-2.mid", "musicxml/timewise.xml", "musicxml/good.mxl",
    "abc/two-tunes.abc", "kern/good.krn", "mei/version-5.mei",
)]  # fmt: skip


def brought_in(name: str, data: bytes) -> tuple[str, list[str], int, int]:
    """Outcome, what was said, number of notes and of pieces. Any error but a refusal is raised."""
    try:
        if formats.is_audio(data, name):
            formats.decode_recording(data, name)
            return "recording", [], 0, 1
        readings = formats.decode(data, name)
    except UnreadableFile as error:
        return "refused", [str(error)], 0, 0
    said = [remark for reading in readings for remark in reading.remarks]
    assert all(len(reading.score.notes) for reading in readings)
    return "notes", said, sum(len(reading.score.notes) for reading in readings), len(readings)


@pytest.fixture(scope="module", autouse=True)
def _sound_is_ready() -> None:
    """The first recording in a process waits until librosa is loaded and compiled; no file is to blame for that."""
    good = next(file for file in FILES if file.name == "sound/good.wav")
    brought_in(good.name, good.data)


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 150
    assert len({file.name for file in FILES}) == len(FILES)


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_an_awkward_file(file: AwkwardFile) -> None:
    started = time.process_time()
    outcome, said, notes, pieces = brought_in(file.name, file.data)
    assert time.process_time() - started < SECONDS
    assert (outcome, file.words in " ".join(said)) == (file.outcome, True), said
    if outcome == "notes":
        assert pieces == file.pieces
        assert file.notes in (None, notes)
    for sentence in said:
        assert sentence.endswith(".") or sentence.startswith("Signs without a meaning")
        assert not any(word in sentence for word in ("Traceback", "Error", "\n"))
    if outcome == "refused":
        assert said[0].startswith(file.name)


@pytest.mark.parametrize("file", GOOD, ids=[file.name for file in GOOD])
def test_flipped_bytes(file: AwkwardFile) -> None:
    """Notes or one clear refusal, whatever bytes a bad disk changes."""
    rng = random.Random(file.name)
    count = 15 if file.name.startswith(("kern", "mei")) else 120
    for _ in range(count):
        data = bytearray(file.data)
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        brought_in(file.name, bytes(data))


@pytest.mark.parametrize("suffix", formats.readable_suffixes())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(min_size=1, max_size=300))
def test_any_bytes_at_all(suffix: str, data: bytes) -> None:
    brought_in(f"x{suffix}", data)
