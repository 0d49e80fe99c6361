"""Creativity: one number from 0 to 10 that moves temperature, top-p, min-p and repetition penalty together.

5 is as the model learned it: nothing is changed. Below, ever more of the unlikely is left out and the likely preferred.
Above, the unlikely is preferred, notes that came shortly before are avoided, and min-p keeps out what the model thinks
absurd, which a high temperature alone would let in (Nguyen et al., *Min-p Sampling*, 2024). In between lie straight
lines. The three points are our choice; nothing here is learned.
"""

from workbench.core.errors import InvalidSetting

NAMES = ("temperature", "top_p", "min_p", "repetition_penalty")
USUAL, HIGHEST = 5.0, 10.0
LEAST, MIDDLE, MOST = (0.4, 0.8, 0.0, 1.0), (1.0, 1.0, 0.0, 1.0), (1.5, 1.0, 0.05, 1.3)


def creativity(level: float) -> dict[str, float]:
    """What a level sets, by the names of a ``ComposeRequest``. ``InvalidSetting`` beyond 0 to 10."""
    if not 0 <= level <= HIGHEST:
        raise InvalidSetting(f"The creativity is {level:g}; it must lie in 0 to 10.")
    one, other = (LEAST, MIDDLE) if level <= USUAL else (MIDDLE, MOST)
    share = level / USUAL if level <= USUAL else level / USUAL - 1
    values = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return {name: round(value, 3) for name, value in zip(NAMES, values, strict=True)}
