"""What a composition promises, looked up in its notes, its engraving, its sound and its files; for any model."""

from collections import Counter
from typing import Any

from kept_limits import broken

from workbench import formats
from workbench.core.frames import Frames
from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.services import composing, models, previews, steering
from workbench.services.models import Model
from workbench.workspace import Workspace

CUT_SHORT = "cut short"
"""In MusicXML, which writes no more than four lengths at once on a staff: every note begins as it should, some end sooner."""
FAINTEST = 0.1
"""Of full scale. All sound is as loud as all other, so a peak below it is no music."""


def faults(workspace: Workspace, composition: str, *, lengths: bool = True) -> list[str]:
    """What a composition breaks, a few words each. ``lengths``: whether its model can be held to lengths of notes."""
    made, score = composing.get(workspace, composition), composing.score(workspace, composition)
    model = models.get(workspace, made.request.model)
    found = [f"promise broken: {name}" for name in broken(score, made.plan, lengths=lengths)]
    return [
        *_otherwise(made), *found, *_beyond(score, model), *_overlapping(score, model), *_unlike_its_files(score),
        *_unseen(workspace, score),
    ]  # fmt: skip


def sounding(score: Score) -> list[tuple[int, int, int]]:
    """Onset and duration in ticks, and pitch, of every note, sorted."""
    columns = (score.notes[name].tolist() for name in ("onset", "duration", "pitch"))
    return sorted(zip(*columns, strict=True))


def _otherwise(made: Composition) -> list[str]:
    """Whether it was planned as it was asked for; music that is given decides for itself."""
    request, plan = made.request, made.plan
    if request.given or request.locked or (request.latent and request.latent.given):
        return []
    pairs: list[tuple[str, Any, Any]] = [
        ("bars", request.bars, len(plan.bars)),
        ("meter", request.meter, str(plan.meter)),
        ("key", request.key, str(plan.key)),
    ]
    return [
        f"{name} {planned} in place of {asked}"
        for name, asked, planned in pairs
        if asked not in (None, planned)
    ]


def _beyond(score: Score, model: Model) -> list[str]:
    """Notes that lie beyond what the model's language lets the voice sing."""
    sung = list(steering.voices(model).values())
    if len(sung) != len(score.parts):  # a range for all instruments
        sung = sung[:1] * len(score.parts)
    found = []
    for number, (part, (low, high)) in enumerate(zip(score.parts, sung, strict=True)):
        pitches = score.notes["pitch"][score.notes["part"] == number]
        if not part.is_drum and len(pitches) and not low <= pitches.min() <= pitches.max() <= high:
            found.append(f"voice {number + 1} goes beyond {low} to {high}")
    return found


def _overlapping(score: Score, model: Model) -> list[str]:
    """Notes of a voice that sound at once; of an instrument that plays chords, only such of one pitch."""
    is_in_lines = steering.is_melody(model) or Frames(model.card.vocabulary).voices > 1
    found = []
    for number in range(len(score.parts)):
        notes = score.notes[score.notes["part"] == number]
        groups = [notes] if is_in_lines else [notes[notes["pitch"] == p] for p in set(notes["pitch"].tolist())]  # fmt: skip
        for group in groups:
            ends = group["onset"].astype(int) + group["duration"]
            if (group["onset"][1:] < ends[:-1]).any():
                found.append(f"notes of voice {number + 1} overlap")
    return sorted(set(found))


def _unlike_its_files(score: Score) -> list[str]:
    """MusicXML and MIDI, read back by our own readers."""
    found = []
    asked = sounding(score)
    for suffix in (".musicxml", ".mid"):
        data = formats.encode(score, suffix, title="A piece")
        (again,) = formats.decode(data, f"piece{suffix}")
        read = sounding(again.score)
        begun = [sorted((onset, pitch) for onset, _, pitch in each) for each in (read, asked)]
        if suffix == ".musicxml" and read != asked and begun[0] == begun[1]:
            found.append(CUT_SHORT)
        elif read != asked:
            found.append(f"{suffix} reads otherwise")
        if str(again.score.meters[0]) != str(score.meters[0]) or again.score.keys[0].fifths != score.keys[0].fifths:  # fmt: skip
            found.append(f"{suffix} has another meter or signature")
    return found


def _unseen(workspace: Workspace, score: Score) -> list[str]:
    """The engraving in every width, with every note in it, and the sound."""
    preview = previews.preview(workspace, score)
    found = []
    for engraving in preview.engravings:
        drawn = Counter(each for note in engraving.notes for each in note.ids)
        if not engraving.pages or len(drawn) < len(score.notes):
            found.append(f"{len(drawn)} note heads of {len(score.notes)} notes in a width of {engraving.width}")  # fmt: skip
    peak = abs(previews.samples(preview)[0]).max(initial=0.0) if preview.sound else 0.0
    if not FAINTEST < peak <= 1:
        found.append(f"a sound with a peak of {peak:.3f}")
    return found
