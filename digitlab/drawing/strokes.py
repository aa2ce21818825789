"""Pen strokes, and the files that hold them. `canvas` and `link_text` read and write them in other forms.

Coordinates have x to the right and y down. A stroke is a float64 array [P, 2] with P ≥ 1; a stroke of
one point is a dot. On the pad one unit is one pixel of the 280×280 canvas; strokes from a file may
have any scale.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.stroke_archive import read_arrays, whole_numbers
from digitlab.errors import InputError
from digitlab.plain_data import text
from digitlab.words import message

Points = NDArray[np.float64]

PAD_SIDE = 280  # pixels; ten for each pixel of the network's input
DEFAULT_BRUSH = 18.0  # pixels of the pad
# Of a drawing, wherever it comes from: the pad, a link, a file. One digit has a few strokes, and a minute of scribbling
# a few thousand points. Each costs time wherever the drawing goes: 50,000 about half a second on the server.
MAX_STROKES = 2_000
MAX_POINTS = 20_000
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

    def segments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """All line segments as [S, 4] (x0, y0, x1, y1) and their brush widths [S].

        A dot is a segment of length 0.
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
        except (TypeError, ValueError, OverflowError):
            raise InputError(
                message(
                    "Stroke {number} is not a list of [x, y] points; write each as two numbers.", number=len(result) + 1
                )
            ) from None
        if points.size == 0:
            continue
        if points.ndim != 2 or points.shape[1] != 2:
            raise InputError(
                message(
                    "Stroke {number} is not a list of [x, y] points; write each as two numbers.", number=len(result) + 1
                )
            )
        if not (np.isfinite(points).all() and np.abs(points).max() <= MAX_COORDINATE):
            raise InputError(
                message(
                    "Stroke {number} has a point beyond ±{most:.0f}; draw it again on the pad.",
                    number=len(result) + 1,
                    most=MAX_COORDINATE,
                )
            )
        total += len(points)
        result.append(points)
        if len(result) > MAX_STROKES or total > MAX_POINTS:
            raise InputError(
                message(
                    "This drawing has more than {strokes} strokes or {points} points; clear the pad and draw one "
                    "digit.",
                    strokes=MAX_STROKES,
                    points=MAX_POINTS,
                )
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
        raise InputError(
            message(
                'A stroke file looks like {form}; this one has no list "strokes".', form='{"strokes": [[[x, y], …], …]}'
            )
        )
    width = value.get("width", 0)
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 <= width <= MAX_COORDINATE:
        raise InputError(
            message(
                '"width" is the pen\'s width, a number from 0 to {most:.0f}; it is {width}.',
                most=MAX_COORDINATE,
                width=repr(width),
            )
        )
    drawing = Drawing.of(value["strokes"], float(width))
    if not drawing:
        raise InputError(message("This stroke file holds no stroke; draw something and save it again."))
    return drawing


_ARRAYS = ("points", "stroke_offsets", "sample_offsets", "labels", "suspect", "writers", "source", "licence")
_LONGEST = 500  # letters of the source and of the licence that are kept


@dataclass(frozen=True)
class StrokeSet:
    """Labelled drawings by many writers, from one .npz file; docs/strokes-format.md describes it.

    Attributes:
        drawings: N drawings.
        labels: uint8 [N], 0 to 9.
        suspect: bool [N]; True for scribbles and wrong labels.
        writers: who drew each of them, text [N]; None where the file does not say.
        source, licence: where the drawings come from and what allows their use; "" where the file does not say.
    """

    drawings: tuple[Drawing, ...]
    labels: NDArray[np.uint8]
    suspect: NDArray[np.bool_]
    writers: NDArray[np.str_] | None = None
    source: str = ""
    licence: str = ""

    @classmethod
    def load(cls, path: Path) -> "StrokeSet":
        """Read a stroke set.

        Raises:
            InputError: the file is missing, is not such a file, or its parts do not fit together.
        """
        if not path.is_file():
            raise InputError(message("{file} is not there; give the path of a stroke file (.npz).", file=path.name))
        wrong = InputError(
            message(
                "{file} is not a stroke set: it needs points, stroke_offsets, sample_offsets and labels that fit "
                "together (docs/strokes-format.md).",
                file=path.name,
            )
        )
        try:
            arrays = read_arrays(path, _ARRAYS)
            points = _numbers(arrays["points"])
            edges = whole_numbers(arrays["stroke_offsets"], most=len(points))
            samples = whole_numbers(arrays["sample_offsets"], most=len(edges))
            labels = whole_numbers(arrays["labels"], most=9).astype(np.uint8)
            suspect = whole_numbers(arrays.get("suspect", np.zeros(len(labels), bool)).astype(np.uint8), most=1) > 0
            writers = arrays["writers"].astype(np.str_) if "writers" in arrays else None
            source, licence = (_line(arrays.get(name)) for name in ("source", "licence"))
        except (ValueError, KeyError, TypeError):
            raise wrong from None
        fits = (
            points.ndim == 2
            and points.shape[1] == 2
            and edges.ndim == samples.ndim == labels.ndim == suspect.ndim == 1
            and 0 < len(labels) == len(suspect) == len(samples) - 1
            and len(edges) > 1
            and edges[0] == samples[0] == 0
            and edges[-1] == len(points)
            and samples[-1] == len(edges) - 1
            and (np.diff(edges) > 0).all()
            and (np.diff(samples) > 0).all()
            and (writers is None or writers.shape == labels.shape)
        )
        if not fits:
            raise wrong
        drawings = tuple(
            Drawing.of(points[edges[k] : edges[k + 1]] for k in range(samples[i], samples[i + 1]))
            for i in range(len(labels))
        )
        return cls(drawings, labels, suspect, writers, source, licence)

    def rows(self, rows: NDArray[np.int64]) -> "StrokeSet":
        """Some of the drawings."""
        writers = None if self.writers is None else self.writers[rows]
        drawings = tuple(self.drawings[row] for row in rows)
        return StrokeSet(drawings, self.labels[rows], self.suspect[rows], writers, self.source, self.licence)


def _numbers(array: NDArray[Any]) -> Points:
    if array.dtype.kind not in "iuf":
        raise ValueError(f"numbers of {array.dtype}")
    return array.astype(np.float64)


def _line(array: NDArray[Any] | None) -> str:
    return "" if array is None else text(str(array.astype(np.str_)))[:_LONGEST]
