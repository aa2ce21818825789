"""What a training run tells while it goes on, and what it can be told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Started:
    """The network is built. `steps` is how many there will be, `digits` how many are trained on."""

    parameters: int
    steps: int
    digits: int


@dataclass(frozen=True)
class Step:
    """Steps done so far, with the last batch's loss and accuracy (0..1) before its step."""

    step: int
    epoch: int
    loss: float
    accuracy: float
    learning_rate: float
    digits_per_second: float


@dataclass(frozen=True)
class Epoch:
    """An epoch is over: means over its batches (accuracies 0..1), and the validation digits' figures, if any."""

    epoch: int
    step: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    seconds: float


@dataclass(frozen=True)
class Evaluated:
    """The trained network on MNIST's 10,000 test digits."""

    loss: float
    accuracy: float


@dataclass(frozen=True)
class Finished:
    """The end: the model with its weights, uncompiled, and how long it all took.

    Attributes:
        steps: that were done.
        stopped: whether it was told to stop.
        threshold: the energy above which a picture is no digit; None for a network that was not taught to doubt.
    """

    model: "keras.Model"
    steps: int
    seconds: float
    stopped: bool
    threshold: float | None


@dataclass(frozen=True)
class Failed:
    """Training cannot go on; `reason` is a sentence."""

    step: int
    reason: str


Event = Started | Step | Epoch | Evaluated | Finished | Failed


@dataclass(frozen=True)
class Stop:
    """End the run after the current step and keep the weights."""


Commands = Callable[[], Iterable[Stop]]


def no_commands() -> Iterable[Stop]:
    """A source of commands that never has one."""
    return ()
