"""Preparing a blind listening test: composing, clipping, and giving all clips one sound and one loudness.

Of whoever the music is, it is played by one instrument in the middle of the room, every note as loud as the others, at one tempo, as
an MP3 without any words in it and with a name that says nothing: whatever tells people from machines is in the notes.
A job that was killed begins again and writes the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench import formats
from workbench.core.errors import WorkFailed
from workbench.core.files import clear_torn, write_whole
from workbench.core.listening import FEWEST_NOTES, FORM, HUMAN, SCORES_FILE, Clip, opening
from workbench.core.model_card import read_card
from workbench.core.packing import read_scores
from workbench.core.records import from_json, to_json
from workbench.core.report import Report, SilentReport
from workbench.core.score import Part, Score
from workbench.core.specs import ComposeRequest
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.compose import Stopped, write
from workbench.jobs.requests import check_vocabulary, plan_for
from workbench.rendering.mastering import loudness, mastered
from workbench.rendering.sound import encode_audio, synthesize
from workbench.tokenizers import make
from workbench.workspace import Workspace

VELOCITY = 80
_TRIES = 20
_OTHER_SEED = 1_000_003  # from one try to the next


class _Quiet(SilentReport):
    """For one piece among many: it passes on when to stop, and no progress."""

    def __init__(self, report: Report) -> None:
        self.should_stop = report.should_stop  # type: ignore[method-assign]


@job("listening", lane=BULK)
def prepare(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Make the sound of all ``clips`` of the test ``code``; people's notes lie in its folder, models in ``folders``."""
    folder = workspace.listening / spec["code"]
    planned: Sequence[Clip] = [from_json(Clip, each) for each in spec["clips"]]
    people = dict(read_scores(folder / SCORES_FILE))
    made = []
    with report.holding():
        clear_torn(folder)
    try:
        for number, each in enumerate(planned):
            report.progress(number / len(planned), f"Clip {number + 1} of {len(planned)}")
            if report.should_stop():
                return {}
            if each.source == HUMAN:
                score = people[each.piece]
            else:
                each, score = _composed(
                    each, Path(spec["folders"][each.source]), spec["bars"], report
                )
            made.append(_sounded(each, score, spec["program"], folder))
    except Stopped:
        return {}
    report.event("listening_prepared", {"code": spec["code"], "clips": made})
    return {"clips": len(made)}


def _composed(each: Clip, folder: Path, length: int, report: Report) -> tuple[Clip, Score]:
    """The first bars of what a model writes; of what is nearly silent another seed is tried."""
    request = from_json(ComposeRequest, each.request)
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    plan = plan_for(request, card, tokenizer)
    for attempt in range(_TRIES):
        tried = replace(request, seed=request.seed + attempt * _OTHER_SEED)
        tokens, _, _ = write(folder, card, tokenizer, plan, tried, _Quiet(report))
        score = opening(tokenizer.decode(tokens, plan), length)
        if len(score.notes) >= FEWEST_NOTES:
            return replace(each, request=to_json(tried)), score
    raise WorkFailed(
        f"The model {each.source} wrote hardly a note in {_TRIES} tries; leave it out, or train it for longer."
    )


def _sounded(each: Clip, score: Score, program: int, folder: Path) -> Clip:
    """Write the sound file of a clip, whole or not at all; the clip with its length and loudness."""
    samples, rate = sound(score, program)
    target = folder / each.file
    write_whole(target, encode_audio(samples, rate, FORM))
    return replace(each, seconds=samples.shape[1] / rate, lufs=loudness(samples, rate))


def sound(score: Score, program: int) -> tuple[NDArray[np.float32], int]:
    """(1, samples) of the notes alone, at ``LOUDNESS`` LUFS, and their rate in Hz."""
    notes = score.notes.copy()
    notes["velocity"] = VELOCITY
    plain = replace(
        score, notes=notes, tempos=score.tempos[:1], parts=tuple(Part("", program) for _ in score.parts)
    )  # fmt: skip
    samples, rate = synthesize(formats.encode(plain, ".mid"))
    middle = samples.mean(axis=0, keepdims=True)
    return mastered(middle, rate), rate
