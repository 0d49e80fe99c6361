"""Comparing runs: their figures side by side, what their settings differ in, and seeds taken together.

A *line* is one run, or the runs of one configuration, which differ in their seed alone. Figures of a line of several are means
over the seeds that came to their end, each seed counted once, with the 95 % interval of Student's t distribution.

Held-out figures are nats per quarter note on the test pieces of the run's dataset. They compare by the same ruler where dataset,
pieces and estimate are the same; :func:`caveats` says where they are not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.core.errors import InvalidSetting
from workbench.core.runs import DONE, TrainingRun
from workbench.core.tables import Column, write_table
from workbench.metrics.intervals import mean_interval
from workbench.services import activity
from workbench.store import open_store
from workbench.store.run_query import RunQuery
from workbench.workspace import Workspace

WATTS = 12.0
"""Power of a busy core where nobody said otherwise: the default of Green Algorithms (Lannelongue et al., Advanced Science
2021) for a processor that is not known."""
EVERY_RUN = RunQuery()
MEAN_WORDS = "After ± stands half of the 95 % interval of the mean over the seeds (Student's t)."
_WATTS_LOW, _WATTS_HIGH = 0.1, 1000.0
_JOULES_A_WATT_HOUR = 3600.0
_LONGEST_NOTE, _LONGEST_TAG, _MOST_TAGS = 2000, 40, 20

Line = dict[str, Any]
"""A row of the table: names as in ``FIGURES``, ``ids`` of its runs, and ``settings`` by name."""

FIGURES = (
    Column("id", "Run"),
    Column("state", "State"),
    Column("architecture", "Model"),
    Column("tokenizer", "Music as"),
    Column("dataset", "Dataset"),
    Column("seed", "Seed"),
    Column("seeds", "Seeds", 0),
    Column("epoch", "Epochs", 0),
    Column("best_loss", "Validation loss (nats/token)", 3, "best_loss_interval"),
    Column("held_out", "Held-out (nats/quarter)", 3, "held_out_interval"),
    Column("baseline", "n-gram (nats/quarter)", 3),
    Column("parameters", "Parameters", 0),
    Column("seconds", "Time (s)", 1),
    Column("cpu_seconds", "Processor time (s)", 1),
    Column("watt_hours", "Energy, estimated (Wh)", 3),
)


@dataclass(frozen=True)
class Comparison:
    """Lines with the settings that they differ in, and what to mind when reading them."""

    lines: list[Line]
    settings: list[str]
    caveats: list[str]

    def table(self, form: str) -> str:
        """As ``csv``, ``latex`` or ``md``."""
        columns = [
            *FIGURES,
            *(Column(f"settings.{name}", title_of(name)) for name in self.settings),
        ]
        rows = [
            line | {f"settings.{name}": _said(line["settings"].get(name)) for name in self.settings}
            for line in self.lines
        ]
        return write_table(rows, columns, form, " ".join(self.caveats))


def page(
    workspace: Workspace, query: RunQuery = EVERY_RUN, *, sort: str = "begun", reverse: bool = False,
    together: bool = False, offset: int = 0, limit: int = -1, power: float | None = None,
) -> tuple[list[Line], int]:  # fmt: skip
    """Lines that match, pinned ones first, and how many there are in all.

    ``sort`` is one of ``run_query.SORTS``; ``power`` is what a busy core takes, in watts, None for what was set.
    """
    power = power or watts(workspace)
    with activity.open_current(workspace) as store:
        groups = store.runs.page(
            query, sort=sort, reverse=reverse, together=together, offset=offset, limit=limit
        )
        total = store.runs.matching(query, together=together)
    return [line(group, power) for group in groups], total


def facets(workspace: Workspace) -> dict[str, list[str]]:
    """What runs can be chosen by: architectures, tokenizers, datasets, tags."""
    with open_store(workspace) as store:
        return store.runs.facets()


def compare(
    workspace: Workspace, runs: Sequence[str], *, together: bool = False, power: float | None = None
) -> Comparison:
    """Some runs side by side, in that order. ``UnknownName`` for a run that there is not."""
    if not runs:
        raise InvalidSetting("Name at least one run; `runs list` shows those there are.")
    power = power or watts(workspace)
    with activity.open_current(workspace) as store:
        found = [store.runs.get(run) for run in dict.fromkeys(runs)]
    groups: dict[str, list[TrainingRun]] = {}
    for run in found:
        groups.setdefault(run.configuration if together else run.id, []).append(run)
    lines = [line(group, power) for group in groups.values()]
    words = caveats(found)
    if any(each["held_out_interval"] is not None for each in lines):
        words.append(MEAN_WORDS)
    return Comparison(lines, differing(lines), [*words, energy_words(power)])


def curves(
    workspace: Workspace, runs: Sequence[str], *, limit: int = 500
) -> dict[str, list[tuple[int, float]]]:
    """Validation loss by epoch of each run, thinned to about so many points."""
    with open_store(workspace) as store:
        return store.runs.curves(runs, limit)


# --- a line -------------------------------------------------------------------------------------


def line(runs: Sequence[TrainingRun], watts: float) -> Line:
    """The figures of one run, or of several that differ in their seed alone, the newest first."""
    first = runs[0]
    counted = _one_a_seed(runs) if len(runs) > 1 else list(runs)
    found: Line = {
        "id": first.id if len(runs) == 1 else f"{first.id} and {len(runs) - 1} more",
        "ids": [run.id for run in runs],
        "state": _one(run.state for run in runs),
        "architecture": first.spec.model.architecture,
        "tokenizer": first.spec.tokenizer.name,
        "dataset": first.spec.dataset,
        "seed": ", ".join(str(s) for s in sorted({run.spec.training.seed for run in runs})),
        "seeds": len(counted),
        "estimate": _one(run.evaluation.get("test", {}).get("estimate", "") for run in runs),
        "parameters": first.parameters,
        "tags": sorted({tag for run in runs for tag in run.tags}),
        "note": " / ".join(dict.fromkeys(run.note for run in runs if run.note)),
        "pinned": any(run.pinned for run in runs),
        "archived": all(run.archived for run in runs),
        "created": first.created,
        "asked_by": _one(run.asked_by for run in runs),
        "settings": settings_of(first),
    }
    figures: dict[str, Sequence[float | None]] = {
        "epoch": [run.epoch for run in counted],
        "best_loss": [run.best_loss for run in counted],
        "held_out": [run.held_out() for run in counted],
        "baseline": [run.held_out("baseline") for run in counted],
        "seconds": [run.seconds for run in counted],
        "cpu_seconds": [run.cpu_seconds for run in counted],
    }
    for name, values in figures.items():
        known = [value for value in values if value is not None]
        interval = mean_interval(known) if known else None
        found[name] = interval.mean if interval else None
        if name in ("best_loss", "held_out"):
            found[f"{name}_interval"] = interval.half_width if interval else None
    if len(counted) == 1:
        found["epoch"] = counted[0].epoch
    found["watt_hours"] = energy(found["cpu_seconds"], watts)
    return found


def _one_a_seed(runs: Sequence[TrainingRun]) -> list[TrainingRun]:
    """Of runs that are done, the newest of each seed: the same seed again is the same draw again."""
    newest: dict[int, TrainingRun] = {}
    for run in runs:
        if run.state == DONE:
            newest.setdefault(run.spec.training.seed, run)
    return list(newest.values())


def _one(values: Iterable[str]) -> str:
    """The values, each once."""
    return ", ".join(dict.fromkeys(values))


def settings_of(run: TrainingRun) -> dict[str, Any]:
    """Every setting of a run but its seed, by the name that ``train --set`` knows it by."""
    spec = run.spec
    training = {name: value for name, value in vars(spec.training).items() if name != "seed"}
    return {
        "architecture": spec.model.architecture,
        "tokenizer": spec.tokenizer.name,
        "dataset": spec.dataset,
        "dataset_fingerprint": run.dataset_fingerprint,
        **training,
        **spec.tokenizer.settings,
        **spec.model.settings,
        "controls": ", ".join(spec.controls),
        "start_from": spec.start_from or "",
    }


_SHOWN_ANYWAY = ("architecture", "tokenizer", "dataset", "dataset_fingerprint")


def differing(lines: Sequence[Line]) -> list[str]:
    """Names of the settings that are not the same in all lines, without those that are columns anyway."""
    rows = [line["settings"] for line in lines]
    names = dict.fromkeys(name for row in rows for name in row)
    return [
        name
        for name in names
        if name not in _SHOWN_ANYWAY and len({_said(row.get(name)) for row in rows}) > 1
    ]


def title_of(setting: str) -> str:
    """A setting's name for a reader."""
    return setting.replace("_", " ").capitalize()


def _said(value: Any) -> str:
    return "–" if value is None or value == "" else str(value)


# --- what to mind -------------------------------------------------------------------------------


def caveats(runs: Sequence[TrainingRun]) -> list[str]:
    """Where the held-out figures of some runs are not by the same ruler, a sentence each."""
    scored = [run for run in runs if run.held_out() is not None]
    tests = [run.evaluation["test"] for run in scored]
    found = []
    if len({run.dataset_fingerprint for run in scored}) > 1:
        found.append(
            "These runs were tested on different datasets: compare each with the n-gram beside it, not with one another."
        )
    elif len({(test["pieces"], round(test["quarters"], 3)) for test in tests}) > 1:
        found.append(
            "Some of these tokenizers cannot say all of the test pieces, so these runs were not tested on quite the same music."
        )
    estimated = {t["estimate"]: run.id for t, run in zip(tests, scored, strict=True) if t.get("estimate")}  # fmt: skip
    found += [f"The held-out figure of {run} is a {words}." for words, run in estimated.items()]
    return found


# --- energy -------------------------------------------------------------------------------------


def energy(cpu_seconds: float | None, watts: float) -> float | None:
    """Watt hours: an estimate, processor seconds times the power of a busy core."""
    return None if cpu_seconds is None else cpu_seconds * watts / _JOULES_A_WATT_HOUR


def energy_words(watts: float) -> str:
    """How the estimate was made, in a sentence."""
    return (
        f"Energy is an estimate: processor time × {watts:g} W for each busy core; graphics processor, memory and cooling are "
        "not counted."
    )


def watts(workspace: Workspace) -> float:
    """Power of a busy core, in watts, as it was set here."""
    with open_store(workspace) as store:
        return store.preferences.number("watts", WATTS)


def set_watts(workspace: Workspace, power: float) -> None:
    """Say what a busy core of this machine takes; ``InvalidSetting`` where no core takes that."""
    if not _WATTS_LOW <= power <= _WATTS_HIGH:
        raise InvalidSetting(
            f"A core takes {_WATTS_LOW:g} to {_WATTS_HIGH:g} watts, not {power:g}."
        )
    with open_store(workspace) as store:
        store.preferences.set_number("watts", power)


# --- what a person says of runs -----------------------------------------------------------------


def annotate(
    workspace: Workspace, runs: Sequence[str], *, note: str | None = None, pinned: bool | None = None,
    archived: bool | None = None, tag: Sequence[str] = (), untag: Sequence[str] = (),
) -> None:  # fmt: skip
    """Change what is said of some runs, all of them or none; None leaves what is there.

    Raises ``InvalidSetting`` for a tag or a note that is too long, ``UnknownName`` for a run that there is not.
    """
    given = {"note": note and note.strip()[:_LONGEST_NOTE], "pinned": pinned, "archived": archived}
    said: Mapping[str, Any] = {name: value for name, value in given.items() if value is not None}
    new = [_checked(word) for word in tag]
    with open_store(workspace) as store, store.db.atomic():
        for run in runs:
            kept = [word for word in store.runs.get(run).tags if word not in untag]
            tags = list(dict.fromkeys([*kept, *new]))
            if len(tags) > _MOST_TAGS:
                raise InvalidSetting(
                    f"A run carries at most {_MOST_TAGS} tags; take one away first."
                )
            store.runs.annotate(run, tags=tags, **said)


def _checked(tag: str) -> str:
    clean = " ".join(tag.split())
    if not clean or len(clean) > _LONGEST_TAG:
        raise InvalidSetting(
            f"{tag!r} is no tag; write a word or two, up to {_LONGEST_TAG} letters."
        )
    return clean
