"""Architectures: one file each, found by discovery.

There are four kinds.

**Networks that go from left to right** (Keras) are built as two graphs over one set of weights.

``build(settings, vocabulary)``
    The training graph, all positions of a sequence at once. Inputs, by name, in this order:
    ``tokens`` (B, T) int32, the *previous* tokens, beginning with ``START``; ``context`` (B, T, C) int32,
    the numbers known before each predicted token (left out where the vocabulary has no
    context fields). Output: logits (B, T, V) float32, natural log up to a constant. Position ``t`` may depend on
    ``tokens[:, :t + 1]`` and ``context[:, :t + 1]`` and on nothing later.

``build_step(settings, vocabulary, model)``
    The same weights as a graph of one position. Inputs, in this order: ``token`` (B, 1) int32,
    ``context`` (B, 1, C) int32 (left out as above), ``state_0`` …, each (B, …) float32, all
    zero before the first token. Outputs, in this order: ``logits`` (B, V) float32, then the
    next states in the order of the states, and last, where a network looks back, ``attention`` (B, L) float32: shares that
    add up to 1 over the last L positions, the newest last.

Keras is imported inside these functions, never at module level: pages list architectures without
loading TensorFlow.

**Networks that fill holes** (*orderless*) have ``build`` alone. Inputs, in this order: ``states`` (B, T, V) int32, a piece in frames with
hidden cells (:mod:`workbench.core.frames`); ``context`` (B, T, C) int32. Output: logits (B, T, V, S) float32 for every cell.
The same graph is exported to compose. Where no cell depends on what is further away than some steps, ``reach(settings)`` says how many;
then few holes in a long piece cost little.

**Autoencoders** have ``build_encoder`` besides. They read one melody in segments (:mod:`workbench.core.segments`); their settings have
``bars``, those of a segment, and ``latent``, Z. Inputs of ``build``: ``tokens`` (B, T) int32, those of a segment *themselves*,
filled up with ``START``; ``context`` (B, T, C) int32; ``noise`` (B, Z) float32, standard normal, which places the point in its posterior. Output: logits
(B, T, V) float32; the layer ``posterior`` gives mean and log-variance (B, 2Z), and what these cost is a loss of the graph itself. Logits
at ``t`` depend on the point, ``tokens[:, :t]`` and ``context[:, :t + 1]``. In the step graph of ``build_step``, the decoder's, ``state_0`` is the point (B, Z) and
comes out as it went in; before the first token of a segment the other states are zero. ``build_encoder(settings, vocabulary, model)`` is a
step graph too, from both ends of a segment at once: ``token`` (B, 1) and ``context`` (B, 1, C) from the left, the same from the
right, states; outputs: the posterior (B, 2Z), right after the last step, and the next states.

**Counting models** need no network: ``fit(settings, vocabulary, sequences)`` gives a model that composes as it is (a
``Decoder``) and can ``save(path)`` itself; ``load(path)`` reads it back.

``suits(vocabulary)`` says why a vocabulary is nothing for it, where it is not for all.

``presets`` gives each of the sizes in ``PRESETS``: "tiny" has less than half of the weights of "small". ``diagram(settings)``
gives the boxes a page draws, without Keras; they name every layer that has weights, once, and say the numbers that were set.

:mod:`workbench.zoo.inputs` reads tokens and context; layers are found by name, so that ``build_step`` takes them from ``model``.
Whole numbers among the settings have a ``low`` with which the network can still be built: the tests build it as small as that.

A new architecture is one file::

    def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel: ...

    @architecture(
        "lstm", title="LSTM", settings=Settings, reference="…",
        presets=PRESETS, diagram=diagram, build_step=build_step,
    )
    def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
        \"\"\"What it is, in the words that the page shows.\"\"\"
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from workbench.core.errors import InvalidSetting
from workbench.core.registry import Registry
from workbench.core.specs import Values
from workbench.core.vocabulary import Decoder, TokenSequence, Vocabulary

KerasModel = Any
"""``keras.Model``; named loosely, for naming it exactly would import Keras."""


class CountingModel(Decoder, Protocol):
    """A fitted model that composes as it is and can be kept in a file."""

    @property
    def parameters(self) -> int:
        """Numbers that were learned."""
        ...

    def save(self, path: Path) -> None:
        """Write the model to ``path``, completely or not at all."""
        ...


@dataclass(frozen=True)
class Preset:
    """A size to begin with: settings of the architecture and of training that differ from the usual ones."""

    model: Values
    training: Values


PRESETS = {
    "tiny": "A lesson of two minutes",
    "small": "Ten minutes on two cores",
    "full": "For an accelerator, or a night",
}
"""The sizes that every architecture comes in, and what each is for."""


@dataclass(frozen=True)
class Block:
    """A box of the diagram: what happens, with which numbers, ``times`` one after the other.

    ``layers`` names the Keras layers that it stands for; all that have weights stand in some box.
    """

    title: str
    detail: str
    layers: tuple[str, ...] = ()
    times: int = 1
    is_added: bool = False
    """Whether its result is added to what it was given (a residual connection)."""


Build = Callable[[Any, Vocabulary], KerasModel]
BuildStep = Callable[[Any, Vocabulary, KerasModel], KerasModel]
Fit = Callable[[Any, Vocabulary, Sequence[TokenSequence]], CountingModel]
Load = Callable[[Path], CountingModel]
Diagram = Callable[[Any], Sequence[Block]]
Reach = Callable[[Any], int]
"""How many steps away, with given settings, something still changes what an orderless network says of a cell."""
Suits = Callable[[Vocabulary], str | None]
"""Why a vocabulary is nothing for an architecture, as the rest of a sentence that ends in the remedy; None where it suits."""


def every_vocabulary(vocabulary: Vocabulary) -> None:
    """The :data:`Suits` of architectures that take any."""


@dataclass(frozen=True)
class Architecture:
    """A kind of model. ``build`` and ``build_step`` are set, with ``build_encoder`` (autoencoder) or without, or ``build``
    alone (orderless), or ``fit`` and ``load``.
    """

    name: str
    title: str
    description: str
    reference: str
    settings: type
    presets: Mapping[str, Preset]
    diagram: Diagram
    suits: Suits = every_vocabulary
    build: Build | None = None
    build_step: BuildStep | None = None
    build_encoder: BuildStep | None = None
    fit: Fit | None = None
    load: Load | None = None
    reach: Reach | None = None
    """Of an orderless network that does not look at all of a piece for every cell."""

    @property
    def is_network(self) -> bool:
        """Whether it is trained by Keras; else it counts."""
        return self.build is not None

    @property
    def takes_controls(self) -> bool:
        """Whether what it is told of a piece (``workbench.controls``) changes what it writes."""
        return self.build_step is not None

    @property
    def is_orderless(self) -> bool:
        """Whether it fills holes in any order."""
        return self.build is not None and self.build_step is None

    @property
    def is_autoencoder(self) -> bool:
        """Whether it makes segments of a melody into points of a latent space, and points into segments."""
        return self.build_encoder is not None

    def check_suits(self, vocabulary: Vocabulary) -> None:
        """Raise ``InvalidSetting`` where a vocabulary is nothing for it."""
        reason = self.suits(vocabulary)
        if reason is not None:
            raise InvalidSetting(f"The architecture {self.name} cannot learn from this: {reason}.")


ARCHITECTURES: Registry[Architecture] = Registry("architecture", "workbench.zoo")


def architecture(
    name: str,
    *,
    title: str,
    settings: type,
    reference: str,
    presets: Mapping[str, Preset],
    diagram: Diagram,
    build_step: BuildStep,
    build_encoder: BuildStep | None = None,
    suits: Suits = every_vocabulary,
) -> Callable[[Build], Build]:
    """Register the network that the decorated ``build`` makes."""

    def register(build: Build) -> Build:
        ARCHITECTURES.register(
            name,
            Architecture(
                name, title, _description(build), reference, settings, presets, diagram,
                suits=suits, build=build, build_step=build_step, build_encoder=build_encoder,
            ),
        )  # fmt: skip
        return build

    return register


def orderless_architecture(
    name: str,
    *,
    title: str,
    settings: type,
    reference: str,
    presets: Mapping[str, Preset],
    diagram: Diagram,
    suits: Suits,
    reach: Reach | None = None,
) -> Callable[[Build], Build]:
    """Register the network that fills holes which the decorated ``build`` makes."""

    def register(build: Build) -> Build:
        ARCHITECTURES.register(
            name,
            Architecture(
                name, title, _description(build), reference, settings, presets, diagram,
                suits=suits, build=build, reach=reach,
            ),
        )  # fmt: skip
        return build

    return register


def counting_architecture(
    name: str,
    *,
    title: str,
    settings: type,
    reference: str,
    presets: Mapping[str, Preset],
    diagram: Diagram,
    load: Load,
) -> Callable[[Fit], Fit]:
    """Register the counting model that the decorated ``fit`` makes."""

    def register(fit: Fit) -> Fit:
        ARCHITECTURES.register(
            name,
            Architecture(
                name, title, _description(fit), reference, settings, presets, diagram,
                fit=fit, load=load,
            ),
        )  # fmt: skip
        return fit

    return register


def _description(function: Callable) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())
