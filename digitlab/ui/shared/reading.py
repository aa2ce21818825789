"""What the network makes of a picture, remembered by content."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.networks.predictor import Predictor, Reading
from digitlab.networks.zoo import Model
from digitlab.server.predictors import open_predictor
from digitlab.words import _

_KEPT = 64  # readings, each with all activations: about a quarter of a megabyte


@dataclass(frozen=True)
class Answer:
    """A reading with its verdict.

    Attributes:
        model: which network.
        reading: what it gave.
        cut: the energy above which it says "?"; None for a network that always answers.
    """

    model: Model
    reading: Reading
    cut: float | None

    @property
    def refused(self) -> bool:
        return self.cut is not None and self.reading.energy is not None and self.reading.energy > self.cut

    @property
    def text(self) -> str:
        """The digit, or "?"."""
        return "?" if self.refused else str(self.reading.digit)

    @property
    def probability(self) -> float:
        return float(self.reading.probabilities.max())


def predictor(model: Model) -> Predictor:
    """The model's predictor; a visible sign while TensorFlow and the weights are on their way."""
    with st.spinner(_("The network is loading. Only the first answer waits for it.")):
        return open_predictor(model.name)


def read(model: Model, image: NDArray[np.float32]) -> Reading:
    """One forward pass of a picture, float32 [28, 28]; a picture that was read before is not read again."""
    return _read(predictor(model), image.tobytes())


@lru_cache(maxsize=_KEPT)
def _read(opened: Predictor, image: bytes) -> Reading:
    """Keyed by the predictor, of which there is one for each weights' hash, and the picture's content."""
    return opened.read(np.frombuffer(image, np.float32).reshape(28, 28))
