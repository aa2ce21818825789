"""What a network learned from drawings, and what it forgot: right answers before and after."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data import drawn, mnist
from digitlab.data.drawn import SPLITS
from digitlab.networks import zoo
from digitlab.training.card import config_of
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Command, Finished, Stop
from digitlab.training.loop import outputs, train

if TYPE_CHECKING:
    import keras

ENOUGH = 10  # drawings, to hold some out in turns
MNIST_DIGITS = 2000
EPOCHS = 3
_SHOWN = 1000  # so many times all drawings together come in an epoch
_COPIES = 100  # but none more often than this
_RATE = 3e-4
_VALIDATION = 1000


def config_for(model: zoo.Model, drawings: drawn.Drawn, splits: int = 1) -> TrainingConfig:
    """A short run that goes on from a model, with drawings beside MNIST's digits.

    Args:
        splits: how many networks more are trained to be tested on drawings that they did not learn, 0 to `SPLITS`.
    """
    before = config_of(model.card)
    settings: dict[str, Any] = {}
    if before.validation in ("none", "test"):
        settings = {"validation": "last", "validation_size": _VALIDATION}
    settings |= {"optimizer": "adam", "learning_rate": _RATE, "schedule": "cosine", "batch_size": 64}
    settings |= {"epochs": EPOCHS, "train_size": MNIST_DIGITS, "start_model": model.hash, "frozen": ()}
    settings |= {"patience": 0, "keep_best": False, "weight_average": 0.0, "weights_seed": None, "log_every": 5}
    copies = min(_COPIES, max(1, round(_SHOWN / drawings.count)))
    # The strokes that the model learned from stay where it was trained.
    return before.with_changes(**settings, drawings=replace(drawings, copies=copies, splits=splits), strokes=None)


@dataclass(frozen=True)
class Learned:
    """Right answers, the best digit counted even where it is refused.

    Attributes:
        drawings: how many there are.
        before, after: of the drawings, by the network it began with and the one that learned from all of them.
        held_out: of those that were held out, each by a network that did not learn it; None where there are too few, or
            where the turns were stopped.
        tested, tested_before: how many were held out, and how many of these were right before; None: all of them.
        digits, digits_before, digits_after: of MNIST's test digits.
    """

    drawings: int
    before: int
    after: int
    held_out: int | None
    digits: int
    digits_before: int
    digits_after: int
    tested: int | None = None
    tested_before: int | None = None


def compare(config: TrainingConfig, model: "keras.Model", stops: Callable[[int], bool] = lambda _: False) -> Learned:
    """Before and after, for a run with drawings that has ended with `model`; trains a network for each turn.

    Args:
        stops: called after every few steps with how many all turns have taken so far; says whether the turns are to be
            left.

    Raises:
        DataError: the drawings were deleted.
        ModelError: the model it began with is not there any more.
    """
    assert config.drawings is not None
    shown = drawn.load(config.drawings)
    data = mnist.load()
    began = zoo.open_weights(zoo.find(config.start_model))
    before = _right(began, shown.images, shown.labels)
    parts = turns(config)
    tested = np.logical_or.reduce([part.drawings.is_held_out for part in parts if part.drawings] or [before & False])
    return Learned(
        drawings=len(shown.labels),
        before=int(before.sum()),
        after=int(_right(model, shown.images, shown.labels).sum()),
        held_out=_in_turns(parts, shown, stops) if parts else None,
        digits=len(data.y_test),
        digits_before=int(_right(began, data.x_test, data.y_test).sum()),
        digits_after=int(_right(model, data.x_test, data.y_test).sum()),
        tested=int(tested.sum()),
        tested_before=int((before & tested).sum()),
    )


def turns(config: TrainingConfig) -> list[TrainingConfig]:
    """The trainings that each hold out a fifth of the drawings; none for a run with too few."""
    drawings = config.drawings
    if drawings is None or not config.start_model or drawings.count < ENOUGH:
        return []
    return [replace(config, drawings=replace(drawings, turns=SPLITS, turn=turn)) for turn in range(drawings.splits)]


def _in_turns(parts: list[TrainingConfig], shown: drawn.DrawnSet, stops: Callable[[int], bool]) -> int | None:
    right, stopped, before = 0, False, 0

    def commands(step: int) -> Iterator[Command]:
        nonlocal stopped
        if stops(before + step):
            stopped = True
            yield Stop()

    for part in parts:
        last = list(train(part, commands))[-1]
        if stopped or not isinstance(last, Finished):
            return None
        before += part.total_steps
        assert part.drawings is not None
        out = part.drawings.is_held_out
        right += int(_right(last.model, shown.images[out], shown.labels[out]).sum())
    return right


def _right(model: "keras.Model", images: NDArray[np.uint8], labels: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(outputs(model, images).argmax(axis=1) == labels)
