"""From a picture of a digit back to pen strokes.

The ink's centre lines are walked into strokes. Thinning alone gives a poor pen: thick strokes grow spurs, a crossing
becomes two forks (`centre_lines` puts both right), ends stop short of or beyond the pen's last point.
"""

import math

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.shape import Shape
from digitlab.drawing.strokes import EMPTY, Drawing, Points
from harness.centre_lines import Graph

_SMOOTH = 0.5  # sigma of the smoothing along a stroke, in half-widths
_MOST_NODES = 300  # a digit has a handful, a scribble dozens, grain and texture thousands
_SIMPLIFY = 0.25  # how far a point may be off the smoothed line to be left out, in working pixels


def trace(ink: NDArray[np.float32]) -> Drawing:
    """Find the strokes that a picture could have been drawn with.

    Args:
        ink: [H, W], 0 for paper and 1 for full ink, at any scale: a 28×28 digit or a crop of a photograph.

    Returns:
        strokes in pixels of `ink`, where pixel (row r, column c) has its centre at x = c + ½, y = r + ½, each with the
        pen's width. Empty if there is no ink, or if the lines end and fork so often that no pen drew them.
    """
    shape = Shape.of(ink)
    if shape is None:
        return EMPTY
    half_width = shape.pen_width * shape.scale / 2
    graph = Graph.of(shape.skeleton, shape.depth)
    if len(graph.at) > _MOST_NODES:
        return EMPTY
    graph.prune()
    graph.merge_forks()
    strokes = []
    for line in graph.strokes():
        line = _smooth(line, _SMOOTH * half_width)
        line = _reach_ends(line, shape.depth > 0, half_width)
        points = _simplify(line)[:, ::-1] + 0.5  # rows and columns to x and y
        strokes.append(points / shape.scale + [shape.left, shape.top])
    return Drawing(tuple(strokes), (shape.pen_width,) * len(strokes))


def _smooth(line: Points, sigma: float) -> Points:
    """Smooth along the line; ends stay where they are, and a ring stays closed."""
    from scipy.ndimage import gaussian_filter1d

    if len(line) < 3 or sigma <= 0:
        return line
    if np.array_equal(line[0], line[-1]):
        ring = gaussian_filter1d(line[:-1], sigma, axis=0, mode="wrap")
        return np.concatenate([ring, ring[:1]])
    reach = min(len(line) - 1, math.ceil(4 * sigma))
    longer = np.pad(line, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return np.asarray(gaussian_filter1d(longer, sigma, axis=0)[reach:-reach])


def _reach_ends(line: Points, mask: NDArray[np.bool_], half_width: float) -> Points:
    """Move both ends along the line so that a round pen just reaches the ink's edge there."""
    if len(line) < 2 or np.allclose(line[0], line[-1]):
        return line
    for _ in (0, 1):
        line = line[::-1]
        back = min(len(line) - 1, max(2, round(2 * half_width)))
        ahead = line[-1] - line[-1 - back]
        length = float(np.hypot(*ahead))
        if length < 1:
            continue
        ahead /= length
        steps = np.arange(0, 4 * half_width + 2, 0.5)
        cells = np.rint(line[-1] + steps[:, None] * ahead).astype(int).clip(0, np.array(mask.shape) - 1)
        outside = np.flatnonzero(~mask[cells[:, 0], cells[:, 1]])
        room = steps[outside[0]] if len(outside) else steps[-1]
        if room > 2.5 * half_width + 1:  # the end of this line lies inside other ink: it is a fork
            continue
        move = float(np.clip(room - 0.5 - half_width, -half_width, half_width))
        if move >= 0:
            line = np.concatenate([line, [line[-1] + move * ahead]])
        else:
            from_end = np.linalg.norm(line - line[-1], axis=1)
            kept = line[: max(1, np.flatnonzero(from_end >= -move)[-1] + 1)] if (from_end >= -move).any() else line[:1]
            line = np.concatenate([kept, [line[-1] + move * ahead]])
    return line


def _simplify(line: Points) -> Points:
    """Leave out points that the line does without (Douglas and Peucker 1973)."""
    from skimage.measure import approximate_polygon

    return np.asarray(approximate_polygon(line, _SIMPLIFY)) if len(line) > 2 else line
