"""How well a model answers: on MNIST's test digits and on pen strokes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import StrokeSet
from digitlab.networks.graph import CLASSES
from digitlab.networks.predictor import Predictor

CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Evaluation:
    """Figures on labelled digits.

    Attributes:
        n: how many digits.
        accuracy: share that is right, 0..1.
        loss: mean cross-entropy in nats.
        calibration_error: expected calibration error over 15 equal bins of confidence (Guo et al., 2017,
            arXiv:1706.04599), 0..1.
    """

    n: int
    accuracy: float
    loss: float
    calibration_error: float


def evaluate(predictor: Predictor) -> Evaluation:
    """The model on MNIST's 10,000 test digits."""
    data = mnist.load()
    probabilities = predictor.probabilities(data.x_test.astype(np.float32) / np.float32(255))
    right = probabilities.argmax(axis=1) == data.y_test
    given = probabilities[np.arange(len(right)), data.y_test]
    loss = float(-np.log(np.maximum(given, 1e-7)).mean())
    return Evaluation(len(right), float(right.mean()), loss, calibration_error(probabilities, data.y_test))


def calibration_error(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """Mean distance between confidence and accuracy over bins of confidence, weighted by their digits."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = [abs(float(confidence[bins == k].sum()) - float(right[bins == k].sum())) for k in range(CALIBRATION_BINS)]
    return sum(gaps) / len(labels)


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
