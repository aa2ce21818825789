"""Habits of other hands, for MNIST's digits: a bar through zero or seven, a flag or foot on one, whole figures."""

import numpy as np
from numpy.typing import NDArray

from digitlab.data.fields import CENTRES, FAR, SIDE, Bytes, Floats, X, Y
from digitlab.data.figures import WHOLE, figures

_WHOLE_SHARE = 0.3  # of those with a habit


def add_habits(
    ink: Floats, field: Floats, redraw: NDArray[np.bool_], labels: Bytes, rng: np.random.Generator, share: float
) -> None:
    """Give a share of the digits a habit, in place: in the pictures `ink` and the distances `field` [B, 784].

    Most get strokes beside their own; some of those that are redrawn (`redraw` [B]) get another figure altogether.
    """
    lines = np.where(redraw[:, None], field < 0.75, ink > 0.5)
    with_habit = (rng.random(len(labels)) < share) & lines.any(axis=1)
    whole = with_habit & redraw & np.isin(labels, WHOLE)
    if whole.any():
        whole &= rng.random(len(labels)) < _WHOLE_SHARE
        field[whole] = _distances(*figures(labels[whole], rng))
    chosen = np.flatnonzero(with_habit & ~whole & np.isin(labels, list(_HABITS)))
    distance = np.full((len(chosen), SIDE * SIDE), FAR, np.float32)
    for digit, habit in _HABITS.items():
        mine = np.flatnonzero(labels[chosen] == digit)
        if len(mine):
            segments, drawn = habit(_Shape(lines[chosen[mine]].reshape(-1, SIDE, SIDE)), rng)
            distance[mine] = _distances(segments, drawn)
    # The added stroke is as thick as the digit's own: its ink over the length of its skeleton.
    length = np.maximum((field[chosen] < 0.75).sum(axis=1), 8)
    width = np.clip(ink[chosen].sum(axis=1) / length, 1.2, 4)
    field[chosen] = np.minimum(field[chosen], distance)
    ink[chosen] = np.maximum(ink[chosen], np.clip(width[:, None] / 2 + 0.5 - distance, 0, 1))


class _Shape:
    """Where the ink of some digits lies: every attribute is [M], in pixels."""

    def __init__(self, lines: NDArray[np.bool_]) -> None:
        self.lines = lines  # [M, 28, 28]
        rows, columns = np.asarray(lines.any(axis=2)), np.asarray(lines.any(axis=1))
        self.each = np.arange(len(lines))
        self.first_row, self.last_row = rows.argmax(axis=1), SIDE - 1 - rows[:, ::-1].argmax(axis=1)
        self.first_column, last_column = columns.argmax(axis=1), SIDE - 1 - columns[:, ::-1].argmax(axis=1)
        self.left, self.right = self.first_column + 0.5, last_column + 0.5
        self.top, self.bottom = self.first_row + 0.5, self.last_row + 0.5
        self.height, self.width = np.maximum(self.bottom - self.top, 4), np.maximum(self.right - self.left, 2)
        self.middle_x, self.middle_y = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        self.top_x, self.bottom_x = self.mean_x(lines, self.first_row), self.mean_x(lines, self.last_row)

    def mean_x(self, lines: NDArray[np.bool_], row: NDArray[np.int64]) -> NDArray[np.float64]:
        """The middle of the ink in one row of each digit."""
        ink = lines[self.each, row]
        return np.asarray((ink * CENTRES).sum(axis=1) / np.maximum(ink.sum(axis=1), 1))


_Strokes = tuple[NDArray[np.float64], NDArray[np.bool_]]  # segments [M, K, 4] and which of them are drawn [M, K]


def _strokes(*parts: tuple[tuple[NDArray[np.float64], ...], NDArray[np.bool_]]) -> _Strokes:
    """Put (x0, y0, x1, y1) with whether it is drawn, one pair a segment, into arrays."""
    return np.stack([np.stack(ends, axis=1) for ends, _ in parts], axis=1), np.stack([on for _, on in parts], axis=1)


def _zero(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """A slash or bar in any direction, often from lower left to upper right, ending within or beyond the oval."""
    count = len(shape.each)
    angle = rng.uniform(0, np.pi, count)
    angle = np.where(rng.random(count) < 0.5, rng.uniform(np.radians(100), np.radians(160), count), angle)
    along_x, along_y = np.cos(angle), np.sin(angle)
    reach = 1 / np.hypot(along_x / (shape.width / 2), along_y / (shape.height / 2))
    back, forth = reach * rng.uniform(0.45, 1.9, (2, count))
    x = shape.middle_x + rng.uniform(-0.12, 0.12, count) * shape.width
    y = shape.middle_y + rng.uniform(-0.12, 0.12, count) * shape.height
    ends = (x - back * along_x, y - back * along_y, x + forth * along_x, y + forth * along_y)
    return _strokes((ends, np.ones(count, bool)))


def _one(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """A flag at the top (a long one points down, a short one may stand off sideways), a foot or a hook, or both."""
    count = len(shape.each)
    kind = rng.random(count)
    short = rng.random(count) < 0.65
    length = shape.height * np.where(short, rng.uniform(0.1, 0.42, count), rng.uniform(0.2, 0.6, count))
    steep, sideways = rng.uniform(20, 55, count), rng.uniform(40, 105, count)
    stem = np.arctan2((shape.bottom_x - shape.top_x) / shape.height, 1)
    angle = stem - np.radians(np.where(short, sideways, steep))
    flag = (shape.top_x, shape.top, shape.top_x + length * np.sin(angle), shape.top + length * np.cos(angle))
    to_left, to_right = shape.height * rng.uniform(0.1, 0.4, (2, count))
    slope = rng.uniform(-0.15, 0.15, count)
    hook = rng.random(count) < 0.35
    to_left = np.where(hook, 0, to_left)
    to_right = np.where(hook, shape.height * rng.uniform(0.08, 0.3, count), to_right)
    slope = np.where(hook, rng.uniform(-0.1, 0.9, count), slope)
    foot = (
        shape.bottom_x - to_left,
        shape.bottom + to_left * slope,
        shape.bottom_x + to_right,
        shape.bottom - to_right * slope,
    )
    return _strokes((flag, kind < 0.85), (foot, kind > 0.35))


def _four(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """Some of the open fours closed: the top of the left arm is joined to the top of the stem."""
    middle = np.rint(shape.middle_x).astype(int)[:, None, None]
    column = np.arange(SIDE)[None, None]
    left, right = shape.lines & (column < middle - 1), shape.lines & (column > middle)
    row_left, row_right = left.any(axis=2).argmax(axis=1), right.any(axis=2).argmax(axis=1)
    found = left.any(axis=(1, 2)) & right.any(axis=(1, 2)) & (row_left - shape.first_row < 0.4 * shape.height)
    ends = (shape.mean_x(left, row_left), row_left + 0.5, shape.mean_x(right, row_right), row_right + 0.5)
    return _strokes((ends, found & (rng.random(len(found)) < 0.25)))


def _five(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """Some bellies closed, or almost: the end of the tail is led back to where the belly begins."""
    count = len(shape.each)
    row = np.arange(SIDE)[None, :, None]
    low, high = (shape.first_row + share * shape.height for share in (0.62, 0.4))
    tail = shape.lines & (row > low[:, None, None])
    column = np.rint(tail.any(axis=1).argmax(axis=1)).astype(int)
    y = tail[shape.each, :, column].argmax(axis=1) + 0.5
    joint = np.clip(np.rint(high).astype(int), 0, SIDE - 1)
    x = shape.lines[shape.each, joint].argmax(axis=1) + 0.5
    reach = rng.uniform(0.5, 1.15, count)
    ends = (column + 0.5, y, column + 0.5 + reach * (x - column - 0.5), y + reach * (joint + 0.5 - y))
    found = tail.any(axis=(1, 2)) & shape.lines[shape.each, joint].any(axis=1)
    return _strokes((ends, found & (rng.random(count) < 0.35)))


def _seven(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """A bar through the stem, a tick hanging from the left end of the top, or both."""
    count = len(shape.each)
    kind = rng.random(count)
    row = np.clip(np.rint(shape.first_row + shape.height * rng.uniform(0.38, 0.68, count)).astype(int), 0, SIDE - 1)
    ink = shape.lines[shape.each, row]
    x = SIDE - ink[:, ::-1].argmax(axis=1) - 0.5
    to_left, to_right = shape.height * rng.uniform(0.12, 0.38, (2, count))
    slope = rng.uniform(-0.35, 0.35, count)
    bar = (x - to_left, row + 0.5 + to_left * slope, x + to_right, row + 0.5 - to_right * slope)
    start = shape.lines[shape.each, :, shape.first_column].argmax(axis=1) + 0.5
    length, lean = shape.height * rng.uniform(0.1, 0.45, count), rng.uniform(-0.3, 0.3, count)
    tick = (shape.left, start, shape.left + length * lean, start + length)
    at_top = start < shape.top + 0.4 * shape.height
    return _strokes((bar, ink.any(axis=1) & (kind < 0.8)), (tick, at_top & (kind > 0.4)))


def _nine(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """The tail curls to the left."""
    count = len(shape.each)
    length = shape.height * rng.uniform(0.2, 0.5, count)
    x, y = shape.bottom_x - length / 2, shape.bottom + length * rng.uniform(0.05, 0.3, count)
    tip = (shape.bottom_x - length, shape.bottom - length * rng.uniform(-0.25, 0.5, count))
    on = np.ones(count, bool)
    return _strokes(((shape.bottom_x, shape.bottom, x, y), on), ((x, y, *tip), on))


_HABITS = {0: _zero, 1: _one, 4: _four, 5: _five, 7: _seven, 9: _nine}


def _distances(segments: NDArray[np.float64], drawn: NDArray[np.bool_]) -> Floats:
    """From each pixel's centre to the nearest drawn segment: [M, K, 4] to [M, 784]."""
    nearest = np.full((len(segments), SIDE * SIDE), FAR, np.float32)
    for k in range(segments.shape[1]):
        x0, y0, x1, y1 = (segments[:, k, j, None].astype(np.float32) for j in range(4))
        dx, dy = x1 - x0, y1 - y0
        x, y = X - x0, Y - y0
        along = np.clip((x * dx + y * dy) / np.maximum(dx * dx + dy * dy, np.float32(1e-9)), 0, 1)
        away = np.hypot(x - along * dx, y - along * dy)
        np.minimum(nearest, np.where(drawn[:, k, None], away, FAR), out=nearest)
    return nearest
