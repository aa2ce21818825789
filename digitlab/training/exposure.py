"""Teaching a network to doubt: non-digits beside the digits of each batch.

The network answers digits as ever, and is pushed to give digits a low energy, −log Σ exp(logits), and non-digits a
high one (Liu, Wang, Owens and Li, 2020, "Energy-based out-of-distribution detection", arXiv:2010.03759, section 3.3).
"""

import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import InputError
from digitlab.words import message

_TURNED = 3000  # pictures of turned digits


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How strongly.

    Attributes:
        share: non-digits for each digit of a batch, 0.01 to 1.
        weight: of the energies in the loss, 0 to 10.
        digit_energy: digits with an energy above it cost.
        other_energy: non-digits with an energy below it cost; more than `digit_energy`.
        answered: share of held-out training digits that the trained network is to answer; what has a higher energy than
            they have is refused. 0.5 to 1.

    Raises:
        InputError: a value is out of its range.
    """

    share: float
    weight: float
    digit_energy: float
    other_energy: float
    answered: float

    def __post_init__(self) -> None:
        if not 0.01 <= self.share <= 1:
            raise InputError(
                message(
                    "The share of non-digits must be a number from 0.01 to 1, not “{value}”.", value=str(self.share)
                )
            )
        if not 0 <= self.weight <= 10:
            raise InputError(
                message(
                    "The weight of non-digits must be a number from 0 to 10, not “{value}”.", value=str(self.weight)
                )
            )
        if not 0.5 <= self.answered <= 1:
            raise InputError(
                message(
                    "The share of answered digits must be a number from 0.5 to 1, not “{value}”.",
                    value=str(self.answered),
                )
            )
        if not self.digit_energy < self.other_energy:
            raise InputError(
                message(
                    "The energy of digits ({digits}) must be below that of non-digits ({others}).",
                    digits=self.digit_energy,
                    others=self.other_energy,
                )
            )

    def others(self, digits: int) -> int:
        """How many non-digits go with so many digits."""
        return max(1, round(self.share * digits))

    def loss(self, digits: Any, others: Any) -> Any:
        """The cost of both groups' energies, from logits [B, 10] and [E, 10]: squared hinges, a scalar."""
        from digitlab.backend import tf

        too_high = tf.nn.relu(-tf.reduce_logsumexp(digits, axis=1) - self.digit_energy)
        too_low = tf.nn.relu(self.other_energy + tf.reduce_logsumexp(others, axis=1))
        return self.weight * (tf.reduce_mean(too_high**2) + tf.reduce_mean(too_low**2))


def pool(seed: int, images: NDArray[np.uint8], labels: NDArray[np.uint8], part: float = 1.0) -> NDArray[np.uint8]:
    """All non-digits of a run, uint8 [M, 28, 28]: drawn ones, and digits turned into none.

    Args:
        seed: decides which.
        images, labels: the run's training digits.
        part: of as many as there are, 0..1.
    """
    from digitlab.data.nondigits import turned_digits  # here, so that a page need not read it

    drawn, rng = _drawn(seed, part)
    return np.concatenate([drawn, turned_digits(images, labels, round(part * _TURNED), copy.deepcopy(rng))])


@lru_cache(maxsize=1)  # several networks of one run have the same, and drawing them takes long
def _drawn(seed: int, part: float) -> tuple[NDArray[np.uint8], np.random.Generator]:
    """Drawn non-digits, and the generator as it is after them."""
    from digitlab.data.nondigits import teaching_pictures

    rng = np.random.default_rng([seed, 0])
    return teaching_pictures(rng, part), rng
