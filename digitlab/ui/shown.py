"""What the network is shown: the pad's drawing, one of MNIST's digits, or an uploaded picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
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


Part = Literal["training", "test"]
COUNTS: dict[Part, int] = {"training": 60_000, "test": 10_000}


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
        data = mnist.load()
        return int((data.y_test if self.part == "test" else data.y_train)[self.index])

    @property
    def image(self) -> Image:
        data = mnist.load()
        return mnist.scaled((data.x_test if self.part == "test" else data.x_train)[self.index])


def sample(address: str) -> Sample:
    """The digit that a link names.

    Raises:
        InputError: there is none of that name.
    """
    number = address.removeprefix("training-")
    part: Part = "test" if number == address else "training"
    if not (number.isascii() and number.isdigit() and len(number) < 9 and int(number) < COUNTS[part]):
        last = COUNTS[part] - 1
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
