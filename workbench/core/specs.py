"""What was asked: tokenizer, model, training, composition.

Specs are plain records with a JSON round trip (``workbench.core.records``). They hold names and
settings only; whether a name exists and a value is in range is checked once, at the door, by
the service that accepts the spec.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.editing import NO_EDITS, NoteEdits
from workbench.core.errors import InvalidSetting
from workbench.core.frames import Frames
from workbench.core.limits import NO_LIMITS, Limits
from workbench.core.live import Turn
from workbench.core.training_settings import TrainingSettings
from workbench.core.vocabulary import Plan

Values = dict[str, Any]
FREE = -1
"""In music that is given, a cell to be filled."""


@dataclass(frozen=True)
class TokenizerSpec:
    """A tokenizer by name, with its settings."""

    name: str
    settings: Values = field(default_factory=dict)
    controls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Labels by control that a piece may carry besides; a training learns them from its training split."""


@dataclass(frozen=True)
class ModelSpec:
    """An architecture by name, with its settings."""

    architecture: str
    settings: Values = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingSpec:
    """Everything a training run depends on."""

    dataset: str
    tokenizer: TokenizerSpec
    model: ModelSpec
    training: TrainingSettings = field(default_factory=TrainingSettings)
    start_from: str | None = None
    """Run or pretrained model whose weights are the starting point."""
    controls: tuple[str, ...] = ()
    """What the model is to be told of every piece (``workbench.controls``)."""


@dataclass(frozen=True)
class Given:
    """Music that stays as it is, for a model that writes the rest."""

    plan: Plan
    states: tuple[int, ...]
    """As ``core.frames`` numbers them, step by step and voice by voice; ``FREE`` for a cell to be filled."""
    title: str = ""
    """What it is, for people."""
    language: TokenizerSpec | None = None
    """Whose numbers these are; None in a request from before this was kept."""

    def frames(self, frames: Frames) -> NDArray[np.int32]:
        """(T, V) with ``frames.hidden`` where a cell is free. ``InvalidSetting`` where nothing is or the numbers are none."""
        states = np.array(self.states, np.int64)
        if (
            states.size != self.plan.steps * frames.voices
            or not ((states >= FREE) & (states < frames.states)).all()
        ):
            raise InvalidSetting("The music that is given does not fit this model; give it again.")
        if not (states == FREE).any():
            raise InvalidSetting(
                "All of the music is given, so there is nothing left to fill; give fewer voices or bars."
            )
        found = np.where(states == FREE, frames.hidden, states)
        return found.reshape(-1, frames.voices).astype(np.int32)

    def tokens(self, frames: Frames) -> tuple[int, ...]:
        """(T * V,) in the order of writing, ``FREE`` where a cell is; for a model that writes from left to right.

        Raises ``InvalidSetting`` as :meth:`frames` does, and where a voice stays in some bars only: such a model does not see what
        comes after a hole.
        """
        states = self.frames(frames)
        free = states == frames.hidden
        if (free.any(axis=0) != free.all(axis=0)).any():
            raise InvalidSetting(
                "This model writes from left to right, so it can keep whole voices and cannot fill holes; choose a Coconet."
            )
        tokens = frames.tokens_of(states).reshape(states.shape)
        return tuple(np.where(free, FREE, tokens).reshape(-1).tolist())


@dataclass(frozen=True)
class Locked:
    """Bars that stay note for note, for a model in cells that writes the others.

    A note that sounds in such a bar stays whole, from its beginning before to its end after it, and nothing holds it on.
    """

    plan: Plan
    cells: tuple[int, ...]
    """A token for every cell, step by step and voice by voice: the pitch where a note begins, a hold where it goes on, a rest in *every*
    silent cell that stays; ``FREE`` for a cell to be written.
    """
    bars: str = ""
    """Which were locked, as places from 1, an upbeat as well: ``1-4,9``."""
    title: str = ""
    """What they are from, for people."""
    by_hand: bool = False
    """Whether any of it was edited by a person."""
    exact: NoteEdits = NO_EDITS
    """What has to be changed in what is composed for the bars to be what they were, where cells cannot say it: the model heard the nearest."""
    language: TokenizerSpec | None = None
    """Whose tokens these are; None in a request from before this was kept."""


@dataclass(frozen=True)
class Tune:
    """A whole tune as a model sees it."""

    plan: Plan
    tokens: tuple[int, ...]
    title: str = ""
    """What it is, for people."""


@dataclass(frozen=True)
class LatentRequest:
    """Where in its latent space an autoencoder finds a piece: a point for each segment, made in this order.

    Every tune that is given is a path of points, of which the others are as long as the first one's: what stands at the same
    place from beginning to end belongs together.
    """

    given: Tune | None = None
    """Where the piece begins; None for a path drawn from nothing."""
    toward: Tune | None = None
    """A tune to go to from the one that is given."""
    blend: float | None = None
    """How far to go, 0 to 1, the same in every segment; None goes all the way in the course of the piece."""
    minus: Tune | None = None
    plus: Tune | None = None
    """Latent arithmetic: the points of one tune taken away, those of another added."""
    vary: float = 0.0
    """Share of what is drawn anew: 0 keeps to the tune, 1 forgets it."""
    attributes: dict[str, float] = field(default_factory=dict)
    """Standard deviations more (or less) of each, by name."""
    joined: bool = False
    """Whether a piece from nothing hangs together as tunes do (``sampling.joining``): bars return, and segments know of one another. A request from
    before there was this has it not, and gives the same notes.
    """

    @property
    def others(self) -> tuple[Tune, ...]:
        """The tunes beside the given one."""
        return tuple(each for each in (self.toward, self.minus, self.plus) if each)


@dataclass(frozen=True)
class ComposeRequest:
    """Everything a composition depends on. The same request gives the same notes."""

    model: str
    """A run's id or a pretrained model's name."""
    bars: int = 8
    seed: int = 0
    temperature: float = 1.0
    top_k: int = 0
    """Draw among the k likeliest tokens only; 0 for all."""
    top_p: float = 1.0
    """Draw among the likeliest tokens that together reach this probability."""
    min_p: float = 0.0
    """Draw among the tokens that are at least this share as likely as the likeliest; 0 for all."""
    repetition_penalty: float = 1.0
    """How much less likely notes become that came shortly before (``sampling.draw``); 1 for none."""
    rewrites: int = 0
    """How often a model that fills holes writes a piece again, what it doubts most before all else (``sampling.gibbs``); 0 for 96 times, whatever
    it doubts, as was done before this was asked.
    """
    key: str | None = None
    """``"D major"``; None takes the model's most common key."""
    meter: str | None = None
    """``"6/8"``; None takes the model's most common meter."""
    tempo: float | None = None
    """Quarter notes per minute; None takes the model's usual one."""
    controls: dict[str, str] = field(default_factory=dict)
    """Labels by control, such as ``{"mood": "calm"}``; what is not named is left open."""
    primer: str = ""
    """Symbols the piece begins with, as the tokenizer writes them: ``60 _ 62 _``."""
    given: Given | None = None
    """Music to be filled; it decides meter and bars, and the key where none is asked for."""
    latent: LatentRequest | None = None
    """For an autoencoder: which tunes to begin with, and what to make of them. A given tune decides meter and bars, and the key where
    none is asked for.
    """
    locked: Locked | None = None
    """Bars of an earlier piece that stay; they decide key, meter and bars."""
    limits: Limits = NO_LIMITS
    """What every note keeps to."""
    returning: bool = False
    """Whether bars return as in a piece of the training music, whose form is drawn with the seed; where what is asked for leaves them a way."""
    goals: dict[str, float] = field(default_factory=dict)
    """What the piece is to come near to, by name and in the unit of the feature (``metrics.goals``): ``{"density": 5.0}``."""
    candidates: int = 1
    """So many pieces are drawn, with seeds that count up, and the one that comes nearest to the goals is kept."""
    live: tuple[Turn, ...] = ()
    """What each bar was drawn with, of music that was played live; then only model, bars, seed, key and meter say something besides."""
