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
from digitlab.jobs import launch, performing, settings, training
from digitlab.jobs.link import Link
from digitlab.jobs.worker import PATIENCE
from digitlab.store import Store
from digitlab.store.records import SupersededError
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Evaluated, Started, Step
from digitlab.training.recipes import Recipe

_SMOOTHING = 0.9  # of the figures beside the bar; single batches jump too much to be read


def run(recipe: Recipe, config: TrainingConfig, out: Path | None, command: str) -> Path:
    """Train as a run of the store and show it on standard error; returns the model's card.

    Args:
        out: folder for the model, named after its recipe alone; None: DIGITLAB_HOME/models, named after recipe and
            weights.
        command: what makes this model again, for the card.

    Raises:
        DigitLabError: the training failed; the sentence says why.
    """
    threads = settings.threads()
    settings.use_threads(threads)
    with Store(busy_seconds=PATIENCE) as store, _stop_on_interrupt() as interrupted, _Bar(recipe.name) as show:
        job = training.submit(
            store, config, name=recipe.name, recipe=recipe.name, threads=threads, out=out, command=command, claimed=True
        )
        store.jobs.started(job, launch.this_process())
        try:
            with Link(store, job) as link:
                performing.perform(store, link, show, interrupted.is_set)
        except SupersededError:
            raise DigitLabError(f"Run {job.id} was taken over by another process; the runs page shows it.") from None
        ended = store.jobs.get(job.id)
    if ended.result is None:
        raise DigitLabError(ended.reason or f"Run {job.id} is {ended.state}.")
    return Path(ended.result["card"])


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
                self._print(f"{self._title}: {event.parameters:,} parameters, {event.digits:,} digits to learn from")
            case Step() if self._task is not None:
                loss, accuracy, speed = (
                    self._average(name, getattr(event, name)) for name in ("loss", "accuracy", "digits_per_second")
                )
                figures = f"loss {loss:.4f} accuracy {accuracy:.2%} {speed:,.0f}/s"
                self._progress.update(self._task, completed=event.step, figures=figures)
            case Epoch():
                validation = (
                    f", validation loss {event.val_loss:.4f} accuracy {event.val_accuracy:.2%}"
                    if event.val_loss is not None and event.val_accuracy is not None
                    else ""
                )
                self._print(
                    f"epoch {event.epoch}: loss {event.loss:.4f} accuracy {event.accuracy:.2%}{validation}, "
                    f"{event.seconds:.1f} s"
                )
            case Evaluated():
                self._print(f"on the 10,000 test digits: loss {event.loss:.4f}, accuracy {event.accuracy:.2%}")

    def _print(self, line: str) -> None:
        self._progress.console.print(line, highlight=False)

    def _average(self, name: str, value: float) -> float:
        self._smooth[name] = _SMOOTHING * self._smooth.get(name, value) + (1 - _SMOOTHING) * value
        return self._smooth[name]
