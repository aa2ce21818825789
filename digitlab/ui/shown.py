"""What the network is shown: the pad's drawing, a test digit, or an uploaded picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.drawing import picture, preprocess
from digitlab.drawing.picture import Picture
from digitlab.drawing.preprocess import ALL_STEPS, Steps
from digitlab.drawing.strokes import Drawing

Image = NDArray[np.float32]


class Stage(Protocol):
    """A step on the way to the 28×28."""

    @property
    def name(self) -> str: ...

    @property
    def image(self) -> Image: ...


@dataclass(frozen=True)
class TestDigit:
    """One of MNIST's 10,000 test digits; it is 28×28 already, so it has one stage only."""

    index: int
    name: str = "digit"

    @property
    def label(self) -> int:
        return int(mnist.load().y_test[self.index])

    @property
    def image(self) -> Image:
        return np.asarray(mnist.load().x_test[self.index] / 255, np.float32)


Shown = Drawing | TestDigit | Picture


def stages(shown: Shown, steps: Steps = ALL_STEPS) -> Sequence[Stage]:
    """Every stage up to the 28×28 that the network sees; none for an empty pad."""
    match shown:
        case TestDigit():
            return [shown]
        case Picture():
            return picture.stages(shown, steps)
    return preprocess.stages(shown, steps)
