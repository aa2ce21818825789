"""Which digits pass the filters, how many would pass each of them, and in which order they stand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.insight.answers import Answers
from digitlab.insight.features import Features
from digitlab.ui.samples.query import ALL, FILTERS, MARKS, Choice

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """How many digits there would be with each value of a filter, the other filters as they are.

    Attributes:
        only, answer: for each digit.
        outcome: right, wrong.
        sure: between each two neighbouring marks of confidence.
    """

    only: tuple[int, ...]
    answer: tuple[int, ...] | None
    outcome: tuple[int, int] | None
    sure: tuple[int, ...] | None


def masks(choice: Choice, labels: NDArray[np.uint8], answers: Answers | None) -> dict[str, Mask]:
    """Which digits pass each filter that is set, bool [N]; those about answers only where these are known."""
    found: dict[str, Mask] = {}
    if choice.only is not None:
        found["only"] = labels == choice.only
    if answers is None:
        return found
    if choice.answer is not None:
        found["answer"] = answers.digits == choice.answer
    if choice.outcome is not None:
        found["outcome"] = answers.right == (choice.outcome == "right")
    if choice.sure != ALL.sure:
        bands, (low, high) = _bands(answers), choice.sure
        found["sure"] = (bands >= MARKS.index(low)) & (bands < MARKS.index(high))
    return found


def counts(choice: Choice, labels: NDArray[np.uint8], answers: Answers | None) -> Counts:
    """See `Counts`."""
    set_now = masks(choice, labels, answers)
    all_of_them = np.ones(len(labels), bool)
    others = {
        name: np.logical_and.reduce([all_of_them, *(mask for other, mask in set_now.items() if other != name)])
        for name in FILTERS
    }

    def count(name: str, values: NDArray[np.int64], size: int) -> tuple[int, ...]:
        return tuple(np.bincount(values[others[name]], minlength=size)[:size].tolist())

    only = count("only", labels.astype(np.int64), 10)
    if answers is None:
        return Counts(only, None, None, None)
    wrong = count("outcome", (~answers.right).astype(np.int64), 2)
    return Counts(
        only, count("answer", answers.digits, 10), (wrong[0], wrong[1]), count("sure", _bands(answers), len(MARKS) - 1)
    )


def chosen(
    choice: Choice, labels: NDArray[np.uint8], answers: Answers | None, features: Features | None
) -> NDArray[np.int64]:
    """The numbers of the digits to be shown, in order."""
    passing = np.flatnonzero(
        np.logical_and.reduce([np.ones(len(labels), bool), *masks(choice, labels, answers).values()])
    )
    key = _key(choice, answers, features)
    return passing if key is None else passing[np.argsort(key[passing], kind="stable")]


def _key(choice: Choice, answers: Answers | None, features: Features | None) -> NDArray[np.floating] | None:
    if choice.order == "strange" and features is not None:
        return -features.strangeness(choice.part)
    if answers is None:
        return None
    match choice.order:
        case "unsure":
            return answers.confidence
        case "sure":
            return -answers.confidence
        case "loss":
            return -answers.losses
    return None


def _bands(answers: Answers) -> NDArray[np.int64]:
    """Between which two marks each answer's confidence lies: 0 is below the second mark."""
    return np.asarray(np.searchsorted(np.array(MARKS[1:-1]), answers.confidence * np.float64(100), side="right"))
