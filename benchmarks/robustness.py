"""How well digits are read whatever the brush, the size, the slant and the turn.

`python -m benchmarks.robustness STROKES.npz --model NAME` prints, for the rows of a stroke set that are not suspect:

- accuracy on the strokes themselves, the figure that all others are held against;
- accuracy after the strokes were drawn as pictures on a 280-pixel canvas, with pens of several widths and in several
  sizes, and read as picture files are; a star marks pens that leave the digit legible (`LEGIBLE`);
- accuracy after the strokes were sheared and turned.
"""

import argparse
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitlab.drawing.picture import prepare_picture
from digitlab.drawing.picture_file import read_picture
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.raster import SIDE
from digitlab.drawing.strokes import PAD_SIDE, Drawing, StrokeSet
from digitlab.errors import DigitLabError, InputError
from digitlab.insight.learned_from import warning
from digitlab.networks.zoo import find, open_model

Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]

WIDTHS = (6, 12, 18, 26, 40)  # pixels of the canvas
SIZES = (0.15, 0.3, 0.5, 0.7, 0.95)  # longest side of the lines, as a share of the canvas
LEGIBLE = 1 / 4  # the widest pen that leaves a digit legible, as a share of the longest side of its lines
SHEARS = (-0.4, -0.2, 0.2, 0.4)  # x moves by this share of y
TURNS = (-20, -10, 10, 20)  # degrees, clockwise
_FINER = 4  # pictures are drawn this many times finer and averaged


@dataclass(frozen=True)
class Reading:
    """One measured row.

    Attributes:
        change: "strokes", "picture", "sheared" or "turned".
        amount: the shear, or the turn in degrees; the pen's width for a picture.
        size: the longest side of the lines as a share of the canvas; 0 where there is no picture.
        legible: whether the pen leaves the digit legible.
        clean: share of the clean rows that are read right.
        loss: by how much that is less than from the strokes themselves.
    """

    change: str
    amount: float
    size: float
    legible: bool
    clean: float
    loss: float


def draw_picture(drawing: Drawing, width: float, size: float, place: tuple[float, float] = (0.5, 0.5)) -> bytes:
    """Draw strokes in black on a white canvas of 280×280, as a PNG file.

    Args:
        drawing: strokes at any scale.
        width: the pen's width in pixels of the canvas.
        size: the longest side of the lines, as a share of the canvas.
        place: where the digit lies in the room that is left to it, 0..1 across and down.
    """
    points = np.concatenate(drawing.strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = size * PAD_SIDE / max(float(extent.max()), 1e-9)
    margin = min(width / 2, PAD_SIDE * (1 - size) / 2)
    start = margin + np.array(place) * (PAD_SIDE - extent * scale - 2 * margin)
    picture = Image.new("L", (PAD_SIDE * _FINER,) * 2, 255)
    pen, half = ImageDraw.Draw(picture), width * _FINER / 2
    for stroke in drawing.strokes:
        line = ((stroke - low) * scale + start) * _FINER
        pen.line([tuple(point) for point in line.tolist()], fill=0, width=round(2 * half))
        for x, y in line.tolist():
            pen.ellipse([x - half, y - half, x + half, y + half], fill=0)
    file = io.BytesIO()
    picture.reduce(_FINER).save(file, "PNG", compress_level=1)
    return file.getvalue()


def transformed(drawing: Drawing, matrix: NDArray[np.float64]) -> Drawing:
    """Every point [x, y] of a drawing multiplied by a matrix [2, 2]."""
    return Drawing(tuple(stroke @ matrix.T for stroke in drawing.strokes), drawing.widths)


def sheared(drawing: Drawing, shear: float) -> Drawing:
    """A drawing with every x moved by `shear` times its y."""
    return transformed(drawing, np.array([[1, shear], [0, 1]]))


def turned(drawing: Drawing, degrees: float) -> Drawing:
    """A drawing turned clockwise."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return transformed(drawing, np.array([[c, -s], [s, c]]))


def read_as_picture(drawing: Drawing, width: float, size: float, place: tuple[float, float]) -> NDArray[np.float32]:
    """The 28×28 of strokes that were drawn as a picture; all 0 where the picture path refuses it."""
    try:
        return prepare_picture(read_picture(draw_picture(drawing, width, size, place)))
    except InputError:
        return np.zeros((SIDE, SIDE), np.float32)


def measure(
    strokes: StrokeSet,
    predict: Predict,
    widths: Sequence[float] = WIDTHS,
    sizes: Sequence[float] = SIZES,
    every: int = 1,
    legible_only: bool = False,
) -> Iterable[Reading]:
    """Read the clean rows of a stroke set in every way; the first row is the strokes themselves.

    Args:
        strokes: what to read.
        predict: images [N, 28, 28] to probabilities [N, 10].
        widths, sizes: of the pictures.
        every: take every so-many-th clean row.
        legible_only: leave out the pictures whose pen is too wide.
    """
    rows = np.flatnonzero(~strokes.suspect)[::every]
    drawings, labels = [strokes.drawings[row] for row in rows], strokes.labels[rows]
    places = [(float(x), float(y)) for x, y in np.random.default_rng(0).random((len(rows), 2))]

    def accuracy(images: Iterable[NDArray[np.float32]]) -> float:
        return float(np.mean(predict(np.stack(list(images))).argmax(axis=1) == labels))

    base = accuracy(prepare(drawing) for drawing in drawings)
    yield Reading("strokes", 0, 0, True, base, 0)
    for change, amounts, how in (("sheared", SHEARS, sheared), ("turned", TURNS, turned)):
        for amount in amounts:
            clean = accuracy(prepare(how(drawing, amount)) for drawing in drawings)
            yield Reading(change, amount, 0, True, clean, base - clean)
    for width in widths:
        for size in sizes:
            legible = width <= LEGIBLE * size * PAD_SIDE
            if legible_only and not legible:
                continue
            pairs = zip(drawings, places, strict=True)
            clean = accuracy(read_as_picture(drawing, width, size, place) for drawing, place in pairs)
            yield Reading("picture", width, size, legible, clean, base - clean)


def print_table(readings: Iterable[Reading]) -> None:
    """Print the rows as they come; pictures as a table of pen widths (down) and sizes (across)."""
    width: float | None = None
    for reading in readings:
        if reading.change != "picture":
            print(
                f"{reading.change:8} {reading.amount:+6g}  clean {reading.clean:.4f}  loss {reading.loss:+.4f}",
                flush=True,
            )
            continue
        if reading.amount != width:
            width = reading.amount
            print(f"\npen {width:3g}", end="", flush=True)
        star = "*" if reading.legible else " "
        print(f"   {reading.size:3.0%} {reading.clean:.4f} ({reading.loss:+.4f}){star}", end="", flush=True)
    print()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code, 2 for arguments that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__.splitlines()[0])
    parser.add_argument("strokes", type=Path, help="a stroke set, .npz")
    parser.add_argument("--model", default="pen", help="a model's name")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="every K-th row: faster, but less sure")
    parser.add_argument("--json", action="store_true", help="one JSON list instead of a table")
    options = parser.parse_args(arguments)
    try:
        if options.every < 1:
            raise InputError(f"--every is a whole number from 1; it is {options.every}.")
        strokes = StrokeSet.load(options.strokes)
        readings = measure(strokes, open_model(options.model).probabilities, every=options.every)
        if learned := warning(find(options.model), options.strokes):
            print(learned, file=sys.stderr)
        if options.json:
            print(json.dumps([asdict(reading) for reading in readings]))
        else:
            print_table(readings)
    except DigitLabError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
