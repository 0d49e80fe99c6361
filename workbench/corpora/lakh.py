"""The Lakh MIDI dataset: MIDI files found on the net, named by the MD5 of their content.

Its subsets (matched, aligned, clean) have other folders and the same files, and are read when pointed at.
"""

from workbench.core.piece import Licence, Reading
from workbench.corpora import RemoteFile, fetched_corpus
from workbench.formats import decode


@fetched_corpus(
    "lakh",
    title="Lakh MIDI (LMD-full)",
    description="176,581 MIDI files of all kinds, collected from the net; many are pop songs, some are damaged.",
    licence=Licence(
        "CC BY 4.0 for the collection; the songs belong to their owners",
        shareable=False,
        url="https://creativecommons.org/licenses/by/4.0/",
    ),
    citation=(
        "Colin Raffel, Learning-Based Methods for Comparing Sequences, with Applications to Audio-to-MIDI "
        "Alignment and Matching, PhD thesis, Columbia University, 2016."
    ),
    url="https://colinraffel.com/projects/lmd/",
    size=176_581,
    files=(
        RemoteFile(
            "http://hog.ee.columbia.edu/craffel/lmd/lmd_full.tar.gz",
            bytes=1_768_163_879,
            sha256="6fcfe2ac49ca08f3f214cec86ab138d4fc4dabcd7f27f491a838dae6db45a12b",
        ),
    ),
    wants=lambda name: name.lower().endswith((".mid", ".midi")),
)
def read(data: bytes, name: str) -> list[Reading]:
    """One file."""
    return decode(data, name)
