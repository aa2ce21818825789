"""What a training run reports while it goes on, and the commands that it takes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitlab.training.state import State
from digitlab.words import Message

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Started:
    """The network is built.

    Attributes:
        steps: how many there will be.
        digits: how many are trained on.
        read: gives probabilities [N, 10] for pictures, float32 [N, 28, 28] in 0..1, by the weights of the moment; may
            be called between two events.
    """

    parameters: int
    steps: int
    digits: int
    read: Callable[[NDArray[np.float32]], NDArray[np.float32]] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Step:
    """Steps done so far, with the last batch's loss and accuracy (0..1) before its step; `seconds` of training.

    `layers` has two sizes (L2 norms) a layer: of its kernels after the step, and of their gradient in that step.
    """

    step: int
    epoch: int
    loss: float
    accuracy: float
    learning_rate: float
    digits_per_second: float
    seconds: float
    layers: dict[str, list[float]] | None = None


@dataclass(frozen=True)
class Epoch:
    """An epoch is over: means over its batches (accuracies 0..1), and the validation digits' figures, if any.

    `dead` is the share, 0..1, of dead units of each layer with a ReLU: 0 for every digit that was looked at.
    `plain_loss` and `plain_accuracy` are of training digits as they are, read as validation digits are, where the loss
    of the batches cannot be compared with the validation's (training/comparable.py).
    """

    epoch: int
    step: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    seconds: float
    dead: dict[str, float] | None = None
    plain_loss: float | None = None
    plain_accuracy: float | None = None


@dataclass(frozen=True)
class Checkpoint:
    """All that a run needs to go on from here as if nothing had happened. Pauses are taken here: training waits
    until the caller asks for the next event, and the time it waits does not count."""

    state: State
    ends_epoch: bool


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
        stopped: whether a command stopped the run.
        threshold: the energy above which a picture is no digit; None for a network that was not taught to doubt.
        kept_epoch: the epoch whose weights these are; None: the last ones.
        ended_early: whether its patience was over.
    """

    model: "keras.Model"
    steps: int
    seconds: float
    stopped: bool
    threshold: float | None
    kept_epoch: int | None = None
    ended_early: bool = False


@dataclass(frozen=True)
class Failed:
    """Training cannot go on; `reason` is a sentence."""

    step: int
    reason: Message


Event = Started | Step | Epoch | Checkpoint | Evaluated | Finished | Failed


@dataclass(frozen=True)
class Stop:
    """End the run after the current step and keep the weights."""


@dataclass(frozen=True)
class SetRate:
    """Take another learning rate (the schedule's peak) from the next step on."""

    rate: float


@dataclass(frozen=True)
class Save:
    """Give a Checkpoint now; it changes nothing else."""


@dataclass(frozen=True)
class GoOn:
    """Do not end here although the patience is over: more epochs were asked for."""


Command = Stop | SetRate | Save | GoOn
Commands = Callable[[int], Iterable[Command]]  # asked with the steps done so far


def no_commands(_: int) -> Iterable[Command]:
    """A source of commands that never has one."""
    return ()
