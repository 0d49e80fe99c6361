"""What a model can be held to, and more music like a piece."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from workbench.core.editing import NO_EDITS
from workbench.core.errors import WorkbenchError
from workbench.core.records import from_json, to_json
from workbench.core.score import bars, clip
from workbench.core.sections import sections
from workbench.core.specs import ComposeRequest, LatentRequest, TokenizerSpec, Tune
from workbench.jobs.requests import (
    holds_closes,
    holds_form,
    holds_lengths,
    holds_voice_leading,
    is_ensemble,
    knows_forms,
    usual,
    usual_chances,
    usual_limits,
    usual_rewrites,
)
from workbench.services import composing, giving, latents, models
from workbench.services.models import Model
from workbench.tokenizers import make
from workbench.workspace import Workspace

__all__ = [
    "holds_closes",
    "holds_lengths",
    "holds_voice_leading",
    "is_ensemble",
    "is_melody",
    "keeps_form",
    "knows_forms",
    "like",
    "repeats_itself",
    "usual",
    "usual_chances",
    "usual_limits",
    "usual_rewrites",
    "voices",
]

KEPT_BARS = 2
VARIED = 0.35
"""Share of the points of an autoencoder's tune that is drawn anew."""


def voices(model: Model) -> Mapping[str, tuple[int, int]]:
    """Lowest and highest pitch that a model composes, by voice."""
    return _voices(json.dumps(to_json(model.card.tokenizer)))


@lru_cache(maxsize=32)
def _voices(spec: str) -> Mapping[str, tuple[int, int]]:
    return make(from_json(TokenizerSpec, json.loads(spec))).sung


def is_melody(model: Model) -> bool:
    """Whether a model writes one melody and nothing else."""
    return list(voices(model)) == ["melody"]


def keeps_form(model: Model) -> bool:
    """Whether a model can be held to sections."""
    return holds_form(model.card)


def repeats_itself(model: Model) -> bool:
    """Whether a repetition penalty means anything: not where holes are filled in no order."""
    return not giving.fills(model)


def like(workspace: Workspace, composition: str) -> ComposeRequest:
    """A request for music like a composition, to be drawn with other seeds.

    With an autoencoder its tune varied (``VARIED``); else its first two bars, or half of a shorter piece, and the rest anew.
    Where a piece is too short for that, or its music was given, the same settings.
    """
    made = composing.get(workspace, composition)
    plan, request = made.plan, replace(made.request, live=())
    is_given = request.given or request.locked
    model = models.get(workspace, request.model)
    asked = replace(request, key=str(plan.key), tempo=plan.tempo)
    try:
        if latents.has_space(model):
            asked = replace(asked, locked=None)
            tune = Tune(replace(plan, limits=asked.limits), made.tokens, made.title)
            if made.edits != NO_EDITS:
                tune = latents.tune(model, composing.score(workspace, composition), made.title)
            limits = replace(asked.limits, form="")  # the tune has it
            varied = LatentRequest(given=tune, vary=VARIED)
            return latents.with_latent(replace(asked, limits=limits, meter=None), varied)
        section = len(plan.bars) // max(len(sections(request.limits.form)), 1)
        kept = min(KEPT_BARS, section // 2)
        if not kept or is_given or plan.bars[0].offset:
            return asked
        score = composing.score(workspace, composition)
        if giving.fills(model):
            return giving.with_given(
                workspace, replace(asked, meter=None), score,
                title=made.title, voices=giving.LETTERS, bars=f"{kept + 1}-{len(plan.bars)}",
            )  # fmt: skip
        opening = clip(score, 0, bars(score)[kept - 1].end)
        return composing.with_primer_score(
            workspace, replace(asked, meter=str(plan.meter)), opening
        )
    except WorkbenchError:  # what cannot be said as a beginning
        return request
