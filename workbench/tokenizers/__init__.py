"""Tokenizers: a score as a sequence of symbols, and back. One file each, found by discovery.

A tokenizer is a class made from its ``Settings``; it implements ``core.vocabulary.Tokenizer``, and its
grammar serves three purposes: it validates what a person types, it yields the numbers a model
knows before each token, and it masks what may not be drawn while composing.

Its kind says which augmentations it ``hears``: other keys, tempos or loudness that come to other notes. What it
does not hear is not encoded twice; ``tests/tokenizers/test_hears.py`` holds every kind to what it says.

What ``encode`` keeps, ``decode`` gives back: encoding that again gives the same tokens, context and plan. Every note of
real music stays to half a step of the grid, so its settings have ``steps_per_quarter``. Models learn in one key (see ``grid``), the last
bar of the plan sounds, and a sentence refuses what cannot be said. Contract tests take tunes, or chorales where all voices are kept.

A tokenizer may *learn* its vocabulary. It does so once, from a training split alone, before that is encoded; what it
learned are hidden settings of its spec, so that the spec is enough to make the same tokenizer again.

``grid`` holds what tokenizers on a grid of equal steps share, ``cells`` the language of those that say every step,
``roll_language`` that of piano rolls, ``abc_language`` and ``abc_grammar`` that of those that write ABC; ``events`` and the modules
named ``event_…`` that of those that say polyphonic music as events, through MidiTok.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from workbench.core.registry import Registry
from workbench.core.score import Score
from workbench.core.settings import describe, validated
from workbench.core.specs import TokenizerSpec, Values
from workbench.core.vocabulary import Tokenizer

Learn = Callable[[Any, Iterable[Score]], Values]
"""From settings and the scores of a training split to the hidden settings."""


@dataclass(frozen=True)
class TokenizerKind:
    """A tokenizer before its settings are chosen."""

    name: str
    title: str
    description: str
    settings: type
    make: Callable[[Any], Tokenizer]
    training: Mapping[str, Any]
    """Settings of training (``core.specs.TrainingSettings``) that suit it better than the usual ones."""
    hears: frozenset[str] = frozenset()
    """Kinds of augmentation (``core.augmentation.KINDS``) whose variants it writes as other notes (an octave is none)."""
    learn: Learn | None = None
    """How it learns its vocabulary, the same from the same scores; None where the settings decide it."""
    form: str = ""
    """What its tokens are made of, where a benchmark is about that: ``voices`` (four, in steps, with ``encode_frames``), ``roll``
    (``core.rolls``, with ``encode_roll``) or ``abc`` (text, of which every token is a few characters).
    """


TOKENIZERS: Registry[TokenizerKind] = Registry("tokenizer", "workbench.tokenizers")


def tokenizer(
    name: str,
    *,
    title: str,
    settings: type,
    training: Mapping[str, Any] = MappingProxyType({}),
    hears: Collection[str] = (),
    learn: Learn | None = None,
    form: str = "",
) -> Callable[[type], type]:
    """Register the decorated class; the first paragraph of its docstring describes it to people.

    ``training`` holds settings of training that suit it; ``hears`` names the kinds of augmentation that it can tell from the piece as it is;
    ``learn`` is there where it learns its vocabulary; ``form`` where a benchmark is about it.
    """

    def register(cls: type) -> type:
        description = " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())
        kind = TokenizerKind(
            name, title, description, settings, cls, training, frozenset(hears), learn, form
        )
        TOKENIZERS.register(name, kind)
        return cls

    return register


def make(spec: TokenizerSpec) -> Tokenizer:
    """The tokenizer a spec asks for.

    Raises
    ------
    UnknownName
        Where there is no tokenizer of that name.
    InvalidSetting
        Where a setting is unknown or out of range.
    """
    # Here, not above: that module is looked for parts as well, and this one is then not yet complete.
    from workbench.tokenizers.controlled import Controlled

    kind = TOKENIZERS.get(spec.name)
    plain = kind.make(validated(kind.settings, spec.settings))
    return Controlled(plain, spec.controls) if spec.controls else plain


def learned(spec: TokenizerSpec, scores: Iterable[Score]) -> TokenizerSpec:
    """The spec with what its tokenizer learns from the scores of a training split.

    As it is where there is nothing to learn, or where it was learned before.
    """
    kind = TOKENIZERS.get(spec.name)
    if kind.learn is None or spec.settings.keys() - unlearned(spec).settings.keys():
        return spec
    found = kind.learn(validated(kind.settings, spec.settings), scores)
    return replace(spec, settings={**spec.settings, **found})


def unlearned(spec: TokenizerSpec) -> TokenizerSpec:
    """The spec as a person asked for it, without what its tokenizer learned."""
    hidden = {field.name for field in describe(TOKENIZERS.get(spec.name).settings, hidden=True)}
    shown = {name: value for name, value in spec.settings.items() if name not in hidden}
    return replace(spec, settings=shown, controls={})
