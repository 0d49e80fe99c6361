"""How many workers of a kind there may be at once."""

from workbench.core.machine import cores, memory_bytes
from workbench.store import Store

TRAINER_BYTES = 2_000_000_000
"""TensorFlow takes 0.8 GB, a network of a few million weights with its batches about as much again."""
PREFERENCE = "trainers"


def bearable_trainers() -> int:
    """Trainers that cores and memory of this machine bear; at least one."""
    memory = memory_bytes()
    fitting = cores() if memory is None else min(cores(), memory // TRAINER_BYTES)
    return max(1, fitting)


def most_workers(store: Store, kind: str) -> int:
    """One of a kind; of trainers as many as were asked for, within what the machine bears."""
    if kind != "trainer":
        return 1
    return min(int(store.preferences.number(PREFERENCE, 1)), bearable_trainers())
