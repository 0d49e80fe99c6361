"""What a model's folder says of itself: enough to compose without Keras, and to know where it came from.

A folder holds ``model.json`` (this card), the file that composes (``best.onnx``, or ``ngram.npz``), its companions (of an
autoencoder ``encoder.onnx`` and ``latents.npz``), and, for networks, ``best.keras`` to go on training from. ``last.*`` files belong to a training that may be resumed.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.creativity import HIGHEST, USUAL
from workbench.core.errors import UnreadableFile
from workbench.core.files import write_whole
from workbench.core.recipe import Recipe
from workbench.core.records import from_json, to_json
from workbench.core.specs import ModelSpec, TokenizerSpec
from workbench.core.vocabulary import TokenSequence, Vocabulary

CARD_FILE = "model.json"
ENCODER_FILE, SPACE_FILE = "encoder.onnx", "latents.npz"
FORMAT = 1


@dataclass(frozen=True)
class Heard:
    """What the training split held, and so what the model can be asked for. Commonest first."""

    meters: dict[str, int]
    """Pieces by meter, such as ``{"6/8": 120}``."""
    modes: dict[str, int]
    """Pieces by mode, such as ``{"major": 300}``."""
    keys: dict[str, int]
    """Pieces by key, such as ``{"D major": 80}``; 0 for keys in which it heard only what augmentation brought there."""
    tempo: float
    """Median, in quarter notes per minute."""
    forms: tuple[str, ...] = ()
    """Of some melodies which bars return, as ``core.forms`` writes them; none where the music has several voices."""


@dataclass(frozen=True)
class ModelCard:
    """A trained model, in words and numbers."""

    model: ModelSpec
    tokenizer: TokenizerSpec
    vocabulary: Vocabulary
    file: str
    """Name of the file that composes."""
    sha256: str
    """Of that file."""
    parameters: int
    epoch: int
    """The epoch whose weights were kept, counted from 1."""
    valid_loss: float
    """Nats per token on the validation split."""
    heard: Heard
    versions: dict[str, str] = field(default_factory=dict)
    title: str = ""
    description: str = ""
    companions: dict[str, str] = field(default_factory=dict)
    """Files that composing needs besides, by name, with the SHA-256 of each."""
    recipe: Recipe | None = None
    """How to train it again, where that is known."""
    creativity: float = USUAL
    """Where it comes nearest to people's music (``core.creativity``), found on a validation split. The page Compose, the command line and the
    bench begin with it; blind tests and live music have settings of their own."""
    returning: bool = False
    """Whether bars return by the forms it heard (``heard.forms``) unless somebody says otherwise."""
    formerly: tuple[str, ...] = ()
    """SHA-256 of earlier files with the same weights: this one composes what they did, but where a logit is rounded otherwise."""
    format: int = FORMAT

    def __post_init__(self) -> None:
        if not 0 <= self.creativity <= HIGHEST:
            raise ValueError(f"its creativity is {self.creativity}, beyond 0 to {HIGHEST:g}")

    def is_of(self, fingerprint: str) -> bool:
        """Whether a file with this SHA-256 held the model's weights."""
        return fingerprint in (self.sha256, *self.formerly)


def heard(sequences: Sequence[TokenSequence], forms: tuple[str, ...] = ()) -> Heard:
    """What a training split holds; ``forms`` are those of its melodies. Variants of a piece are not counted."""

    def counted(values: list[str]) -> dict[str, int]:
        return dict(Counter(values).most_common())

    plans = [sequence.plan for sequence in sequences if not sequence.is_variant]
    keys = counted([str(plan.key) for plan in plans])
    for sequence in sequences:
        keys.setdefault(str(sequence.plan.key), 0)
    tempos = sorted(plan.tempo for plan in plans)
    return Heard(
        meters=counted([str(plan.meter) for plan in plans]),
        modes=counted([plan.key.mode for plan in plans]),
        keys=keys,
        tempo=tempos[len(tempos) // 2],
        forms=forms,
    )


def write_card(folder: Path, card: ModelCard) -> None:
    """Write the card, completely or not at all."""
    write_whole(folder / CARD_FILE, json.dumps(to_json(card), indent=1))


def read_card(folder: Path) -> ModelCard:
    """The card of a model's folder; ``UnreadableFile`` where there is none or it is damaged."""
    try:
        data = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
        return from_json(ModelCard, data)
    except FileNotFoundError as error:
        raise UnreadableFile(
            f"The model {folder.name} has kept nothing yet; let it train for an epoch first."
        ) from error
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"The model card of {folder.name} is damaged: {error}.") from error


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_whole(folder: Path, card: ModelCard) -> bool:
    """Whether every file of a model is the one that its card speaks of; ``OSError`` where one is missing."""
    files = {card.file: card.sha256, **card.companions}
    return all(file_digest(folder / Path(name).name) == wanted for name, wanted in files.items())


def best_file(folder: Path, card: ModelCard) -> Path:
    """The file that composes."""
    return folder / Path(card.file).name
