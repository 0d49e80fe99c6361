"""Composing in a latent space: tunes to vary, to blend and to reckon with, and what may be asked for more of."""

from collections.abc import Mapping
from dataclasses import replace

from workbench.core.errors import InvalidSetting
from workbench.core.model_card import SPACE_FILE
from workbench.core.score import Score
from workbench.core.specs import ComposeRequest, LatentRequest, Tune
from workbench.jobs.latent import FARTHEST, usual_latent
from workbench.sampling.latents import load_space
from workbench.sampling.loop import check_primer
from workbench.services import giving, models
from workbench.services.models import Model
from workbench.tokenizers import make as make_tokenizer
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

__all__ = [
    "FARTHEST",
    "attributes",
    "has_space",
    "knows_tunes",
    "tune",
    "usual_latent",
    "with_latent",
    "with_named",
]


def has_space(model: Model) -> bool:
    """Whether a model has a latent space."""
    return ARCHITECTURES.get(model.card.model.architecture).is_autoencoder


def attributes(model: Model) -> tuple[str, ...]:
    """What a model can be asked for more of, or less, by name."""
    return load_space(model.folder / SPACE_FILE).names


def knows_tunes(model: Model) -> bool:
    """Whether a model can make a piece from nothing hang together (``LatentRequest.joined``): not one that was trained before there was this."""
    return load_space(model.folder / SPACE_FILE).tunes is not None


def tune(model: Model, score: Score, title: str = "") -> Tune:
    """A score as the model sees it.

    Raises
    ------
    InvalidSetting
        Where the model has no latent space.
    CannotEncode
        Where it has no way to say the score.
    """
    if not has_space(model):
        raise InvalidSetting(
            f"{model.title} has no latent space, so it cannot vary or blend tunes; choose a melody VAE."
        )
    tokenizer = make_tokenizer(model.card.tokenizer)
    sequence = tokenizer.encode(score)
    tokens = sequence.tokens.tolist()
    check_primer(tokenizer, sequence.plan, tokens)
    return Tune(sequence.plan, tuple(tokens), title)


def with_latent(request: ComposeRequest, latent: LatentRequest) -> ComposeRequest:
    """The request with a place in the latent space; as many bars as a given tune has."""
    bars = len(latent.given.plan.bars) if latent.given else request.bars
    return replace(request, latent=latent, bars=bars)


def with_named(
    workspace: Workspace,
    request: ComposeRequest,
    *,
    given: str | tuple[Score, str] | None = None,
    toward: str | None = None,
    minus: str | None = None,
    plus: str | None = None,
    blend: float | None = None,
    vary: float = 0.0,
    attributes: Mapping[str, str] | None = None,
    joined: bool = True,
) -> ComposeRequest:
    """:func:`with_latent` of files, or pieces of the library by their ids, and of amounts as somebody typed them.

    ``given`` may be music and its title, too. A piece from nothing hangs together unless ``joined`` says no.
    """
    model = models.get(workspace, request.model)
    tunes = {
        name: tune(model, *_music(workspace, source)) if source else None
        for name, source in (("given", given), ("toward", toward), ("minus", minus), ("plus", plus))
    }
    amounts = {name: _number(name, amount) for name, amount in (attributes or {}).items()}
    latent = LatentRequest(
        **tunes, blend=blend, vary=vary, attributes=amounts, joined=joined and given is None
    )
    return with_latent(request, latent)


def _music(workspace: Workspace, source: str | tuple[Score, str]) -> tuple[Score, str]:
    return giving.named(workspace, source) if isinstance(source, str) else source


def _number(name: str, amount: str) -> float:
    try:
        return float(amount)
    except ValueError as error:
        raise InvalidSetting(
            f"{name} is {amount!r}; write a number of standard deviations, such as {name}=1.5."
        ) from error
