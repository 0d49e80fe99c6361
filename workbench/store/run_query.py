"""Which runs are looked at, and in which order: from a query to SQL over ``runs`` joined with ``jobs``."""

from dataclasses import dataclass
from typing import Any

from workbench.core.errors import InvalidSetting
from workbench.core.runs import INTERRUPTED, RUNNING

SORTS = {
    "begun": "max(runs.created) DESC",
    "model": "min(runs.architecture) ASC",
    "dataset": "min(runs.dataset) ASC",
    "loss": "avg(best_loss) ASC",
    "held-out": "avg(held_out) ASC",
    "gain": "avg(baseline - held_out) DESC",
    "parameters": "avg(parameters) ASC",
    "time": "avg(seconds) ASC",
    "energy": "avg(cpu_seconds) ASC",
}
"""What runs can be ordered by, the best or the newest first; of runs taken together, the mean."""
_TEXT = "lower(runs.id || ' ' || note || ' ' || tags || ' ' || runs.dataset || ' ' || architecture || ' ' || tokenizer)"


@dataclass(frozen=True)
class RunQuery:
    """Conditions that add up; an empty one asks for nothing."""

    words: str = ""
    """Each of them is found in the id, the note, the tags, or the name of dataset, architecture or tokenizer."""
    state: str = ""
    architecture: str = ""
    tokenizer: str = ""
    dataset: str = ""
    tag: str = ""
    archived: bool = False
    """Whether archived runs are looked at too."""


def where(query: RunQuery) -> tuple[str, list[Any]]:
    """The condition, and the values for its question marks."""
    conditions, values = ["1"], []
    for word in query.words.lower().split():
        conditions.append(f"instr({_TEXT}, ?) > 0")
        values.append(word)
    if query.state:
        gone = f"(jobs.state = '{RUNNING}' AND jobs.worker IS NULL)"
        conditions.append(gone if query.state == INTERRUPTED else f"jobs.state = ? AND NOT {gone}")
        values += [] if query.state == INTERRUPTED else [query.state]
    for column in ("architecture", "tokenizer", "dataset"):
        if wanted := getattr(query, column):
            conditions.append(f"runs.{column} = ?")
            values.append(wanted)
    if query.tag:
        conditions.append("EXISTS (SELECT 1 FROM json_each(runs.tags) WHERE value = ?)")
        values.append(query.tag)
    if not query.archived:
        conditions.append("NOT archived")
    return " AND ".join(conditions), values


def order(sort: str, reverse: bool) -> str:
    """What to order groups of runs by: runs without the figure come last, and of equals the newest first."""
    if sort not in SORTS:
        raise InvalidSetting(f"Runs are not sorted by {sort!r}; choose one of {', '.join(SORTS)}.")
    term, direction = SORTS[sort].rsplit(" ", 1)
    if reverse:
        direction = {"ASC": "DESC", "DESC": "ASC"}[direction]
    return f"{term} IS NULL, {term} {direction}, max(runs.created) DESC"
