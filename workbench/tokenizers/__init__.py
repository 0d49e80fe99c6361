"""Tokenizers: a score as a sequence of symbols, and back. One file each, found by discovery.

A tokenizer is a class made from its ``Settings``; it implements ``core.vocabulary.Tokenizer``, and its
grammar serves three purposes: it validates what a person types, it yields the numbers a model
knows before each token, and it masks what may not be drawn while composing.

Its kind says which augmentations it ``hears``: other keys, tempos or loudness that come to other notes. What it
does not hear is not encoded twice; ``tests/tokenizers/test_hears.py`` holds every kind to what it says.

``grid`` and ``cells`` hold what tokenizers on a grid of equal steps share.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from workbench.core.registry import Registry
from workbench.core.settings import validated
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import Tokenizer


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


TOKENIZERS: Registry[TokenizerKind] = Registry("tokenizer", "workbench.tokenizers")


def tokenizer(
    name: str,
    *,
    title: str,
    settings: type,
    training: Mapping[str, Any] = MappingProxyType({}),
    hears: Collection[str] = (),
) -> Callable[[type], type]:
    """Register the decorated class; the first paragraph of its docstring describes it to people.

    ``training`` holds settings of training that suit it; ``hears`` names the kinds of augmentation that it can tell from the piece as it is.
    """

    def register(cls: type) -> type:
        description = " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())
        TOKENIZERS.register(
            name, TokenizerKind(name, title, description, settings, cls, training, frozenset(hears))
        )
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
    kind = TOKENIZERS.get(spec.name)
    return kind.make(validated(kind.settings, spec.settings))
