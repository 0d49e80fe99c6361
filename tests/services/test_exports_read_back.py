"""A short form of ``tests/stress/exports_read_back.py``; and that its checks find what is wrong."""

from dataclasses import replace

import pytest
import read_back
from stress import exports_read_back

from workbench.core.score import transpose
from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, exporting
from workbench.workspace import open_workspace


@pytest.mark.long
def test_every_file_of_ten_pieces_is_read_back_by_other_libraries(tmp_path):
    found = exports_read_back.check_many(open_workspace(tmp_path), list(range(10)), seed=1)
    assert not found["WRONG"], found
    assert found["files mid"] == found["files pdf"] == found["files html"] == 10


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A tune, its files, and the same tune with one note a semitone higher, and a semitone higher as a whole."""
    workspace = open_workspace(tmp_path_factory.mktemp("checks"))
    job = composing.enqueue(workspace, ComposeRequest("folk", bars=6, seed=11))
    made = composing.get(workspace, activity.finish(workspace, job).result["composition"])
    kinds = (".mid", ".musicxml", ".abc", ".svg", ".pdf", ".wav")
    files = {kind: exporting.file(workspace, made.id, kind) for kind in kinds}
    score = composing.score(workspace, made.id)
    notes = score.notes.copy()
    notes["pitch"][4] += 1
    return made.title, files, score, replace(score, notes=notes), transpose(score, 1)


def test_a_single_wrong_note_is_found_in_every_score(made):
    title, files, right, wrong, _ = made
    for kind in (".musicxml", ".abc"):
        read = read_back.read_by_music21(files[kind], kind)
        assert not read_back.faults_of_notation(read, right, title)
        assert read_back.faults_of_notation(read, wrong, title)
    for check, kind in ((read_back.faults_of_midi, ".mid"), (read_back.faults_of_abc, ".abc")):
        assert not check(files[kind], right)
        assert check(files[kind], wrong)


def test_a_lost_note_head_and_another_key_are_found(made):
    title, files, right, _, higher = made
    read = read_back.read_by_music21(files[".musicxml"], ".musicxml")
    heads = read_back.heads_of(read)
    assert not read_back.faults_of_svg(files[".svg"], heads)
    assert read_back.faults_of_svg(files[".svg"].replace(b'class="note"', b"", 1), heads)
    assert read_back.faults_of_pdf(files[".pdf"], heads.total() + 1, title, "")
    assert not read_back.faults_of_sound(files[".wav"], right)
    assert read_back.faults_of_sound(files[".wav"], higher)
    late = replace(right, tempos=(replace(right.tempos[0], bpm=right.tempos[0].bpm / 1.02),))
    assert read_back.faults_of_sound(files[".wav"], late)
