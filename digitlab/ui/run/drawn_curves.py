"""The curves of a run as SVG, for a page that holds everything itself and can be printed."""

import html
import math
from collections.abc import Sequence
from statistics import fmean
from typing import Literal

from digitlab.runs.trainings import Curves
from digitlab.training.best import best_epoch
from digitlab.words import _

Point = tuple[float, float]

_WIDTH, _HEIGHT = 560.0, 270.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 14.0, 30.0, 38.0  # around the plot
_POINTS = 150  # of the training line; a paper column shows no more
_TRAINING, _VALIDATION = "#4a7fb0", "#d9480f"


def curve(curves: Curves, steps_per_epoch: int, measure: Literal["loss", "accuracy"]) -> str:
    """Training and validation by epoch; "" where nothing was logged.

    The training line is the mean of neighbouring logged batches, or of each epoch where no steps were kept.
    """
    steps = [(step.step / steps_per_epoch, getattr(step, measure)) for step in curves.steps]
    ends = [(float(epoch.epoch), getattr(epoch, measure)) for epoch in curves.epochs]
    training = _means(steps) if steps else ends
    validated = [
        (float(epoch.epoch), value)
        for epoch in curves.epochs
        if (value := getattr(epoch, f"val_{measure}")) is not None
    ]
    everything = [point for point in (*training, *validated) if math.isfinite(point[1])]
    if not everything:
        return ""
    title = _("Loss") if measure == "loss" else _("Accuracy")
    scale = _Scale(everything, share=measure == "accuracy")
    best = best_epoch(curves.epochs)
    value = getattr(best, f"val_{measure}") if best else None
    parts = [
        _text(_LEFT, 16, title, weight=600),
        *_legend(bool(validated)),
        *scale.axes(),
        scale.line(training, _TRAINING, dashed=True),
        scale.line(validated, _VALIDATION),
        *(scale.dot(point, _VALIDATION) for point in validated),
    ]
    if best is not None and value is not None:
        parts.append(scale.dot((float(best.epoch), value), _VALIDATION, ring=True))
    label = html.escape(_("{what} after each epoch", what=title))
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _means(points: Sequence[Point]) -> list[Point]:
    """At most `_POINTS` points, each the mean of its neighbours."""
    size = -(-len(points) // _POINTS)
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return [(fmean(epoch for epoch, _value in group), fmean(value for _epoch, value in group)) for group in groups]


class _Scale:
    """Places on the plot: epochs from 0, values between round numbers."""

    def __init__(self, points: Sequence[Point], *, share: bool) -> None:
        self._share = share
        self._epochs = max(1.0, *(epoch for epoch, _ in points))
        values = sorted(value for _, value in points)
        low, high = values[0], values[-1]
        if share:
            high = 1.0
        else:
            low = 0.0
        self._step = _round_step(max(high - low, 1e-3) / 5)
        self._low = math.floor(low / self._step + 1e-9) * self._step
        self._high = math.ceil(high / self._step - 1e-9) * self._step

    def _x(self, epoch: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * epoch / self._epochs

    def _y(self, value: float) -> float:
        inner = _HEIGHT - _TOP - _BOTTOM
        return _TOP + inner * (1 - (value - self._low) / (self._high - self._low))

    def axes(self) -> list[str]:
        parts = []
        for at in range(round((self._high - self._low) / self._step) + 1):
            value = self._low + at * self._step
            y = self._y(value)
            parts.append(f'<path d="M{_LEFT:g} {y:.1f}H{_WIDTH - _RIGHT:g}" stroke="#ddd"/>')
            text = _("{share:.1%}", share=value) if self._share else f"{value:.3g}"
            parts.append(_text(_LEFT - 6, y + 4, text, anchor="end"))
        every = max(1, -(-int(self._epochs) // 10))
        for epoch in range(0, int(self._epochs) + 1, every):
            parts.append(_text(self._x(epoch), _HEIGHT - _BOTTOM + 16, str(epoch), anchor="middle"))
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        return [*parts, _text(middle, _HEIGHT - 4, _("Epoch"), anchor="middle")]

    def line(self, points: Sequence[Point], colour: str, *, dashed: bool = False) -> str:
        known = [point for point in points if math.isfinite(point[1])]
        places = " ".join(f"{self._x(epoch):.1f},{self._y(value):.1f}" for epoch, value in known)
        dashes = ' stroke-dasharray="5 3"' if dashed else ""
        return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.8"{dashes}/>'

    def dot(self, point: Point, colour: str, *, ring: bool = False) -> str:
        epoch, value = point
        radius, fill = (6, "none") if ring else (2.6, colour)
        return (
            f'<circle cx="{self._x(epoch):.1f}" cy="{self._y(value):.1f}" r="{radius}" fill="{fill}" '
            f'stroke="{colour}" stroke-width="1.5"/>'
        )


def _legend(validates: bool) -> list[str]:
    entries = [(_("Training"), _TRAINING, ' stroke-dasharray="5 3"')]
    if validates:
        entries.append((_("Validation (ring: best epoch)"), _VALIDATION, ""))
    parts, right = [], _WIDTH - _RIGHT
    for text, colour, dashes in reversed(entries):
        width = 30 + 12.0 * sum(1 if ord(letter) > 0x2E80 else 0.53 for letter in text)
        right -= width
        parts.append(f'<path d="M{right:.1f} 12h20" stroke="{colour}" stroke-width="2"{dashes}/>')
        parts.append(_text(right + 25, 16, text))
    return parts


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: int = 400) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" text-anchor="{anchor}" font-weight="{weight}">'
        f"{html.escape(text)}</text>"
    )


def _round_step(step: float) -> float:
    """The next number of the form 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= step * (1 - 1e-9))
