"""What a run's curves show, with the numbers behind it and what a next run should change."""

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
_WINDOW = 10  # rows of the training curve, at most, whose median is one figure: single batches jump
_LOST = 1.5  # the loss has grown by this factor over its best: the run diverges
_WORSE = 1.1  # the validation loss has grown by this factor over its best: overfitting
_HIGH = 0.5  # the simplest network is below this loss after an epoch or two
_DEAD = 0.3  # share of a layer's units

_VARIED = Augmentation(rotation=10, shear=0.15, scale=0.1, shift=1.5, thickness=0.3)


@dataclass(frozen=True)
class Hint:
    """One thing that the curves show.

    Attributes:
        seen: what it is.
        text: whole sentences: what the curves show, with the numbers, and what to do.
        changes: settings of TrainingConfig, by name, for the next run.
    """

    seen: Seen
    text: tuple[Message, ...]
    changes: dict[str, Any]


def hints(config: TrainingConfig, steps: Sequence[Step], epochs: Sequence[Epoch], failed: bool = False) -> list[Hint]:
    """What a run's curves show so far; often nothing.

    Args:
        failed: whether the run ended because its loss was no longer a number.
    """
    found = (
        _divergence(config, steps, failed),
        _overfitting(config, epochs),
        _slow(config, epochs),
        _dead(config, epochs),
    )
    return [hint for hint in found if hint is not None]


def _divergence(config: TrainingConfig, steps: Sequence[Step], failed: bool) -> Hint | None:
    losses = [step.loss for step in steps]
    wide = max(3, min(_WINDOW, len(losses) // 4))
    windows = [median(losses[at : at + wide]) for at in range(0, len(losses) - wide + 1, wide)]
    rate = _rounded(config.learning_rate / 10)
    changes = {"learning_rate": rate}
    advice = message(
        "The steps are too large: try a learning rate of {better} instead of {now}.",
        better=f"{rate:g}",
        now=f"{config.learning_rate:g}",
    )
    if failed:
        return Hint("divergence", (message("The loss grew until it was no longer a number."), advice), changes)
    if len(windows) < 3:
        return None
    best, last = min(windows[:-1]), windows[-1]
    if last > _LOST * best and last > best + 0.5:
        grew = message("The training loss was {best:.2f} and is {last:.2f} now.", best=best, last=last)
        return Hint("divergence", (grew, advice), changes)
    if last > 0.95 * _CHANCE and config.learning_rate >= 0.005:
        stuck = message(
            "The loss is {last:.2f} after step {step}; guessing gives {chance:.2f}.",
            last=last,
            step=steps[-1].step,
            chance=_CHANCE,
        )
        return Hint("divergence", (stuck, advice), changes)
    return None


def _overfitting(config: TrainingConfig, epochs: Sequence[Epoch]) -> Hint | None:
    known = [(epoch.epoch, epoch.loss, epoch.val_loss) for epoch in epochs if epoch.val_loss is not None]
    if len(known) < 3:
        return None
    best, last = min(known, key=lambda row: row[2]), known[-1]
    if last[0] - best[0] < 2 or last[2] < _WORSE * best[2] or last[1] >= best[1]:
        return None
    if (epochs[-1].val_accuracy or 0) >= epochs[
        -1
    ].accuracy:  # new digits are no harder than the varied ones that the network learns from
        return None
    text = [
        message(
            "Since epoch {epoch} the validation loss has grown from {best:.3f} to {last:.3f}, "
            "while the training loss fell from {before:.3f} to {now:.3f}.",
            epoch=best[0],
            best=best[2],
            last=last[2],
            before=best[1],
            now=last[1],
        )
    ]
    changes: dict[str, Any] = {}
    if config.validation in ("first", "last"):
        changes |= {"keep_best": True, "patience": config.patience or 3}
        text.append(message("Keep the weights of the best epoch."))
    if config.augmentation is None:
        changes["augmentation"] = _VARIED
        text.append(message("Vary the digits."))
    elif not changes:
        changes["epochs"] = best[0]
        text.append(message("Train for fewer epochs."))
    if config.train_size is not None:
        changes["train_size"] = None
        text.append(message("Train on all digits."))
    return Hint("overfitting", tuple(text), changes)


def _slow(config: TrainingConfig, epochs: Sequence[Epoch]) -> Hint | None:
    if len(epochs) < 2 or config.augmentation is not None:
        return None
    before, last = epochs[-2], epochs[-1]
    steady = all(later.loss < earlier.loss for earlier, later in pairwise(epochs))
    overfits = last.val_loss is not None and last.val_loss > 1.1 * last.loss
    floor = _HIGH + 2.5 * config.label_smoothing  # smoothed labels cost even a perfect network
    if not steady or overfits or last.loss < floor:
        return None
    rate = _rounded(min(1.0, config.learning_rate * 5))
    falls = message(
        "The loss falls evenly, from {before:.2f} to {last:.2f} in epoch {epoch}, but is still high.",
        before=before.loss,
        last=last.loss,
        epoch=last.epoch,
    )
    advice = message(
        "Larger steps may help: try a learning rate of {better} instead of {now}.",
        better=f"{rate:g}",
        now=f"{config.learning_rate:g}",
    )
    return Hint("slow", (falls, advice), {"learning_rate": rate})


def _dead(config: TrainingConfig, epochs: Sequence[Epoch]) -> Hint | None:
    shares = epochs[-1].dead if epochs else None
    worst = max(shares.items(), key=lambda item: item[1], default=None) if shares else None
    if worst is None or worst[1] < _DEAD or worst[0] not in config.network.shapes:
        return None
    name, share = worst
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


def _rounded(rate: float) -> float:
    """Two digits that can be read, within what is allowed."""
    return max(1e-7, float(f"{rate:.2g}"))
