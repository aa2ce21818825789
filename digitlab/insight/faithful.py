"""How far a map of important pixels can be trusted: what happens when the ink that it names goes, or comes.

Deletion takes the ink away, the most important first, and insertion puts the ink on an empty picture in the same order
(Petsiuk and others, 2018, arXiv:1806.07421). Each is the mean probability of the digit on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.insight.attribution import Method
from digitlab.networks.predictor import Predictor

Floats = NDArray[np.float32]
STEPS = 20  # parts into which the ink is divided


@dataclass(frozen=True)
class Faithful:
    """Mean probabilities, 0..1.

    Attributes:
        deletion: low where the map names first what matters most.
        insertion: high where the map names first what matters most.
    """

    deletion: float
    insertion: float

    @property
    def trust(self) -> float:
        """By how much coming beats going: from −1 to 1, and near 0 for a map made by chance."""
        return self.insertion - self.deletion


def faithful(predictor: Predictor, image: Floats, maps: Mapping[Method, Floats], digit: int) -> dict[Method, Faithful]:
    """Both figures of each map, float32 [28, 28], high where a pixel speaks for the digit; {} for an empty picture."""
    ink = np.flatnonzero(image)
    if not len(ink) or not maps:
        return {}
    pictures = np.concatenate([_on_the_way(image, ink[np.argsort(-found.ravel()[ink])]) for found in maps.values()])
    shares = predictor.probabilities(pictures)[:, digit].reshape(len(maps), 2, STEPS + 1).mean(axis=2)
    return {name: Faithful(float(gone), float(come)) for name, (gone, come) in zip(maps, shares, strict=True)}


def _on_the_way(image: Floats, order: NDArray[np.int64]) -> Floats:
    """Pictures that lose their ink in this order, then pictures that gain it: float32 [2 · (STEPS + 1), 28, 28]."""
    ends = np.linspace(0, len(order), STEPS + 1).round().astype(int)
    going = np.tile(image.ravel(), (STEPS + 1, 1))
    coming = np.zeros_like(going)
    for row, end in enumerate(ends):
        going[row, order[:end]] = 0
        coming[row, order[:end]] = image.ravel()[order[:end]]
    return np.concatenate([going, coming]).reshape(-1, *image.shape)
