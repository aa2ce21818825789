"""How well a model answers: on MNIST's digits and on pen strokes."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import StrokeSet
from digitlab.errors import InputError
from digitlab.insight.answers import Answers
from digitlab.networks.graph import CLASSES
from digitlab.networks.predictor import Predictor
from digitlab.words import message

CALIBRATION_BINS = 15
_Z = 1.959963984540054  # of the normal distribution, 95% lie within so many standard deviations


@dataclass(frozen=True)
class Class:
    """Figures of one digit.

    Attributes:
        digit: which.
        n: how many digits have this label.
        precision: of what is called this digit, the share that is; 0 where nothing is.
        recall: of what is this digit, the share that is called so.
        f1: their harmonic mean.
    """

    digit: int
    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence: how many, their mean confidence, the share that is right (0 for none)."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Evaluation:
    """Figures on labelled digits.

    Attributes:
        n: how many digits.
        right: how many are right; the best digit counts even where the model refuses.
        accuracy: share that is right, 0..1.
        accuracy_low, accuracy_high: its 95% interval (Wilson, 1927, https://doi.org/10.2307/2276774).
        top_2: share whose label is among the two most probable digits.
        loss: mean cross-entropy in nats.
        confidence: mean probability of the answer, 0..1.
        calibration_error: expected calibration error over 15 equal bins of confidence (Guo et al., 2017,
            arXiv:1706.04599), 0..1.
        refused: how many the model calls no digit.
        per_class: one for each digit.
        reliability: the bins of the calibration error.
        confusion: how often each label (row) is answered by each digit (column).
    """

    n: int
    right: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    top_2: float
    loss: float
    confidence: float
    calibration_error: float
    refused: int
    per_class: tuple[Class, ...]
    reliability: tuple[Bin, ...]
    confusion: tuple[tuple[int, ...], ...]


def evaluate(answers: Answers) -> Evaluation:
    """Every figure that the page, the command line and the comparisons show.

    Raises:
        InputError: there are no answers.
    """
    n, right = len(answers.labels), int(answers.right.sum())
    if not n:
        raise InputError(message("There are no digits to evaluate on."))
    bins = reliability(answers.probabilities, answers.labels)
    low, high = interval(right, n)
    best_two = np.argpartition(-answers.probabilities, 1, axis=1)[:, :2]
    confusion = np.bincount(answers.labels * np.int64(CLASSES) + answers.digits, minlength=CLASSES**2)
    table = confusion.reshape(CLASSES, CLASSES)
    return Evaluation(
        n=n,
        right=right,
        accuracy=right / n,
        accuracy_low=low,
        accuracy_high=high,
        top_2=float((best_two == answers.labels[:, None]).any(axis=1).mean()),
        loss=float(answers.losses.mean()),
        confidence=sum(row.confidence * row.n for row in bins) / n,
        calibration_error=sum(abs(row.confidence - row.accuracy) * row.n for row in bins) / n,
        refused=int(answers.refused.sum()),
        per_class=tuple(_class(table, digit) for digit in range(CLASSES)),
        reliability=bins,
        confusion=tuple(tuple(row) for row in table.tolist()),
    )


def interval(right: int, n: int) -> tuple[float, float]:
    """Where the share of a population probably lies, of which `right` of `n` are right: Wilson's 95% interval."""
    share, z2 = right / n, _Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def reliability(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> tuple[Bin, ...]:
    """Fifteen equal bins of confidence."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    bins = []
    for k in range(CALIBRATION_BINS):
        mine = place == k
        n = int(mine.sum())
        means = (float(confidence[mine].mean()), float(right[mine].mean())) if n else (0.0, 0.0)
        bins.append(Bin(k / CALIBRATION_BINS, (k + 1) / CALIBRATION_BINS, n, *means))
    return tuple(bins)


@dataclass(frozen=True)
class Comparison:
    """Two models on the same digits.

    Attributes:
        only_first, only_second: digits that only this one gets right.
        p: how probable at least so uneven a share of these is if both are as good: McNemar's test (1947,
            https://doi.org/10.1007/BF02295996) in its exact form, two-sided.
    """

    only_first: int
    only_second: int
    p: float


def compare(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Comparison:
    """McNemar's test over which digits are right, bool [N] each."""
    from scipy.stats import binomtest  # here: it takes a third of a second

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differ = only_first + only_second
    p = float(binomtest(only_first, differ).pvalue) if differ else 1.0
    return Comparison(only_first, only_second, p)


def _class(confusion: NDArray[np.int64], digit: int) -> Class:
    hits, called, there = int(confusion[digit, digit]), int(confusion[:, digit].sum()), int(confusion[digit].sum())
    precision, recall = hits / max(called, 1), hits / max(there, 1)
    return Class(digit, there, precision, recall, 2 * hits / max(called + there, 1))


@dataclass(frozen=True)
class Score:
    """Figures on pen strokes, each 0..1; the best digit counts in `accuracy` and `clean` even where it is refused.

    Attributes:
        n: how many drawings.
        accuracy: share of all drawings that is right.
        clean: the same without the suspect ones.
        answered: share of clean drawings that is not refused.
        read: share of clean drawings that is answered and right.
        per_class: `clean` for each digit.
    """

    n: int
    accuracy: float
    clean: float
    answered: float
    read: float
    per_class: tuple[float, ...]


def score(predictor: Predictor, strokes: StrokeSet) -> Score:
    """The model on drawings, through the very code that reads the pad."""
    images = np.stack([prepare(drawing) for drawing in strokes.drawings])
    outputs = predictor.outputs(images)
    right = outputs.argmax(axis=1) == strokes.labels
    answered = ~predictor.refuses(outputs)
    clean = ~strokes.suspect
    classes = (right[clean & (strokes.labels == digit)] for digit in range(CLASSES))
    return Score(
        n=len(right),
        accuracy=float(right.mean()),
        clean=float(right[clean].mean()),
        answered=float(answered[clean].mean()),
        read=float((answered & right)[clean].mean()),
        per_class=tuple(float(hits.mean()) if hits.size else float("nan") for hits in classes),
    )
