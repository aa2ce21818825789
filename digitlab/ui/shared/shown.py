"""What the network is shown: the pad's drawing, one of MNIST's digits, or the ink of a photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.mnist import SIZES, Part
from digitlab.drawing import preprocess
from digitlab.drawing.preprocess import ALL_STEPS, Steps
from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError
from digitlab.words import _, message

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
        if self.part == "test":
            return _("Test digit {number}", number=self.index)
        return _("Training digit {number}", number=self.index)

    @property
    def key(self) -> str:
        """How a link names it: 7 is a test digit, training-7 a training digit."""
        return str(self.index) if self.part == "test" else f"{self.part}-{self.index}"

    @property
    def label(self) -> int:
        return int(mnist.load().of(self.part)[1][self.index])

    @property
    def image(self) -> Image:
        return mnist.scaled(mnist.load().of(self.part)[0][self.index])


def sample(key: str) -> Sample:
    """The digit that a link names.

    Raises:
        InputError: there is none of that name.
    """
    number = key.removeprefix("training-")
    part: Part = "test" if number == key else "training"
    if not (number.isascii() and number.isdigit() and len(number) < 9 and int(number) < SIZES[part]):
        values = {"number": number[:20], "last": SIZES[part] - 1}
        if part == "test":
            raise InputError(message("There is no test digit “{number}”. Their numbers are 0 to {last}.", **values))
        raise InputError(message("There is no training digit “{number}”. Their numbers are 0 to {last}.", **values))
    return Sample(int(number), part)


@dataclass(frozen=True, eq=False)
class Found:
    """The ink that was found in a photo.

    Attributes:
        file: the photo's name.
        image: as the network's 28×28, float32 in 0..1.
        views: its part of the photo, and the same with what was taken for ink coloured; uint8 [height, width, 3].
    """

    file: str
    image: Image
    views: tuple[NDArray[np.uint8], ...] = ()
    name: str = "picture"


Shown = Drawing | Sample | Found


def stages(shown: Shown, steps: Steps = ALL_STEPS) -> Sequence[Stage]:
    """Every stage up to the 28×28 that the network sees; none for an empty pad."""
    match shown:
        case Sample() | Found():
            return [shown]
    return preprocess.stages(shown, steps)
