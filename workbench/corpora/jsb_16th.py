"""Bach chorales in the split of Boulanger-Lewandowski et al. 2012, a frame for each sixteenth note.

One JSON file: ``{"train": […], "valid": […], "test": […]}``, or a list for one split in a file of its name. A
chorale is a list of frames, a frame the four pitches from soprano to bass, -1 for silence. Held and
repeated notes are not told apart: equal neighbours are read as one held note. Meter and key are not in the data. A key is not
guessed; meter and upbeat are, from the length and from where the last chord begins (:func:`_meters`), so that a model
is not told a wrong place in the bar of every piece with an upbeat, which most have.
"""

import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Licence, Reading
from workbench.core.score import TICKS_PER_QUARTER, Meter, Part, Score, make_notes
from workbench.corpora import RemoteFile, fetched_corpus

SPLITS = ("train", "valid", "test")
FRAME_TICKS = TICKS_PER_QUARTER // 4
_QUARTER = 4  # frames
SILENCE = -1
REMARKS = (
    "The data do not say meter and upbeat; they are guessed from where the last chord begins.",
    "Repeated notes are not told from held ones.",
)
_VOICES = tuple(Part(name, program=52) for name in ("Soprano", "Alto", "Tenor", "Bass"))


@fetched_corpus(
    "jsb-16th",
    title="JSB chorales, 16th-note frames",
    description="382 Bach chorales in the fixed split that benchmarks use: 229, 76 and 77.",
    licence=Licence(
        "Public-domain music; data published without a stated licence",
        shareable=True,
        url="https://github.com/czhuang/JSB-Chorales-dataset",
    ),
    citation=(
        "Boulanger-Lewandowski, Bengio & Vincent, Modeling Temporal Dependencies in High-Dimensional Sequences, "
        "ICML 2012; voices separated by Cheng-Zhi Anna Huang."
    ),
    url="https://github.com/czhuang/JSB-Chorales-dataset",
    size=382,
    files=(
        RemoteFile(
            "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/master/Jsb16thSeparated.json"
        ),
    ),
    wants=lambda name: name.lower().endswith(".json"),
)
def read(data: bytes, name: str) -> list[Reading]:
    """Every chorale of the file, titled by its split and number."""
    return [
        Reading(_score(frames), f"JSB {split} {number}", "J. S. Bach", REMARKS)
        for split, chorales in read_frames(data, name).items()
        for number, frames in enumerate(chorales, start=1)
    ]


def read_frames(data: bytes, name: str) -> dict[str, list[NDArray[np.int16]]]:
    """The chorales of each split that the file holds, (T, 4) MIDI pitches, ``SILENCE`` where a voice is silent.

    Raises
    ------
    UnreadableFile
        Where the file is no JSON of that form.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{name} is no JSON; get a complete copy.") from error
    if isinstance(content, list):
        content = {PurePosixPath(name).stem: content}
    if not isinstance(content, dict) or not set(content) & set(SPLITS):
        raise UnreadableFile(
            f"{name} holds none of the splits {', '.join(SPLITS)}; choose Jsb16thSeparated.json."
        )
    try:
        return {
            split: [_frames(chorale) for chorale in content[split]]
            for split in SPLITS
            if split in content
        }
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableFile(
            f"{name} holds a chorale that is not a list of frames of four pitches; get it anew."
        ) from error


def _frames(chorale: Any) -> NDArray[np.int16]:
    """(T, 4) of what the file says of a chorale; what is not a pitch above 0 is silence."""
    numbers = np.array(chorale, np.float64)
    if numbers.ndim != 2 or numbers.shape[1] != len(_VOICES) or (numbers > 127).any():
        raise ValueError(numbers.shape)
    return np.where(numbers > 0, numbers, SILENCE).astype(np.int16)  # NaN is not above 0


def _score(frames: NDArray[np.int16]) -> Score:
    """Each run of equal pitches in a voice as a note."""
    notes = []
    for voice in range(len(_VOICES)):
        pitches = [*frames[:, voice].tolist(), SILENCE]
        begun = 0
        for place in range(1, len(pitches)):
            if pitches[place] != pitches[begun]:
                if pitches[begun] != SILENCE:
                    length = (place - begun) * FRAME_TICKS
                    notes.append((begun * FRAME_TICKS, length, pitches[begun], 80, voice))
                begun = place
    return Score(make_notes(notes), meters=_meters(frames), parts=_VOICES)


def _meters(frames: NDArray[np.int16]) -> tuple[Meter, ...]:
    """4/4 or 3/4, with or without an upbeat of a quarter.

    The data fill the last bar up, so whole bars of 4/4, after a quarter or not, are of one of two lengths; what is of another is taken for
    3/4. A last chord begins on the first or the middle beat of 4/4, on the first of 3/4.
    """
    moved = np.flatnonzero((frames[1:] != frames[:-1]).any(axis=1))
    last = int(moved[-1]) + 1 if len(moved) else 0
    is_common = len(frames) % (4 * _QUARTER) in (0, _QUARTER)
    beats, closes = (4, 2) if is_common else (3, 3)
    has_upbeat = len(frames) > _QUARTER and last % (closes * _QUARTER) == _QUARTER
    full = Meter(0, beats, 4)
    return (full, replace(full, onset=TICKS_PER_QUARTER)) if has_upbeat else (full,)
