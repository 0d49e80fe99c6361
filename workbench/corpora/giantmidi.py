"""GiantMIDI-Piano: classical piano music, transcribed from recordings by a neural network.

Files are called ``Surname, First name, Title, <id of the recording>.mid``. Its publisher asks to be read first, so there is no
address here: agree to the disclaimer, download it, and point at the archive.
"""

from pathlib import PurePosixPath

from workbench.core.piece import Licence, Reading
from workbench.corpora import fetched_corpus
from workbench.formats import decode


@fetched_corpus(
    "giantmidi-piano",
    title="GiantMIDI-Piano",
    description="10,854 piano pieces by 2,786 composers, transcribed from recordings.",
    licence=Licence(
        "CC BY 4.0 for the transcriptions; living composers are among the authors",
        shareable=False,
        url="https://github.com/bytedance/GiantMIDI-Piano/blob/master/disclaimer.md",
    ),
    citation=(
        "Kong et al., GiantMIDI-Piano: A Large-Scale MIDI Dataset for Classical Piano Music, TISMIR 5(1), 2022."
    ),
    url="https://github.com/bytedance/GiantMIDI-Piano/blob/master/disclaimer.md",
    size=10_854,
    files=(),
    wants=lambda name: name.lower().endswith((".mid", ".midi")),
)
def read(data: bytes, name: str) -> list[Reading]:
    """One transcription, with the title and composer that its file name states."""
    title, composer = from_file_name(PurePosixPath(name).stem)
    return [
        Reading(each.score, title, composer or each.composer, each.remarks)
        for each in decode(data, name)
    ]


def from_file_name(stem: str) -> tuple[str, str]:
    """``Abel, Frederic, Lola Polka, SLNJF0uiqRw`` is Lola Polka by Frederic Abel."""
    surname, *rest = stem.split(", ")
    if len(rest) < 3:
        return stem, ""
    return ", ".join(rest[1:-1]), f"{rest[0]} {surname}"
