"""A run's figures as rows for its charts: smoothed, thinned out, the best epoch found.

Rows are columns of equal length, as the charts get them. What is drawn is told apart by `kind`: "batch" (each logged
batch, where there are many the lowest and highest of a few), "smooth", "validation", "best", and "parent" for the run
that this one branched off from. A chart of a long run gets no more rows than one of a short one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from digitlab.store.records import SentCommand
from digitlab.training.events import Epoch, Step

Measure = Literal["loss", "accuracy"]

MOST = 400  # points of a line that are drawn; a panel has about 600 pixels
BATCH, SMOOTH, VALIDATION, BEST, PARENT = "batch", "smooth", "validation", "best", "parent"


@dataclass
class Rows:
    """Columns of equal length: what kind of point, at which step and epoch, its value, and words beside it."""

    kind: list[str] = field(default_factory=list)
    step: list[int] = field(default_factory=list)
    epoch: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def add(self, kind: str, step: int, epoch: int, value: float, text: str = "") -> None:
        self.kind.append(kind)
        self.step.append(step)
        self.epoch.append(epoch)
        self.value.append(value)
        self.text.append(text)


def panel(
    steps: Sequence[Step],
    epochs: Sequence[Epoch],
    measure: Measure,
    *,
    smoothing: float,
    wrong: bool = False,
    parent: Sequence[Step] = (),
    offset: int = 0,
) -> Rows:
    """The rows of one panel.

    Args:
        steps, epochs: what the run has logged, in order.
        smoothing: 0 (none) to 0.99, see `smoothed`.
        wrong: the share of wrong answers in the place of the accuracy, as a logarithmic axis needs it.
        parent: what the run that this one branched off from had logged up to there.
        offset: the step of that run at which this one begins.
    """

    def shown(value: float) -> float:
        return 1 - value if wrong and measure == "accuracy" else value

    rows = Rows()
    _add_line(rows, PARENT, parent, [shown(getattr(step, measure)) for step in parent], smoothing)
    values = [shown(getattr(step, measure)) for step in steps]
    for at in thinned(values):
        rows.add(BATCH, offset + steps[at].step, steps[at].epoch, values[at])
    _add_line(rows, SMOOTH, steps, values, smoothing, offset)
    found = best_epoch(epochs)
    for epoch in _thinned_epochs(epochs):
        value = epoch.val_loss if measure == "loss" else epoch.val_accuracy
        if value is not None:
            rows.add(VALIDATION, offset + epoch.step, epoch.epoch, shown(value))
    if found is not None and found.val_loss is not None and found.val_accuracy is not None:
        value = found.val_loss if measure == "loss" else found.val_accuracy
        rows.add(BEST, offset + found.step, found.epoch, shown(value), f"best: epoch {found.epoch}")
    return rows


def rates(steps: Sequence[Step], commands: Sequence[SentCommand], offset: int = 0) -> Rows:
    """The learning rate by step, and where a person changed it."""
    rows = Rows()
    values = [step.learning_rate for step in steps]
    for at in thinned(values):
        rows.add(SMOOTH, offset + steps[at].step, steps[at].epoch, values[at])
    for sent in commands:
        if sent.kind == "set-rate" and sent.step is not None and sent.value is not None:
            rows.add(BEST, offset + sent.step, 1, sent.value, f"set to {sent.value:g}")
    return rows


def best_epoch(epochs: Sequence[Epoch]) -> Epoch | None:
    """The epoch with the highest validation accuracy, of equal ones that with the lowest loss; None without any."""
    judged = [epoch for epoch in epochs if epoch.val_accuracy is not None]
    return max(judged, key=lambda epoch: (epoch.val_accuracy or 0.0, -(epoch.val_loss or 0.0)), default=None)


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


def _add_line(
    rows: Rows, kind: str, steps: Sequence[Step], values: Sequence[float], smoothing: float, offset: int = 0
) -> None:
    line = smoothed(values, smoothing)
    every = stride(len(line))
    for at in sorted({*range(0, len(line), every), *range(len(line))[-1:]}):
        rows.add(kind, offset + steps[at].step, steps[at].epoch, line[at])


def _thinned_epochs(epochs: Sequence[Epoch]) -> list[Epoch]:
    every = stride(len(epochs))
    return [epoch for at, epoch in enumerate(epochs) if at % every == 0 or at == len(epochs) - 1]
