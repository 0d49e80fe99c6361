"""Mood as two numbers, and the musical settings that go with it.

*Valence* (-1 gloomy, 1 glad) and *energy* (-1 calm, 1 excited) are the two axes of Russell's circumplex. What goes with
them follows what Gabrielsson & Lindström gather from a century of listening experiments: fast tempo and many notes for
activity, slow and few for calm; major for gladness, minor for gloom; higher for gladness, lower for gloom; a wide range and
rhythms against the beat for activity. Directions are theirs, sizes are ours. It is a rule of thumb, no model learned it, and
listeners differ; the settings may be moved on by hand.

References
----------
Russell, "A circumplex model of affect", Journal of Personality and Social Psychology 39(6), 1980.
Gabrielsson & Lindström, "The role of structure in the musical expression of emotions", in Juslin & Sloboda (eds.),
*Handbook of Music and Emotion*, 2010.
"""

from dataclasses import dataclass

MIDDLE_TEMPO, TEMPO_RATIO = 104.0, 1.6  # quarters a minute; from the middle to either end
NARROWEST = 12
"""Semitones."""
WORDS = (("sad", "gloomy", "tense"), ("calm", "even", "lively"), ("serene", "glad", "elated"))
"""By valence, then by energy."""


@dataclass(frozen=True)
class Setting:
    """What a mood asks for; None leaves a thing open."""

    word: str
    mode: str | None
    tempo: float | None
    density: int | None
    """Spreads above (or below) what is usual, -2 to 2; 0 leaves it open, too."""
    syncopation: int | None
    span: tuple[float, float]
    """The part of a voice's range that is used, 0 its lowest note and 1 its highest."""


def setting(valence: float, energy: float) -> Setting:
    """What goes with a mood; both numbers in -1 to 1, and nothing where both are 0."""
    word = WORDS[round(valence * 1.25) + 1][round(energy * 1.25) + 1]
    if not valence and not energy:
        return Setting(word, None, None, None, None, (0.0, 1.0))
    width, middle = 0.75 + 0.25 * energy, 0.5 + 0.25 * valence
    low = min(max(middle - width / 2, 0.0), 1 - width)
    return Setting(
        word,
        mode=None if not valence else "major" if valence > 0 else "minor",
        tempo=float(round(MIDDLE_TEMPO * TEMPO_RATIO**energy)),
        density=round(2 * energy) if energy else None,
        syncopation=round(2 * energy) if energy > 0.25 else None,
        span=(low, low + width),
    )


def part_of(low: int, high: int, span: tuple[float, float]) -> tuple[int, int]:
    """The lowest and highest note of a part of a range, at least an octave where there is one."""
    one, other = (round(low + (high - low) * end) for end in span)
    lacking = min(NARROWEST, high - low) - (other - one)
    if lacking > 0:
        one = max(low, one - lacking)
        other = min(high, max(other, one + NARROWEST))
    return one, other
