"""A training run in a terminal: a progress bar, Ctrl-C to stop early, weights and card in the end."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from digitlab.errors import DigitLabError
from digitlab.networks.zoo import HASH_LENGTH, weights_hash
from digitlab.training import card
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Evaluated, Failed, Finished, Started, Step, Stop
from digitlab.training.loop import train
from digitlab.training.recipes import Recipe

_SMOOTHING = 0.9  # of the figures beside the bar; single batches jump too much to be read


def run(recipe: Recipe, config: TrainingConfig, folder: Path, named_after_recipe: bool, command: str) -> Path:
    """Train, show it on standard error and write the model into `folder`; returns its card's path.

    Args:
        named_after_recipe: name the model after its recipe alone; else after recipe and weights, so that none is
            overwritten.
        command: what makes this model again, for the card.

    Raises:
        DigitLabError: the training failed; the sentence says why.
    """
    epochs: list[Epoch] = []
    evaluated: Evaluated | None = None
    with _stop_on_interrupt() as commands, _Bar(recipe.name) as show:
        for event in train(config, commands):
            show(event)
            match event:
                case Epoch():
                    epochs.append(event)
                case Evaluated():
                    evaluated = event
                case Failed():
                    raise DigitLabError(event.reason)
                case Finished() if evaluated is not None:
                    name = recipe.name
                    if not named_after_recipe:
                        name += f"-{weights_hash(event.model)[:HASH_LENGTH]}"
                    return card.write(folder, name, recipe, config, epochs, evaluated, event, command)
    raise AssertionError("a run ends with Finished or Failed")


@contextmanager
def _stop_on_interrupt() -> Iterator[Callable[[], Iterable[Stop]]]:
    """A source of commands in which the first Ctrl-C is Stop; a second one interrupts as usual."""
    pending: list[Stop] = []
    before = signal.getsignal(signal.SIGINT)

    def interrupted(*_: Any) -> None:
        pending.append(Stop())
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield lambda: pending
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
