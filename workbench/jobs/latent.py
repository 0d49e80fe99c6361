"""Composing with an autoencoder: from a request to a path of points, and what there is to refuse beforehand."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.forms import NEW, form_generator
from workbench.core.frames import FIRST_PITCH
from workbench.core.model_card import SPACE_FILE, ModelCard
from workbench.core.sections import end_ticks
from workbench.core.segments import Autoencoder, ends, segments
from workbench.core.settings import validated
from workbench.core.specs import ComposeRequest, LatentRequest, Tune
from workbench.core.tunes import Tunes
from workbench.core.vocabulary import Plan, Tokenizer, TokenSequence, Vocabulary
from workbench.jobs.loading import load_autoencoder
from workbench.sampling.joining import Close, JoinedDecoder, places
from workbench.sampling.latents import LatentSpace, PathDecoder, load_space, path_generator, slerp
from workbench.tokenizers.grid import first_pitch
from workbench.zoo import ARCHITECTURES

FARTHEST = 4.0  # standard deviations of an attribute
NOTHING = LatentRequest()


def load_path_decoder(
    folder: Path, card: ModelCard, tokenizer: Tokenizer, plan: Plan, request: ComposeRequest
) -> PathDecoder | JoinedDecoder:
    """The model in a folder, set to write the piece that a request asks for."""
    settings = validated(ARCHITECTURES.get(card.model.architecture).settings, card.model.settings)
    model, cuts = load_autoencoder(folder), ends(plan, settings.bars)
    space = load_space(folder / SPACE_FILE)
    asked = request.latent or NOTHING
    if asked.joined and not asked.given and space.tunes:
        return _joined(model, space, space.tunes, card.vocabulary, plan, settings.bars, request)
    random = path_generator(request.seed)
    points = path(asked, model, space, tokenizer, settings.bars, len(cuts), random)
    return PathDecoder(model, cuts, points)


def _joined(
    model: Autoencoder, space: LatentSpace, tunes: Tunes, vocabulary: Vocabulary, plan: Plan, bars: int,
    request: ComposeRequest,
) -> JoinedDecoder:  # fmt: skip
    """What writes a piece from nothing in segments of so many bars that hang together.

    Where a person says what returns, or which bars stay, no other form is drawn.
    """
    form = tunes.forms.drawn(len(plan.bars), form_generator(request.seed))
    if plan.limits.form or request.locked:
        form = np.full(len(plan.bars), NEW)
    asked = request.latent or NOTHING
    shift = space.move(np.zeros((1, model.latent)), asked.attributes)[0]
    found = places(form, plan, bars)
    return JoinedDecoder(
        model, space, tunes, ends(plan, bars), found, request.seed, shift, _close(plan, vocabulary)
    )


def _close(plan: Plan, vocabulary: Vocabulary) -> Close | None:
    """Where a piece without a form ends on its tonic, as ``tokenizers.cell_limits`` lays it out; None where it need not."""
    if not plan.limits.ends_on_tonic or plan.limits.form or len(plan.bars) < 2:
        return None
    bar = plan.bars[-1]
    length = end_ticks(plan.meter) * bar.steps // plan.meter.bar_ticks
    pitches = first_pitch(vocabulary, plan.key) + np.arange(len(vocabulary) - FIRST_PITCH)
    return Close(plan.steps - length, np.flatnonzero(pitches % 12 == plan.key.tonic) + FIRST_PITCH)


def usual_latent(card: ModelCard) -> LatentRequest | None:
    """What an autoencoder is asked for unless somebody asks for something else: a piece from nothing that hangs together. None for any other model."""
    is_autoencoder = ARCHITECTURES.get(card.model.architecture).is_autoencoder
    return LatentRequest(joined=True) if is_autoencoder else None


def path(
    asked: LatentRequest,
    model: Autoencoder,
    space: LatentSpace,
    tokenizer: Tokenizer,
    bars: int,
    count: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """(S, Z) the points of a piece of ``count`` segments of so many bars.

    What is varied is mixed so that a path of tunes stays one: ``sqrt(1 - v²)`` of the points there were, and ``v`` of a path from
    nothing.
    """

    def points_of(tune: Tune) -> NDArray[np.float64]:
        mean, _ = model.encode(segments(_sequence(tune, tokenizer), bars))
        return mean[stretched(len(mean), count)].astype(np.float64)

    drawn = space.path(count, random)
    points = drawn
    if asked.given:
        points = points_of(asked.given)
        if asked.toward:
            share = np.linspace(0, 1, count) if asked.blend is None else asked.blend
            points = slerp(points, points_of(asked.toward), share)
        points = points - (points_of(asked.minus) if asked.minus else 0)
        points = points + (points_of(asked.plus) if asked.plus else 0)
        points = np.sqrt(1 - asked.vary**2) * points + asked.vary * drawn
    return space.move(points, asked.attributes)


def stretched(length: int, count: int) -> NDArray[np.int64]:
    """(count,) which of ``length`` segments stand at the same places, from the first to the last, in a piece of ``count``."""
    return np.rint(np.linspace(0, length - 1, count)).astype(np.int64)


def _sequence(tune: Tune, tokenizer: Tokenizer) -> TokenSequence:
    """A tune with what is known before each token; ``InvalidSetting`` where it is none of this model's."""
    grammar, context = tokenizer.grammar(tune.plan), []
    try:
        for token in tune.tokens:
            context.append(grammar.context())
            grammar.advance(token)
    except CannotEncode:
        context.clear()
    if not context or not grammar.finished:
        raise InvalidSetting("The tune that is given does not fit this model; give it again.")
    return TokenSequence(np.array(tune.tokens, np.int32), np.stack(context), tune.plan, 0.0)


def check_latent(request: ComposeRequest, card: ModelCard, folder: Path) -> None:
    """Refuse what an autoencoder cannot make a path of. Raises ``InvalidSetting``."""
    asked = request.latent or NOTHING
    if request.primer:
        raise InvalidSetting(
            "This model begins with a whole tune or with nothing; give it a tune (--given on the command line)"
            " instead of a primer."
        )
    if asked.others and not asked.given:
        raise InvalidSetting(
            "There is no tune to begin with; give one (--given on the command line)."
        )
    if asked.vary and not asked.given:
        raise InvalidSetting("There is no tune to vary; give one (--given on the command line).")
    if asked.blend is not None and not asked.toward:
        raise InvalidSetting(
            "A blend is one of two tunes; say which to go to (--toward on the command line)."
        )
    for name, share in (("blend", asked.blend or 0.0), ("vary", asked.vary)):
        if not 0 <= share <= 1:
            raise InvalidSetting(f"{name} is {share:g}; it must lie in 0 to 1.")
    for name, amount in asked.attributes.items():
        if not -FARTHEST <= amount <= FARTHEST:
            raise InvalidSetting(
                f"{name} is {amount:g}; it must lie in {-FARTHEST:g} to {FARTHEST:g} standard deviations."
            )
    if asked.attributes:
        space = load_space(folder / SPACE_FILE)
        space.move(np.zeros((1, space.directions.shape[1])), asked.attributes)
    for tune in filter(None, (asked.given, *asked.others)):
        if str(tune.plan.meter) not in card.heard.meters:
            raise CannotEncode(
                f"This model has never heard {tune.plan.meter}; give it tunes in {' or '.join(card.heard.meters)}."
            )
    for other in asked.others:
        assert asked.given is not None
        if str(other.plan.meter) != str(asked.given.plan.meter):
            raise CannotEncode(
                f"The tunes are in {asked.given.plan.meter} and {other.plan.meter}; give tunes in one meter."
            )
