"""Bach chorales in the split of Boulanger-Lewandowski et al. 2012, a frame for each sixteenth note.

One JSON file: ``{"train": […], "valid": […], "test": […]}``, or a list for one split in a file of its name. A
chorale is a list of frames, a frame the four pitches from soprano to bass, -1 for silence. Held and
repeated notes are not told apart: equal neighbours are read as one held note. Meter and key are not in the data.
"""

import json
from pathlib import PurePosixPath
from typing import Any

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Licence, Reading
from workbench.core.score import TICKS_PER_QUARTER, Part, Score, make_notes
from workbench.corpora import RemoteFile, fetched_corpus

SPLITS = ("train", "valid", "test")
FRAME_TICKS = TICKS_PER_QUARTER // 4
SILENCE = -1
REMARKS = (
    "The data do not say the meter; 4/4 is a guess.",
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
    return [
        Reading(_score(frames, name), f"JSB {split} {number}", "J. S. Bach", REMARKS)
        for split in SPLITS
        for number, frames in enumerate(content.get(split, ()), start=1)
    ]


def _score(frames: Any, name: str) -> Score:
    try:
        return Score(make_notes(_notes(frames)), parts=_VOICES)
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise UnreadableFile(
            f"{name} holds a chorale that is not a list of frames of four pitches; get it anew."
        ) from error


def _notes(frames: list[list[float]]) -> list[tuple[int, int, int, int, int]]:
    """(onset, duration, pitch, velocity, part) of each run of equal pitches in a voice."""
    notes = []
    for voice in range(4):
        cells = [frame[voice] for frame in frames]
        pitches = [int(cell) if cell == cell else SILENCE for cell in cells] + [SILENCE]  # NaN
        begun = 0
        for place in range(1, len(pitches)):
            if pitches[place] != pitches[begun]:
                if pitches[begun] > 0:
                    length = (place - begun) * FRAME_TICKS
                    notes.append((begun * FRAME_TICKS, length, pitches[begun], 80, voice))
                begun = place
    return notes
