"""What may be asked of a model: the plan of a request, and what is refused before anything is composed."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.creativity import creativity
from workbench.core.ensembles import AS_WRITTEN
from workbench.core.errors import CannotEncode, InvalidSetting, UnreadableFile
from workbench.core.frames import FIRST_PITCH, HOLD, SYMBOLS, Frames
from workbench.core.limits import Limits, check_limits, kept
from workbench.core.live import MOST_TURNS, check_turns
from workbench.core.model_card import ModelCard
from workbench.core.records import to_json
from workbench.core.score import Key, parse_key, parse_meter
from workbench.core.sections import check_form
from workbench.core.specs import ComposeRequest, Given, Locked, TokenizerSpec
from workbench.core.vocabulary import Plan, Tokenizer
from workbench.jobs.latent import check_latent, usual_latent
from workbench.jobs.locking import check_locked
from workbench.metrics.goals import check_goals
from workbench.sampling.draw import check_choices
from workbench.sampling.gibbs import REWRITES
from workbench.sampling.loop import check_primer
from workbench.tokenizers import TOKENIZERS, make
from workbench.tokenizers.cell_context import SIGNATURES
from workbench.tokenizers.controlled import Controlled
from workbench.tokenizers.grid import first_pitch, is_told_signatures
from workbench.zoo import ARCHITECTURES

MOST_BARS = 256
MOST_REWRITES = 512


def plan_for(request: ComposeRequest, card: ModelCard, tokenizer: Tokenizer) -> Plan:
    """The plan a request asks for; what it leaves open is what the model has heard most.

    Raises
    ------
    CannotEncode
        For a key, mode or meter that is none, or that the model has never heard.
    """
    heard = card.heard
    if given := request.locked or request.given or (request.latent and request.latent.given):
        return _plan_of_given(request, card, given.plan)
    try:
        key = parse_key(request.key or next(iter(heard.keys)))
        meter = parse_meter(request.meter or next(iter(heard.meters)))
    except ValueError as error:
        raise CannotEncode(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if key.mode not in heard.modes:
        raise CannotEncode(
            f"This model has never heard music in {key.mode}; choose {_or(heard.modes)}."
        )
    _check_signature(key, card)
    if str(meter) not in heard.meters:
        raise CannotEncode(f"This model has never heard {meter}; choose {_or(heard.meters)}.")
    if request.controls and not isinstance(tokenizer, Controlled):
        raise InvalidSetting("This model was trained without controls; leave them out.")
    plan = tokenizer.plan(key, meter, request.bars, request.tempo or heard.tempo)
    controls = tuple(sorted(request.controls.items()))
    return replace(plan, controls=controls, limits=request.limits)


def _check_signature(key: Key, card: ModelCard) -> None:
    """Refuse a signature that a model of music in its own keys has never heard."""
    if not is_told_signatures(card.vocabulary):
        return
    heard = {parse_key(each).fifths % SIGNATURES for each in card.heard.keys}
    if key.fifths % SIGNATURES not in heard:
        raise CannotEncode(
            f"This model reads music in its own keys and has heard none with the signature of {key}; choose {_or(card.heard.keys)}."
        )


def _plan_of_given(request: ComposeRequest, card: ModelCard, plan: Plan) -> Plan:
    """The plan of the music that is given, in another key or tempo where these are asked for."""
    try:
        key = parse_key(request.key) if request.key else plan.key
    except ValueError as error:
        raise CannotEncode(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if plan.key.mode not in card.heard.modes:
        raise CannotEncode(
            f"This model has never heard music in {plan.key.mode}; give it music in {_or(card.heard.modes)}."
        )
    if key.mode != plan.key.mode:
        raise CannotEncode(
            f"The music that is given is in {plan.key.mode}; ask for a key in {plan.key.mode} instead of {key}."
        )
    _check_signature(key, card)
    if is_told_signatures(card.vocabulary) and key.tonic != plan.key.tonic:
        raise CannotEncode(
            f"This model reads music in its own keys, and what stays is in {plan.key}; leave the key {key} out."
        )
    if request.meter and str(parse_meter(request.meter)) != str(plan.meter):
        raise CannotEncode(
            f"The music that is given is in {plan.meter}; leave the meter {request.meter} out."
        )
    controls = tuple(sorted(request.controls.items()))
    tempo = request.tempo or plan.tempo
    # What is given may end otherwise; where it does not, the request says how long its last note is.
    closes = request.limits.ends_on_tonic and request.limits.close > 0
    limits = replace(request.limits, ends_on_tonic=closes)
    return replace(plan, key=key, tempo=tempo, controls=controls, limits=limits)


def language_of(stays: Given | Locked) -> TokenizerSpec:
    """The tokenizer whose numbers music that stays is in. Before that was kept, four voices had one language and melodies another."""
    is_melody = len(stays.states if isinstance(stays, Given) else stays.cells) == stays.plan.steps
    return stays.language or TokenizerSpec("melody-steps" if is_melody else "chorale-grid")


def _check_language(request: ComposeRequest, tokenizer: Tokenizer) -> None:
    """Refuse music that stays in another language: its numbers would be other notes here."""
    stays = request.given or request.locked
    if stays and Frames(tokenizer.vocabulary).voices and language_of(stays).name != tokenizer.name:
        raise InvalidSetting("What stays is written for another kind of model; give it again.")


def check_request(request: ComposeRequest, card: ModelCard, folder: Path) -> Plan:
    """Everything about a request that can be known before composing, with the model in a folder; its plan.

    Raises ``WorkbenchError`` with what is wrong and what would do.
    """
    if not 1 <= request.bars <= MOST_BARS:
        raise InvalidSetting(f"{request.bars} bars cannot be composed; ask for 1 to {MOST_BARS}.")
    if request.tempo is not None and not 20 <= request.tempo <= 400:
        raise InvalidSetting(
            f"A tempo of {request.tempo:g} cannot be played; choose 20 to 400 quarters a minute."
        )
    if not 0 <= request.seed < 2**63:
        raise InvalidSetting("The seed must be a whole number, 0 or larger.")
    check_choices(
        request.temperature, request.top_k, request.top_p, request.min_p, request.repetition_penalty
    )
    tokenizer = make(card.tokenizer)
    check_vocabulary(card, tokenizer)
    check_goals(request.goals, request.candidates, is_melody=is_melody(tokenizer))
    _check_limits(request, card, tokenizer)
    _check_rewrites(request, card)
    _check_returning(request, card)
    plan = plan_for(request, card, tokenizer)
    architecture = ARCHITECTURES.get(card.model.architecture)
    if architecture.is_autoencoder:
        check_latent(request, card, folder)
    elif request.latent:
        raise InvalidSetting(
            "This model has no latent space, so it cannot vary or blend tunes; choose a melody VAE."
        )
    if request.live:
        _check_live(request, card, plan, tokenizer)
    _check_language(request, tokenizer)
    if architecture.is_orderless:
        _check_given(request, plan, tokenizer)
    elif request.given:
        _check_voices(request, plan, tokenizer)
    check_locked(request, tokenizer, plan)
    check_primer(tokenizer, plan, tokenizer.parse(request.primer, plan))
    return plan


def is_melody(tokenizer: Tokenizer) -> bool:
    """Whether a language says one melody and nothing else."""
    return list(tokenizer.sung) == ["melody"]


def holds_lengths(card: ModelCard) -> bool:
    """Whether a model can be held to a shortest and a longest note: it says every step, one after another."""
    is_orderless = ARCHITECTURES.get(card.model.architecture).is_orderless
    return card.vocabulary.tokens[HOLD:FIRST_PITCH] == SYMBOLS and not is_orderless


def holds_voice_leading(card: ModelCard) -> bool:
    """Whether a model's voices can be held to one another: it writes them in frames, one after another or filling holes, or an ensemble's parts."""
    return Frames(card.vocabulary).voices > 1 or is_ensemble(card)


def usual_limits(card: ModelCard) -> Limits:
    """What is kept to unless somebody asks for something else: voices go in no parallel fifths and octaves and stand in no cross relations, and
    a piece ends on its tonic.

    People's chorales have hardly any of these; models of a million weights still have many. Four of five of people's pieces end on the tonic, and
    two of five of the models' did (``docs/models.md``).
    """
    voices = holds_voice_leading(card)
    return Limits(no_parallels=voices, no_cross_relations=voices, ends_on_tonic=holds_closes(card))


def usual(card: ModelCard) -> dict[str, Any]:
    """What a request asks of a model, by name, where somebody asks for music and for nothing else; the chances apart (:func:`usual_chances`)."""
    return {
        "limits": usual_limits(card),
        "latent": usual_latent(card),
        "rewrites": usual_rewrites(card),
        "returning": card.returning and knows_forms(card),
    }


def usual_in_full(card: ModelCard) -> dict[str, Any]:
    """:func:`usual` and :func:`usual_chances`, as JSON has them, with the SHA-256 of the forms that return."""
    asked: dict[str, Any] = to_json(ComposeRequest("", **usual(card), **usual_chances(card)))
    found = {name: asked[name] for name in (*usual(card), *usual_chances(card))}
    if found["returning"]:
        found["forms"] = sha256("\n".join(card.heard.forms).encode()).hexdigest()
    return found


def usual_chances(card: ModelCard) -> dict[str, Any]:
    """Temperature and the like, by name, unless somebody asks for others; no penalty where nothing comes before."""
    orderless = ARCHITECTURES.get(card.model.architecture).is_orderless
    return creativity(card.creativity) | ({"repetition_penalty": 1.0} if orderless else {})


def usual_rewrites(card: ModelCard) -> int:
    """How often a model that fills holes writes its pieces again, unless somebody asks for something else; 0 for one that goes from left to right."""
    return REWRITES if ARCHITECTURES.get(card.model.architecture).is_orderless else 0


def holds_closes(card: ModelCard) -> bool:
    """Whether a model can be held to an end on the tonic: its language has bars, or an ensemble's notes with their lengths."""
    says_lengths = any("Duration_" in token for token in card.vocabulary.tokens)
    return _has_bars(card) or (is_ensemble(card) and says_lengths)


def is_ensemble(card: ModelCard) -> bool:
    """Whether a model writes events for the players of an ensemble."""
    return card.tokenizer.settings.get("ensemble", AS_WRITTEN) != AS_WRITTEN


def _has_bars(card: ModelCard) -> bool:
    in_cells = card.vocabulary.tokens[HOLD:FIRST_PITCH] == SYMBOLS
    return in_cells or TOKENIZERS.get(card.tokenizer.name).form == "abc"


def holds_form(card: ModelCard) -> bool:
    """Whether a model can be held to a form: it writes from left to right, in a language that has bars."""
    return _has_bars(card) and not ARCHITECTURES.get(card.model.architecture).is_orderless


def knows_forms(card: ModelCard) -> bool:
    """Whether bars can return as in a tune it learned from (``ComposeRequest.returning``): it writes bars from left to right. An autoencoder joins its pieces otherwise."""
    is_autoencoder = ARCHITECTURES.get(card.model.architecture).is_autoencoder
    return bool(card.heard.forms) and holds_form(card) and not is_autoencoder


def plays_live(card: ModelCard) -> bool:
    """Whether a model can go on bar after bar: it says every step, from left to right, of nothing but what stood before."""
    return holds_lengths(card) and not ARCHITECTURES.get(card.model.architecture).is_autoencoder


def _check_live(request: ComposeRequest, card: ModelCard, plan: Plan, tokenizer: Tokenizer) -> None:
    """Refuse turns that this model cannot play."""
    if not plays_live(card):
        raise InvalidSetting(
            "This model cannot play bar after bar; choose one that writes melodies or chorales in steps, from left to right."
        )
    if request.primer or request.given or request.goals or not request.limits.are_open:
        raise InvalidSetting(
            "Live music begins with nothing, and its turns say what it keeps to; leave primer, given music, goals and limits out."
        )
    if request.bars != len(request.live):
        raise InvalidSetting(
            f"{request.bars} bars are asked for, and {len(request.live)} were played; ask for as many, at most {MOST_TURNS}."
        )
    check_turns(request.live)
    for turn in set(request.live):
        check_choices(turn.temperature, 0, turn.top_p, turn.min_p, turn.repetition_penalty)
    for limits in {turn.limits for turn in request.live}:
        check_limits(limits, len(tokenizer.sung))
        tokenizer.grammar(replace(plan, bars=plan.bars[:1], limits=limits))  # is a note left?


def _check_limits(request: ComposeRequest, card: ModelCard, tokenizer: Tokenizer) -> None:
    """Refuse limits that contradict themselves, or that this model cannot be held to."""
    limits = request.limits
    check_limits(limits, len(tokenizer.sung))
    if (limits.shortest or limits.longest) and not holds_lengths(card):
        raise InvalidSetting(
            "This model cannot be held to note lengths; leave them open, or choose one that writes melodies or chorales in steps."
        )
    for is_asked, what in (
        (limits.no_parallels, "parallel fifths and octaves"),
        (limits.no_cross_relations, "cross relations"),
    ):
        if is_asked and not holds_voice_leading(card):
            raise InvalidSetting(
                f"This model cannot be kept from {what}; allow them, or choose one that writes four voices in steps or for an ensemble."
            )
    if limits.ends_on_tonic and not holds_closes(card):
        raise InvalidSetting(
            "This model cannot be held to an end on the tonic; leave it open, or choose one that writes melodies or chorales in bars, or for an ensemble."
        )
    if limits.form:
        if ARCHITECTURES.get(card.model.architecture).is_orderless:
            raise InvalidSetting(
                "This model writes all bars at once and keeps no form; leave it open, or choose one that writes from left to right."
            )
        if request.latent and request.latent.given:
            raise InvalidSetting(
                "The tune that is given brings its own form; leave the form open, or give no tune."
            )
        check_form(limits.form, request.bars)


def _check_returning(request: ComposeRequest, card: ModelCard) -> None:
    """Refuse bars that return where no forms are known, or where something else says what returns."""
    if not request.returning:
        return
    if not knows_forms(card):
        raise InvalidSetting(
            "This model knows no forms of tunes, so its phrases cannot return; leave that out, or choose a model of melodies that was trained lately."
        )
    if request.limits.form or request.locked or request.live:
        raise InvalidSetting(
            "A form, bars that stay and live music say themselves what returns; leave returning phrases out."
        )


def _check_rewrites(request: ComposeRequest, card: ModelCard) -> None:
    """Refuse rewrites that are too many, or of a model that writes from left to right."""
    if not 0 <= request.rewrites <= MOST_REWRITES:
        raise InvalidSetting(
            f"A piece cannot be rewritten {request.rewrites} times; ask for 1 to {MOST_REWRITES}, {REWRITES} being usual."
        )
    if request.rewrites and not usual_rewrites(card):
        raise InvalidSetting(
            "This model writes from left to right, once; leave rewrites out, or choose a Coconet."
        )


def _check_given(request: ComposeRequest, plan: Plan, tokenizer: Tokenizer) -> None:
    """Refuse what a model that fills holes cannot begin with."""
    if request.primer:
        raise InvalidSetting(
            "This model fills holes and takes no beginning; give it music to keep instead (--given on the command line)."
        )
    if request.repetition_penalty != 1:
        raise InvalidSetting(
            "This model fills holes in no order, so nothing comes before; leave the repetition penalty at 1."
        )
    if request.given:
        _check_given_pitches(request, plan, Frames(tokenizer.vocabulary))


def _check_voices(request: ComposeRequest, plan: Plan, tokenizer: Tokenizer) -> None:
    """Refuse voices that a model that writes from left to right cannot keep."""
    assert request.given is not None
    frames = Frames(tokenizer.vocabulary)
    if not frames.voices:
        raise InvalidSetting(
            "This model does not write four voices, so none of them can be given; choose a model of chorales, or give the music as a primer."
        )
    if request.primer or request.limits.form:
        raise InvalidSetting(
            "The voices that are given decide beginning and form; leave primer and form out."
        )
    request.given.tokens(frames)
    _check_given_pitches(request, plan, frames)


def _check_given_pitches(request: ComposeRequest, plan: Plan, frames: Frames) -> None:
    """Refuse music whose notes, which stay, lie beyond the limits."""
    assert request.given is not None
    states = request.given.frames(frames)
    lowest = first_pitch(frames.vocabulary, plan.key)
    for voice, column in enumerate(states.T):
        rows = column[column < frames.states] // 2
        pitches = np.unique(rows[rows > 0]) - 1 + lowest
        if len(pitches) and not kept(request.limits, plan.key, voice, pitches).all():
            raise InvalidSetting(
                "The music that is given goes beyond the range or the key that is asked for; widen them, or give other music."
            )


def check_vocabulary(card: ModelCard, tokenizer: Tokenizer) -> None:
    """Refuse a model whose tokens no longer mean what they meant."""
    if tokenizer.vocabulary != card.vocabulary:
        raise UnreadableFile(
            f"This model was trained with another version of the tokenizer {tokenizer.name}; "
            "train it again."
        )


def _or(names: dict[str, int]) -> str:
    return " or ".join(names)
