"""What trainings logged as rows for the charts: smoothed, thinned out, the best epoch found.

Rows are columns of equal length, as the charts get them, and the same for every page. `kind` says what a point is:
"batch" (each logged batch, where there are many the lowest and highest of a few), "smooth", "validation" and "best".
`line` says to which of the drawn lines the point belongs. A point has a place on each of the three axes. A chart of a
long run gets no more rows than one of a short one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from digitlab.runs.trainings import Curves
from digitlab.store.records import SentCommand
from digitlab.training.best import best_epoch
from digitlab.training.events import Epoch, Step
from digitlab.words import _

Measure = Literal["loss", "accuracy"]
Axis = Literal["step", "epoch", "time"]

MOST = 400  # points of a line that are drawn; a panel has about 600 pixels
OVERLAID = 150  # and where several trainings share a panel: more cannot be distinguished
BATCH, SMOOTH, VALIDATION, BEST = "batch", "smooth", "validation", "best"

# The lines of a single run's panel; in a panel of several, `training_of` and `validation_of` name them.
TRAINING_LINE, VALIDATION_LINE, PARENT_LINE = "training", "validation", "parent"

_MARGIN = 0.06  # of a panel's height: free above the highest and below the lowest point


@dataclass(frozen=True)
class Start:
    """Where a run begins on the axes: at zero, or, for a fork, where the run before it stood."""

    step: int = 0
    epochs: float = 0.0
    minutes: float = 0.0


@dataclass(frozen=True)
class Logged:
    """What one training logged, with what places it on the axes.

    Attributes:
        steps_per_epoch: None where the settings cannot be read; taken from the epochs then, if there are any.
    """

    curves: Curves
    steps_per_epoch: int | None
    start: Start = Start()


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
    text: list[str] = field(default_factory=list)

    def add(self, kind: str, line: str, at: tuple[int, float, float], value: float, text: str = "") -> None:
        """One point; none where the axis has no place for its value."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return
        self.kind.append(kind)
        self.line.append(line)
        step, epoch, minutes = at
        self.step.append(step)
        self.epoch.append(epoch)
        self.minutes.append(minutes)
        self.value.append(value)
        self.text.append(text)

    def along(self, axis: Axis) -> Sequence[float]:
        """Where the points are on an axis."""
        columns: dict[Axis, Sequence[float]] = {"step": self.step, "epoch": self.epoch, "time": self.minutes}
        return columns[axis]


def panel(
    logged: Logged, measure: Measure, *, smoothing: float, log: bool = False, parent: Logged | None = None
) -> Rows:
    """The rows of one run's panel.

    Args:
        smoothing: 0 (none) to 0.99, see `smoothed`.
        log: for a logarithmic axis; the accuracy then becomes the share of wrong answers.
        parent: what the run that this one branched off from had logged up to there.
    """
    rows = Rows(log)
    if parent is not None:
        _add_training(rows, PARENT_LINE, parent, measure, smoothing)
    places = _Places(logged)
    values = [_shown(getattr(step, measure), measure, log) for step in logged.curves.steps]
    for at in thinned(values):
        rows.add(BATCH, TRAINING_LINE, places.of_step(logged.curves.steps[at]), values[at])
    _add_training(rows, TRAINING_LINE, logged, measure, smoothing)
    _add_validation(rows, VALIDATION_LINE, logged, measure)
    best = best_epoch(logged.curves.epochs)
    value = getattr(best, f"val_{measure}") if best is not None else None
    if best is not None and value is not None:
        text = _("best: epoch {epoch}", epoch=best.epoch)
        rows.add(BEST, VALIDATION_LINE, places.of_epoch(best), _shown(value, measure, log), text)
    return rows


def overlay(
    several: Sequence[Logged], measure: Measure, *, smoothing: float, training: bool = True, log: bool = False
) -> Rows:
    """The rows of a panel in which several trainings are compared.

    Args:
        training: whether the training digits' lines are wanted beside those of the validation digits; a training
            without validation has only these.
        smoothing, log: as for `panel`.
    """
    rows = Rows(log)
    for number, logged in enumerate(several):
        validated = any(getattr(epoch, f"val_{measure}") is not None for epoch in logged.curves.epochs)
        if training or not validated:
            _add_training(rows, training_of(number), logged, measure, smoothing, OVERLAID)
        _add_validation(rows, validation_of(number), logged, measure)
    return rows


def training_of(number: int) -> str:
    """The line of the training digits of one of several trainings."""
    return f"training {number}"


def validation_of(number: int) -> str:
    """The line of the validation digits of one of several trainings."""
    return f"validation {number}"


def rates(logged: Logged, commands: Sequence[SentCommand], *, log: bool = False) -> Rows:
    """The learning rate, and where a person changed it."""
    rows, places = Rows(log), _Places(logged)
    steps = logged.curves.steps
    values = [step.learning_rate for step in steps]
    for at in thinned(values):
        rows.add(SMOOTH, TRAINING_LINE, places.of_step(steps[at]), values[at])
    for sent in commands:
        if sent.kind == "set-rate" and sent.step is not None and sent.value is not None:
            near = min(steps, key=lambda step: abs(step.step - (sent.step or 0)), default=None)
            if near is not None:
                at_step = (logged.start.step + sent.step, *places.of_step(near)[1:])
                rows.add(BEST, TRAINING_LINE, at_step, sent.value, _("set to {rate}", rate=f"{sent.value:g}"))
    return rows


@dataclass(frozen=True)
class Window:
    """The part of the plane that a panel shows without zoom: the ends of both axes."""

    left: float
    right: float
    low: float
    high: float


def window(rows: Rows, axis: Axis, *, whole: bool = True, zero: bool = False) -> Window:
    """What a panel shows: all points, or without `whole` those where the lines differ.

    Args:
        whole: also the first quarter of each line, where all the others would look the same beside it.
        zero: whether zero must be seen; not on a logarithmic axis.
    """
    places = rows.along(axis)
    lines: dict[tuple[str, str], list[float]] = {}
    for kind, line, value in zip(rows.kind, rows.line, rows.value, strict=True):
        lines.setdefault((kind, line), []).append(value)
    ends = None if whole or rows.log else worth_seeing(list(lines.values()))
    low, high = ends or (min(rows.value, default=0.1), max(rows.value, default=1.0))
    if rows.log:
        room = (high / low) ** _MARGIN if high > low else 2.0
        low, high = low / room, high * room
    else:
        room = _MARGIN * (high - low) or abs(high) / 2 or 1.0
        low, high = (min(0.0, low) if zero else low - room), high + room
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


class _Places:
    """Where the steps and the ends of epochs of one training are on the three axes: step, epoch, minutes."""

    def __init__(self, logged: Logged) -> None:
        self._start = logged.start
        epochs = logged.curves.epochs
        self._per_epoch = logged.steps_per_epoch or (epochs[0].step / epochs[0].epoch if epochs else None)
        self._passed: dict[int, float] = {}
        seconds = 0.0
        for epoch in epochs:
            seconds += epoch.seconds
            self._passed[epoch.epoch] = seconds

    def of_step(self, step: Step) -> tuple[int, float, float]:
        epochs = step.step / self._per_epoch if self._per_epoch else step.epoch
        return self._at(step.step, epochs, step.seconds)

    def of_epoch(self, epoch: Epoch) -> tuple[int, float, float]:
        # One that was stopped within an epoch ends there.
        ends = min(epoch.epoch, epoch.step / self._per_epoch) if self._per_epoch else epoch.epoch
        return self._at(epoch.step, ends, self._passed[epoch.epoch])

    def _at(self, step: int, epochs: float, seconds: float) -> tuple[int, float, float]:
        start = self._start
        return start.step + step, start.epochs + epochs, start.minutes + seconds / 60


def _add_training(rows: Rows, line: str, logged: Logged, measure: Measure, smoothing: float, most: int = MOST) -> None:
    """The smoothed line of the logged batches; the epochs' means where no batches were kept."""
    places, steps = _Places(logged), logged.curves.steps
    if not steps:
        for epoch in _thinned_epochs(logged.curves.epochs, most):
            value = _shown(getattr(epoch, measure), measure, rows.log)
            rows.add(SMOOTH, line, places.of_epoch(epoch), value)
        return
    values = smoothed([_shown(getattr(step, measure), measure, rows.log) for step in steps], smoothing)
    every = stride(len(values), most)
    for at in sorted({*range(0, len(values), every), len(values) - 1}):
        rows.add(SMOOTH, line, places.of_step(steps[at]), values[at])


def _add_validation(rows: Rows, line: str, logged: Logged, measure: Measure) -> None:
    places = _Places(logged)
    for epoch in _thinned_epochs(logged.curves.epochs):
        value = getattr(epoch, f"val_{measure}")
        if value is not None:
            rows.add(VALIDATION, line, places.of_epoch(epoch), _shown(value, measure, rows.log))


def _shown(value: float, measure: Measure, log: bool) -> float:
    return 1 - value if log and measure == "accuracy" else value


def _thinned_epochs(epochs: Sequence[Epoch], most: int = MOST) -> list[Epoch]:
    every = stride(len(epochs), most)
    return [epoch for at, epoch in enumerate(epochs) if at % every == 0 or at == len(epochs) - 1]
