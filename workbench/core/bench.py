"""The bench: what is measured of several models on one dataset version, beside the music of people.

A bench has a *human* side, the held-out pieces of the dataset, and a *showing* of each model: how well it foresees these pieces, and what
the pieces it composes are like. Models compose under the plans (key, meter, length, tempo) of the human pieces, so that figures of
music differ by the music and not by what was asked for.

Plain records with a JSON round trip; None stands where a piece says nothing of a figure. What follows from them is reckoned by
:mod:`workbench.metrics.standings`.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

MOST_BARS = 64
"""Of a longer human piece the beginning is compared, and imitated in its length."""
MOST_PIECES = 1000
"""That each model composes."""


@dataclass(frozen=True)
class BenchSpec:
    """What was asked."""

    dataset: str
    models: tuple[str, ...]
    pieces: int = 40
    """Composed by each model; 0 measures how well they foresee music, and nothing else."""
    seed: int = 0
    split: str = "test"
    unheard_only: bool = False
    """Leave out held-out pieces of which any of the models has heard one of the family."""


@dataclass(frozen=True)
class Human:
    """A held-out piece."""

    id: str
    title: str
    key: str
    meter: str
    collection: str
    family: int
    """Pieces with the same number are of one family."""


@dataclass(frozen=True)
class Entrant:
    """A model as it comes to the bench."""

    name: str
    title: str
    architecture: str
    tokenizer: str
    parameters: int
    sha256: str
    run: str = ""
    """The run it comes from; empty for a bundled model."""
    configuration: str = ""
    """The same for runs that differ in their seed alone."""
    seed: int | None = None
    epoch: int | None = None
    training_seconds: float | None = None
    valid_loss: float | None = None
    """Nats per token."""
    heard: tuple[str, ...] = ()
    """Held-out pieces of which it has heard one of the family in training or validation."""
    is_known: bool = True
    """Whether all that it has ever heard is known here."""
    is_from_here: bool | None = None
    """Whether it learned from the bench's training split and from nothing else; None in a bench from before this was kept."""
    symbol: str = "token"
    """What its own kind of music counts in: ``token``, ``character`` or ``frame``."""
    symbol_tokens: int = 1
    """Tokens that make one of these: a frame has one a voice."""
    usual: dict[str, Any] = field(default_factory=dict)
    """What it was asked for besides the plan of a piece, as a request has it: limits, chances and the like. Empty in a bench from before this was kept."""


@dataclass(frozen=True)
class Foreseen:
    """How well a model foresees one piece: sums over its tokens."""

    nats: float
    quarters: float
    tokens: int
    correct: int
    moving: int
    moving_correct: int


@dataclass(frozen=True)
class Copied:
    """Successive notes of a line that are found in a training piece; all numbers count from 0."""

    piece: str
    """Id of the training piece."""
    notes: int
    line: int
    start: int
    """The note of the line at which it begins."""
    piece_line: int
    piece_start: int
    semitones: int
    """How much higher it is here than there."""


@dataclass(frozen=True)
class Borrowed:
    """What of a piece is found in the training split."""

    shares: tuple[float | None, ...]
    """Of its patterns of 4, 8 and 12 notes."""
    cardinality: float | None
    verdict: str
    """``copied``, ``like people`` or ``newer than people``."""
    longest: Copied | None = None
    nearest: Copied | None = None
    """The longest passage in common with the training piece that shares most patterns."""
    nearest_share: float = 0.0


@dataclass(frozen=True)
class Measured:
    """A piece, composed or human, as music."""

    like: int
    """Number of the human piece whose plan it follows; a human piece's own."""
    seed: int
    features: tuple[float | None, ...]
    """As ``Bench.features`` names them."""
    faults: tuple[str, ...] = ()
    """Promises that it breaks."""
    findings: tuple[str, ...] = ()
    """Names of what :mod:`workbench.metrics.collapse` found wrong."""
    borrowed: Borrowed | None = None
    """None where no index could be made of the training split."""
    tokens: int = 0
    seconds: float = 0.0
    """That composing it took."""


@dataclass(frozen=True)
class Likeness:
    """How alike a feature or distribution is in two sets of pieces."""

    overlap: float
    """Area that both densities, or mean histograms, have in common, 0..1."""
    divergence: float
    """Kullback-Leibler, from the human set to the other, in nats."""
    set_overlap: float | None = None
    """MGEval's: of the distances among human pieces with those from the others to them."""


@dataclass(frozen=True)
class MusicSet:
    """Pieces of one origin, together."""

    pieces: tuple[Measured, ...] = ()
    histograms: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """Mean shares by the name of a distribution; a matrix row by row."""
    likeness: dict[str, Likeness] = field(default_factory=dict)
    """To the human set, by the name of a feature or distribution."""
    figures: dict[str, float] = field(default_factory=dict)
    """Of the set as a whole, by the names of ``metrics.music_sets``."""
    verdict: str = ""
    """Of the set as a whole: ``copied``, ``like people`` or ``newer than people``; empty where it cannot be told."""
    replicates: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """The same figures with the human pieces drawn anew, the same draws for every set of a bench."""


@dataclass(frozen=True)
class Showing:
    """What one model does."""

    entrant: Entrant
    foreseen: tuple[Foreseen | None, ...] = ()
    """Of each human piece; None where its tokenizer has no way to say it. Empty where it was not scored."""
    ngram: tuple[Foreseen | None, ...] = ()
    """The same of the n-gram of the training split, in the same tokens."""
    estimate: str = ""
    """How likelihoods were estimated; empty where they are exact."""
    music: MusicSet = MusicSet()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Baseline:
    """What people of the training split borrow from one another."""

    mean: float | None
    half_width: float | None
    """Of the 95 % interval of the mean."""
    low: float | None
    high: float | None
    """Between which 95 % of the human pieces lie."""


@dataclass(frozen=True)
class Bench:
    """What was measured."""

    id: str
    spec: BenchSpec
    dataset_fingerprint: str
    training_pieces: int
    created: str
    seconds: float
    versions: dict[str, str]
    humans: tuple[Human, ...]
    features: tuple[str, ...]
    human: MusicSet
    """The held-out pieces as music."""
    people: MusicSet
    """Other music by people, training pieces, as many as a model composes: what may be asked of a model. Of what they borrow their own
    families are left out."""
    baseline: dict[str, Baseline]
    showings: tuple[Showing, ...]

    @cached_property
    def titles(self) -> dict[str, str]:
        """What names each model on a page, by its name: its title, with the name behind it where another has the same."""
        entrants = [showing.entrant for showing in self.showings]
        of_title = Counter(entrant.title for entrant in entrants)
        return {
            entrant.name: entrant.title
            if of_title[entrant.title] == 1
            else f"{entrant.title} ({entrant.name})"
            for entrant in entrants
        }
