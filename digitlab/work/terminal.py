"""A training run in a terminal: a progress bar, Ctrl-C to stop early, weights and card in the end.

It is a run of the store like any other, which the page shows live, but works in this process.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from digitlab.errors import DigitLabError
from digitlab.jobs import launch, orders, settings
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.store import Store
from digitlab.store.records import STATES, SupersededError
from digitlab.store.rights import OPERATOR
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Evaluated, Started, Step
from digitlab.training.recipes import Recipe
from digitlab.words import _, message
from digitlab.work import performing
from digitlab.work.exchange import Exchange
from digitlab.work.worker import PATIENCE

_SMOOTHING = 0.9  # of the figures beside the bar; single batches jump too much to be read


def run(recipe: Recipe, config: TrainingConfig, out: Path | None, command: str) -> Model:
    """Train as a run of the store and show it on standard error; returns the model.

    Args:
        out: folder for the model, named after its recipe alone; None: with all that was trained here, named after
            recipe and weights.
        command: what makes this model again, for the card.

    Raises:
        DigitLabError: the training failed; the sentence says why.
    """
    threads = settings.threads()
    settings.use_threads(threads)
    with Store(busy_seconds=PATIENCE) as store, _stop_on_interrupt() as interrupted, _Bar(recipe.name) as show:
        job = orders.submit(
            OPERATOR,
            store,
            config,
            name=recipe.name,
            recipe=recipe.name,
            threads=threads,
            out=out,
            command=command,
            claimed=True,
        )
        store.jobs.started(job, launch.own_name(), launch.node())
        try:
            with Exchange(store, job) as exchange:
                performing.perform(store, exchange, show, interrupted.is_set)
        except SupersededError:
            raise DigitLabError(
                message("Another process took over run {run}; the Runs page shows the run.", run=str(job.id))
            ) from None
        ended = store.runs.get(job.id)
    if ended.model is None or ended.job.result is None:
        raise DigitLabError(
            ended.job.reason or message("Run {run} is {state}.", run=str(job.id), state=STATES[ended.job.state])
        )
    return zoo.read_card(out.resolve() if out else zoo.TRAINED, ended.model)


@contextmanager
def _stop_on_interrupt() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; a second one interrupts as usual."""
    interrupted = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def on_interrupt(*_: Any) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


class _Bar:
    """Shows events as a bar with loss, accuracy, speed and time left, and a line for each epoch."""

    def __init__(self, title: str) -> None:
        self._progress = Progress(
            BarColumn(bar_width=20),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._title = title
        self._task: TaskID | None = None
        self._smooth: dict[str, float] = {}

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: object) -> None:
        match event:
            case Started():
                self._task = self._progress.add_task(self._title, total=event.steps, figures="")
                self._print(
                    _(
                        "{name} · parameters: {parameters} · training digits: {digits}",
                        name=self._title,
                        parameters=event.parameters,
                        digits=event.digits,
                    )
                )
            case Step() if self._task is not None:
                loss, accuracy, speed = (
                    self._average(name, getattr(event, name)) for name in ("loss", "accuracy", "digits_per_second")
                )
                figures = _(
                    "loss {loss:.4f} accuracy {accuracy:.2%} {speed:.0f}/s", loss=loss, accuracy=accuracy, speed=speed
                )
                self._progress.update(self._task, completed=event.step, figures=figures)
            case Epoch():
                self._print(_epoch(event))
            case Evaluated():
                self._print(
                    _(
                        "10,000 test digits: loss {loss:.4f}, accuracy {accuracy:.2%}",
                        loss=event.loss,
                        accuracy=event.accuracy,
                    )
                )

    def _print(self, line: str) -> None:
        self._progress.console.print(line, highlight=False)

    def _average(self, name: str, value: float) -> float:
        self._smooth[name] = _SMOOTHING * self._smooth.get(name, value) + (1 - _SMOOTHING) * value
        return self._smooth[name]


def _epoch(event: Epoch) -> str:
    if event.val_loss is None or event.val_accuracy is None:
        return _(
            "epoch {epoch}: loss {loss:.4f} accuracy {accuracy:.2%}, {seconds:.1f} s",
            epoch=event.epoch,
            loss=event.loss,
            accuracy=event.accuracy,
            seconds=event.seconds,
        )
    return _(
        "epoch {epoch}: loss {loss:.4f} accuracy {accuracy:.2%}, validation loss {val_loss:.4f} accuracy "
        "{val_accuracy:.2%}, {seconds:.1f} s",
        epoch=event.epoch,
        loss=event.loss,
        accuracy=event.accuracy,
        val_loss=event.val_loss,
        val_accuracy=event.val_accuracy,
        seconds=event.seconds,
    )
