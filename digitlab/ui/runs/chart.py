"""Curves of several trainings in one picture."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from digitlab.insight.trainings import Curves
from digitlab.training.events import Epoch, Step
from digitlab.ui.palette import DIGITS

if TYPE_CHECKING:
    import plotly.graph_objects as go

Measure = Literal["accuracy", "loss"]
Axis = Literal["step", "epoch", "time"]

AXES: dict[Axis, str] = {"step": "step", "epoch": "epoch", "time": "minutes of training"}
POINTS = 150  # of a line of steps: more cannot be told apart, and each is the mean of what it stands for
_LEGEND = 36  # characters of a name: more would be cut off on a phone
_NAME = 20  # pixels of height for each name in the legend: on a phone many have a row of their own

# With the colour: no two lines are told apart by it alone.
_SYMBOLS = ("circle", "diamond", "square", "cross", "x", "triangle-up", "star", "hexagon", "pentagon", "hourglass")


@dataclass(frozen=True)
class Line:
    """One training in the picture.

    Attributes:
        name: as the legend says it.
        steps_per_epoch: None where it is not known; steps are then not shown by epoch.
    """

    name: str
    curves: Curves
    steps_per_epoch: int | None


def overlay(
    lines: Sequence[Line], measure: Measure, axis: Axis, *, training: bool = True, log: bool = False
) -> "go.Figure":
    """Validation after each epoch as a line with marks; training, if it is wanted, as a thin dotted one.

    Where `log`, the axis is logarithmic, and the accuracy becomes the share that is read wrong.
    """
    import plotly.graph_objects as go  # takes a third of a second, and not every page needs it

    figure = go.Figure()
    wrong = log and measure == "accuracy"
    shown = "%{y:.2%}" if measure == "accuracy" else "%{y:.4f}"
    for number, line in enumerate(lines):
        colour, symbol = DIGITS[number % len(DIGITS)], _SYMBOLS[number % len(_SYMBOLS)]
        validated = [epoch for epoch in line.curves.epochs if getattr(epoch, f"val_{measure}") is not None]
        if training or not validated:
            x, y = _training(line, measure, axis)
            figure.add_scatter(
                x=x,
                y=[1 - value for value in y] if wrong else y,
                name=_short(line.name),
                legendgroup=number,
                showlegend=not validated,
                mode="lines",
                line={"color": colour, "dash": "dot", "width": 1.5},
                hovertemplate=shown + " training",
            )
        if validated:
            ends = _ends(line, axis)
            y = [getattr(epoch, f"val_{measure}") for epoch in validated]
            figure.add_scatter(
                x=[ends(epoch) for epoch in validated],
                y=[1 - value for value in y] if wrong else y,
                name=_short(line.name),
                legendgroup=number,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"symbol": symbol, "size": 8},
                hovertemplate=shown + " validation",
            )
    heights = None if log else worth_seeing([list(trace.y) for trace in figure.data])
    figure.update_layout(
        height=380 + _NAME * max(0, len(lines) - 3),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"title": AXES[axis], "rangemode": "tozero"},
        yaxis={
            "title": "read wrong" if wrong else measure,
            "tickformat": ".1%" if measure == "accuracy" and not log else None,
            "type": "log" if log else "linear",
            "range": heights,
        },
        legend={"orientation": "h", "yanchor": "top", "y": -0.3, "x": 0},
        hovermode="closest",
    )
    return figure


def _short(name: str) -> str:
    """A name that the legend has room for on a phone; its end may hold the run's number."""
    return name if len(name) <= _LEGEND else f"{name[: _LEGEND - 12]}…{name[-11:]}"


def worth_seeing(lines: Sequence[Sequence[float]]) -> tuple[float, float] | None:
    """The heights that show how lines differ once the first quarter of each is over; None where all fits well.

    The first epochs are so much worse than the others that beside them the others would look the same.
    """
    later = [value for line in lines for value in line[len(line) // 4 :] if math.isfinite(value)]
    everything = [value for line in lines for value in line if math.isfinite(value)]
    if not later:
        return None
    low, high = min(later), max(later)
    if high - low > (max(everything) - min(everything)) / 2 or low == high:
        return None
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def _training(line: Line, measure: Measure, axis: Axis) -> tuple[list[float], list[float]]:
    """Means over the steps in POINTS parts of the run, or the epochs' means where no steps were kept."""
    steps = line.curves.steps
    if not steps or (axis == "epoch" and line.steps_per_epoch is None):
        ends = _ends(line, axis)
        return [ends(epoch) for epoch in line.curves.epochs], [getattr(epoch, measure) for epoch in line.curves.epochs]
    parts = np.array_split(np.arange(len(steps)), min(POINTS, len(steps)))
    x = [float(np.mean([_at(steps[k], axis, line.steps_per_epoch) for k in part])) for part in parts]
    y = [float(np.mean([getattr(steps[k], measure) for k in part])) for part in parts]
    return x, y


def _at(step: Step, axis: Axis, steps_per_epoch: int | None) -> float:
    if axis == "step":
        return step.step
    return step.seconds / 60 if axis == "time" else step.step / (steps_per_epoch or 1)


def _ends(line: Line, axis: Axis) -> Callable[[Epoch], float]:
    """Where an epoch's end is on the axis."""
    if axis == "step":
        return lambda epoch: epoch.step
    if axis == "epoch":
        per_epoch = line.steps_per_epoch  # one that was stopped within an epoch ends there
        return lambda epoch: min(epoch.epoch, epoch.step / per_epoch) if per_epoch else epoch.epoch
    passed: dict[int, float] = {}
    seconds = 0.0
    for epoch in line.curves.epochs:
        seconds += epoch.seconds
        passed[epoch.epoch] = seconds / 60
    return lambda epoch: passed[epoch.epoch]
