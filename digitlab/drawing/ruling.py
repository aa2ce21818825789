"""Straight lines that no pen drew: of ruled and squared paper, of forms, and what is left of a sheet's edge.

A line is looked for by its votes (Duda and Hart 1972, https://doi.org/10.1145/361237.361242) and counts as one where it
is far longer than it is wide, as no stroke of a digit is. What it adds along its way is taken off; ink that crosses it
is put back.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]

_TURN = 16  # degrees: how far a photo's lines may be off the upright and the level
_STEP = 0.25  # degrees between two directions that are tried
_LONG = 0.2  # a line is at least this share of the shorter side long
_SLIM = 30  # and so many times as long as it is wide
_WIDEST = 17  # pixels
_REACH = 12  # pixels to either side of a line that are looked at
_ALONG = 61  # pixels along a line over which it is averaged
_DARKER = 0.25  # what is so much darker than the line is ink
_OFF_COURSE = 2  # pixels: a line is as straight as that
_UNLIKE = 1.7  # what is so many times as dark as the line is none of it
_STRIDE = 10  # pixels
_MOST = 120  # lines


@dataclass(frozen=True)
class Line:
    """A straight line that is nearly level, or with `upright` nearly upright.

    It passes through row `at` + `slope` · column; an upright one through such a column of a row.
    """

    upright: bool
    at: float
    slope: float


def find_lines(ink: Map, least: float) -> list[Line]:
    """Where an ink map [H, W] may have straight lines of at least this strength."""
    return [line for upright in (False, True) for line in _level_lines(ink.T if upright else ink, least, upright)]


def without_lines(ink: Map, lines: Sequence[Line], least: float) -> Map:
    """Take lines off an ink map [H, W] wherever they are long and thin there, and at least so strong.

    Ink that crosses a line is looked for where no line is, or the lines of squared paper would be ink to each other.
    """
    bands = [band for line in lines if (band := _band(ink.T if line.upright else ink, line, least)) is not None]
    bare, result = ink.copy(), ink.copy()
    for band in bands:
        band.lay(bare, band.rest)
    for band in bands:
        band.lay(result, np.maximum(band.rest, np.minimum(band.strip, band.crossing(bare)[:, None])))
    return result


@dataclass(frozen=True)
class _Band:
    """A line's surroundings, straightened: K pixels across it at L places along it.

    Attributes:
        upright: whether the line is.
        rows, columns: int [L, K] or [L, 1]; where they lie on the map, or on the turned map of an upright line.
        strip: float32 [L, K]; the ink there.
        rest: the same without the line.
        chosen: bool [L, K]; where the line is taken off.
        reach: pixels to either side of its middle that it covers.
    """

    upright: bool
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    strip: NDArray[np.float32]
    rest: NDArray[np.float32]
    chosen: NDArray[np.bool_]
    reach: int

    def lay(self, ink: Map, values: NDArray[np.float32]) -> None:
        """Lower an ink map [H, W] to the values [L, K], in place, where the line is taken off."""
        ink = ink.T if self.upright else ink
        at = self.rows[self.chosen], np.broadcast_to(self.columns, self.rows.shape)[self.chosen]
        ink[at] = np.minimum(ink[at], values[self.chosen])

    def crossing(self, ink: Map) -> NDArray[np.float32]:
        """The ink [L] that lies on both sides of the line, and so crosses it."""
        from scipy.ndimage import maximum_filter1d

        seen = (ink.T if self.upright else ink)[self.rows, self.columns]
        before = seen[:, _REACH - self.reach - 2 : _REACH - self.reach].min(axis=1)
        after = seen[:, _REACH + self.reach + 1 : _REACH + self.reach + 3].min(axis=1)
        near = 2 * self.reach + 3
        before, after = (maximum_filter1d(side, near, mode="nearest") for side in (before, after))
        return np.asarray(np.minimum(before, after))


def _level_lines(ink: Map, least: float, upright: bool) -> list[Line]:
    from skimage.transform import hough_line, hough_line_peaks

    points = _thin(ink, least)
    if not points.any():
        return []
    angles = np.deg2rad(np.arange(90 - _TURN, 90 + _TURN + _STEP / 2, _STEP))
    votes, angles, distances = hough_line(points, angles)
    least_votes = 0.6 * _LONG * min(points.shape)
    peaks = hough_line_peaks(
        votes, angles, distances, min_distance=3, min_angle=2, threshold=least_votes, num_peaks=_MOST
    )
    return [
        Line(upright, 2 * float(distance) / math.sin(angle) + 0.5, -math.cos(angle) / math.sin(angle))
        for _, angle, distance in zip(*peaks, strict=True)
    ]


def _thin(ink: Map, least: float) -> NDArray[np.bool_]:
    """The middles of thin nearly level lines, bool [H/2, W/2]: darker than what lies above and below."""
    from scipy.ndimage import uniform_filter1d

    height, width = (side - side % 2 for side in ink.shape)
    half = ink[:height, :width].reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    half = uniform_filter1d(half, 5, axis=1)
    away = _WIDEST // 2 + 1
    sides = np.full_like(half, np.inf)
    sides[away:-away] = np.maximum(half[: -2 * away], half[2 * away :])
    thin = half - sides > least / 2
    thin[1:-1] &= (half[1:-1] >= half[:-2]) & (half[1:-1] > half[2:])
    return np.asarray(thin)


def _band(ink: Map, line: Line, least: float) -> _Band | None:
    """Where one nearly level line is one; None if nowhere."""
    from scipy.ndimage import binary_opening, uniform_filter1d

    height, width = ink.shape
    columns = np.arange(width)
    middle = np.rint(line.at + line.slope * columns).astype(int)
    columns = columns[(middle > _REACH + 4) & (middle < height - _REACH - 5)]
    if len(columns) < _LONG * min(height, width):
        return None
    middle = middle[columns]
    few = slice(None, None, _STRIDE)
    close = ink[middle[few, None] + np.arange(-3, 4), columns[few, None]].max(axis=1)
    if np.mean(close > least / 2) * len(columns) < _LONG * min(height, width):
        return None
    offsets = np.arange(-_REACH - 3, _REACH + 4)
    strip = ink[middle[:, None] + offsets, columns[:, None]]
    smooth = uniform_filter1d(
        np.minimum(strip, 1.5 * np.median(close[close > least / 2])), _ALONG, axis=0, mode="nearest"
    )
    peak = smooth[:, 3:-3].argmax(axis=1) - _REACH
    drift = np.rint(_running_median(peak[:, None])[:, 0]).astype(int)
    rows = middle + drift
    offsets = np.arange(-_REACH, _REACH + 1)
    rows = np.clip(rows, _REACH, height - _REACH - 1)
    strip = ink[rows[:, None] + offsets, columns[:, None]]
    own = strip[:, _REACH - 1 : _REACH + 2].max(axis=1)
    dark = _running_median(own[:, None])[:, 0]
    profile = _running_median(strip)
    inside = profile > 0.35 * dark[:, None]
    left, right = inside[:, : _REACH + 1][:, ::-1], inside[:, _REACH:]
    above, below = (np.where(part.all(axis=1), _REACH, part.argmin(axis=1)) for part in (left, right))
    is_line = (dark > least) & (own > 0.5 * dark) & (above < _REACH) & (below < _REACH) & (above + below < _WIDEST)
    if not is_line.any():
        return None
    wide = np.median((above + below + 1)[is_line])
    steady = uniform_filter1d(is_line.astype(np.float32), 31, mode="nearest") > 0.6
    long = binary_opening(steady, np.ones(max(3, round(max(_LONG * min(height, width), _SLIM * wide)))))
    if not long.any():
        return None
    # What a digit cuts off belongs to the line as well; a level stroke beside it does not.
    course = np.interp(np.arange(len(drift)), np.flatnonzero(long), drift[long])
    is_same = (np.abs(drift - course) <= _OFF_COURSE) & (dark < _UNLIKE * np.median(dark[long]))
    pieces = binary_opening(steady & is_same, np.ones(_ALONG))
    reach = int(np.clip(np.ceil(wide / 2) + 1, 2, _REACH - 2))
    rest = np.where(strip - dark[:, None] > _DARKER, strip, strip - dark[:, None])
    rest = np.where(strip > 0, rest, strip)
    chosen = pieces[:, None] & (np.abs(offsets) <= reach)
    return _Band(line.upright, rows[:, None] + offsets, columns[:, None], strip, rest, chosen, reach)


def _running_median(values: NDArray[Any]) -> NDArray[Any]:
    """The median of values [L, K] along a line, every _STRIDE pixels of its length."""
    half = _ALONG // 2
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _ALONG, axis=0)[::_STRIDE]
    return np.asarray(np.median(windows, axis=-1).repeat(_STRIDE, axis=0)[: len(values)])
