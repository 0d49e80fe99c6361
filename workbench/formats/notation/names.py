"""Note names as notation needs them: step, alteration and octave, under a key signature."""

from workbench.core.score import UNSPELLED, Score, key_at, spell

_STEPS = "FCGDAEB"


def written_pitches(score: Score) -> list[tuple[str, int, int]]:
    """For every note its step (a letter), alteration (+1 is sharp) and octave (4 begins at middle C).

    A note without a spelling gets the one nearest to its key, as does one that would need more than a
    double accidental.
    """
    keys = [key_at(score, onset) for onset in score.notes["onset"].tolist()]
    pairs = zip(score.notes["pitch"].tolist(), score.notes["spelling"].tolist(), keys, strict=True)
    result = []
    for pitch, spelling, key in pairs:
        if spelling == UNSPELLED or not -15 <= spelling <= 19:
            spelling = spell(pitch, key.fifths)
        alter, step = divmod(spelling + 1, 7)
        result.append((_STEPS[step], alter, (pitch - alter) // 12 - 1))
    return result


def alter_in_key(step: str, fifths: int) -> int:
    """What the signature does to a step: +1 for F in G major."""
    return (fifths - _STEPS.index(step) + 6) // 7
