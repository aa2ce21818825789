"""After training: probabilities that mean what they say, and a limit to what is answered.

The logits are divided by one number, the temperature, that fits held-out digits best (Guo, Pleiss, Sun and Weinberger,
2017, "On calibration of modern neural networks", arXiv:1706.04599). The temperature goes into the last layer's
weights, so programs that run the network need not know of it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

if TYPE_CHECKING:
    import keras


def best_temperature(logits: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """The temperature, 0.05 to 20, with the least cross-entropy for logits [N, 10] on labels [N]."""

    def cross_entropy(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        return float((logsumexp(scaled, axis=1) - scaled[np.arange(len(labels)), labels]).mean())

    result = minimize_scalar(cross_entropy, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.exp(result.x))


def energies(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """−log Σ exp(logits) of logits [N, 10]: [N]."""
    return np.asarray(-logsumexp(logits, axis=1))


def energy_threshold(groups: Sequence[NDArray[np.float32]], answered: float) -> float:
    """The energy that a share of digits does not exceed.

    Args:
        groups: energies [N] of one or more kinds of digits; each group counts as much as another, whatever its size.
        answered: the share, 0 to 1.
    """
    if len(groups) == 1:
        return float(np.quantile(groups[0], answered))
    weights = np.concatenate([np.full(len(group), 1 / len(group)) for group in groups])
    return float(np.quantile(np.concatenate(groups), answered, method="inverted_cdf", weights=weights))


def divide_logits(model: "keras.Model", temperature: float) -> None:
    """Divide a model's logits by a temperature, for good: its last layer's weights are divided."""
    last = model.layers[-1]
    last.set_weights([weight / temperature for weight in last.get_weights()])
