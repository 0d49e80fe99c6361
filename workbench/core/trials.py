"""What a short trial measured, and the estimate of a whole training that follows from it."""

from dataclasses import dataclass

from workbench.core.training_settings import TrainingSettings

SAFE_SHARE = 0.9
"""Of the free memory and of the free disk, at most so much is planned with."""
NUMBERS_KEPT = 6
"""Float32 numbers a parameter has on disk, at most: the best weights, their graph, and ``last.npz`` with the optimizer's two or three."""


@dataclass(frozen=True)
class Measured:
    """A network learned for seconds."""

    step_seconds: float
    steps_an_epoch: int
    validation_seconds: float
    start_seconds: float
    """To build and to compile."""
    memory_mb: float | None
    """What the trainer held at the end, in MB of 10^6 bytes; None where nobody can tell."""
    parameters: int


@dataclass(frozen=True)
class Estimate:
    """What a whole training will take at most; early stopping may end it before."""

    seconds: float
    epoch_seconds: float
    memory_mb: float | None
    free_memory_mb: float | None
    disk_mb: float
    free_disk_mb: float
    parameters: int

    @property
    def lacks(self) -> str:
        """``memory`` or ``disk`` where one will not do; empty where the training fits."""
        held, free = self.memory_mb, self.free_memory_mb
        if held and free and held > SAFE_SHARE * free:
            return "memory"
        return "disk" if self.disk_mb > SAFE_SHARE * self.free_disk_mb else ""


def estimate(
    training: TrainingSettings,
    measured: Measured,
    *,
    free_memory_mb: float | None,
    free_disk_mb: float,
) -> Estimate:
    """From one trial to a whole training with these settings."""
    validations = sum(training.validates(epoch) for epoch in range(1, training.epochs + 1))
    learning = measured.step_seconds * measured.steps_an_epoch
    apart = (
        min(training.checkpoints_kept, training.epochs // training.checkpoint_every)
        if training.checkpoint_every
        else 0
    )
    return Estimate(
        seconds=measured.start_seconds
        + training.epochs * learning
        + validations * measured.validation_seconds,
        epoch_seconds=learning + measured.validation_seconds / training.validate_every,
        memory_mb=measured.memory_mb,
        free_memory_mb=free_memory_mb,
        disk_mb=measured.parameters * 4 * (NUMBERS_KEPT + 2 * apart) / 1e6,
        free_disk_mb=free_disk_mb,
        parameters=measured.parameters,
    )
