"""MAESTRO v3: piano performances of the International Piano-e-Competition, as MIDI.

The archive holds a folder a year and a table, ``maestro-v3.0.0.csv``, with the composer and title of each file.
"""

import csv
import io

from workbench.core.piece import Licence, Reading
from workbench.corpora import RemoteFile, Table, fetched_corpus
from workbench.formats import decode

TABLE = "maestro-v3.0.0.csv"


def titles(data: bytes) -> dict[str, tuple[str, str]]:
    """Title and composer by the name of the MIDI file, from the table of the collection."""
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace")))
    return {
        (row.get("midi_filename") or "").rpartition("/")[2]: (
            row.get("canonical_title") or "",
            row.get("canonical_composer") or "",
        )
        for row in rows
    }


@fetched_corpus(
    "maestro",
    title="MAESTRO v3",
    description="1,276 performances of classical piano music, with velocities; 199 hours.",
    licence=Licence(
        "CC BY-NC-SA 4.0 (not for commercial use)",
        shareable=True,
        url="https://creativecommons.org/licenses/by-nc-sa/4.0/",
    ),
    citation=(
        "Hawthorne et al., Enabling Factorized Piano Music Modeling and Generation with the MAESTRO Dataset, "
        "ICLR 2019."
    ),
    url="https://magenta.tensorflow.org/datasets/maestro",
    size=1276,
    files=(
        RemoteFile(
            "https://storage.googleapis.com/magentadata/datasets/maestro/v3.0.0/maestro-v3.0.0-midi.zip",
            bytes=58_416_533,
            sha256="70470ee253295c8d2c71e6d9d4a815189e35c89624b76d22fce5a019d5dde12c",
        ),
    ),
    wants=lambda name: name.lower().endswith((".midi", ".mid")),
    table=Table(TABLE, titles),
)
def read(data: bytes, name: str) -> list[Reading]:
    """One performance."""
    return decode(data, name)
