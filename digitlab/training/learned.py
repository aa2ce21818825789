"""What a network learned from drawings, and what it forgot: right answers before and after."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data import drawn, mnist
from digitlab.networks import zoo
from digitlab.training.card import config_of
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Command, Finished, Stop
from digitlab.training.loop import outputs, train

if TYPE_CHECKING:
    import keras

ENOUGH = 10  # drawings, to hold some out in turns
TURNS = 5
MNIST_DIGITS = 2000
EPOCHS = 3
_SHOWN = 1000  # so many times all drawings together come in an epoch
_COPIES = 100  # but none more often than this
_RATE = 3e-4
_VALIDATION = 1000


def config_for(model: zoo.Model, drawings: drawn.Drawn) -> TrainingConfig:
    """A short run that goes on from a model, with drawings beside MNIST's digits."""
    before = config_of(model.card)
    settings: dict[str, Any] = {}
    if before.validation in ("none", "test"):
        settings = {"validation": "last", "validation_size": _VALIDATION}
    settings |= {"optimizer": "adam", "learning_rate": _RATE, "schedule": "cosine", "batch_size": 64}
    settings |= {"epochs": EPOCHS, "train_size": MNIST_DIGITS, "start_model": model.hash, "frozen": ()}
    settings |= {"patience": 0, "keep_best": False, "weight_average": 0.0, "weights_seed": None, "log_every": 5}
    copies = min(_COPIES, max(1, round(_SHOWN / drawings.count)))
    # The strokes that the model learned from stay where it was trained.
    return before.with_changes(**settings, drawings=replace(drawings, copies=copies), strokes=None)


@dataclass(frozen=True)
class Learned:
    """Right answers, the best digit counted even where it is refused.

    Attributes:
        drawings: how many there are.
        before, after: of the drawings, by the network it began with and the one that learned from all of them.
        held_out: of the drawings, each by a network that learned from the others only; None where there are too few, or
            where the turns were stopped.
        digits, digits_before, digits_after: of MNIST's test digits.
    """

    drawings: int
    before: int
    after: int
    held_out: int | None
    digits: int
    digits_before: int
    digits_after: int


def compare(config: TrainingConfig, model: "keras.Model", stops: Callable[[int], bool] = lambda _: False) -> Learned:
    """Before and after, for a run with drawings that has ended with `model`; trains a network for each turn.

    Args:
        stops: called after every few steps of a turn with their number; says whether the turns are to be left.

    Raises:
        DataError: the drawings were deleted.
        ModelError: the model it began with is not there any more.
    """
    assert config.drawings is not None
    shown = drawn.load(config.drawings)
    data = mnist.load()
    began = zoo.open_weights(zoo.find(config.start_model))
    return Learned(
        drawings=len(shown.labels),
        before=int(_right(began, shown.images, shown.labels).sum()),
        after=int(_right(model, shown.images, shown.labels).sum()),
        held_out=_in_turns(config, shown, stops) if len(shown.labels) >= ENOUGH else None,
        digits=len(data.y_test),
        digits_before=int(_right(began, data.x_test, data.y_test).sum()),
        digits_after=int(_right(model, data.x_test, data.y_test).sum()),
    )


def _in_turns(config: TrainingConfig, shown: drawn.DrawnSet, stops: Callable[[int], bool]) -> int | None:
    assert config.drawings is not None
    right, stopped = 0, False

    def commands(step: int) -> Iterator[Command]:
        nonlocal stopped
        if stops(step):
            stopped = True
            yield Stop()

    for turn in range(TURNS):
        part = replace(config.drawings, turns=TURNS, turn=turn)
        last = list(train(replace(config, drawings=part), commands))[-1]
        if stopped or not isinstance(last, Finished):
            return None
        out = part.is_held_out
        right += int(_right(last.model, shown.images[out], shown.labels[out]).sum())
    return right


def _right(model: "keras.Model", images: NDArray[np.uint8], labels: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(outputs(model, images).argmax(axis=1) == labels)
