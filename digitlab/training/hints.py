"""What a run's curves show, with the numbers behind it and what a next run should change.

At most one hint is given: the first that there is evidence for, in an order in which the earlier explains the later.
A run that diverges has dead units, too, and none of its other figures means much; one whose units die learns slowly.
tests/test_hints.py asks for hints at every epoch of thirty real runs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Literal

from digitlab.data.augmentation import Augmentation
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Step
from digitlab.training.units import LOOKED_AT
from digitlab.words import Message, message

Seen = Literal["divergence", "overfitting", "slow", "dead"]

_CHANCE = math.log(10)  # the loss of a network that guesses
_ROWS = 10  # of the training curve, at most, whose median is one figure: single batches jump
_ENOUGH = 15  # rows before anything is said of a loss that stays where it began
_LOST = 1.5  # the loss has grown by this factor over its best: the run diverges
_WORSE = 1.1  # the validation loss has grown by this factor over its best: overfitting
_APART = 0.03  # training accuracy is this much above validation accuracy, which grows no more: overfitting
_HIGH = 0.5  # the simplest network is below this loss after an epoch or two
_DEAD = 0.5  # share of a layer's units; 0.4 of a dense layer are dead in healthy runs, too
_LARGEST = {"sgd": 0.5}  # learning rates above which a larger one is not advised
_LARGE = 0.005  # the same for optimizers that scale their steps

_VARIED = Augmentation(rotation=10, shear=0.15, scale=0.1, shift=1.5, thickness=0.3)


@dataclass(frozen=True)
class Hint:
    """One thing that the curves show.

    Attributes:
        seen: what it is.
        text: whole sentences: what the curves show, with the numbers, then what to do.
        changes: settings of TrainingConfig, by name, for the next run.
    """

    seen: Seen
    text: tuple[Message, ...]
    changes: dict[str, Any]


def leading_hint(
    config: TrainingConfig, steps: Sequence[Step], epochs: Sequence[Epoch], failed: bool = False
) -> Hint | None:
    """What a run's curves show so far; None where there is no evidence of anything known.

    Args:
        failed: whether the run ended because its loss was no longer a number.
    """
    return (
        _divergence(config, steps, failed)
        or _dead(config, epochs)
        or _overfitting(config, epochs)
        or _slow(config, epochs)
    )


def _divergence(config: TrainingConfig, steps: Sequence[Step], failed: bool) -> Hint | None:
    losses = [step.loss for step in steps]
    wide = max(3, min(_ROWS, len(losses) // 4))
    figures = [median(losses[at : at + wide]) for at in range(0, len(losses) - wide + 1, wide)]
    rate = _rounded(config.learning_rate / 10)
    changes = {"learning_rate": rate}
    advice = message(
        "The steps are too large: try a learning rate of {better} instead of {now}.",
        better=f"{rate:g}",
        now=f"{config.learning_rate:g}",
    )
    if failed:
        return Hint("divergence", (message("The loss grew until it was no longer a number."), advice), changes)
    if len(figures) < 3:
        return None
    best, last = min(figures[:-1]), figures[-1]
    if last > _LOST * best and last > best + 0.5:
        grew = message("The training loss was {best:.2f} and is {last:.2f} now.", best=best, last=last)
        return Hint("divergence", (grew, advice), changes)
    if last > 0.95 * _CHANCE and len(losses) >= _ENOUGH and config.learning_rate > _largest(config) / 2:
        stuck = message(
            "The loss is {last:.2f} after step {step}; guessing gives {chance:.2f}.",
            last=last,
            step=steps[-1].step,
            chance=_CHANCE,
        )
        return Hint("divergence", (stuck, advice), changes)
    return None


def _dead(config: TrainingConfig, epochs: Sequence[Epoch]) -> Hint | None:
    if len(epochs) < 2 or epochs[-1].loss > 0.95 * _CHANCE:  # a run that has learned nothing has another fault
        return None
    before, last = epochs[-2].dead or {}, epochs[-1].dead or {}
    # Units that were dead an epoch ago as well: some come back.
    stays = {name: min(share, before.get(name, 0.0)) for name, share in last.items() if name in config.network.shapes}
    name, share = max(stays.items(), key=lambda item: item[1], default=("", 0.0))
    if share < _DEAD:
        return None
    units = config.network.shapes[name][-1]
    rate = _rounded(config.learning_rate / 3)
    dead = message(
        "{dead} of the {units} units of `{layer}` ({share:.0%}) output 0 for all of {digits} digits.",
        dead=round(share * units),
        units=units,
        layer=name,
        share=share,
        digits=LOOKED_AT,
    )
    advice = message(
        "Their ReLU is dead, so no gradient reaches them. Large steps cause this: try a learning rate of {better} "
        "instead of {now}.",
        better=f"{rate:g}",
        now=f"{config.learning_rate:g}",
    )
    return Hint("dead", (dead, advice), {"learning_rate": rate})


def _overfitting(config: TrainingConfig, epochs: Sequence[Epoch]) -> Hint | None:
    known = [epoch for epoch in epochs if epoch.val_loss is not None and epoch.val_accuracy is not None]
    if len(known) < 3:
        return None
    best, last = min(known, key=lambda epoch: epoch.val_loss or 0.0), known[-1]
    text = _grew(best, last) or _apart(known)
    if text is None:
        return None
    said = [text]
    changes: dict[str, Any] = {}
    if config.train_size is not None:
        changes["train_size"] = None
        said.append(message("Train on all digits."))
    if config.augmentation is None:
        changes["augmentation"] = _VARIED
        said.append(message("Vary the digits."))
    if config.validation in ("first", "last") and not config.keep_best:
        changes |= {"keep_best": True, "patience": config.patience or 3}
        said.append(message("Keep the weights of the best epoch."))
    if not changes:
        changes["epochs"] = best.epoch
        said.append(message("Train for fewer epochs."))
    return Hint("overfitting", tuple(said), changes)


def _grew(best: Epoch, last: Epoch) -> Message | None:
    """Whether the validation loss has grown since its best epoch, while training digits are read better and better."""
    assert best.val_loss is not None
    assert last.val_loss is not None
    if last.epoch - best.epoch < 2 or last.val_loss < _WORSE * best.val_loss or last.loss >= best.loss:
        return None
    if (last.val_accuracy or 0.0) >= _accuracy(last):
        return None  # new digits are no harder than the varied ones that the network learns from
    return message(
        "Since epoch {epoch} the validation loss has grown from {best:.3f} to {last:.3f}, "
        "while the training loss fell from {before:.3f} to {now:.3f}.",
        epoch=best.epoch,
        best=best.val_loss,
        last=last.val_loss,
        before=best.loss,
        now=last.loss,
    )


def _apart(known: Sequence[Epoch]) -> Message | None:
    """Whether training digits are read much better than others, and those no better than some epochs ago."""
    if len(known) < 6:
        return None
    last = known[-1]
    half = len(known) // 2
    before = max(epoch.val_accuracy or 0.0 for epoch in known[:half])
    since = max(epoch.val_accuracy or 0.0 for epoch in known[half:])
    training, validation = _accuracy(last), last.val_accuracy or 0.0
    if training - validation < _APART or since - before > _APART / 2:
        return None
    return message(
        "Of the training digits {training:.1%} are read correctly, of the validation digits only {validation:.1%}, "
        "hardly more than in epoch {epoch}.",
        training=training,
        validation=validation,
        epoch=known[half - 1].epoch,
    )


def _slow(config: TrainingConfig, epochs: Sequence[Epoch]) -> Hint | None:
    planned = -(-config.total_steps // config.steps_per_epoch)
    rate = _rounded(min(_largest(config), config.learning_rate * 10))
    if len(epochs) < max(3, planned / 3) or rate < 2 * config.learning_rate or config.augmentation is not None:
        return None
    before, last = epochs[-2], epochs[-1]
    floor = _HIGH + 2.5 * config.label_smoothing  # smoothed labels cost even a perfect network
    falls = before.loss - last.loss
    at_the_end = last.loss - falls * max(0, planned - last.epoch)
    if not all(later.loss < earlier.loss for earlier, later in pairwise(epochs)) or at_the_end < floor:
        return None
    seen = message(
        "The loss falls evenly, from {before:.3f} to {last:.3f} in epoch {epoch}, but is still high.",
        before=before.loss,
        last=last.loss,
        epoch=last.epoch,
    )
    advice = message(
        "Larger steps may help: try a learning rate of {better} instead of {now}.",
        better=f"{rate:g}",
        now=f"{config.learning_rate:g}",
    )
    return Hint("slow", (seen, advice), {"learning_rate": rate})


def _accuracy(epoch: Epoch) -> float:
    """How well training digits are read: as they are, where varied ones or dropout make it harder."""
    return epoch.accuracy if epoch.plain_accuracy is None else epoch.plain_accuracy


def _largest(config: TrainingConfig) -> float:
    """The largest learning rate that is worth trying with this optimizer."""
    return _LARGEST.get(config.optimizer, _LARGE) * (1 - config.momentum if config.optimizer == "sgd" else 1)


def _rounded(rate: float) -> float:
    """Two digits that can be read, within what is allowed."""
    return max(1e-7, float(f"{rate:.2g}"))
