"""Melodies that a person makes on the Compose page: played on the piano, sung, or typed; shown as notes that can be mended.

What was played or sung is noted once, as *struck* notes with their times, and as the rows made of them at a tempo. Typed notes are read anew
in every run.
"""

from typing import Any

import streamlit as st

from workbench.core.errors import InvalidSetting, WorkbenchError
from workbench.core.score import Score
from workbench.services import melodies
from workbench.services.melodies import Row
from workbench.ui import following, frame
from workbench.ui.piano import piano
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "compose"
METERS = ("4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "2/2", "3/2", "5/4")
SOUNDS = ["wav", "flac", "mp3", "ogg", "opus", "m4a", "aac"]
TITLES = {"play": "What you played", "hum": "What you sang"}
TYPE_HELP = """
Notes with their octave, and after a colon how many quarters they last; 1 if you say nothing:
`C4 D4 E4:2 rest:1 G4:0.5`

Or in steps, four to a quarter: a number is a pitch (60 is middle C), `_` holds it, `r` rests:
`60 _ 62 _ 64 _ _ _` is C, D, E: two eighths and a quarter.

Or the symbols of the model itself, which it can go on from. **Four voices** are four symbols a step, soprano to bass:
`72 67 64 48 | _ _ _ _` is a chord of C major, held. **A piano roll** is the keys that sound at each step, from below, and then `next`; `_` marks one that is held on:
`60 64 67 next _60 _64 69 next`.
"""


def take_in(workspace: Workspace) -> None:
    """Note what was heard in a recording. Before the form is drawn."""
    job = following.follow(workspace, PLACE, "hum")
    if job is None:
        return
    following.failure(job)
    if job.state == "done":
        _note("hum", job.result["notes"], None)


def melody(way: str) -> Score | None:
    """What was taken in this way, ``play`` or ``hum``; None where nothing was."""
    noted = _noted(way)
    return _score(noted) if noted else None


def play() -> None:
    """The piano."""
    if taken := piano(key="compose.piano"):
        with frame.errors():
            _note("play", taken["notes"], taken["tempo"])


def hum(workspace: Workspace) -> None:
    """The microphone, and a file."""
    notes = session().notes(PLACE)
    number = notes.get("hums", 0)
    sound_box, file_box = st.columns(2)
    sound = sound_box.audio_input(
        "Sing or hum a melody", key=f"hum.sound.{number}", sample_rate=16000,
        help="One voice, one note after another (no chords), a minute at most. “da da da” is heard best. The recording is thrown away "
        "as soon as its notes are known.",
    )  # fmt: skip
    file = file_box.file_uploader(
        "or send a recording", type=SOUNDS, key=f"hum.file.{number}", max_upload_size=melodies.MOST_MEGABYTES
    )  # fmt: skip
    given = sound or file
    if given is not None:
        notes["hums"] = number + 1  # an empty box for the next one
        with frame.errors():
            job = melodies.hum(workspace, given.name, given.getvalue())
            following.begin(workspace, PLACE, job, "hum")
            st.rerun()


def typed() -> tuple[str, Score | None]:
    """Ask for notes or symbols; what was written, and its score where that is a melody for any model."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_area(
            "Notes", key=session().widget(PLACE, "primer", ""), persist_state="session", height=68,
            placeholder="C4 D4 E4:2 rest:1 G4",
        )  # fmt: skip
        with st.popover("How to write it"):
            st.markdown(TYPE_HELP)
    text = (text or "").strip()
    try:
        return text, melodies.melody(melodies.written(text))
    except (
        WorkbenchError
    ):  # symbols that only their model understands; it says what is wrong with them
        return text, None


def editor(way: str) -> None:
    """The notes of what was played or sung, to be mended."""
    noted = _noted(way)
    if noted is None:
        return
    with st.expander("Correct the notes", icon=":material/edit:"):
        tempo_box, meter_box = st.columns(2, vertical_alignment="bottom")
        tempo = tempo_box.number_input(
            "Tempo it was in, quarters a minute", 30.0, 240.0, float(noted["tempo"]), 1.0, format="%.0f",
            key=f"take.tempo.{noted['number']}", help="Another tempo re-reads the rhythm of your notes",
        )  # fmt: skip
        meter = meter_box.selectbox(
            "Meter", METERS, METERS.index(noted["meter"]), key=f"take.meter.{noted['number']}"
        )
        fifths = _score(noted).keys[0].fifths
        edited = st.data_editor(
            [
                {"Note": melodies.named(pitch, fifths), "Quarters": length}
                for pitch, length in noted["rows"]
            ],
            num_rows="dynamic", key=f"take.rows.{noted['number']}", height=260, width="stretch",
            column_config={
                "Note": st.column_config.TextColumn(help="C4 is middle C; F#5, Bb3, rest", required=True),
                "Quarters": st.column_config.NumberColumn(
                    help="A quarter is 1, an eighth 0.5", min_value=0.25, step=0.25, required=True
                ),
            },
        )  # fmt: skip
        if st.button("Use these notes", key="take.use", icon=":material/check:"):
            with frame.errors():
                _mend(way, noted, edited, float(tempo), meter)
                st.rerun()


def _mend(way: str, noted: dict[str, Any], edited: Any, tempo: float, meter: str) -> None:
    """Note the rows as they were changed; where only the tempo was, read the take anew."""
    rows = [
        melodies.row(str(each["Note"] or ""), float(each["Quarters"] or 0))
        for each in edited
        if each["Note"]
    ]
    before = [Row(pitch, length) for pitch, length in noted["rows"]]
    if tempo != noted["tempo"] and rows == before:
        _note(way, noted["struck"], tempo, meter)
        return
    melodies.melody(rows, meter, tempo)  # refuses what is none
    _keep(way, rows, noted["struck"], tempo, meter)


# --- what is noted ----------------------------------------------------------------------------


def _noted(way: str) -> dict[str, Any] | None:
    return session().notes(PLACE).get("takes", {}).get(way)


def _note(way: str, sent: object, tempo: float | None, meter: str = "4/4") -> None:
    struck = melodies.taken(sent)
    if not struck:
        raise InvalidSetting("Not a single note was heard; play or sing again.")
    score = melodies.of_take(struck, meter, tempo)
    rows = melodies.rows_of(score) or []
    _keep(way, rows, [[n.on, n.off, n.pitch] for n in struck], score.tempos[0].bpm, meter)


def _keep(way: str, rows: list[Row], struck: list[Any], tempo: float, meter: str) -> None:
    takes = session().notes(PLACE).setdefault("takes", {})
    takes[way] = {
        "rows": [[row.pitch, row.quarters] for row in rows], "struck": struck, "tempo": tempo, "meter": meter,
        "number": takes.get(way, {}).get("number", 0) + 1,  # so that widgets show the new notes
    }  # fmt: skip


def _score(noted: dict[str, Any]) -> Score:
    rows = [Row(pitch, length) for pitch, length in noted["rows"]]
    return melodies.melody(rows, noted["meter"], noted["tempo"])
