"""What was promised of a composition: the key, meter and length that were asked for, and that it can be read, seen and heard."""

from typing import Any

from workbench import formats
from workbench.core.errors import WorkbenchError
from workbench.core.score import Score, bars
from workbench.core.vocabulary import Plan
from workbench.rendering.engraving import engrave
from workbench.rendering.sound import synthesize

FAINTEST = 1e-3
"""Of full scale; a sound whose peak is lower is none."""


def broken_promises(score: Score, plan: Plan) -> tuple[str, ...]:
    """What a composition does not keep, a few words each; nothing where all is well.

    MusicXML has no way to write more than four lengths at once on a staff and cuts the others short: that breaks no promise as
    long as every note begins as it should.
    """
    found = []
    if [str(key) for key in score.keys] != [str(plan.key)]:
        found.append("another key than was asked for")
    if [str(bar.meter) for bar in bars(score)] != [str(plan.meter)] * len(plan.bars):
        found.append("other bars than were asked for")
    found += _written(score)
    return tuple(found)


def _written(score: Score) -> list[str]:
    """Faults of the files, the engraving and the sound."""
    if not len(score.notes):
        return ["no notes"]
    found = []
    try:
        musicxml, midi = (formats.encode(score, suffix) for suffix in (".musicxml", ".mid"))
        if _begins(formats.decode(musicxml, "piece.musicxml")[0].score) != _begins(score):
            found.append("MusicXML that reads otherwise")
        if _sounds(formats.decode(midi, "piece.mid")[0].score) != _sounds(score):
            found.append("MIDI that reads otherwise")
        if not engrave(musicxml.decode()).notes:
            found.append("an empty engraving")
        samples, _ = synthesize(midi)
        if not FAINTEST < abs(samples).max(initial=0.0) <= 1.0:
            found.append("no sound, or one beyond full scale")
    except WorkbenchError as error:
        found.append(str(error))
    return found


def _sounds(score: Score) -> list[tuple[Any, ...]]:
    columns = (score.notes[name].tolist() for name in ("onset", "pitch", "duration"))
    return sorted(zip(*columns, strict=True))


def _begins(score: Score) -> list[tuple[Any, ...]]:
    return [(onset, pitch) for onset, pitch, _ in _sounds(score)]
