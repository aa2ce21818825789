"""Strokes found in pictures: real MNIST digits, and lines whose course is known."""

import numpy as np
import pytest

from digitlab.data.mnist import Mnist
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.raster import ink
from digitlab.drawing.strokes import Drawing, on_pad
from digitlab.networks import zoo
from harness.trace import trace

MEAN_ERROR = (
    0.055  # a pixel, of 100 digits: most of it is the pen, which MNIST's writers chose and we have one width of
)


def test_hundred_mnist_digits_traced_as_strokes_keep_their_label_and_look(digits: Mnist) -> None:
    images = digits.x_test[:100].astype(np.float32) / 255
    redrawn = np.stack([prepare(on_pad(trace(image))) for image in images])

    predict = zoo.open_model("two-conv-64-dropout").probabilities
    assert predict(redrawn).argmax(axis=1).tolist() == digits.y_test[:100].tolist()
    assert float(np.abs(redrawn - images).mean()) < MEAN_ERROR


def test_traced_digit_has_few_strokes_and_points(digits: Mnist) -> None:
    drawings = [trace(image.astype(np.float32) / 255) for image in digits.x_test[:100]]
    assert np.mean([len(drawing.strokes) for drawing in drawings]) < 2
    assert np.mean([sum(len(stroke) for stroke in drawing.strokes) for drawing in drawings]) < 50


@pytest.mark.parametrize("width", [2.0, 6.0, 14.0, 24.0])
def test_a_line_is_traced_from_end_to_end_with_its_pen(width: float) -> None:
    line = np.array([[30.0, 25.0, 70.0, 95.0]])
    drawing = trace(ink(line, width, side=120))
    assert len(drawing.strokes) == 1
    ends = sorted(drawing.strokes[0][[0, -1]].tolist(), key=lambda point: point[1])
    assert np.abs(np.array(ends) - [[30, 25], [70, 95]]).max() < 1.5
    assert drawing.widths[0] == pytest.approx(width, abs=1.2)


def test_crossing_lines_are_two_strokes() -> None:
    cross = np.array([[20.0, 20.0, 100.0, 100.0], [100.0, 25.0, 25.0, 100.0]])
    drawing = trace(ink(cross, 14.0, side=120))
    assert len(drawing.strokes) == 2
    for stroke in drawing.strokes:
        assert np.hypot(*(stroke[-1] - stroke[0])) > 100


def test_a_ring_is_one_closed_stroke() -> None:
    turn = np.linspace(0, 2 * np.pi, 60)
    points = np.stack([60 + 35 * np.cos(turn), 60 + 40 * np.sin(turn)], axis=1)
    segments, _ = Drawing.of([points]).segments()
    drawing = trace(ink(segments, 9.0, side=120))
    assert len(drawing.strokes) == 1
    assert drawing.strokes[0][0].tolist() == drawing.strokes[0][-1].tolist()
    x, y = (drawing.strokes[0] - 60).T
    assert np.abs(np.hypot(x / 35, y / 40) - 1).max() < 0.05


def test_a_dot_is_one_point_or_a_line_shorter_than_its_pen() -> None:
    drawing = trace(ink(np.array([[60.0, 60.0, 60.0, 60.0]]), 20.0, side=120))
    assert len(drawing.strokes) == 1
    assert float(np.ptp(drawing.strokes[0], axis=0).max()) < drawing.widths[0] / 2


def test_no_ink_no_strokes() -> None:
    assert not trace(np.zeros((28, 28), np.float32))


def test_texture_that_no_pen_drew_has_no_strokes() -> None:
    grain = (np.random.default_rng(0).random((128, 128)) < 0.3).astype(np.float32)
    assert not trace(grain)
