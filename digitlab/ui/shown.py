"""What the network is shown: the pad's drawing, one of MNIST's digits, or an uploaded picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.mnist import SIZES, Part
from digitlab.drawing import picture, preprocess
from digitlab.drawing.picture import Picture
from digitlab.drawing.preprocess import ALL_STEPS, Steps
from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError

Image = NDArray[np.float32]


class Stage(Protocol):
    """A step on the way to the 28×28."""

    @property
    def name(self) -> str: ...

    @property
    def image(self) -> Image: ...


@dataclass(frozen=True)
class Sample:
    """One of MNIST's digits by its number in its part; it is 28×28 already, so it has one stage only."""

    index: int
    part: Part = "test"
    name: str = "digit"

    @property
    def title(self) -> str:
        return f"{self.part.capitalize()} digit {self.index:,}"

    @property
    def address(self) -> str:
        """How a link names it: 7 is a test digit, training-7 a training digit."""
        return str(self.index) if self.part == "test" else f"{self.part}-{self.index}"

    @property
    def label(self) -> int:
        return int(mnist.load().of(self.part)[1][self.index])

    @property
    def image(self) -> Image:
        return mnist.scaled(mnist.load().of(self.part)[0][self.index])


def sample(address: str) -> Sample:
    """The digit that a link names.

    Raises:
        InputError: there is none of that name.
    """
    number = address.removeprefix("training-")
    part: Part = "test" if number == address else "training"
    if not (number.isascii() and number.isdigit() and len(number) < 9 and int(number) < SIZES[part]):
        last = SIZES[part] - 1
        raise InputError(f"There is no {part} digit {number[:20]!r}; they are numbered from 0 to {last:,}.")
    return Sample(int(number), part)


Shown = Drawing | Sample | Picture


def stages(shown: Shown, steps: Steps = ALL_STEPS) -> Sequence[Stage]:
    """Every stage up to the 28×28 that the network sees; none for an empty pad."""
    match shown:
        case Sample():
            return [shown]
        case Picture():
            return picture.stages(shown, steps)
    return preprocess.stages(shown, steps)
