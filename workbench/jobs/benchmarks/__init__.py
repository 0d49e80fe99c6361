"""Benchmarks: one ruler a file, found by discovery.

A benchmark measures a model on data that others have measured theirs on, in their unit: it reads the data from a path,
reads the model as what the benchmark asks for, and says what the data were (SHA-256 of each file). Which models it can read is its
own matter; one that cannot be read so is refused in a sentence.

Every benchmark tests itself: models of which the reading is known, such as the uniform one, must read what they must. Without data
the self-test takes real music that is installed with the workbench.

A new one is one file::

    def self_test(data: Path | None, report: Report) -> list[Check]: ...

    @benchmark("jsb16", title="…", unit="nats per frame", citation="…", self_test=self_test)
    def measure(model: Path, data: Path, split: str, report: Report) -> Reading:
        \"\"\"What it measures, in the words that the command line shows.\"\"\"

A ruler that is ``in_keys`` can read every piece in several keys (``keys``, an odd number; see :func:`around`) and take the mean of what the
model says in each, back in the piece's own. That is a prediction too, from left to right; it costs as many readings, and a model that learned
in all keys foresees better by it. One that ``recalls`` can put a memory of the piece beside the model (:mod:`workbench.metrics.recall`), which counts on the
data's training split how often music comes back.

The figures themselves are computed in :mod:`workbench.metrics`.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.model_card import file_digest
from workbench.core.registry import Registry
from workbench.core.report import Report

MOST_BYTES = 256 << 20
"""Of one file of data."""


@dataclass(frozen=True)
class Reading:
    """What a benchmark read of a model."""

    value: float
    """In the unit of the benchmark; smaller is better."""
    figures: dict[str, float]
    """What else was counted, by name."""
    sha256: dict[str, str]
    """Of each file of the data, by name."""
    remarks: tuple[str, ...] = ()
    """What a reader of the figure must know."""


@dataclass(frozen=True)
class Check:
    """A reading of which the value is known."""

    what: str
    reads: float
    least: float
    most: float
    why: str

    @property
    def holds(self) -> bool:
        """Whether it reads what it must."""
        return self.least <= self.reads <= self.most


def none_held_out(collection: str, title: str) -> bool:
    """The :data:`HeldOut` of benchmarks whose pieces are of no known collection."""
    return False


HeldOut = Callable[[str, str], bool]
"""Whether a piece, by its collection and title, is or may be among those that the benchmark holds out."""
Measure = Callable[..., Reading]
"""Model, data, split and report; ``keys``, in how many keys, where the ruler is ``in_keys``; ``recall``, whether with a memory, where it ``recalls``."""
SelfTest = Callable[[Path | None, Report], list[Check]]


@dataclass(frozen=True)
class Benchmark:
    """A ruler with its name, its unit, and what it says of itself."""

    name: str
    title: str
    description: str
    unit: str
    citation: str
    measure: Measure = field(repr=False)
    self_test: SelfTest = field(repr=False)
    held_out: HeldOut = field(repr=False, default=none_held_out)
    in_keys: bool = False
    recalls: bool = False


BENCHMARKS: Registry[Benchmark] = Registry("benchmark", __name__)


def benchmark(
    name: str,
    *,
    title: str,
    unit: str,
    citation: str,
    self_test: SelfTest,
    held_out: HeldOut = none_held_out,
    in_keys: bool = False,
    recalls: bool = False,
) -> Callable[[Measure], Measure]:
    """Register the decorated ``measure``; the first paragraph of its docstring describes it to people."""

    def register(measure: Measure) -> Measure:
        description = " ".join((inspect.getdoc(measure) or "").split("\n\n")[0].split())
        kept = Benchmark(name, title, description, unit, citation, measure, self_test)
        BENCHMARKS.register(
            name, replace(kept, held_out=held_out, in_keys=in_keys, recalls=recalls)
        )
        return measure

    return register


def around(keys: int) -> range:
    """So many keys, as semitones from a piece's own: it, and as many below as above."""
    return range(-(keys // 2), keys // 2 + 1)


def data_files(place: Path, names: tuple[str, ...], suffixes: tuple[str, ...]) -> list[Path]:
    """The file at ``place``, or of a folder the files with these names, or else with these suffixes; sorted.

    Raises
    ------
    InvalidSetting
        Where there is nothing of the kind.
    UnreadableFile
        Where a file is larger than ``MOST_BYTES``.
    """
    found = [place] if place.is_file() else []
    if place.is_dir():
        inside = sorted(path for path in place.rglob("*") if path.is_file())
        found = [path for path in inside if path.name in names]
        found = found or [path for path in inside if path.suffix.lower() in suffixes]
    if not found:
        wanted = " or ".join([*names, *(f"*{suffix}" for suffix in suffixes)])
        raise InvalidSetting(f"There is no {wanted} at {place}; name the file or its folder.")
    for path in found:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableFile(
                f"{path.name} has more than {MOST_BYTES >> 20} MB; a benchmark's data are smaller."
            )
    return found


def digests(files: list[Path]) -> dict[str, str]:
    """SHA-256 of each file, by name."""
    return {path.name: file_digest(path) for path in files}
