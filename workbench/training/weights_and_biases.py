"""Weights & Biases, for whoever has its package and a key (or ``WANDB_MODE=offline``): the curves of a run, with its settings.

The package is no requirement and is never fetched. Moments are logged at their optimiser step, epochs at that of the last moment, so
what a training tells again after a kill is behind the newest step, where Weights & Biases leaves it out.
"""

import importlib
import netrc
import os
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.core.records import to_json
from workbench.core.specs import TrainingSpec

PACKAGE = "wandb"
PROJECT = "music-workbench"
HOST = "api.wandb.ai"
_START_SECONDS, _END_SECONDS = 20.0, 60.0


def is_wanted() -> bool:
    """Whether the package is there, and somebody has said by a key or a mode that runs are to be told."""
    mode = os.environ.get("WANDB_MODE", "online")
    if mode == "disabled" or find_spec(PACKAGE) is None:
        return False
    return mode == "offline" or bool(os.environ.get("WANDB_API_KEY")) or _has_login()


def _has_login() -> bool:
    """Whether ``wandb login`` was done, which leaves its key in the user's netrc."""
    with suppress(OSError, netrc.NetrcParseError):
        return netrc.netrc().authenticators(HOST) is not None
    return False


class WeightsAndBiases:
    """Tells Weights & Biases of a run, under the run's name."""

    def __init__(self, folder: Path, spec: TrainingSpec) -> None:
        wandb = importlib.import_module(PACKAGE)
        self._step = 0
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            id=folder.name,
            name=folder.name,
            resume="allow",
            config=to_json(spec),
            dir=str(folder),
            settings=wandb.Settings(
                console="off",
                silent=True,
                init_timeout=_START_SECONDS,
                save_code=False,
                disable_git=True,
            ),
        )

    def step(self, data: dict[str, Any]) -> None:
        """What a moment measured."""
        self._step = int(data["step"])
        self._log("step", data)

    def epoch(self, data: dict[str, Any]) -> None:
        """What an epoch measured."""
        self._log("epoch", data)

    def close(self) -> None:
        """There is nothing more to tell. What is not sent by now goes on being sent, while the next run is trained."""
        ending = threading.Thread(target=self._run.finish, daemon=True)
        ending.start()
        ending.join(_END_SECONDS)

    def _log(self, axis: str, data: dict[str, Any]) -> None:
        measured = {f"{axis}/{name}": value for name, value in data.items() if value is not None}
        self._run.log(measured, step=self._step)
