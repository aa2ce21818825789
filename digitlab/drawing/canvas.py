"""Strokes on the canvas of streamlit-drawable-canvas: paths of Fabric.js 7."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.strokes import DEFAULT_BRUSH, EMPTY, MAX_POINTS, PAD_SIDE, Drawing, Points, checked
from digitlab.errors import InputError
from digitlab.words import message

FLATNESS = 0.05  # how far a flattened curve may be from the true one, in pixels of the pad
DOT_LENGTH = 0.5  # a click arrives as a line of a few hundredths of a pixel


def from_canvas(canvas: Any) -> Drawing:
    """Read what streamlit-drawable-canvas sends as `json_data` (Fabric.js 7 path objects).

    Objects other than paths are passed over: the pad only draws freehand. A path that was moved, turned
    or stretched with the canvas's edit tool is read where it now lies.

    Raises:
        InputError: the paths are not ones that a pen draws, or there are too many.
    """
    if not canvas:
        return EMPTY
    wrong = InputError(message("A stroke on the pad could not be read; clear the pad and draw again."))
    if not isinstance(canvas, dict) or not isinstance(objects := canvas.get("objects", []), list):
        raise wrong
    strokes, widths = [], []
    for item in objects:
        if not isinstance(item, dict):
            raise wrong
        if str(item.get("type", "")).lower() != "path":
            continue
        try:
            points, centre = _flatten(item["path"][: MAX_POINTS + 1])  # more is refused below
            strokes.append(_place(points, centre, item))
            widths.append(float(item.get("strokeWidth", DEFAULT_BRUSH)) * _stretch(item))
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError):
            raise wrong from None
        if not 0 <= widths[-1] <= PAD_SIDE:
            raise wrong
        if sum(len(stroke) for stroke in strokes) > MAX_POINTS:
            break
    sound = checked(strokes)
    return Drawing(sound, tuple(widths[: len(sound)]))


def _flatten(path: Sequence[Sequence[Any]]) -> tuple[Points, Points]:
    """A Fabric path (M, L, Q, C with absolute coordinates) as points [P, 2], and its box's centre [2].

    The centre is Fabric's own, which a stroke's `left` and `top` name: its box takes the control point of a quadratic
    curve for both of a cubic one's, so that at a sharp corner it is larger than the line.
    """
    steps = [step for step in path if step[0] != "Z"]
    kinds = np.array([step[0] for step in steps])
    if kinds[0] != "M" or not np.isin(kinds, ["M", "L", "Q", "C"]).all():
        raise ValueError(kinds)
    ends = np.array([step[-2:] for step in steps], np.float64).reshape(-1, 2)
    straight = np.flatnonzero((kinds == "M") | (kinds == "L"))
    points, places, boxed = [ends[straight]], [straight], []
    for kind, order in (("Q", 2), ("C", 3)):
        curved = np.flatnonzero(kinds == kind)
        if curved.size:
            given = np.array([steps[at][1:] for at in curved], np.float64).reshape(len(curved), order, 2)
            control = np.concatenate([ends[curved - 1, None], given], axis=1)
            line, which = _curves(control)
            points.append(line)
            places.append(curved[which])
            if kind == "Q":
                boxed.append(_curves(control[:, [0, 1, 1, 2]])[0])
    line = np.concatenate(points)[np.argsort(np.concatenate(places), kind="stable")]
    if not np.isfinite(line).all():
        raise ValueError("not finite")
    around = np.concatenate([line, *boxed])
    centre = (around.min(axis=0) + around.max(axis=0)) / 2
    if np.hypot(*np.ptp(line, axis=0)) < DOT_LENGTH:
        line = line.mean(axis=0, keepdims=True)
    return line, centre


def _curves(control: Points) -> tuple[Points, NDArray[np.int64]]:
    """Bézier curves of one order, from control points [N, order + 1, 2], no further than FLATNESS off.

    Returns:
        The points of all, without each curve's first, [P, 2], and the curve that each belongs to, [P].
    """
    order = control.shape[1] - 1
    bend = np.abs(np.diff(control, 2, axis=1)).sum(axis=2).max(axis=1)
    counts = np.clip(np.ceil(np.sqrt(order * (order - 1) * bend / (8 * FLATNESS))), 1, 64).astype(np.int64)
    which = np.repeat(np.arange(len(control)), counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    t = (number / counts[which])[:, None]
    weights = [math.comb(order, k) * t**k * (1 - t) ** (order - k) for k in range(order + 1)]
    return np.sum([weight * control[which, k] for k, weight in enumerate(weights)], axis=0), which


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
        # The canvas rounds and pads its boxes; a path that was not moved is exactly where it was drawn.
        return points if np.abs(shift).max() < 1.0 else points + shift
    matrix = (
        np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        @ np.array([[1, math.tan(skew_x)], [0, 1]])
        @ np.array([[1, 0], [math.tan(skew_y), 1]])
        @ np.diag([scale_x * (-1 if item.get("flipX") else 1), scale_y * (-1 if item.get("flipY") else 1)])
    )
    return np.asarray((points - centre) @ matrix.T + centre + shift)
