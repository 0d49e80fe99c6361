"""How fast files are read and written, beside other libraries on the same music in the same run.

::

    PYTHONPATH=. python tests/benchmarks/formats_speed.py [--pieces 30] [--json]

Ratios are times of the other library over ours: above 1 we are faster. Kern is read by music21 in ours too,
so its ratio says what the conversion costs. A recording is a minute long, beside librosa's own loading of it.
"""

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import librosa
import music21
import numpy as np
import pretty_midi
import soundfile

from workbench import formats
from workbench.core.score import Part, Score, make_notes
from workbench.corpora import CORPORA
from workbench.formats import abc, kern, midi, musicxml


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pieces", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chorales = sample("bach-chorales", options.pieces)
    tunes = sample("ryans-mammoth", options.pieces)
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(chorales, tunes, Path(folder))
    if options.json:
        print(json.dumps(rows))
        return
    print("| work | ours, ms a piece | other, ms a piece | ratio |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['work']} | {row['ours']:.1f} | {row['other']:.1f} | {row['ratio']:.1f} |")


def sample(corpus: str, count: int) -> list[Any]:
    """Scores from all over a collection."""
    members = CORPORA.get(corpus).members()
    step = max(1, len(members) // count)
    return [CORPORA.get(corpus).read(member).score for member in members[::step][:count]]


def measure(chorales: list[Any], tunes: list[Any], folder: Path) -> list[dict[str, Any]]:
    """One row per kind of work."""
    xml = [formats.encode(score, ".musicxml").decode() for score in chorales]
    streams = [music21.converter.parseData(text, format="musicxml") for text in xml]
    texts = [formats.encode(score, ".abc").decode() for score in tunes]
    files = []
    for number, score in enumerate(chorales):
        files.append(folder / f"{number}.mid")
        formats.write(score, files[-1])
    played = folder / "played.mid"
    formats.write(performance(), played)
    masses = sorted((Path(music21.__file__).parent / "corpus" / "palestrina").glob("*.krn"))
    kerns = [path.read_text("latin-1") for path in masses[:: len(masses) // 10]]
    sounds = [recording(kind) for kind in ("WAV", "FLAC", "MP3", "OGG")]
    writer = music21.musicxml.m21ToXml.GeneralObjectExporter
    return [
        row("read MusicXML (chorales), beside music21", xml,
            lambda text: musicxml.decode(text.encode()),
            lambda text: music21.converter.parseData(text, format="musicxml")),
        row("write MusicXML (chorales), beside music21", list(zip(chorales, streams, strict=True)),
            lambda pair: musicxml.encode(pair[0]), lambda pair: writer(pair[1]).parse()),
        row("read ABC (tunes), beside music21", texts,
            lambda text: abc.decode(text.encode()),
            lambda text: music21.converter.parseData(text, format="abc")),
        row("read MIDI (chorales), beside pretty_midi", files,
            lambda path: midi.decode(path.read_bytes()),
            lambda path: pretty_midi.PrettyMIDI(str(path))),
        row("read MIDI (2,000 played notes), beside pretty_midi", [played] * 10,
            lambda path: formats.decode(path.read_bytes(), path.name),
            lambda path: pretty_midi.PrettyMIDI(str(path))),
        row("read kern (music21's corpus), beside music21", kerns,
            lambda text: kern.decode(text.encode()),
            lambda text: music21.converter.parseData(text, format="humdrum")),
        row("measure a minute of sound, beside librosa's load", sounds,
            lambda data: formats.decode_recording(data, "sound"),
            lambda data: librosa.load(io.BytesIO(data), sr=22050)),
    ]  # fmt: skip


def performance() -> Score:
    """2,000 notes in three parts, begun and ended as people do, not on a grid."""
    rng = np.random.default_rng(0)
    onsets = np.cumsum(rng.integers(0, 3000, 2000)) // 21 * 21
    lengths = rng.integers(50, 500, 2000) * 21
    columns = onsets, lengths, rng.integers(40, 90, 2000), rng.integers(30, 120, 2000)
    rows = zip(*(column.tolist() for column in columns), [0, 1, 2, 0] * 500, strict=True)
    return Score(make_notes(rows), parts=(Part("A"), Part("B"), Part("C")))


def recording(kind: str) -> bytes:
    """A minute of noise in stereo, in a kind of file."""
    stream = io.BytesIO()
    second = np.random.default_rng(0).normal(0, 0.1, (44100, 2))
    with soundfile.SoundFile(stream, "w", 44100, 2, format=kind) as file:
        for _ in range(60):  # libsndfile's OGG encoder crashes on a minute at once
            file.write(second)
    return stream.getvalue()


def row(
    work: str, items: Sequence[Any], ours: Callable[[Any], Any], other: Callable[[Any], Any]
) -> dict[str, Any]:
    """Both ways over the same items, in milliseconds a piece."""
    mine, theirs = each(items, ours), each(items, other)
    return {"work": work, "ours": mine, "other": theirs, "ratio": theirs / mine}


def each(items: Sequence[Any], work: Callable[[Any], Any]) -> float:
    """Milliseconds an item; the first one, which may load things, is done before."""
    work(items[0])
    started = time.perf_counter()
    for item in items:
        work(item)
    return (time.perf_counter() - started) * 1000 / len(items)


if __name__ == "__main__":
    main()
