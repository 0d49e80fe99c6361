"""How surely the mark in sound is found, and how seldom in sound without it.

``PYTHONPATH=. python tests/benchmarks/watermark.py [excerpts] [pieces]`` synthesises real music of the installed collections on
instruments of every family. Excerpts begin anywhere and last 3 to 20 seconds; each is looked at without the mark, and
some with it, after what happens to sound files.
"""

import io
import sys

import numpy as np
import soundfile
from numpy.typing import NDArray

from workbench import formats
from workbench.core.score import Part, Score
from workbench.corpora import CORPORA
from workbench.rendering import watermark
from workbench.rendering.mastering import mastered
from workbench.rendering.sound import SAMPLE_RATE, encode_audio, resampled, synthesize

COLLECTIONS = ("ryans-mammoth", "bach-chorales", "airds-airs", "oneills-1850")
Sound = NDArray[np.float32]
LENGTHS = (3, 5, 10, 20)  # seconds
MARKED_EVERY = 100


def main(excerpts: int = 10_000, pieces: int = 250) -> None:
    """Print the table."""
    rng = np.random.default_rng(1)
    unmarked: list[float] = []
    marked: dict[tuple[str, int], list[float]] = {}
    below: list[float] = []
    for number in range(pieces):
        sound = played(rng, number)
        under = watermark.mark(sound)
        below.append(10 * np.log10((sound**2).sum() / ((under - sound) ** 2).sum()))
        for _ in range(-(-excerpts // pieces)):
            unmarked.append(watermark.strength(excerpt(rng, sound, int(rng.choice(LENGTHS)))))
            if len(unmarked) % MARKED_EVERY == 0:
                test(rng, under, marked)
        if number % 10 == 9:
            print(number + 1, "pieces", len(unmarked), "excerpts", f"{max(unmarked):.2f}", file=sys.stderr, flush=True)  # fmt: skip
    show(np.array(unmarked), marked, np.array(below))


def played(rng: np.random.Generator, number: int) -> Sound:
    """A piece on instruments drawn by lot, as the app sounds it."""
    corpus = CORPORA.get(COLLECTIONS[number % len(COLLECTIONS)])
    members = corpus.members()
    score = corpus.read(members[int(rng.integers(len(members)))]).score
    parts = tuple(Part(part.name, int(rng.integers(0, 96))) for part in score.parts)
    score = Score(score.notes, score.meters, score.keys, score.tempos, parts)
    samples, rate = synthesize(formats.encode(score, ".mid"))
    return mastered(samples[:, : 90 * rate], rate)


def excerpt(rng: np.random.Generator, sound: Sound, seconds: int) -> Sound:
    """So many seconds from anywhere, or all of it where it is shorter."""
    length = min(seconds * SAMPLE_RATE, sound.shape[1])
    start = int(rng.integers(0, sound.shape[1] - length + 1))
    return sound[:, start : start + length]


def test(rng: np.random.Generator, sound: Sound, found: dict[tuple[str, int], list[float]]) -> None:
    """Excerpts of each length of a marked piece, after what happens to sound files."""
    mp3 = decoded(encode_audio(sound, SAMPLE_RATE, "mp3", kilobits=128))
    mp3_64 = decoded(encode_audio(sound, SAMPLE_RATE, "mp3", kilobits=64))
    kinds = {
        "as it is": (sound, SAMPLE_RATE),
        "MP3, 128 kbit/s": (mp3, SAMPLE_RATE),
        "MP3, 128 kbit/s, 3 dB softer": (mp3 * np.float32(10 ** (-3 / 20)), SAMPLE_RATE),
        "MP3, 128 kbit/s, 3 dB louder": (mp3 * np.float32(10 ** (3 / 20)), SAMPLE_RATE),
        "MP3, 64 kbit/s": (mp3_64, SAMPLE_RATE),
        "OGG": (decoded(encode_audio(sound, SAMPLE_RATE, "ogg")), SAMPLE_RATE),
    }
    for seconds in LENGTHS:
        for name, (samples, rate) in kinds.items():
            strength = watermark.strength(excerpt(rng, samples, seconds), rate)
            found.setdefault((name, seconds), []).append(strength)
        other = resampled(excerpt(rng, sound, seconds), SAMPLE_RATE, 48_000)
        found.setdefault(("48 kHz", seconds), []).append(watermark.strength(other, 48_000))


def decoded(data: bytes) -> Sound:
    """The samples of a sound file."""
    return soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)[0].T


def show(unmarked: NDArray, marked: dict[tuple[str, int], list[float]], below: NDArray) -> None:
    """The figures as tables."""
    print(f"mark below the music: median {np.median(below):.1f} dB, least {below.min():.1f} dB")
    print(f"unmarked excerpts: {len(unmarked):,}; strength mean {unmarked.mean():.2f}, largest {unmarked.max():.2f}")  # fmt: skip
    print(f"of these at {watermark.THRESHOLD} or more: {(unmarked >= watermark.THRESHOLD).sum()}")
    for level in (4.5, 5.0, 5.5, 6.0):
        print(f"| {level} | {(unmarked >= level).mean():.5f} | {watermark.chance(level):.5f} |")
    for name in dict.fromkeys(name for name, _ in marked):
        rows = [np.array(marked[name, seconds]) for seconds in LENGTHS]
        cells = [
            f"{(row >= watermark.THRESHOLD).mean():.1%} ({np.median(row):.0f})" for row in rows
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    print("marked excerpts of each kind and length:", len(next(iter(marked.values()))))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
