"""Rows for the charts: columns of equal length, what a panel shows of them, smoothing and thinning."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Axis = Literal["step", "epoch", "time"]
Place = tuple[int, float, float]  # on each of the axes: step, epochs, minutes

MOST = 400  # points of a line that are drawn; a panel has about 600 pixels
OVERLAID = 150  # and where several trainings share a panel: more cannot be distinguished

# What a point is: of each logged batch (where there are many the lowest and highest of a few), of a line without marks,
# of a line with a mark at each epoch, a point with words beside it, a range.
BATCH, SMOOTH, EPOCHS, BEST, BAND = "batch", "smooth", "epochs", "best", "band"

_MARGIN = 0.06  # of a panel's height: free above the highest and below the lowest point
_WORDS = 0.12  # the same, above the highest point, where words stand there


@dataclass
class Rows:
    """Columns of equal length: what a point is, of which line, where on each axis, its value, and words beside it.

    Attributes:
        log: whether they are for a logarithmic axis, which has no place for zero.
    """

    log: bool = False
    kind: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    step: list[int] = field(default_factory=list)
    epoch: list[float] = field(default_factory=list)
    minutes: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def add(self, kind: str, line: str, at: Place, value: float, text: str = "", *, high: float | None = None) -> None:
        """One point, or a range from `value` to `high`; none where the axis has no place for its value."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return
        self.kind.append(kind)
        self.line.append(line)
        step, epoch, minutes = at
        self.step.append(step)
        self.epoch.append(epoch)
        self.minutes.append(minutes)
        self.value.append(value)
        self.high.append(value if high is None else high)
        self.text.append(text)

    def along(self, axis: Axis) -> Sequence[float]:
        """Where the points are on an axis."""
        columns: dict[Axis, Sequence[float]] = {"step": self.step, "epoch": self.epoch, "time": self.minutes}
        return columns[axis]


@dataclass(frozen=True)
class Window:
    """The part of the plane that a panel shows without zoom: the ends of both axes."""

    left: float
    right: float
    low: float
    high: float


def window(rows: Rows, axis: Axis, *, whole: bool = True, zero: bool = False, beside: Sequence[Rows] = ()) -> Window:
    """What a panel shows: all points, or without `whole` those where the lines differ.

    Args:
        beside: the rows of panels that have the same horizontal axis.
        whole: also the first quarter of each line, where all the others would look the same beside it.
        zero: whether zero must be seen; not on a logarithmic axis.
    """
    places = [place for one in (rows, *beside) for place in one.along(axis)]
    lines: dict[tuple[str, str], list[float]] = {}
    for kind, line, low, high in zip(rows.kind, rows.line, rows.value, rows.high, strict=True):
        lines.setdefault((kind, line), []).extend({low, high})
    ends = None if whole or rows.log else worth_seeing(list(lines.values()))
    low, high = ends or (min(rows.value, default=0.1), max(rows.high, default=1.0))
    below, above = _MARGIN, _MARGIN + (_WORDS if any(rows.text) else 0.0)
    if rows.log:
        ratio = high / low if high > low else 2.0 ** (1 / _MARGIN)
        low, high = low / ratio**below, high * ratio**above
    else:
        room = high - low or abs(high) / (2 * _MARGIN) or 1 / _MARGIN
        low, high = (min(0.0, low) if zero else low - below * room), high + above * room
    left, right = min(places, default=0.0), max(places, default=1.0)
    return Window(left, right if right > left else left + 1, low, high)


def worth_seeing(lines: Iterable[Sequence[float]]) -> tuple[float, float] | None:
    """The values that show how lines differ once the first quarter of each is over; None where all fits well.

    The first epochs are so much worse than the others that beside them the others would look the same.
    """
    lines = list(lines)
    later = [value for line in lines for value in line[len(line) // 4 :]]
    everything = [value for line in lines for value in line]
    if not later:
        return None
    low, high = min(later), max(later)
    if high - low > (max(everything) - min(everything)) / 2 or low == high:
        return None
    return low, high


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """An exponential mean in which each value counts `weight` times less than the next, 0 to below 1.

    The mean of the first values is over those alone (the correction of Kingma and Ba, 2014, arXiv:1412.6980, §3).
    """
    result: list[float] = []
    total = share = 0.0
    for value in values:
        total = weight * total + (1 - weight) * value
        share = weight * share + (1 - weight)
        result.append(total / share)
    return result


def thinned(values: Sequence[float], most: int = MOST) -> list[int]:
    """Which of the values to draw: all, or the lowest and the highest of every few, so that no peak is lost.

    How many are taken together is a power of two: while a curve grows, points that were drawn stay where they are.
    """
    together = 1
    while len(values) > most * together / (2 if together > 1 else 1):
        together *= 2
    if together == 1:
        return list(range(len(values)))
    chosen: set[int] = {0, len(values) - 1}
    for start in range(0, len(values), together):
        group = range(start, min(start + together, len(values)))
        chosen |= {min(group, key=values.__getitem__), max(group, key=values.__getitem__)}
    return sorted(chosen)


def stride(count: int, most: int = MOST) -> int:
    """Every how many-th point to draw of a line that is smooth; a power of two."""
    result = 1
    while count > most * result:
        result *= 2
    return result
