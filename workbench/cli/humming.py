"""What somebody hums, as the beginning of ``compose``."""

import argparse
import sys
from typing import Any

from workbench.cli.answers import finish
from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.score import Score
from workbench.core.specs import ComposeRequest
from workbench.services import composing, giving, melodies, models
from workbench.workspace import Workspace

_SLOWEST, _FASTEST = 30.0, 240.0  # quarters a minute


def heard(workspace: Workspace, options: argparse.Namespace) -> Score:
    """The melody in the recording that is named; it is told on standard error, too, for it may not be what was meant."""
    if options.primer or options.primer_text or options.given:
        raise InvalidSetting(
            "A piece begins with one thing; leave out --primer, --primer-text and --given, or --hum."
        )
    tempo = options.hum_tempo
    if tempo is not None and not _SLOWEST <= tempo <= _FASTEST:
        raise InvalidSetting(
            f"Nobody hums at {tempo:g} quarters a minute; give {_SLOWEST:g} to {_FASTEST:g}, or leave --hum-tempo out."
        )
    try:
        content = options.hum.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"{options.hum} cannot be read ({error}); give a recording such as tune.wav."
        ) from error
    job = finish(workspace, melodies.enqueue(workspace, options.hum.name, content))
    struck = melodies.heard(job)
    if not struck:
        raise InvalidSetting(
            f"Not a single note was heard in {options.hum}; sing one voice, near to the microphone."
        )
    score = melodies.of_take(struck, options.meter or "4/4", tempo)
    print(f"Heard in {score.keys[0]}: {melodies.line(score)}", file=sys.stderr)
    return score


def begun_with(
    workspace: Workspace, request: ComposeRequest, tune: Score, options: argparse.Namespace
) -> ComposeRequest:
    """The request with the melody: given to a model of four voices as the one that stays, else as its beginning."""
    if giving.keeps_voices(models.get(workspace, request.model)):
        return giving.with_given(
            workspace, request, tune, title=options.hum.stem, voices=options.voices, bars=options.fill_bars
        )  # fmt: skip
    opening = composing.without_upbeat(tune)
    return composing.with_primer_score(workspace, request, opening, is_open=True)


def told(tune: Score) -> dict[str, Any]:
    """The melody as plain values; ``notes`` as it can be typed."""
    return {
        "notes": melodies.line(tune), "key": str(tune.keys[0]), "meter": str(tune.meters[0]),
        "tempo": tune.tempos[0].bpm,
    }  # fmt: skip
