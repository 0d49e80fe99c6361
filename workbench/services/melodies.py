"""Melodies that a person brings: played, sung, or written as a list of notes; as a score with its key."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace

from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.melody import (
    GRID,
    MOST_NOTES,
    USUAL_TEMPO,
    Row,
    Struck,
    melody_of,
    quantised,
    rows_of,
    tempo_of,
)
from workbench.core.score import Score, parse_key, parse_meter, pitch_name, spell
from workbench.formats.audio import MAX_SUNG_BYTES
from workbench.metrics.facts import estimate_key
from workbench.services import activity
from workbench.sources.items import suffix_of
from workbench.store.jobs import Job
from workbench.workspace import Workspace

__all__ = ["GRID", "USUAL_TEMPO", "Row", "Struck", "rows_of"]

MOST_MEGABYTES = MAX_SUNG_BYTES // 10**6
REST = "rest"
_PITCH = re.compile(r"([A-Ga-g])([#♯b♭]{0,2})(-?\d)")
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def hum(workspace: Workspace, name: str, content: bytes) -> str:
    """:func:`enqueue` a recording, and see to it that somebody listens; the job's id."""
    job = enqueue(workspace, name, content)
    activity.launch(workspace, job)
    return job


def enqueue(workspace: Workspace, name: str, content: bytes) -> str:
    """Queue listening to a recording of one voice, for :func:`heard`; the job's id. The recording is thrown away after it."""
    if len(content) > MAX_SUNG_BYTES:
        raise UnreadableFile(
            f"{name} has {len(content) / 1e6:.0f} MB, more than the {MAX_SUNG_BYTES / 1e6:.0f} MB that are listened to; cut it."
        )
    stored = f"hum-{secrets.token_hex(8)}{suffix_of(name)}"
    (workspace.cache / stored).write_bytes(content)
    spec = {"stored": stored, "shown": name}
    return activity.enqueue(workspace, "hum", spec, title=f"Listening to {name}")


def heard(job: Job) -> list[Struck]:
    """What a job of :func:`hum` heard."""
    return [Struck(*note) for note in job.result["notes"]]


def taken(take: object) -> list[Struck]:
    """Notes that a browser sent as rows of on, off and pitch; ``InvalidSetting`` where it sent something else."""
    try:
        rows = list(take)[:MOST_NOTES]  # type: ignore[call-overload]
        return [Struck(float(on), float(off), int(pitch)) for on, off, pitch in rows]
    except (TypeError, ValueError) as error:
        raise InvalidSetting("This take holds what is no note; play it again.") from error


def of_take(struck: Sequence[Struck], meter: str = "4/4", tempo: float | None = None) -> Score:
    """What was played or sung, as a melody on the grid; where no tempo is known, in the likeliest."""
    beat = tempo or tempo_of(struck)
    return melody(quantised(struck, beat), meter, beat)


def melody(
    rows: Sequence[Row], meter: str = "4/4", tempo: float = USUAL_TEMPO, key: str | None = None
) -> Score:
    """Rows as a score; in the likeliest key where none is said.

    Raises ``InvalidSetting`` where they are no melody, or key or meter is none.
    """
    try:
        parse_meter(meter)
        named = parse_key(key) if key else None
        score = melody_of(rows, meter, tempo, named)
    except ValueError as error:
        raise InvalidSetting(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if named is not None:
        return score
    likely, _ = estimate_key(score)
    return melody_of(rows, meter, tempo, replace(likely, onset=0))


def named(pitch: int | None, fifths: int = 0) -> str:
    """A pitch as people write it in a signature of so many sharps: ``F#4``, or ``rest``."""
    return REST if pitch is None else pitch_name(pitch, spell(pitch, fifths))


def line(score: Score) -> str:
    """A melody in one line, as :func:`written` reads it."""
    fifths = score.keys[0].fifths
    found = rows_of(score) or []
    return " ".join(f"{named(each.pitch, fifths)}:{each.quarters:g}" for each in found)


def row(name: str, quarters: float) -> Row:
    """A row out of what a person wrote; ``InvalidSetting`` where it is no note."""
    text = name.strip()
    if text.casefold() in (REST, "r", ""):
        return Row(None, quarters)
    if text.isdecimal():
        return Row(int(text), quarters)
    found = _PITCH.fullmatch(text)
    if not found:
        raise InvalidSetting(f"{text[:20]!r} is no note; write one such as C4, F#5 or rest.")
    accidentals = found[2].replace("♯", "#").replace("♭", "b")
    shift = accidentals.count("#") - accidentals.count("b")
    return Row(_STEPS[found[1].upper()] + shift + 12 * (int(found[3]) + 1), quarters)


def written(text: str) -> list[Row]:
    """Rows out of one line: ``C4 D4 E4:2 rest:1 G4:0.5``, a note and after a colon its quarters, 1 where nothing is said.

    Or in symbols of a grid of four steps to the quarter, where every step is a number, ``_`` or ``r``: ``60 _ 62 _``.
    """
    words = text.replace("|", " ").split()
    if words and all(word == "_" or word == "r" or word.isdecimal() for word in words):
        return _in_steps(words)
    rows = []
    for word in words:
        name, _, length = word.partition(":")
        try:
            rows.append(row(name, float(length or 1)))
        except ValueError as error:
            raise InvalidSetting(
                f"{word[:20]!r} has no length; write quarters after the colon, such as C4:1.5."
            ) from error
    return rows


def _in_steps(words: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for word in words:
        goes_on = word == "_" or (word == "r" and rows and rows[-1].pitch is None)
        if goes_on and rows:
            rows[-1] = replace(rows[-1], quarters=rows[-1].quarters + 1 / GRID)
        elif word != "_":
            rows.append(Row(None if word == "r" else int(word), 1 / GRID))
    return rows
