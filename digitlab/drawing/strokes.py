"""Pen strokes: reading them from the canvas, from files and from links, and writing them back.

Coordinates have x to the right and y down. A stroke is a float64 array [P, 2] with P ≥ 1; a stroke of
one point is a dot. On the pad one unit is one pixel of the 280×280 canvas; strokes from a file may
have any scale.
"""

import base64
import binascii
import math
import zlib
from collections.abc import Iterable, Sequence
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
FLATNESS = 0.05  # how far a flattened curve may be from the true one, in pixels of the pad
DOT_LENGTH = 0.5  # a click arrives as a line of a few hundredths of a pixel
_LINK_STEPS = 4  # links keep a quarter of a pixel
MAX_LINK = 16_000  # characters; longer addresses are cut by browsers and chat programs


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
        checked = _checked(strokes)
        return cls(checked, (width,) * len(checked))

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


def _checked(strokes: Iterable[Any]) -> tuple[Points, ...]:
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


# --- the canvas -------------------------------------------------------------------------------------


def from_canvas(canvas: dict[str, Any] | None) -> Drawing:
    """Read what streamlit-drawable-canvas sends as `json_data` (Fabric.js 7 path objects).

    Objects other than paths are passed over: the pad only draws freehand. A path that was moved, turned
    or stretched with the canvas's edit tool is read where it now lies.

    Raises:
        InputError: the paths are not ones that a pen draws, or there are too many.
    """
    if not canvas:
        return EMPTY
    strokes, widths = [], []
    for item in canvas.get("objects", []):
        if str(item.get("type", "")).lower() != "path":
            continue
        try:
            points, centre = _flatten(item["path"])
            strokes.append(_place(points, centre, item))
            widths.append(float(item.get("strokeWidth", DEFAULT_BRUSH)) * _stretch(item))
        except (KeyError, TypeError, ValueError, IndexError):
            raise InputError("A stroke on the pad could not be read; clear the pad and draw again.") from None
        if sum(len(stroke) for stroke in strokes) > MAX_POINTS:
            break
    checked = _checked(strokes)
    return Drawing(checked, tuple(widths[: len(checked)]))


def _flatten(path: Sequence[Sequence[Any]]) -> tuple[Points, Points]:
    """A Fabric path (M, L, Q, C with absolute coordinates) as points [P, 2], and its box's centre [2].

    The centre is Fabric's own, which a stroke's `left` and `top` name: its box takes the control point of a quadratic
    curve for both of a cubic one's, so that at a sharp corner it is larger than the line.
    """
    points: list[Points] = []
    boxed: list[Points] = []
    for command, *numbers in path:
        target = np.asarray(numbers, dtype=np.float64).reshape(-1, 2)
        if command == "M" or (command == "L" and points):
            points.append(target[:1])
        elif command in ("Q", "C") and points:
            control = np.concatenate([points[-1][-1:], target])
            if len(control) != {"Q": 3, "C": 4}[command]:
                raise ValueError(command)
            points.append(_curve(control))
            if command == "Q":
                boxed.append(_curve(control[[0, 1, 1, 2]]))
        elif command != "Z":
            raise ValueError(command)
    line = np.concatenate(points)
    if not np.isfinite(line).all():
        raise ValueError("not finite")
    around = np.concatenate([line, *boxed])
    centre = (around.min(axis=0) + around.max(axis=0)) / 2
    if np.hypot(*np.ptp(line, axis=0)) < DOT_LENGTH:
        line = line.mean(axis=0, keepdims=True)
    return line, centre


def _curve(control: Points) -> Points:
    """A quadratic or cubic Bézier curve as points [n, 2] without its first, no further than FLATNESS off."""
    bend = np.abs(np.diff(control, 2, axis=0)).sum(axis=1).max()
    order = len(control) - 1
    count = min(64, max(1, math.ceil(math.sqrt(order * (order - 1) * bend / (8 * FLATNESS)))))
    t = (np.arange(1, count + 1) / count)[:, None]
    weights = [math.comb(order, k) * t**k * (1 - t) ** (order - k) for k in range(order + 1)]
    return np.asarray(np.hstack(weights) @ control)


def _stretch(item: dict[str, Any]) -> float:
    if item.get("strokeUniform"):
        return 1.0
    return math.sqrt(abs(float(item.get("scaleX", 1)) * float(item.get("scaleY", 1))))


def _place(points: Points, centre: Points, item: dict[str, Any]) -> Points:
    """Apply the object's own scale, skew, angle and position, as Fabric does about its centre."""
    scale_x, scale_y = (float(item.get(f"scale{axis}", 1)) for axis in "XY")
    skew_x, skew_y, angle = (math.radians(float(item.get(name, 0))) for name in ("skewX", "skewY", "angle"))
    shift = np.array([float(item.get("left", centre[0])), float(item.get("top", centre[1]))]) - centre
    untouched = (scale_x, scale_y, skew_x, skew_y, angle) == (1, 1, 0, 0, 0)
    if untouched and not (item.get("flipX") or item.get("flipY")):
        # The canvas rounds and pads its boxes; a path nobody moved is exactly where it was drawn.
        return points if np.abs(shift).max() < 1.0 else points + shift
    matrix = (
        np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        @ np.array([[1, math.tan(skew_x)], [0, 1]])
        @ np.array([[1, 0], [math.tan(skew_y), 1]])
        @ np.diag([scale_x * (-1 if item.get("flipX") else 1), scale_y * (-1 if item.get("flipY") else 1)])
    )
    return np.asarray((points - centre) @ matrix.T + centre + shift)


def to_canvas(drawing: Drawing, colour: str) -> dict[str, Any]:
    """The drawing as the canvas's `initial_drawing`: Fabric path objects in `colour`."""
    objects = []
    for stroke, width in zip(drawing.strokes, drawing.widths, strict=True):
        points = stroke if len(stroke) > 1 else np.concatenate([stroke, stroke + [0.01, 0.0]])
        low, high = points.min(axis=0), points.max(axis=0)
        path = [["M" if i == 0 else "L", round(x, 3), round(y, 3)] for i, (x, y) in enumerate(points.tolist())]
        objects.append(
            {
                "type": "Path",
                "path": path,
                "originX": "center",
                "originY": "center",
                "left": float(low[0] + high[0]) / 2,
                "top": float(low[1] + high[1]) / 2,
                "fill": None,
                "stroke": colour,
                "strokeWidth": width or DEFAULT_BRUSH,
                "strokeLineCap": "round",
                "strokeLineJoin": "round",
            }
        )
    return {"objects": objects}


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
        except (OSError, ValueError, KeyError, EOFError, TypeError, zlib.error, binascii.Error):
            raise wrong from None
        except Exception as error:  # zipfile raises its own kind for a cut archive
            if type(error).__name__ == "BadZipFile":
                raise wrong from None
            raise
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


# --- links ------------------------------------------------------------------------------------------


def pack(drawing: Drawing) -> str:
    """The drawing as text for a link: quarter pixels, delta coded, compressed, URL-safe base 64.

    Raises:
        InputError: the text would be longer than a link may be.
    """
    numbers: list[int] = []
    for stroke, width in zip(drawing.strokes, drawing.widths, strict=True):
        steps = np.rint(stroke * _LINK_STEPS).astype(np.int64)
        keep = np.ones(len(steps), bool)
        keep[1:] = (np.diff(steps, axis=0) != 0).any(axis=1)
        steps = steps[keep]
        deltas = np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64))
        numbers += [len(steps), round(width * _LINK_STEPS), *deltas.reshape(-1).tolist()]
    text = base64.urlsafe_b64encode(zlib.compress(_varints(numbers), 9)).decode().rstrip("=")
    if len(text) > MAX_LINK:
        raise InputError("This drawing is too long for a link; draw it with fewer strokes.")
    return text


def unpack(text: str) -> Drawing:
    """Undo `pack`.

    Raises:
        InputError: the text was cut or changed on its way.
    """
    wrong = InputError("The drawing in this link is damaged; ask for the link again.")
    if len(text) > MAX_LINK:
        raise wrong
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), 40 * MAX_POINTS)
        numbers = _from_varints(raw)
    except (ValueError, zlib.error):
        raise wrong from None
    if not inflate.eof:
        raise wrong
    strokes, widths, at = [], [], 0
    while at < len(numbers):
        if at + 2 > len(numbers) or numbers[at] < 1 or at + 2 + 2 * numbers[at] > len(numbers):
            raise wrong
        count, width = numbers[at], numbers[at + 1]
        deltas = np.array(numbers[at + 2 : at + 2 + 2 * count], dtype=np.float64).reshape(-1, 2)
        strokes.append(np.cumsum(deltas, axis=0) / _LINK_STEPS)
        widths.append(min(max(width / _LINK_STEPS, 0.0), float(PAD_SIDE)))
        at += 2 + 2 * count
    return Drawing(_checked(strokes), tuple(widths))


def _varints(numbers: Iterable[int]) -> bytes:
    """Signed integers as zigzag variable-length bytes (the encoding of Protocol Buffers' sint64)."""
    out = bytearray()
    for number in numbers:
        rest = number * 2 if number >= 0 else -number * 2 - 1
        while rest > 127:
            out.append(rest & 127 | 128)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def _from_varints(raw: bytes) -> list[int]:
    numbers, value, shift = [], 0, 0
    for byte in raw:
        value |= (byte & 127) << shift
        shift += 7
        if shift > 35:
            raise ValueError("number too long")
        if byte < 128:
            numbers.append(value // 2 if value % 2 == 0 else -(value + 1) // 2)
            value, shift = 0, 0
    if shift:
        raise ValueError("cut")
    return numbers
