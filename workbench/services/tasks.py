"""What a model can be asked to do, with nothing or with music that is given; and which models can."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.services import giving, latents
from workbench.services.models import Model

STYLES = ("collection", "genre", "composer", "mood")
"""Controls by which a model may be told in whose manner to write."""


@dataclass(frozen=True)
class Task:
    """Something to be done. ``needs`` says, for people, which kind of model does it where there is none."""

    name: str
    title: str
    help: str
    can: Callable[[Model], bool]
    needs: str
    begins_with_music: bool = True


def _goes_on(model: Model) -> bool:
    return not giving.fills(model) and not latents.has_space(model)


def _has_styles(model: Model) -> bool:
    return _goes_on(model) and any(name in model.card.tokenizer.controls for name in STYLES)


_SPACE = "No model here has a latent space; train a melody VAE"
_ALL = (
    Task("compose", "Compose", "From nothing but the settings", lambda model: True, "", False),
    Task(
        "continue", "Continue", "The model goes on where it stops", _goes_on,
        "No model here writes from left to right; train an LSTM",
    ),
    Task(
        "harmonise", "Harmonise", "The tune stays as the soprano, three voices are written below it",
        giving.keeps_voices, "No model here writes four voices; train one on chorales",
    ),
    Task(
        "part", "Write a part", "The voices you choose stay, the others are written: a bass, a counter-melody",
        giving.keeps_voices, "No model here writes four voices; train one on chorales",
    ),
    Task(
        "fill", "Fill in bars", "The bars you choose are rewritten, between those that stay", giving.fills,
        "No model here fills holes; train a Coconet",
    ),
    Task("vary", "Vary", "Another tune like it, from faithful to free", latents.has_space, _SPACE),
    Task("blend", "Blend", "A tune between this one and another", latents.has_space, _SPACE),
    Task(
        "style", "Change its style",
        "As if it belonged to other music: less like one tune and more like another, or like a collection or genre you name",
        lambda model: latents.has_space(model) or _has_styles(model),
        "No model here knows styles; train a melody VAE, or a model that is told the collection",
    ),
)  # fmt: skip
TASKS = {task.name: task for task in _ALL}


def models_for(task: str, available: Sequence[Model]) -> list[Model]:
    """Those of the models that can do it, in their order."""
    return [model for model in available if TASKS[task].can(model)]


def with_music(available: Sequence[Model]) -> tuple[list[Task], list[Task]]:
    """What can be done with music that is given, and what cannot, for want of a model."""
    offered = [task for task in TASKS.values() if task.begins_with_music]
    possible = [task for task in offered if models_for(task.name, available)]
    return possible, [task for task in offered if task not in possible]
