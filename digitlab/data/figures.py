"""Whole digits as other hands write them, where no stroke added to one of MNIST's would do.

A seven whose low bar is joined to its foot, a nine with a small loop and a long hook, a flat three of faint bends, a
one with a long up-stroke or a hook at its foot, a zero that stays open, has corners, or a long slash through it. Each
is a few control points with random shifts, joined smoothly, and now and then as coarsely as old tablets sampled.
They hold no person's handwriting.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data.fields import Bytes

Points = NDArray[np.float64]
Segments = tuple[NDArray[np.float64], NDArray[np.bool_]]  # [M, K, 4] and which of them are drawn, [M, K]
_Strokes = list[Points]  # control points [M, C, 2] of each stroke; the box is about 1 high, y down

_STEPS = 4  # segments between two control points
_SEGMENTS = 52  # of a figure, at most
_SIZE, _PLACE = 17.0, 5.5  # the unit box in pixels of the picture
_JITTER = 0.018
_COARSE = 0.3  # share that is drawn through few points


def figures(labels: Bytes, rng: np.random.Generator) -> Segments:
    """Draw a figure for each label, one of WHOLE: its line segments in pixels of the picture."""
    segments = np.zeros((len(labels), _SEGMENTS, 4))
    drawn = np.zeros((len(labels), _SEGMENTS), bool)
    for digit, makers in _MAKERS.items():
        mine = np.flatnonzero(labels == digit)
        which = rng.integers(len(makers), size=len(mine))
        for number, maker in enumerate(makers):
            rows = mine[which == number]
            if len(rows):
                _put(maker(len(rows), rng), rows, segments, drawn, rng)
    return segments * _SIZE + _PLACE, drawn


def _put(
    strokes: _Strokes, rows: NDArray[np.int64], segments: Points, drawn: NDArray[np.bool_], rng: np.random.Generator
) -> None:
    """Join control points smoothly, or coarsely, and put the segments into their rows."""
    coarse = rng.random(len(rows)) < _COARSE
    start = 0
    for control in strokes:
        line = _smooth(control + rng.normal(0, _JITTER, control.shape))
        count = line.shape[1] - 1
        # A slow tablet saw every so-many-th point: the others are put where the last one was seen.
        every = np.where(coarse, rng.integers(2, 6, len(rows)), 1)[:, None]
        seen = np.arange(count + 1)
        seen = np.where(seen == count, count, seen // every * every)
        line = np.take_along_axis(line, seen[..., None], axis=1)
        segments[rows, start : start + count] = np.concatenate([line[:, :-1], line[:, 1:]], axis=2)
        drawn[rows, start : start + count] = True
        start += count


def _smooth(control: Points) -> Points:
    """Catmull-Rom curves through control points [M, C, 2]: [M, (C − 1) · _STEPS + 1, 2]; doubled points are corners."""
    ends = np.concatenate([control[:, :1], control, control[:, -1:]], axis=1)
    a, b, c, d = (ends[:, k : ends.shape[1] - 3 + k, None] for k in range(4))
    t = (np.arange(_STEPS) / _STEPS)[:, None]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.concatenate([curve.reshape(len(control), -1, 2), control[:, -1:]], axis=1)


def _line(*points: tuple[Any, Any]) -> Points:
    """Control points [M, C, 2] from pairs of numbers or arrays [M]."""
    flat = np.broadcast_arrays(*(np.asarray(value, np.float64) for point in points for value in point))
    return np.stack(flat, axis=1).reshape(len(flat[0]), -1, 2)


def _seven_joined(count: int, rng: np.random.Generator) -> _Strokes:
    """The bar is drawn low, in one stroke with the rest: from the foot back to the left, then across."""
    u = _numbers(count, rng)
    top, right, foot = u(0, 0.12), u(0.6, 0.85), u(0.2, 0.5)
    low = u(0.52, 0.8)
    left = foot - u(0.15, 0.4)
    head = (u(0, 0.15), top + u(-0.02, 0.15)), (right * 0.6, top), (right, top + u(-0.05, 0.05))
    corner = (right, top + 0.02), (foot + u(0, 0.06), 0.97)
    back = (foot - u(0, 0.08), 1.0), (left, low + u(0, 0.12)), (left + 0.03, low)
    return [_line(*head, *corner, *back, (foot + u(0.25, 0.5), low - u(-0.04, 0.12)))]


def _nine_hooked(count: int, rng: np.random.Generator) -> _Strokes:
    """A small closed loop, a long stem, and a long hook to the left below."""
    u = _numbers(count, rng)
    wide, high = u(0.13, 0.24), u(0.12, 0.2)
    x, y = 0.55, high
    turn = [(x + wide * np.cos(at), y + high * np.sin(at)) for at in np.radians([-20, -90, -160, -230, -300, -345])]
    stem = x + wide * u(0.8, 1.1)
    bottom = u(0.85, 1.0)
    reach = u(0.4, 0.8)
    hook = (stem - 0.25 * reach, bottom + 0.05), (stem - 0.65 * reach, bottom), (stem - reach, bottom - u(0, 0.3))
    return [_line(*turn, (stem, 0.5 + u(-0.1, 0.1)), (stem - 0.04, bottom - 0.1), *hook)]


def _three_flat(count: int, rng: np.random.Generator) -> _Strokes:
    """Hardly more than a line with three faint bends."""
    u = _numbers(count, rng)
    wide = u(0.07, 0.27)
    middle = u(0.4, 0.52)
    return [
        _line(
            (0.45 - wide * u(0.3, 1), u(0.02, 0.12)),
            (0.45 + wide * u(0.2, 0.7), 0.0),
            (0.45 + wide, middle * 0.5),
            (0.45 + wide * u(-0.1, 0.45), middle),
            (0.45 + wide * u(0.9, 1.3), middle + (1 - middle) * 0.5),
            (0.45 + wide * u(0.4, 0.9), 0.92),
            (0.45 - wide * u(0.3, 1.2), 1 - u(0, 0.1)),
        )
    ]


def _one_with_up_stroke(count: int, rng: np.random.Generator) -> _Strokes:
    """The pen comes up from far below before it goes down."""
    u = _numbers(count, rng)
    length, spread = u(0.45, 0.95), np.tan(np.radians(u(14, 34)))
    from_x = 0.6 - length * spread
    bend = (0.6 - 0.45 * length * spread + u(-0.04, 0.04), 0.45 * length)
    foot = 0.6 + u(-0.12, 0.08)
    return [_line((from_x, length), bend, (0.6, 0.0), (0.6, 0.0), (0.5 * (0.6 + foot), 0.5), (foot, 1.0))]


def _one_with_hook(count: int, rng: np.random.Generator) -> _Strokes:
    """The stem ends in a hook to the right, some after a short flag."""
    u = _numbers(count, rng)
    flag, out = u(0, 0.22) * (rng.random(count) < 0.5), u(0.14, 0.36)
    return [
        _line(
            (0.5 - flag, flag * u(0.5, 1.1)),
            (0.5, 0.0),
            (0.5, 0.02),
            (0.5 + u(-0.05, 0.03), 0.5),
            (0.5 + u(-0.02, 0.02), 0.86),
            (0.5 + 0.35 * out, 1.0 - u(0, 0.02)),
            (0.5 + out, 1.0 - u(0.02, 0.22)),
        )
    ]


def _oval(count: int, rng: np.random.Generator, sweep: Points, points: int, widest: float = 0.48) -> Points:
    """Control points along an oval that begins near its top and goes round by `sweep` [M] radians.

    Where it stays open, the gap is at the top: open at the side it would be another sign.
    """
    u = _numbers(count, rng)
    way = np.where(rng.random(count) < 0.8, -1, 1)
    gap = np.maximum(2 * np.pi - sweep, 0)
    start = np.radians(u(-115, -70)) + way * gap / 2
    at = start[:, None] + way[:, None] * sweep[:, None] * np.linspace(0, 1, points)
    wide = u(0.24, widest)[:, None]
    return np.stack([0.5 + wide * np.cos(at), 0.5 + 0.5 * np.sin(at)], axis=2)


def _zero_open(count: int, rng: np.random.Generator) -> _Strokes:
    """The end stays away from the beginning, or runs past it on the inside or the outside."""
    u = _numbers(count, rng)
    sweep = np.radians(np.where(rng.random(count) < 0.75, u(300, 348), u(375, 420)))
    oval = _oval(count, rng, sweep, 10)
    drift = np.linspace(0, 1, 10)[None, :, None] ** 2 * u(-0.3, 0.2)[:, None, None]
    return [oval + drift * (0.5 - oval)]


def _zero_angular(count: int, rng: np.random.Generator) -> _Strokes:
    """Six or seven corners, higher than wide, as good as closed."""
    points = 8 if rng.random() < 0.5 else 7
    strokes = _oval(count, rng, np.radians(_numbers(count, rng)(340, 372)), points, widest=0.36)
    strokes += rng.normal(0, 0.045, strokes.shape)
    return [np.repeat(strokes, 2, axis=1)[:, 1:-1]]


def _zero_slashed(count: int, rng: np.random.Generator) -> _Strokes:
    """A slash that reaches far beyond the oval on both sides."""
    u = _numbers(count, rng)
    oval = _oval(count, rng, np.radians(u(350, 385)), 9)
    angle = np.radians(u(105, 160))  # from lower left to upper right, y down
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    back, forth = u(0.5, 0.85), u(0.5, 0.85)
    middle = 0.5 + rng.normal(0, 0.04, (count, 2))
    slash = np.stack([middle + back[:, None] * along, middle - forth[:, None] * along], axis=1)
    return [oval, slash]


def _numbers(count: int, rng: np.random.Generator) -> Callable[[float, float], NDArray[np.float64]]:
    return lambda low, high: rng.uniform(low, high, count)


_MAKERS: dict[int, tuple[Callable[[int, np.random.Generator], _Strokes], ...]] = {
    0: (_zero_open, _zero_angular, _zero_slashed),
    1: (_one_with_up_stroke, _one_with_hook),
    3: (_three_flat,),
    7: (_seven_joined,),
    9: (_nine_hooked,),
}
WHOLE = tuple(_MAKERS)
