"""Sweeps: a search for good settings. What is varied and how far, what each trial came to, how much of the budget is left.

Every trial is an ordinary run with settings of its own. Trials compare by their lowest validation loss in nats per token, which is the
same ruler for all of them: dataset and tokenizer are not varied. The test split decides nothing.
"""

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.core.errors import InvalidSetting
from workbench.core.runs import ENDED, FAILED
from workbench.core.settings import Setting, checked_value
from workbench.core.specs import TrainingSpec, Values

SAMPLERS = {
    "tpe": "Learns from the trials before where good settings lie (tree-structured Parzen estimator)",
    "random": "Draws every trial by itself",
}
ENDED_EARLY = "ended early"
"""The state of a trial that was hopeless, or came to the end of the minutes; its run is one that was stopped."""
FAILURES_IN_A_ROW = 3
"""After so many the sweep ends."""
MOST_TRIALS, MOST_MINUTES = 1000, 7 * 24 * 60.0
NEVER_VARIED = (
    "seed", "validate_every", "checkpoint_every", "checkpoints_kept", "samples", "sample_every",
)  # fmt: skip
"""What makes no model better or worse but by chance, or by being looked at more often."""


@dataclass(frozen=True)
class Vary:
    """A setting that is varied: between two numbers (both included), or among some choices."""

    name: str
    low: float | None = None
    high: float | None = None
    is_log: bool = False
    """Whether its powers are drawn evenly, as suits what spans several of them."""
    is_whole: bool = False
    choices: tuple[Any, ...] = ()

    @property
    def words(self) -> str:
        """As the command line writes it: ``1e-04..0.01:log`` or ``32,64``."""
        if self.choices:
            return ",".join(map(str, self.choices))
        return f"{self.low:g}..{self.high:g}{':log' if self.is_log else ''}"


@dataclass(frozen=True)
class Budget:
    """How long a sweep goes on: so many trials, or so many minutes by the clock from the beginning of the first one."""

    trials: int | None = None
    minutes: float | None = None

    def check(self) -> None:
        """Refuse what no sweep can be given."""
        if (self.trials is None) == (self.minutes is None):
            raise InvalidSetting("Give a sweep either a number of trials or a number of minutes.")
        if self.trials is not None and not 1 <= self.trials <= MOST_TRIALS:
            raise InvalidSetting(f"A sweep takes 1 to {MOST_TRIALS} trials, not {self.trials}.")
        if self.minutes is not None and not 0 < self.minutes <= MOST_MINUTES:
            raise InvalidSetting(
                f"A sweep takes up to {MOST_MINUTES:g} minutes, not {self.minutes:g}."
            )


@dataclass(frozen=True)
class SweepSpec:
    """What was asked."""

    base: TrainingSpec
    """What all trials share; what is varied stands here at any value."""
    vary: tuple[Vary, ...]
    sampler: str = "tpe"
    seed: int = 0
    """Of the sampler. Trials one after another ask for the same settings again, given the same losses."""
    prunes: bool = True
    """Whether hopeless trials are ended early."""


@dataclass(frozen=True)
class SweepTrial:
    """A trial as its run is now."""

    number: int
    """From 0."""
    run: str
    settings: Values
    state: str
    """That of its run, or ``ENDED_EARLY``."""
    best_loss: float | None = None
    epoch: int = 0
    seconds: float = 0.0
    message: str = ""
    is_paused: bool = False
    """Whether it was stopped with the sweep, and goes on with it."""

    @property
    def has_ended(self) -> bool:
        return self.state in (*ENDED, ENDED_EARLY)


@dataclass(frozen=True)
class Sweep:
    """What has happened so far."""

    id: str
    spec: SweepSpec
    state: str
    """``running``, ``stopped``, ``done`` or ``failed``."""
    budget: Budget
    trials: tuple[SweepTrial, ...] = ()
    deadline: float | None = None
    """Unix time at which the minutes are over; None before the first trial began, and with a budget in trials."""
    begun_at: int = 0
    """How many trials there were when it was last begun: failures before count no more."""
    importance: dict[str, float] = field(default_factory=dict)
    """By setting, its share in what made trials good (PED-ANOVA, adding up to 1); empty while nobody can tell."""
    message: str = ""
    dataset_fingerprint: str = ""
    created: str = ""
    ended: str | None = None
    asked_by: str = ""
    at_once: int = 1
    """Trials that are trained side by side."""

    @property
    def live(self) -> list[SweepTrial]:
        """Trials that wait or are trained."""
        return [trial for trial in self.trials if not trial.has_ended]

    @property
    def best(self) -> SweepTrial | None:
        """The trial that ended with the lowest validation loss, of equals the first."""
        found = [t for t in self.trials if t.has_ended and t.best_loss is not None]
        return min(found, key=lambda trial: trial.best_loss or 0.0, default=None)

    @property
    def is_spent(self) -> bool:
        """Whether the budget allows no further trial."""
        if self.budget.trials is not None:
            return len(self.trials) >= self.budget.trials
        return self.deadline is not None and time.time() >= self.deadline

    @property
    def failing(self) -> SweepTrial | None:
        """The last of too many trials that failed in a row; None where there are not so many."""
        lately = [trial for trial in self.trials[self.begun_at :] if trial.has_ended]
        last = lately[-FAILURES_IN_A_ROW:]
        too_many = len(last) == FAILURES_IN_A_ROW and all(t.state == FAILED for t in last)
        return last[-1] if too_many else None

    @property
    def seconds_left(self) -> float | None:
        """Of a budget in minutes; None with one in trials, or before the first has begun."""
        return None if self.deadline is None else max(0.0, self.deadline - time.time())


def understood(setting: Setting, words: str) -> Vary:
    """What a person wrote of a setting: ``1e-4..1e-2:log``, ``16..64``, or ``32,64,128``.

    Raises ``InvalidSetting`` for what is not understood, or out of the setting's range.
    """
    span, _, manner = words.partition(":")
    low, dots, high = span.partition("..")
    try:
        if not dots and not manner:
            return checked(Vary(setting.name, choices=tuple(words.split(","))), setting)
        if dots and manner in ("", "log"):
            vary = Vary(setting.name, float(low), float(high), is_log=manner == "log")
            return checked(vary, setting)
    except ValueError:
        pass
    raise InvalidSetting(
        f"{words!r} is not understood; write {setting.name}=LOW..HIGH, {setting.name}=LOW..HIGH:log, or choices with commas between."
    )


def checked(vary: Vary, setting: Setting) -> Vary:
    """With values as the setting has them; ``InvalidSetting`` where it cannot be varied like this."""
    name = vary.name
    if name in NEVER_VARIED:
        raise InvalidSetting(f"{name} is not varied: no value of it is better than another.")
    if vary.choices:
        values = tuple(dict.fromkeys(checked_value(setting, value) for value in vary.choices))
        if len(values) < 2:
            raise InvalidSetting(f"{name} has one choice only; name at least two.")
        return Vary(name, choices=values)
    if setting.type not in (int, float) or setting.choices is not None:
        raise InvalidSetting(f"{name} has no range; name choices of it, with commas between.")
    low, high = (checked_value(setting, end) for end in (vary.low, vary.high))
    if not low < high:
        raise InvalidSetting(f"{name} goes from the smaller to the larger, not {vary.words}.")
    if vary.is_log and low <= 0:
        raise InvalidSetting(
            f"{name} cannot be drawn evenly in its powers from {low:g} on; begin above 0."
        )
    return dataclasses.replace(vary, low=float(low), high=float(high), is_whole=setting.type is int)


def usual(setting: Setting, value: Any) -> Vary:
    """A range or choices to begin with, around a value that is known to do."""
    if setting.type is bool:
        return Vary(setting.name, choices=(False, True))
    if setting.choices is not None:
        return Vary(setting.name, choices=tuple(setting.choices))
    assert setting.low is not None and setting.high is not None  # a number has a range
    is_log = setting.low > 0 and setting.high >= 30 * setting.low
    factor = 10 if setting.type is float else 2
    low = max(setting.low, value / factor if is_log else setting.low)
    high = min(setting.high, value * factor if is_log else setting.high)
    whole = setting.type is int
    return Vary(
        setting.name,
        float(round(low)) if whole else low,
        float(round(high)) if whole else high,
        is_log,
        whole,
    )


def variable(settings: Sequence[Setting]) -> list[Setting]:
    """Those that can be varied: numbers with a range, and choices."""
    return [
        each
        for each in settings
        if each.name not in NEVER_VARIED
        and (each.choices is not None or each.type is bool or (each.type in (int, float) and each.high is not None))
    ]  # fmt: skip
