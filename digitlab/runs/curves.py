"""What trainings logged as rows for the charts: smoothed, thinned out, the best epoch found.

The rows are the same for every page. `line` says to which of the drawn lines a point belongs. A point has a place on
each of the three axes. A chart of a long run gets no more rows than one of a short one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from statistics import fmean
from typing import Literal

from digitlab.runs.rows import BAND, BATCH, BEST, EPOCHS, MOST, OVERLAID, SMOOTH, Place, Rows, smoothed, stride, thinned
from digitlab.runs.trainings import Curves
from digitlab.store.records import SentCommand
from digitlab.training.best import best_epoch
from digitlab.training.events import Epoch, Step
from digitlab.words import _

Measure = Literal["loss", "accuracy"]
Norm = Literal["weights", "gradients"]

_APART = 6  # of what was logged, so many words about set rates have room beside each other

# The lines of a single run's panel; in a panel of several, `training_of` and `validation_of` name them.
TRAINING_LINE, MEAN_LINE, PLAIN_LINE = "training", "mean", "plain"
VALIDATION_LINE, PARENT_LINE = "validation", "parent"


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
        last_batch: digits of an epoch's last batch as a share of a whole one, above 0 to 1.
    """

    curves: Curves
    steps_per_epoch: int | None
    start: Start = Start()
    last_batch: float = 1.0


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
        _add_training(rows, PARENT_LINE, [parent], measure, smoothing)
    places = _Places(logged)
    values = _batches(logged, measure, log)
    for at in thinned(values):
        rows.add(BATCH, TRAINING_LINE, places.of_step(logged.curves.steps[at]), values[at])
    _add_training(rows, TRAINING_LINE, [logged], measure, smoothing)
    if logged.curves.steps:  # else the means are the line itself
        _add_epochs(rows, MEAN_LINE, [logged], measure, "")
    _add_epochs(rows, PLAIN_LINE, [logged], measure, "plain_")
    _add_epochs(rows, VALIDATION_LINE, [logged], measure, "val_")
    best = best_epoch(logged.curves.epochs)
    value = getattr(best, f"val_{measure}") if best is not None else None
    if best is not None and value is not None:
        text = _("best: epoch {epoch}", epoch=best.epoch)
        rows.add(BEST, VALIDATION_LINE, places.of_epoch(best), _shown(value, measure, log), text)
    return rows


def overlay(
    several: Sequence[Sequence[Logged]],
    measure: Measure,
    *,
    smoothing: float,
    training: bool = True,
    log: bool = False,
) -> Rows:
    """The rows of a panel in which several trainings are compared.

    Args:
        several: the trainings of each line. Of more than one the line is the mean, with the range as a band, as far as
            all of them have come.
        training: whether the training digits' lines are wanted beside those of the validation digits; a training
            without validation has only these.
        smoothing, log: as for `panel`; the lines of the validation digits are smoothed over as many steps.
    """
    rows = Rows(log)
    for number, group in enumerate(several):
        epochs = [epoch for logged in group for epoch in logged.curves.epochs]
        if training or not any(getattr(epoch, f"val_{measure}") is not None for epoch in epochs):
            _add_training(rows, training_of(number), group, measure, smoothing, OVERLAID)
        _add_epochs(rows, validation_of(number), group, measure, "val_", smoothing)
    return rows


def training_of(number: int) -> str:
    """The line of the training digits of one of several trainings."""
    return f"training {number}"


def validation_of(number: int) -> str:
    """The line of the validation digits of one of several trainings."""
    return f"validation {number}"


def rates(logged: Logged, commands: Sequence[SentCommand], *, log: bool = False, parent: Logged | None = None) -> Rows:
    """The learning rate, and where a person changed it; that of the run before a fork, too."""
    rows, steps = Rows(log), logged.curves.steps
    for line, one in ((PARENT_LINE, parent), (TRAINING_LINE, logged)):
        if one is not None:
            _add_steps(rows, line, one, [step.learning_rate for step in one.curves.steps])
    places = _Places(logged)
    taken = [sent for sent in commands if sent.kind == "set-rate" and sent.step is not None and sent.value is not None]
    apart = (steps[-1].step - steps[0].step) / _APART if steps else 0.0
    for sent, after in zip_longest(taken, taken[1:]):
        step, rate = sent.step or 0, sent.value or 0.0
        near = min(steps, key=lambda one: abs(one.step - step), default=None)
        if near is not None:
            close = after is not None and (after.step or 0) - step < apart
            words = "" if close else _("set to {rate}", rate=f"{rate:g}")
            rows.add(BEST, TRAINING_LINE, (logged.start.step + step, *places.of_step(near)[1:]), rate, words)
    return rows


def norms(logged: Logged, norm: Norm, *, smoothing: float, log: bool = False) -> Rows:
    """The size of each layer's weights, or of their gradients, at each logged step; a line a layer.

    Args:
        smoothing: of the gradients, see `smoothed`; weights change slowly by themselves.
        log: for a logarithmic axis.
    """
    rows, steps = Rows(log), [step for step in logged.curves.steps if step.layers]
    which = 0 if norm == "weights" else 1
    for layer in layers(logged):
        having = [step for step in steps if step.layers and layer in step.layers]
        kept = Logged(Curves(having, []), logged.steps_per_epoch, logged.start)
        values = [(step.layers or {})[layer][which] for step in having]
        _add_steps(rows, layer, kept, smoothed(values, smoothing) if norm == "gradients" else values)
    return rows


def layers(logged: Logged) -> list[str]:
    """The layers whose sizes were logged, in the order of the network."""
    return list(dict.fromkeys(name for step in logged.curves.steps[-1:] for name in step.layers or ()))


class _Places:
    """Where the steps and the ends of epochs of one training are on the three axes: step, epoch, minutes."""

    def __init__(self, logged: Logged) -> None:
        self._start = logged.start
        epochs = logged.curves.epochs
        self._per_epoch = _per_epoch(logged)
        self._passed: dict[int, float] = {}
        seconds = 0.0
        for epoch in epochs:
            seconds += epoch.seconds
            self._passed[epoch.epoch] = seconds

    def of_step(self, step: Step) -> Place:
        epochs = step.step / self._per_epoch if self._per_epoch else step.epoch
        return self._at(step.step, epochs, step.seconds)

    def of_epoch(self, epoch: Epoch) -> Place:
        # One that was stopped within an epoch ends there.
        ends = min(epoch.epoch, epoch.step / self._per_epoch) if self._per_epoch else epoch.epoch
        return self._at(epoch.step, ends, self._passed[epoch.epoch])

    def _at(self, step: int, epochs: float, seconds: float) -> Place:
        start = self._start
        return start.step + step, start.epochs + epochs, start.minutes + seconds / 60


def _per_epoch(logged: Logged) -> float | None:
    epochs = logged.curves.epochs
    return logged.steps_per_epoch or (epochs[0].step / epochs[0].epoch if epochs else None)


def _batches(logged: Logged, measure: Measure, log: bool) -> list[float]:
    """The figure of each logged batch. An epoch's last batch of few digits is filled up with the figure before it."""
    steps, share, per_epoch = logged.curves.steps, logged.last_batch, _per_epoch(logged)
    values = [_shown(getattr(step, measure), measure, log) for step in steps]
    if share < 1 and per_epoch:
        for before, at in pairwise(range(len(steps))):
            if steps[at].step % per_epoch == 0:
                values[at] = share * values[at] + (1 - share) * values[before]
    return values


def _add_steps(rows: Rows, line: str, logged: Logged, values: Sequence[float]) -> None:
    """A line through a value a logged step."""
    places = _Places(logged)
    for at in thinned(values):
        rows.add(SMOOTH, line, places.of_step(logged.curves.steps[at]), values[at])


def _add_training(
    rows: Rows, line: str, group: Sequence[Logged], measure: Measure, smoothing: float, most: int = MOST
) -> None:
    """The smoothed line of the logged batches; the epochs' means where no batches were kept."""
    found = []
    for logged in group:
        places, steps = _Places(logged), logged.curves.steps
        if steps:
            values = smoothed(_batches(logged, measure, rows.log), smoothing)
            keys = [step.step for step in steps]
            found.append(dict(zip(keys, zip(map(places.of_step, steps), values, strict=True), strict=True)))
        else:
            epochs = logged.curves.epochs
            found.append(
                {
                    epoch.step: (places.of_epoch(epoch), _shown(getattr(epoch, measure), measure, rows.log))
                    for epoch in epochs
                }
            )
    _add(rows, SMOOTH, line, found, most)


def _add_epochs(
    rows: Rows, line: str, group: Sequence[Logged], measure: Measure, of: str, smoothing: float = 0.0
) -> None:
    """A line with a mark at each epoch that has the figure `of` a measure: "val_" of the validation digits."""
    found = []
    for logged in group:
        places = _Places(logged)
        known = [
            (epoch, _shown(value, measure, rows.log))
            for epoch in logged.curves.epochs
            if (value := getattr(epoch, f"{of}{measure}")) is not None
        ]
        values = smoothed([value for _, value in known], smoothing ** _rows_per_epoch(logged))
        found.append(
            {epoch.epoch: (places.of_epoch(epoch), value) for (epoch, _), value in zip(known, values, strict=True)}
        )
    _add(rows, EPOCHS, line, found, MOST)


def _add(rows: Rows, kind: str, line: str, found: Sequence[Mapping[int, tuple[Place, float]]], most: int) -> None:
    """A line of one training, by step or epoch; of several their mean and their range, where all have a point."""
    keys = sorted(set[int].intersection(*map(set, found))) if found else []
    every = stride(len(keys), most)
    for at, key in enumerate(keys):
        if at % every and at != len(keys) - 1:
            continue
        places, values = zip(*(one[key] for one in found), strict=True)
        steps, epochs, minutes = zip(*places, strict=True)
        place = (steps[0], epochs[0], fmean(minutes))
        rows.add(kind, line, place, fmean(values))
        if len(found) > 1:
            rows.add(BAND, line, place, min(values), high=max(values))


def _rows_per_epoch(logged: Logged) -> float:
    """Logged steps in an epoch; 1 where no steps were kept."""
    return max(1.0, len(logged.curves.steps) / max(1, len(logged.curves.epochs)))


def _shown(value: float, measure: Measure, log: bool) -> float:
    return 1 - value if log and measure == "accuracy" else value
