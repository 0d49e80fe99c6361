"""What a fine-tuning has learned and what it has forgotten: the model before and after, on held-out music of the old and the new dataset.

``remembered.zip`` in the run's folder holds the scores, named ``old/piece`` and ``new/piece`` (``workbench.services.remembering``).
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.core.model_card import read_card
from workbench.core.vocabulary import Tokenizer
from workbench.jobs.encoding import LABELS_FILE, Heard, lay_out, read_labels
from workbench.jobs.scoring import figures, scored
from workbench.tokenizers import TOKENIZERS, make

OLD, NEW = "old", "new"
REMEMBERED_FILE = "remembered.zip"


def forgetting(
    folder: Path, before: Path, asked: dict[str, Any], tokenizer: Tokenizer
) -> dict[str, Any]:
    """By ``old`` and ``new``: the dataset's id, and the figures ``before`` and ``after``; without what cannot be measured.

    ``before`` is the folder of the model that was gone on from, ``asked`` what ``workbench.services.remembering`` says of the datasets.
    """
    models = {"before": (before, make(read_card(before).tokenizer)), "after": (folder, tokenizer)}
    labels = read_labels(folder / LABELS_FILE)
    measured: dict[str, Any] = {"complete": asked["complete"]}
    for name, dataset in asked["datasets"].items():
        heard = Heard(
            window_bars=dataset["window_bars"],
            kinds=TOKENIZERS.get(tokenizer.name).hears,
            labels=labels,
        )
        found = {}
        for moment, (model, language) in models.items():
            with TemporaryDirectory(dir=folder) as place:
                path = folder / REMEMBERED_FILE
                splits, _ = lay_out(path, language, Path(place), heard, (name,))
                if splits[name]:
                    found[moment] = figures(*scored(model, splits[name]))
                del splits  # nothing is mapped any more
        if found:
            measured[name] = {"dataset": dataset["id"], **found}
    return measured
