"""How a network is trained: what is optimised, by which steps, and what is kept on the way.

Whatever is optimised, the validation loss is the plain cross-entropy in nats (or the bound or estimate that a kind of network
has in its place), so runs compare. With the defaults everything is as it was before a setting came to be, and specs that were
stored then are read as they were meant.
"""

from dataclasses import dataclass

from workbench.core.settings import describe, setting

TUNING, OPTIMIZER, RATE, LOSS, CHECKING, HEARING = (
    "Fine-tuning",
    "Optimizer",
    "Learning rate",
    "Loss and precision",
    "Validation and checkpoints",
    "Hearing it learn",
)
EVERYTHING, HEAD, LORA = "all", "head", "lora"
PLAIN = "cross-entropy"
DOUBLING, EVERY, NEVER = "doubling", "every", "never"


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained. Architectures that only count (n-gram) use none of it."""

    epochs: int = setting(20, low=1, high=1000, help="Passes over the training split")
    learning_rate: float = setting(
        2e-3, low=1e-6, high=10.0,
        help="Highest step size of the optimizer; the schedule does the rest. AdamW, Adam and RMSprop need about "
        "0.001, Lion a fifth of that, SGD about a hundred times as much",
    )  # fmt: skip
    batch_size: int = setting(64, low=1, high=512, help="Windows per step")
    window: int = setting(
        64, low=8, high=2048, help="Tokens of a piece the network sees at once while training"
    )
    seed: int = setting(0, low=0, high=2**31 - 1, help="Same seed, same losses")

    tune: str = setting(
        EVERYTHING, choices=(EVERYTHING, HEAD, LORA), group=TUNING,
        help="What goes on learning in a trained model: all weights; only the last layer, the head; or small "
        "adapters (LoRA) beside frozen weights, which forget less and make a small file",
    )  # fmt: skip
    lora_rank: int = setting(
        8, choices=(1, 2, 4, 8, 16, 32, 64), group=TUNING, when={"tune": (LORA,)},
        help="Width of an adapter: a wider one can learn more, and forget more",
    )  # fmt: skip
    lora_alpha: float = setting(
        16.0, low=0.1, high=256.0, group=TUNING, when={"tune": (LORA,)},
        help="Strength of the adapters; what they add is multiplied by this, divided by the rank",
    )  # fmt: skip
    lora_layers: str = setting(
        "all", choices=("all", "attention", "recurrent"), group=TUNING, when={"tune": (LORA,)},
        help="Which layers get adapters: all that can, only attention, or only recurrent ones",
    )  # fmt: skip

    optimizer: str = setting(
        "adamw", choices=("adamw", "adam", "sgd", "rmsprop", "lion"), advanced=True, group=OPTIMIZER,
        help="How a gradient becomes a step. Each needs a learning rate of its own",
    )  # fmt: skip
    momentum: float = setting(
        0.9, choices=(0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999), advanced=True, group=OPTIMIZER,
        when={"optimizer": ("sgd",)},
        help="Share of the last step added to the next",
    )  # fmt: skip
    weight_decay: float = setting(
        0.01, low=0.0, high=1.0, advanced=True, group=OPTIMIZER,
        when={"optimizer": ("adamw", "sgd", "rmsprop", "lion")},
        help="Pull of the weights towards zero, apart from the gradient",
    )  # fmt: skip
    clip_norm: float = setting(
        1.0, low=0.0, high=100.0, advanced=True, group=OPTIMIZER,
        help="Longest gradient allowed; 0 allows any",
    )  # fmt: skip
    ema_momentum: float = setting(
        0.0, choices=(0.0, 0.5, 0.9, 0.99, 0.999, 0.9999), advanced=True, group=OPTIMIZER,
        help="Weight averaging: a moving average of the weights is validated, kept and used to compose; each step "
        "keeps this share of it (0.99 to 0.999 is usual). 0 takes the weights as they are",
    )  # fmt: skip

    schedule: str = setting(
        "cosine", choices=("cosine", "constant", "exponential", "step", "plateau"), advanced=True, group=RATE,
        help="How the learning rate changes: rise and fall along a cosine, stay, fall smoothly, fall in steps, or fall "
        "whenever the validation loss stops falling",
    )  # fmt: skip
    warm_up_steps: int = setting(
        0, low=0, high=100_000, advanced=True, group=RATE, when={"schedule": ("cosine",)},
        help="Steps over which the learning rate first rises; 0 takes a twentieth of all, 200 at most",
    )  # fmt: skip
    decay: float = setting(
        0.7, low=0.05, high=0.95, advanced=True, group=RATE,
        when={"schedule": ("exponential", "step", "plateau")},
        help="What the learning rate is multiplied by when it falls",
    )  # fmt: skip
    decay_epochs: int = setting(
        2, low=1, high=1000, advanced=True, group=RATE,
        when={"schedule": ("exponential", "step", "plateau")},
        help="It falls once in this many epochs; on a plateau, after this many without a better validation loss "
        "(fewer than the patience, or training stops first)",
    )  # fmt: skip

    loss: str = setting(
        PLAIN, choices=(PLAIN, "label-smoothing", "focal"), advanced=True, group=LOSS,
        help="What training minimises. The validation loss, by which runs are compared, stays the plain cross-entropy",
    )  # fmt: skip
    label_smoothing: float = setting(
        0.1, low=0.0, high=0.9, advanced=True, group=LOSS, when={"loss": ("label-smoothing",)},
        help="Share of the target that is spread over all tokens",
    )  # fmt: skip
    focal_gamma: float = setting(
        2.0, low=0.0, high=10.0, advanced=True, group=LOSS, when={"loss": ("focal",)},
        help="Larger values give tokens already predicted well less weight",
    )  # fmt: skip
    mixed_precision: bool = setting(
        False, advanced=True, group=LOSS,
        help="Compute in bfloat16: a little less exact; the chorale network and Coconet learn faster on recent processors, "
        "others do not",
    )  # fmt: skip

    patience: int = setting(
        5, low=0, high=1000, advanced=True, group=CHECKING,
        help="Stop after this many epochs without a better validation loss; 0 never stops early",
    )  # fmt: skip
    validate_every: int = setting(
        1, low=1, high=1000, advanced=True, group=CHECKING,
        help="Epochs from one validation to the next; the last epoch is always validated",
    )  # fmt: skip
    checkpoint_every: int = setting(
        0, low=0, high=1000, advanced=True, group=CHECKING,
        help="Keep a checkpoint every so many epochs, besides the best; 0 keeps none. Those epochs are validated",
    )  # fmt: skip
    checkpoints_kept: int = setting(
        3, low=1, high=100, advanced=True, group=CHECKING, when={"checkpoint_every": range(1, 1001)},
        help="How many of these are kept; the oldest goes first",
    )  # fmt: skip

    samples: str = setting(
        DOUBLING, choices=(DOUBLING, EVERY, NEVER), advanced=True, group=HEARING,
        help="When the model composes the same short piece with what it has learned: before the first epoch and after epochs "
        "1, 2, 4, 8 and so on; after every so many; or never",
    )  # fmt: skip
    sample_every: int = setting(
        5, low=1, high=1000, advanced=True, group=HEARING, when={"samples": (EVERY,)},
        help="Epochs from one such piece to the next",
    )  # fmt: skip

    def validates(self, epoch: int) -> bool:
        """Whether an epoch (from 1) ends with a validation."""
        return epoch % self.validate_every == 0 or epoch == self.epochs or self.keeps_apart(epoch)

    def keeps_apart(self, epoch: int) -> bool:
        """Whether the model of an epoch (from 1) is kept by itself."""
        return self.checkpoint_every > 0 and epoch % self.checkpoint_every == 0

    def samples_after(self, epoch: int) -> bool:
        """Whether a piece is composed after an epoch (0 is before the first). After the last one is, unless none ever is."""
        if self.samples == EVERY:
            return epoch % self.sample_every == 0
        return self.samples == DOUBLING and epoch & (epoch - 1) == 0


TUNING_FIELDS = tuple(each.name for each in describe(TrainingSettings) if each.group == TUNING)
"""Settings that mean something only where a trained model goes on learning."""
