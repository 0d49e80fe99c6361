"""The notes of one voice that sings, hums or whistles.

Pitch is followed by pYIN (Mauch & Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold
distributions", ICASSP 2014; librosa's). The voice's own tuning is taken out, notes are the stretches that stay on one semitone, and what is
shorter than a note is a glide and goes to the neighbour it comes nearest to. A pitch is sung again where the voice stops or
grows softer in between. It is a draft: a person is shown it, to be mended.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile
from workbench.formats.audio.compiling import import_librosa
from workbench.formats.audio.decoding import Samples

MAX_SECONDS = 60
RATE, HOP, FRAME = 16000, 256, 1024  # Hz, samples, samples
LOWEST, HIGHEST = 65.0, 1400.0  # Hz
SHORTEST = 0.09  # seconds of a note; what is shorter is a glide or a slip
DIP_DB = 7.0  # a note is sung again where the voice falls so far and rises again
SOFTEST_DB = 40.0  # below the loudest place: what is softer is no singing

Sung = tuple[float, float, int]
"""On and off in seconds, and a MIDI number."""


def sung_notes(samples: Samples) -> list[Sung]:
    """What is sung, in order; ``UnreadableFile`` where it is too long or nothing is."""
    import_librosa()
    from librosa import hz_to_midi, pyin
    from librosa.feature import rms

    sound = _mono(samples)
    hertz, voiced, _ = pyin(
        sound, sr=RATE, fmin=LOWEST, fmax=HIGHEST, frame_length=FRAME, hop_length=HOP, resolution=0.2
    )  # fmt: skip
    loudness = rms(y=sound, frame_length=FRAME // 2, hop_length=HOP)[0][: len(hertz)]
    decibels = 20 * np.log10(np.maximum(loudness, 1e-6))
    voiced &= decibels > decibels.max() - SOFTEST_DB
    pitches = np.where(voiced, hz_to_midi(np.where(voiced, hertz, 440.0)), np.nan)
    found = notes_of(pitches, decibels)
    if not found:
        raise UnreadableFile(
            "no melody was heard in it; sing closer to the microphone, one note after another."
        )
    return found


def notes_of(pitches: NDArray[np.float64], decibels: NDArray[np.float64]) -> list[Sung]:
    """Notes of a voice whose pitch, a MIDI number with fractions and NaN for silence, and loudness are known in every frame."""
    seconds = HOP / RATE
    voiced = ~np.isnan(pitches)
    if not voiced.any():
        return []
    turn = np.exp(
        2j * np.pi * pitches[voiced]
    ).mean()  # how far the voice is from our tuning, on average
    tuned = pitches - np.angle(turn) / (2 * np.pi)
    least = round(SHORTEST / seconds)
    found: list[Sung] = []
    for begin, end in _stretches(voiced):
        for on, off in _struck_again(begin, end, decibels, least):
            for first, last in _steady(tuned, on, off, least):
                middle = tuned[first + (last - first) // 5 : last - (last - first) // 5]
                pitch = round(float(np.median(middle)))
                found.append((first * seconds, last * seconds, min(max(pitch, 0), 127)))
    return found


def _mono(samples: Samples) -> NDArray[np.float32]:
    """(N,) at ``RATE``."""
    import soxr

    blocks, count = [], 0
    for block in samples.blocks:
        count += len(block)
        if count > MAX_SECONDS * samples.sample_rate:
            raise UnreadableFile(
                f"it lasts longer than the {MAX_SECONDS} seconds that are listened to; cut it."
            )
        blocks.append(np.clip(np.nan_to_num(block), -1, 1).mean(axis=1, dtype=np.float32))
    if count < FRAME:
        raise UnreadableFile("it is too short to hear a melody; sing one.")
    sound = soxr.resample(np.concatenate(blocks), samples.sample_rate, RATE)
    return np.asarray(sound, np.float32)


def _stretches(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Begin and end of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _struck_again(
    begin: int, end: int, decibels: NDArray[np.float64], least: int
) -> list[tuple[int, int]]:
    """A voiced stretch, cut where the voice grows softer and louder again."""
    cuts, place = [begin], begin + least
    while place < end - least:
        before = decibels[max(cuts[-1], place - 4 * least) : place].max()
        after = decibels[place + 1 : min(end, place + 4 * least)].max()
        around = decibels[max(begin, place - least // 2) : place + least // 2 + 1]
        is_lowest = decibels[place] == around.min()
        if is_lowest and min(before, after) - decibels[place] >= DIP_DB:
            cuts.append(place)
            place += least
        place += 1
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _steady(tuned: NDArray[np.float64], begin: int, end: int, least: int) -> list[tuple[int, int]]:
    """The parts of a stretch that stay on one semitone; what lies between them goes to the nearest."""
    if end - begin < least:
        return []
    line = np.array(
        [np.median(tuned[max(begin, i - 3) : min(end, i + 4)]) for i in range(begin, end)]
    )
    runs: list[list[int]] = []  # begin, end, semitone
    for place, value in enumerate(line):
        # A voice trembles: it leaves a note where it is nearer to another by a good deal.
        if runs and abs(value - runs[-1][2]) < 0.7:
            runs[-1][1] = place + 1
        else:
            runs.append([place, place + 1, round(float(value))])
    while len(runs) > 1 and min(last - first for first, last, _ in runs) < least:
        at = min(range(len(runs)), key=lambda number: runs[number][1] - runs[number][0])
        sides = [side for side in (at - 1, at + 1) if 0 <= side < len(runs)]
        to = min(sides, key=lambda side: abs(runs[side][2] - runs[at][2]))
        runs[to] = [min(runs[to][0], runs[at][0]), max(runs[to][1], runs[at][1]), runs[to][2]]
        del runs[at]
    joined: list[list[int]] = []
    for first, last, semitone in runs:
        if joined and joined[-1][2] == semitone:
            joined[-1][1] = last
        else:
            joined.append([first, last, semitone])
    return [(begin + first, begin + last) for first, last, _ in joined]
