"""Requests for compositions under random settings of everything that a model can be asked."""

import random

from workbench.core.limits import Limits
from workbench.core.score import Key
from workbench.core.sections import FORMS, sections
from workbench.core.specs import ComposeRequest
from workbench.metrics.goals import GOALS
from workbench.services import giving, steering
from workbench.services.models import Model

_SHORTEST_RANGE = 12  # semitones


def random_request(model: Model, rng: random.Random) -> ComposeRequest:
    """Random settings of every control that this model has."""
    in_time, in_steps = not giving.fills(model), steering.holds_lengths(model.card)
    form = rng.choice(["", *FORMS]) if steering.keeps_form(model) else ""
    bars = rng.randint(1, 8) if not form else len(sections(form)) * rng.randint(2, 3)
    limits = Limits(
        ranges=_ranges(model, rng),
        in_key=rng.random() < 0.5,
        shortest=rng.choice([0, 0, 0.5]) if in_steps else 0,
        longest=rng.choice([0, 0, 1, 2]) if in_steps else 0,
        form=form,
        no_parallels=steering.holds_voice_leading(model.card) and rng.random() < 0.7,
        ends_on_tonic=steering.holds_closes(model.card) and rng.random() < 0.7,
        no_cross_relations=steering.holds_voice_leading(model.card) and rng.random() < 0.7,
    )
    is_melody = steering.is_melody(model)
    names = [name for name in GOALS if name != "dissonance" or not is_melody]
    goals = {name: rng.uniform(0, 1) for name in rng.sample(names, rng.choice([0, 0, 1, 3]))}
    labels = model.card.tokenizer.controls
    told = {name: rng.choice(known) for name, known in labels.items() if rng.random() < 0.5}
    return ComposeRequest(
        model.name, bars=bars, seed=rng.randrange(10**6), temperature=rng.choice([0.5, 1.0, 1.5]),
        top_k=rng.choice([0, 5]), top_p=rng.choice([1.0, 0.9]), min_p=rng.choice([0.0, 0.1]),
        repetition_penalty=rng.choice([1.0, 1.3]) if in_time else 1.0, limits=limits, goals=goals,
        key=any_key(model, rng), meter=rng.choice(list(model.card.heard.meters)), controls=told,
        rewrites=0 if in_time else rng.choice([0, 12, steering.usual_rewrites(model.card)]),
        tempo=rng.choice([None, 60.0, 144.0]), candidates=rng.choice([1, 2]) if goals else 1,
    )  # fmt: skip


def any_key(model: Model, rng: random.Random) -> str:
    """Any key of up to six signs, in a mode that the model has heard: its language has one key for all."""
    mode = rng.choice(list(model.card.heard.modes))
    return str(Key(0, rng.randint(-6, 6), mode))


def _ranges(model: Model, rng: random.Random) -> tuple[tuple[int, int], ...]:
    if rng.random() < 0.4:
        return ()
    found = []
    for low, high in steering.voices(model).values():
        least = rng.randint(low, high - _SHORTEST_RANGE)
        found.append((least, rng.randint(least + _SHORTEST_RANGE, high)))
    return tuple(found)
