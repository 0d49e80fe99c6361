"""Augmentation: what a model hears besides the pieces themselves, while it trains, from the training split alone.

It is declared in a dataset version and changes no piece. Three kinds: other keys (``semitones`` for all pieces alike, or
``keys`` by name, each for the pieces of its own mode: all 24 of them bring every piece into twelve keys), other
tempos (factors) and other loudness (steps of velocity). Kinds multiply: two keys and two tempos are four
variants.

What a tokenizer cannot tell apart teaches nothing: its kind says what it ``hears``.
"""

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from workbench.core.errors import InvalidSetting
from workbench.core.score import Key, Score, Tempo, bars, clip, parse_key, spelling_name, transpose

TRANSPOSITION, TEMPO, VELOCITY = "transposition", "tempo", "velocity"
KINDS = (TRANSPOSITION, TEMPO, VELOCITY)
MOST_VARIANTS = 200

_MINOR_THIRDS = ("minor", "dorian", "phrygian", "locrian")
ALL_KEYS = tuple(
    f"{spelling_name(fifths)} {mode}"
    for mode, lowest in (("major", -5), ("minor", -2))
    for fifths in range(lowest, lowest + 12)
)
"""The 24 keys: from D flat to F sharp major, from B flat to D sharp minor."""


@dataclass(frozen=True)
class Augmentation:
    """Variants that are heard besides the piece as it is; the piece itself is always among them."""

    semitones: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    tempos: tuple[float, ...] = ()
    """Factors of speed: 1.1 is ten per cent faster."""
    velocities: tuple[int, ...] = ()
    """What is added to every velocity, 1..127."""

    def __post_init__(self) -> None:
        if any(not -24 <= each <= 24 for each in self.semitones):
            raise InvalidSetting("A transposition goes at most 24 semitones up or down.")
        for name in self.keys:
            if name not in ALL_KEYS:
                raise InvalidSetting(
                    f"{name!r} is no key to transpose to; write it like 'D major' or 'Bb minor'."
                )
        if any(not 0.25 <= each <= 4 for each in self.tempos):
            raise InvalidSetting("A factor of tempo lies between 0.25 and 4.")
        if any(not -64 <= each <= 64 for each in self.velocities):
            raise InvalidSetting("A change of velocity lies between -64 and 64.")
        if len(self) > MOST_VARIANTS:
            raise InvalidSetting(
                f"That makes {len(self)} variants of every piece; {MOST_VARIANTS} are the most."
            )

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which kinds it has any of."""
        asked = (self.semitones or self.keys, self.tempos, self.velocities)
        return tuple(kind for kind, any_of in zip(KINDS, asked, strict=True) if any_of)

    def __len__(self) -> int:
        """At most so many variants of a piece, the piece itself among them."""
        moved = len({0, *self.semitones}) + len(self.keys)
        return moved * len({1.0, *self.tempos}) * len({0, *self.velocities})

    def __bool__(self) -> bool:
        return bool(self.kinds)


NONE = Augmentation()


def parse_augmentation(words: list[str]) -> Augmentation:
    """From what a command line says: ``keys=all``, ``keys=C major,A minor``, ``semitones=-2,2``, ``tempo=0.9,1.1``, ``velocity=-10,10``."""
    values: dict[str, tuple] = {}
    for word in words:
        name, equals, listed = word.partition("=")
        items = [item.strip() for item in listed.split(",") if item.strip()]
        try:
            if not equals or not items:
                raise ValueError
            if name == "keys":
                values["keys"] = ALL_KEYS if items == ["all"] else tuple(map(_key_name, items))
            elif name == "semitones":
                values["semitones"] = tuple(sorted({int(item) for item in items}))
            elif name == "tempo":
                values["tempos"] = tuple(sorted({float(item) for item in items}))
            elif name == "velocity":
                values["velocities"] = tuple(sorted({int(item) for item in items}))
            else:
                raise ValueError
        except ValueError as error:
            raise InvalidSetting(
                f"{word!r} is no augmentation; write keys=all, keys=C major,A minor, semitones=-2,2, "
                "tempo=0.9,1.1 or velocity=-10,10."
            ) from error
    return Augmentation(**values)


def variants(
    score: Score, augmentation: Augmentation, hears: Collection[str] = KINDS
) -> Iterator[Score]:
    """The piece itself, then its variants of the kinds that are heard. Those out of range are left out."""
    moves = _moves(score, augmentation) if TRANSPOSITION in hears else [0]
    tempos = [1.0, *augmentation.tempos] if TEMPO in hears else [1.0]
    steps = [0, *augmentation.velocities] if VELOCITY in hears else [0]
    every = itertools.product(dict.fromkeys(moves), dict.fromkeys(tempos), dict.fromkeys(steps))
    for semitones, factor, step in every:
        try:
            yield _louder(_faster(transpose(score, semitones), factor), step)
        except ValueError:  # a pitch or a tempo that nobody can play
            continue


def stretches(score: Score, count: int) -> list[Score]:
    """A score cut into stretches of ``count`` bars, the last one shorter; whole where ``count`` is 0."""
    lines = [bar.start for bar in bars(score)] + [score.end] if count else []
    if len(lines) - 1 <= count:
        return [score]
    cuts = [*lines[:-1:count], lines[-1]]
    parts = (clip(score, start, end) for start, end in itertools.pairwise(cuts))
    return [part for part in parts if len(part.notes)]


def _moves(score: Score, augmentation: Augmentation) -> list[int]:
    """Semitones of every transposition, 0 first; to a named key by the nearer way."""
    home = score.keys[0]
    named = (parse_key(name) for name in augmentation.keys)
    to_keys = [(key.tonic - home.tonic + 5) % 12 - 5 for key in named if _mode(key) == _mode(home)]
    return [0, *augmentation.semitones, *to_keys]


def _mode(key: Key) -> str:
    return "minor" if key.mode in _MINOR_THIRDS else "major"


def _faster(score: Score, factor: float) -> Score:
    if factor == 1.0:
        return score
    return replace(
        score, tempos=tuple(Tempo(tempo.onset, tempo.bpm * factor) for tempo in score.tempos)
    )


def _louder(score: Score, step: int) -> Score:
    if step == 0:
        return score
    notes = score.notes.copy()
    notes["velocity"] = np.clip(notes["velocity"] + step, 1, 127)
    return replace(score, notes=notes)


def _key_name(text: str) -> str:
    """The key as ``ALL_KEYS`` writes it: C sharp major is D flat major."""
    asked = parse_key(text)
    return next(
        name
        for name in ALL_KEYS
        if (parse_key(name).tonic, _mode(parse_key(name))) == (asked.tonic, _mode(asked))
    )
