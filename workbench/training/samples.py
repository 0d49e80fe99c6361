"""Composing in the midst of a training, so that people hear how the model learns.

The same short piece (key, meter and tempo that the training split has most, the run's seed) is composed from the kept weights before the
first epoch and after those that the settings name. It goes through Keras rather than through an exported graph: exporting takes
seconds, this some tenths of one, and the logits are the same within 0.001.
"""

import logging
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.files import written_whole
from workbench.core.model_card import Heard
from workbench.core.samples import SAMPLES_FOLDER, Sample, packed_sample, sample_file
from workbench.core.score import parse_key, parse_meter
from workbench.core.vocabulary import Tokenizer
from workbench.training.network import Network
from workbench.training.objectives import Objective

log = logging.getLogger("workbench.train")

BARS = 8


class Samples:
    """The samples in a run's folder (:mod:`workbench.core.samples`)."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, heard: Heard, seed: int) -> None:
        self._folder, self._tokenizer, self._seed = folder, tokenizer, seed
        key, meter = parse_key(next(iter(heard.keys))), parse_meter(next(iter(heard.meters)))
        self._plan = tokenizer.plan(key, meter, BARS, heard.tempo)

    def take(
        self, epoch: int, valid_loss: float | None, network: Network, objective: Objective
    ) -> None:
        """Compose by the weights as they are now. Where that cannot be done, the training goes on without."""
        network.settle()
        try:
            tokens = objective.compose(network, self._tokenizer, self._plan, self._seed)
            score = self._tokenizer.decode(tokens, self._plan)
        except WorkbenchError as error:
            log.warning("no sample after epoch %d: %s", epoch, error)
            return
        (self._folder / SAMPLES_FOLDER).mkdir(exist_ok=True)
        with written_whole(sample_file(self._folder, epoch)) as partial:
            partial.write_bytes(packed_sample(Sample(epoch, self._seed, score, valid_loss)))
