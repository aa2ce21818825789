"""Parts of ink put together as digits, in reading order.

A digit may lie in parts: a five whose bar stands apart, a stroke that the paper's tooth broke. Two neighbours may stand
closer than such parts. So what tells is how much of a part's width lies over or under the other, how far they are from
each other, and how large all digits here are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]  # left, top, right, bottom

_OVERLAP = 0.5  # of the narrower part's width lies over or under the other
_FRAGMENT = 0.45  # a part is a fragment if it is smaller than this share of a digit
_REACH = 2.0  # a part belongs to what lies at most so many times its own size away: specks are no strokes
_LONG = 4  # times as wide as high
_ENOUGH = 5  # parts tell how large a digit is here


@dataclass(frozen=True)
class _Limits:
    """What parts of one digit may be like, as shares of a digit's size.

    Attributes:
        gap: how far they lie apart, one over the other.
        near: and side by side.
        stacked: how large the smaller one is, of two that lie one over the other.
        tall: how large they are together.
    """

    gap: float
    near: float
    stacked: float
    tall: float


_MANY = _Limits(gap=0.22, near=0.06, stacked=0.75, tall=1.35)
_FEW = _Limits(gap=0.22, near=0.1, stacked=1.3, tall=2.2)  # the largest part may be half a digit


@dataclass(frozen=True)
class Part:
    """A connected part of the ink.

    Attributes:
        label: its number in the map of parts.
        box: its bounds.
        area: its pixels.
    """

    label: int
    box: Box
    area: int

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def size(self) -> int:
        return max(self.height, self.width)


def parts(labels: NDArray[np.int32]) -> list[Part]:
    """The parts of a map of parts, in which 0 is paper."""
    from scipy.ndimage import find_objects

    areas = np.bincount(labels.ravel())
    return [
        Part(number, (columns.start, rows.start, columns.stop, rows.stop), int(areas[number]))
        for number, (rows, columns) in ((n, s) for n, s in enumerate(find_objects(labels), start=1) if s is not None)
    ]


def joined(box: Box, other: Box) -> Box:
    return min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])


def bounds(group: Sequence[Part]) -> Box:
    """The box around a digit's parts."""
    return reduce(joined, (part.box for part in group))


def gaps(box: Box, other: Box) -> tuple[int, int]:
    """How far two boxes are apart across and down; negative where they overlap."""
    across = max(box[0], other[0]) - min(box[2], other[2])
    down = max(box[1], other[1]) - min(box[3], other[3])
    return across, down


def typical_size(found: Sequence[Part]) -> float:
    """How large a digit is here: the size below which half of the ink lies. Long level lines do not count."""
    found = [part for part in found if part.width < _LONG * part.height] or list(found)
    sizes = np.array([part.size for part in found], float)
    weights = np.array([part.area for part in found], float)
    order = np.argsort(sizes)
    return float(sizes[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])


def grouped(labels: NDArray[np.int32], found: Sequence[Part]) -> list[list[Part]]:
    """Parts as digits, each a list of parts.

    Args:
        labels: int32 [H, W], the map of parts.
        found: those of them that are ink.
    """
    size = typical_size(found) if found else 0.0
    limits = _MANY if sum(part.size > size / 2 for part in found) >= _ENOUGH else _FEW
    outlines = {part.label: _outline(labels, part) for part in found}
    near = sorted(
        (_distance(outlines[one.label], outlines[two.label]), one.label, two.label)
        for one, two in combinations(found, 2)
        if max(gaps(one.box, two.box)) <= limits.gap * size
    )
    groups = {part.label: [part] for part in found}  # each part's own, shared with the others of its digit
    for distance, one, two in near:
        first, second = groups[one], groups[two]
        if first is not second and _are_one(bounds(first), bounds(second), distance / size, size, limits):
            first += second
            groups |= {part.label: first for part in second}
    return list({id(group): group for group in groups.values()}.values())


def _are_one(box: Box, other: Box, apart: float, size: float, limits: _Limits) -> bool:
    """Whether two groups of parts are one digit; `apart` is how far they are from each other, of a digit's size."""
    both = joined(box, other)
    if max(both[3] - both[1], both[2] - both[0]) > limits.tall * size:
        return False
    across, _ = gaps(box, other)
    widths = box[2] - box[0], other[2] - other[0]
    least = min(max(widths[0], box[3] - box[1]), max(widths[1], other[3] - other[1]))
    if apart * size > _REACH * least:
        return False
    shared = -across / max(1, min(widths))
    stacked = (shared > _OVERLAP and least < limits.stacked * size) or (shared > 0 and least < _FRAGMENT * size)
    return apart <= (limits.gap if stacked else limits.near)


def _outline(labels: NDArray[np.int32], part: Part) -> NDArray[np.float64]:
    """A few hundred points of a part's edge, [P, 2]."""
    left, top, right, bottom = part.box
    inside = np.pad(labels[top:bottom, left:right] == part.label, 1)
    middle = inside[1:-1, 1:-1]
    edge = middle & ~(inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:])
    points = np.argwhere(edge)[:: max(1, int(edge.sum()) // 300)]
    return np.asarray(points + np.array([top, left], float))


def _distance(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    from scipy.spatial import cKDTree

    return float(cKDTree(one).query(two)[0].min())


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """The numbers of boxes row by row from the top, each row from left to right.

    A row may climb or fall, as on a page that was photographed askew: each box follows the nearest one to its left that
    is about as high up.
    """
    rows: list[list[int]] = []
    heights = [box[3] - box[1] for box in boxes]
    typical = float(np.median(heights)) if heights else 0.0
    middles = [(box[1] + box[3]) / 2 for box in boxes]
    for number in sorted(range(len(boxes)), key=lambda n: boxes[n][0]):
        near = [
            (abs(middles[row[-1]] - middles[number]), row)
            for row in rows
            if abs(middles[row[-1]] - middles[number]) < 0.6 * typical
        ]
        if near:
            min(near, key=lambda pair: pair[0])[1].append(number)
        else:
            rows.append([number])
    rows.sort(key=lambda row: float(np.mean([middles[number] for number in row])))
    return [number for row in rows for number in row]
