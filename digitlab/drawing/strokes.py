"""Pen strokes, and the files that hold them. `canvas` and `links` read and write them in other forms.

Coordinates have x to the right and y down. A stroke is a float64 array [P, 2] with P ≥ 1; a stroke of
one point is a dot. On the pad one unit is one pixel of the 280×280 canvas; strokes from a file may
have any scale.
"""

import binascii
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import InputError

Points = NDArray[np.float64]

PAD_SIDE = 280  # pixels; ten for each pixel of the network's input
DEFAULT_BRUSH = 18.0  # pixels of the pad
BRUSHES = (6.0, 40.0)  # narrowest and widest brush the pad offers
MAX_STROKES = 5_000
MAX_POINTS = 50_000
MAX_COORDINATE = 1e6


@dataclass(frozen=True)
class Drawing:
    """Strokes with the brush that drew each of them.

    Attributes:
        strokes: arrays [P, 2].
        widths: the brush's width for each stroke, in the unit of the points; 0 where no brush is known.
    """

    strokes: tuple[Points, ...]
    widths: tuple[float, ...]

    @classmethod
    def of(cls, strokes: Iterable[Any], width: float = 0.0) -> "Drawing":
        """Check raw point lists and put them into a drawing with one brush.

        Raises:
            InputError: too many strokes or points, or a point that is not two finite numbers.
        """
        sound = checked(strokes)
        return cls(sound, (width,) * len(sound))

    def __bool__(self) -> bool:
        return bool(self.strokes)

    def without_last(self) -> "Drawing":
        return Drawing(self.strokes[:-1], self.widths[:-1])

    def segments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """All line segments as [S, 4] (x0, y0, x1, y1) and their brush widths [S].

        A dot is a segment of length nought.
        """
        if not self.strokes:
            return np.zeros((0, 4)), np.zeros(0)
        pieces, widths = [], []
        for stroke, width in zip(self.strokes, self.widths, strict=True):
            ends = stroke[1:] if len(stroke) > 1 else stroke
            starts = stroke[:-1] if len(stroke) > 1 else stroke
            pieces.append(np.hstack([starts, ends]))
            widths.append(np.full(len(ends), width))
        return np.concatenate(pieces), np.concatenate(widths)


EMPTY = Drawing((), ())


def checked(strokes: Iterable[Any]) -> tuple[Points, ...]:
    """Raw point lists as strokes; empty ones are left out.

    Raises:
        InputError: too many strokes or points, or a point that is not two finite numbers.
    """
    result: list[Points] = []
    total = 0
    for stroke in strokes:
        try:
            points = np.asarray(stroke, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(
                f"Stroke {len(result) + 1} is not a list of [x, y] points; write each as two numbers."
            ) from None
        if points.size == 0:
            continue
        if points.ndim != 2 or points.shape[1] != 2:
            raise InputError(f"Stroke {len(result) + 1} is not a list of [x, y] points; write each as two numbers.")
        if not (np.isfinite(points).all() and np.abs(points).max() <= MAX_COORDINATE):
            raise InputError(
                f"Stroke {len(result) + 1} has a point beyond ±{MAX_COORDINATE:,.0f}; draw it again on the pad."
            )
        total += len(points)
        result.append(points)
        if len(result) > MAX_STROKES or total > MAX_POINTS:
            raise InputError(
                f"This drawing has more than {MAX_STROKES:,} strokes or {MAX_POINTS:,} points; "
                "clear the pad and draw one digit."
            )
    return tuple(result)


def on_pad(drawing: Drawing, share: float = 0.7) -> Drawing:
    """The drawing scaled and centred so that it fills `share` of the pad, drawn with the default brush."""
    if not drawing:
        return drawing
    points = np.concatenate(drawing.strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = share * PAD_SIDE / max(float((high - low).max()), 1e-9)
    moved = tuple((stroke - (low + high) / 2) * scale + PAD_SIDE / 2 for stroke in drawing.strokes)
    return Drawing(moved, (DEFAULT_BRUSH,) * len(moved))


# --- files ------------------------------------------------------------------------------------------


def from_json(value: Any) -> Drawing:
    """Read `{"strokes": [[[x, y], …], …]}`, with an optional `"width"`: the brush, in the unit of the points.

    Raises:
        InputError: the value has another shape or no stroke.
    """
    if not isinstance(value, dict) or not isinstance(value.get("strokes"), list):
        raise InputError('A stroke file looks like {"strokes": [[[x, y], …], …]}; this one has no list "strokes".')
    width = value.get("width", 0)
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 <= width <= MAX_COORDINATE:
        raise InputError(f'"width" is the pen\'s width, a number from 0 to {MAX_COORDINATE:,.0f}; it is {width!r}.')
    drawing = Drawing.of(value["strokes"], float(width))
    if not drawing:
        raise InputError("This stroke file holds no stroke; draw something and save it again.")
    return drawing


@dataclass(frozen=True)
class StrokeSet:
    """Labelled drawings by many writers, from one .npz file; docs/strokes-format.md describes it.

    Attributes:
        drawings: N drawings.
        labels: uint8 [N], 0 to 9.
        suspect: bool [N]; True for scribbles and wrong labels.
    """

    drawings: tuple[Drawing, ...]
    labels: NDArray[np.uint8]
    suspect: NDArray[np.bool_]

    @classmethod
    def load(cls, path: Path) -> "StrokeSet":
        """Read a stroke set.

        Raises:
            InputError: the file is missing, is not such a file, or its parts do not fit together.
        """
        if not path.is_file():
            raise InputError(f"{path.name} is not there; give the path of a stroke file (.npz).")
        wrong = InputError(
            f"{path.name} is not a stroke set: it needs points, stroke_offsets, sample_offsets and labels "
            "that fit together (docs/strokes-format.md)."
        )
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                points = arrays["points"].astype(np.float64)
                edges = arrays["stroke_offsets"].astype(np.int64)
                samples = arrays["sample_offsets"].astype(np.int64)
                labels = arrays["labels"].astype(np.uint8)
                suspect = arrays["suspect"].astype(bool) if "suspect" in arrays else np.zeros(len(labels), bool)
        except (OSError, ValueError, KeyError, EOFError, TypeError, zlib.error, binascii.Error, zipfile.BadZipFile):
            raise wrong from None
        fits = (
            points.ndim == 2
            and points.shape[1] == 2
            and edges.ndim == samples.ndim == labels.ndim == suspect.ndim == 1
            and 0 < len(labels) == len(suspect) == len(samples) - 1
            and edges[0] == samples[0] == 0
            and edges[-1] == len(points)
            and samples[-1] == len(edges) - 1
            and (np.diff(edges) > 0).all()
            and (np.diff(samples) > 0).all()
            and int(labels.max()) <= 9
        )
        if not fits:
            raise wrong
        drawings = tuple(
            Drawing.of(points[edges[k] : edges[k + 1]] for k in range(samples[i], samples[i + 1]))
            for i in range(len(labels))
        )
        return cls(drawings, labels, suspect)
