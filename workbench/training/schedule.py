"""The learning rate over a training: a short rise, then half a cosine down to a hundredth.

Loshchilov & Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts* (2017), without restarts.
"""

import math

WARM_UP_SHARE = 0.05  # of all steps
MOST_WARM_UP_STEPS = 200
FLOOR = 0.01  # of the highest rate


def learning_rate(step: int, steps: int, highest: float) -> float:
    """The rate for ``step`` (counted from 0) of ``steps``."""
    warm_up = min(MOST_WARM_UP_STEPS, max(1, round(steps * WARM_UP_SHARE)))
    if step < warm_up:
        return highest * (step + 1) / (warm_up + 1)
    done = (step - warm_up) / max(1, steps - warm_up)
    return highest * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * min(done, 1.0))) / 2)
