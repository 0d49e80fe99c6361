"""From the scores in a folder to the sequences that a model learns from and is scored on.

A folder holds all that the work needs, so that it can be done anywhere: ``dataset.zip`` with the scores, named
``split/piece``, and ``labels.json`` with what the model is told of each. A tokenizer that learns its vocabulary does so from the
training split, and ``tokenizer.json`` keeps it. Encoded, the scores lie in ``sequences`` and are mapped from there, so that a
dataset may be larger than memory.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.core.augmentation import NONE, Augmentation, stretches, variants
from workbench.core.dataset import SPLITS
from workbench.core.errors import CannotEncode, WorkFailed
from workbench.core.files import write_whole
from workbench.core.packing import read_scores
from workbench.core.records import from_json, to_json
from workbench.core.score import Score
from workbench.core.sequences import SequenceFolder, write_sequences
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.jobs import Spec
from workbench.tokenizers import TOKENIZERS, learned
from workbench.tokenizers.controlled import Controlled

log = logging.getLogger("workbench.train")

DATASET_FILE = "dataset.zip"
SEQUENCES = "sequences"
VOCABULARY_FILE = "tokenizer.json"
LABELS_FILE = "labels.json"

Told = Mapping[str, Mapping[str, str]]
"""By piece and control, the label that the piece carries."""


def learn_vocabulary(folder: Path, asked: TokenizerSpec) -> TokenizerSpec:
    """The spec with what its tokenizer learns from the training split, kept in the folder for when the run is resumed."""
    kept = folder / VOCABULARY_FILE
    if kept.exists():
        return from_json(TokenizerSpec, json.loads(kept.read_text(encoding="utf-8")))
    scores = (score for _, score in read_scores(folder / DATASET_FILE, "train/"))
    found = learned(asked, scores)
    if found != asked:
        write_whole(kept, json.dumps(to_json(found)))
    return found


@dataclass(frozen=True)
class Heard:
    """What a model hears of a dataset, besides the pieces as they are."""

    augmentation: Augmentation = NONE
    window_bars: int = 0
    kinds: frozenset[str] = frozenset()
    """Kinds of augmentation that its tokenizer can tell apart."""
    labels: Told = field(default_factory=dict)


def encode(
    folder: Path, tokenizer: Tokenizer, spec: Spec
) -> tuple[dict[str, Sequence[TokenSequence]], int]:
    """The sequences of a folder's scores, split by split, as the job's spec has them heard; how many pieces are left out.

    ``WorkFailed`` where nothing is left to train on, or to validate on.
    """
    heard = Heard(
        from_json(Augmentation, spec.get("augmentation", {})),
        spec.get("window_bars", 0),
        TOKENIZERS.get(tokenizer.name).hears,
        read_labels(folder / LABELS_FILE),
    )
    splits, skipped = lay_out(folder / DATASET_FILE, tokenizer, folder / SEQUENCES, heard)
    for split in ("train", "valid"):
        if not splits[split]:
            raise WorkFailed(
                f"No piece of the {split} split fits the tokenizer {tokenizer.name}; "
                "choose another tokenizer or dataset."
            )
    return splits, skipped


def lay_out(
    path: Path, tokenizer: Tokenizer, folder: Path, heard: Heard, wanted: Sequence[str] = SPLITS
) -> tuple[dict[str, Sequence[TokenSequence]], int]:
    """Encode the scores of a file into a folder, each split that is wanted; how many pieces the tokenizer has no way to say.

    Variants are made of the training split alone, and those that come to the same tokens are heard once.
    """
    skipped = 0

    def of_split(split: str) -> Iterator[TokenSequence]:
        nonlocal skipped
        for name, score in read_scores(path, f"{split}/"):
            sequences = encoded(name, score, tokenizer, heard, split == "train")
            skipped += not sequences
            yield from sequences

    splits: dict[str, Sequence[TokenSequence]] = {}
    for split in dict.fromkeys(wanted):
        write_sequences(folder / split, of_split(split))
        splits[split] = SequenceFolder(folder / split)
    return splits, skipped


def encoded(
    name: str, score: Score, tokenizer: Tokenizer, heard: Heard, is_training: bool
) -> list[TokenSequence]:
    """A piece's stretches and, for training, their variants, as far as the tokenizer can say them."""
    result: list[TokenSequence] = []
    for part in stretches(score, heard.window_bars):
        distinct: dict[bytes, TokenSequence] = {}
        for variant in variants(part, heard.augmentation, heard.kinds if is_training else ()):
            try:
                sequence = replace(tokenizer.encode(variant), is_variant=bool(distinct))
            except CannotEncode as error:
                log.info("%s is left out: %s", name, error)
                continue
            if isinstance(tokenizer, Controlled):
                sequence = tokenizer.told(sequence, heard.labels.get(name.partition("/")[2], {}))
            distinct.setdefault(sequence.tokens.tobytes() + sequence.context.tobytes(), sequence)
        result += distinct.values()
    return result


def write_labels(path: Path, labels: Told) -> None:
    """Keep what the pieces carry, completely or not at all."""
    write_whole(path, json.dumps(labels))


def read_labels(path: Path) -> Told:
    """What :func:`write_labels` kept; nothing where the model is told nothing."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
