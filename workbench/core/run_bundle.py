"""A run as one file that another installation brings in, with its curves.

A zip archive::

    run.json      the run, its epochs, moments within them, the card of its dataset; a format number
    model.json    the card of the model, with the SHA-256 of every file that composes
    best.keras    … and the model's other files, as ``MODEL_FILES`` names them
    README.txt    what is in it, for a reader

A file may come from a stranger. Its table of contents is bounded before it is read, its members are those of a short
list and written under names of our own making, each with a limit; what ``run.json`` says is checked value by
value, for pages draw it. What the model's files hold is for :mod:`workbench.training.strangers` to look at.
"""

import hashlib
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.core.errors import UnreadableFile
from workbench.core.files import written_whole
from workbench.core.model_card import CARD_FILE, ENCODER_FILE, SPACE_FILE, ModelCard
from workbench.core.records import from_json, to_json
from workbench.core.run_card import DatasetCard
from workbench.core.runs import ENDED, STOPPED, EpochMetrics, TrainingRun
from workbench.core.zips import DAMAGE, table_bytes

FORMAT = 1
RECORD_FILE, README_FILE = "run.json", "README.txt"
DATASET_CARD_FILE = "dataset.json"
"""In the folder of a run that was brought in: the card of the dataset it was trained on elsewhere."""
WEIGHTS_FILE, GRAPH_FILE, COUNTS_FILE = "best.keras", "best.onnx", "ngram.npz"
_MEGABYTE = 10**6
MODEL_FILES = {
    CARD_FILE: 32 * _MEGABYTE,
    WEIGHTS_FILE: 500 * _MEGABYTE,
    GRAPH_FILE: 500 * _MEGABYTE,
    COUNTS_FILE: 500 * _MEGABYTE,
    ENCODER_FILE: 200 * _MEGABYTE,
    SPACE_FILE: 10 * _MEGABYTE,
}
"""Files of a model by name, with the most bytes that each may have."""
_LIMITS = {RECORD_FILE: 32 * _MEGABYTE, README_FILE: _MEGABYTE, **MODEL_FILES}
MOST_BYTES = 1000 * _MEGABYTE
MOST_EPOCHS, MOST_STEPS = 100_000, 5_000
_TABLE_BYTES = 10_000
_CHUNK = 2**20
_FIGURES = ("nats_per_quarter", "nats_per_token", "accuracy", "pieces", "quarters")
_OF_MACHINE = {"system": str, "processor": str, "cores": int}
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[^\x00-\x1f]{1,200}")
_OF_STEP = ("step", "epoch", "loss")


@dataclass(frozen=True)
class RunRecord:
    """What ``run.json`` says."""

    run: TrainingRun
    epochs: tuple[EpochMetrics, ...]
    steps: tuple[dict[str, float], ...]
    """Moments within epochs, thinned."""
    dataset: DatasetCard
    format: int = FORMAT


def write_bundle(path: Path, record: RunRecord, files: Mapping[str, Path], readme: str) -> None:
    """Write a run with its model's files, by name; whole or not at all."""
    with (
        written_whole(path) as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr(RECORD_FILE, json.dumps(to_json(record), indent=1))
        archive.writestr(README_FILE, readme)
        for name, file in files.items():
            archive.write(file, name)


class RunBundle:
    """A bundle that is read. Use it as a context; ``UnreadableFile`` says what is wrong with one."""

    record: RunRecord
    card: ModelCard

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                is_long = table_bytes(file) > _TABLE_BYTES
            if is_long or path.stat().st_size > MOST_BYTES:
                raise _damaged("it is larger than runs are")
            self._archive = zipfile.ZipFile(path)
        except DAMAGE as error:
            raise _damaged(f"it is no zip archive ({error})") from error
        try:
            self._names = _checked_names(self._archive.infolist())
            self.record = self._read_record()
            self.card = self._read_card()
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> "RunBundle":
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the file that composes: the same for a run wherever it is brought in."""
        return self.card.sha256

    def unpack(self, folder: Path) -> None:
        """Write the model's files into a folder that is there; each is the one that the card speaks of."""
        wanted = {self.card.file: self.card.sha256, **self.card.companions}
        for name in self._names:
            if name in MODEL_FILES:
                digest = self._write(name, folder / name)
                if digest != wanted.get(name, digest):
                    raise _damaged(f"{name} is not the file that its card speaks of")

    def _write(self, name: str, path: Path) -> str:
        """A member as a file; its SHA-256."""
        digest, left = hashlib.sha256(), _LIMITS[name]
        try:
            with self._archive.open(name) as member, path.open("wb") as file:
                while chunk := member.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise _damaged(f"{name} is too large")
                    digest.update(chunk)
                    file.write(chunk)
        except OSError:
            raise  # of the disk that it is written to
        except DAMAGE as error:
            raise _damaged(f"{name}: {error}") from error
        return digest.hexdigest()

    def _read(self, name: str) -> Any:
        """A member that is JSON. Numbers that are none (NaN) are refused."""
        try:
            with self._archive.open(name) as member:
                data = member.read(_LIMITS[name] + 1)
            if len(data) > _LIMITS[name]:
                raise _damaged(f"{name} is too large")
            return json.loads(data, parse_constant=_no_number)
        except (KeyError, ValueError, RecursionError) as error:
            raise _damaged(f"{name} cannot be read: {error}") from error
        except DAMAGE as error:
            raise _damaged(f"{name}: {error}") from error

    def _read_record(self) -> RunRecord:
        data = self._read(RECORD_FILE)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise _damaged(f"this workbench reads bundles of format {FORMAT}")
        try:
            return _checked(from_json(RunRecord, data))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise _damaged(f"{RECORD_FILE} cannot be read: {error}") from error

    def _read_card(self) -> ModelCard:
        try:
            card = from_json(ModelCard, self._read(CARD_FILE))
        except (ValueError, TypeError, RecursionError) as error:
            raise _damaged(f"{CARD_FILE} cannot be read: {error}") from error
        parts = {card.file, *card.companions}
        if card.file not in (GRAPH_FILE, COUNTS_FILE) or not parts <= self._names & set(
            MODEL_FILES
        ):
            raise _damaged("files of its model are missing or called otherwise")
        if card.model != self.record.run.spec.model:
            raise _damaged("its model is of another kind than its run")
        return card


def _checked_names(members: Sequence[zipfile.ZipInfo]) -> frozenset[str]:
    names = [each.filename for each in members]
    for each in members:
        if each.filename not in _LIMITS:
            raise _damaged(f"it holds {each.filename[:60]!r}, which is no part of a run")
        if each.file_size > _LIMITS[each.filename]:
            raise _damaged(f"{each.filename} is too large")
        if each.flag_bits & 0x1:
            raise _damaged(f"{each.filename} is encrypted")
    if len(set(names)) < len(names) or sum(each.file_size for each in members) > MOST_BYTES:
        raise _damaged("a file stands there twice, or it is too large as a whole")
    return frozenset(names)


# --- what run.json says ---------------------------------------------------------------------------


def _checked(record: RunRecord) -> RunRecord:
    """The record, with texts cut to length; ``ValueError`` where a page could not show it."""
    run = record.run
    if [each.epoch for each in record.epochs] != list(range(1, len(record.epochs) + 1)):
        raise ValueError("its epochs do not follow one another")
    if not 0 < len(record.epochs) <= MOST_EPOCHS or len(record.steps) > MOST_STEPS:
        raise ValueError("it has no epochs, or too many moments")
    if not _FINGERPRINT.fullmatch(run.dataset_fingerprint) or not _NAME.fullmatch(run.spec.dataset):
        raise ValueError("its dataset has no name or fingerprint")
    for step in record.steps:
        if not all(name in step for name in _OF_STEP):
            raise ValueError("a moment has no step, epoch and loss")
    for moment in (run.created, run.started, run.ended):
        if moment is not None and datetime.fromisoformat(moment).tzinfo is None:
            raise ValueError(f"{moment[:40]!r} is no time of UTC")
    for name, kind in _OF_MACHINE.items() if run.machine else ():
        if not isinstance(run.machine.get(name), kind):
            raise ValueError(f"its machine has no {name}")
    _check_evaluation(run.evaluation)
    _check_numbers(to_json(record))
    return replace(
        record,
        run=replace(
            run,
            state=run.state if run.state in ENDED else STOPPED,
            message=run.message[:500],
            note=run.note[:5_000],
            tags=tuple(tag[:40] for tag in run.tags[:20] if tag.strip()),
            versions={name[:40]: number[:80] for name, number in run.versions.items()},
        ),
    )


def _check_evaluation(evaluation: Mapping[str, Any]) -> None:
    if not set(evaluation) <= {"skipped", "known", "learned", "forgetting", "test", "baseline"}:
        raise ValueError("its figures have names that are not known")
    if not all(
        isinstance(evaluation.get(name, 0), int) for name in ("skipped", "known", "learned")
    ):
        raise ValueError("its figures are none")
    if "baseline" in evaluation and "test" not in evaluation:
        raise ValueError("it has figures of the baseline alone")
    for name in ("test", "baseline"):
        if name in evaluation:
            _check_figures(name, evaluation[name])
    if "forgetting" in evaluation:
        _check_forgetting(evaluation["forgetting"])


def _check_forgetting(measured: Any) -> None:
    """What a run says it gained and forgot (:mod:`workbench.jobs.forgetting`)."""
    if not isinstance(measured, dict) or not set(measured) <= {"complete", "old", "new"}:
        raise ValueError("what it forgot has names that are not known")
    if not isinstance(measured.get("complete"), bool):
        raise ValueError("what it forgot is not said")
    for name in {"old", "new"} & set(measured):
        found = measured[name]
        if not isinstance(found, dict) or not isinstance(found.get("dataset"), str):
            raise ValueError(f"a figure of the {name} dataset is missing")
        for moment in ("before", "after"):
            _check_figures(moment, found.get(moment))


def _check_figures(name: str, found: Any) -> None:
    if not isinstance(found, dict) or not isinstance(found.get("estimate", ""), str):
        raise ValueError("its figures are none")
    if not all(isinstance(found.get(each), int | float) for each in _FIGURES):
        raise ValueError(f"a figure of the {name} is missing")


def _check_numbers(value: Any) -> None:
    """``ValueError`` for numbers that a database or a chart cannot take."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check_numbers(each)
    elif isinstance(value, int | float) and not (math.isfinite(value) and abs(value) < 2**63):
        raise ValueError("a number is too large")


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


RUN_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}-[0-9a-f]{6}")
"""How runs are called."""


def _damaged(why: str) -> UnreadableFile:
    return UnreadableFile(
        f"The run cannot be brought in: {why}. Export it again where it was trained."
    )
