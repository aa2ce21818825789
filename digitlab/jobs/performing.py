"""The job of kind "training": a run from the queue to its weights, by the one function that trains.

The command line and the workers both call `perform`. What it writes, and in which order, makes a run resumable: a
checkpoint's file is whole before its row is written, all that came before it is written with it, and older files go
only after that.
"""

import errno
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from digitlab import home
from digitlab.errors import DataError, StoreBusyError, StoreFullError
from digitlab.jobs import launch, settings
from digitlab.jobs.link import Link
from digitlab.jobs.pinned import PinnedPictures
from digitlab.jobs.training import OWN
from digitlab.networks.zoo import HASH_LENGTH, weights_hash
from digitlab.store import Store
from digitlab.store.records import Job, SavedCheckpoint, SentCommand, SupersededError, Taken
from digitlab.store.runs import BRANCH, folder
from digitlab.training import card, learned, recipes, state
from digitlab.training.config import TrainingConfig
from digitlab.training.events import (
    Checkpoint,
    Command,
    Epoch,
    Evaluated,
    Event,
    Failed,
    Finished,
    GoOn,
    Save,
    SetRate,
    Started,
    Step,
    Stop,
)
from digitlab.training.loop import train
from digitlab.training.state import Branch, State

SAVE_EVERY = 20.0  # seconds of training that are lost at most
KEEP_EPOCHS = 40  # checkpoints at the ends of epochs, spread evenly; within an epoch the newest two
LINGER = 600.0  # seconds for which a paused run's worker waits to go on at once; then it leaves its memory to others
_BALLAST = 1 << 20  # bytes set aside, so that a full disk leaves room to say so

log = logging.getLogger(__name__)


def perform(
    store: Store,
    link: Link,
    show: Callable[[Event], None] = lambda _: None,
    interrupts: Callable[[], bool] = lambda: False,
    leaves: Callable[[], bool] = lambda: False,
) -> None:
    """Train the link's run to its end, from its newest good checkpoint if it has one; how it ends is in the store.

    Args:
        show: called with every event.
        interrupts: whether somebody at the keyboard wants it to stop.
        leaves: whether the process has been told to go; the run is then interrupted, its checkpoint written.

    Raises:
        SupersededError: the job was claimed again, or deleted.
        StoreError: the database cannot be used.
    """
    try:
        with _ballast(folder(link.job.id)):
            _Run(store, link, interrupts, leaves).perform(show)
    except (OSError, StoreFullError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        reason = f"There was no room left on the disk for run {link.job.id}; free some, then resume it."
        log.error("%s", reason)
        store.jobs.end(link.job, "failed", reason=reason)
    except _RestingError:
        log.info("Run %d is paused; its worker makes room.", link.job.id)


class _RestingError(Exception):
    """The run is paused, and nobody has resumed it for long."""


class _Run:
    def __init__(self, store: Store, link: Link, interrupts: Callable[[], bool], leaves: Callable[[], bool]) -> None:
        self._store = store
        self._link = link
        self._interrupts = interrupts
        self._leaves = leaves
        self._folder = folder(link.job.id)
        self._config = TrainingConfig.from_record(link.job.spec["config"])
        self._saved_at = store.clock.monotonic()
        self._pause: SentCommand | None = None
        self._evaluated: Evaluated | None = None
        self._replayed: list[SentCommand] = []
        self._stop_sent = False
        self._has_begun = False
        self._pins: PinnedPictures | None = None

    @property
    def _job(self) -> Job:
        return self._link.job

    def perform(self, show: Callable[[Event], None]) -> None:
        start = self._newest()
        step = start.step if start else 0
        self._store.runs.rewind(self._job, step)
        self._link.put(done=step, total=self._config.total_steps)
        self._remove_strays()
        goes_on_after = self._job.spec.get("goes_on_after", 0)  # stopped there, and given more epochs since
        if start and step <= goes_on_after:
            start = replace(start, stopped=False, waited=0)
        self._replayed = [
            sent
            for sent in self._store.jobs.commands(self._job.id)
            if sent.step is not None and sent.step > step and (sent.kind != "stop" or sent.step > goes_on_after)
        ]
        for event in train(self._config, self._commands, start, None if start else self._branch()):
            self._record(event)
            show(event)
            if self._leaves() and isinstance(event, Checkpoint):
                self._link.flush()
                self._store.jobs.leave(self._job, "Its process was told to end.")
                return

    def _record(self, event: Event) -> None:
        match event:
            case Started():
                self._store.jobs.begin(self._job)
                self._pins = PinnedPictures(self._store, self._link, event.read)
            case Step():
                if self._pins:
                    self._pins.look(event)
                self._link.put(event, done=event.step, total=self._config.total_steps)
                if not self._has_begun:  # whoever pressed Start waits for the curve's first point
                    self._link.hurry()
                self._has_begun = True
            case Epoch():
                self._link.put(event, done=event.step, total=self._config.total_steps)
            case Checkpoint():
                self._save(event)
            case Evaluated():
                self._evaluated = event
            case Failed():
                self._link.flush()
                self._store.jobs.end(self._job, "failed", reason=event.reason)
            case Finished():
                self._finish(event)

    # --- commands ---

    def _commands(self, step: int) -> Iterator[Command]:
        if step <= self._job.spec.get("goes_on_after", 0):
            yield GoOn()
        while self._replayed and (self._replayed[0].step or 0) <= step:
            yield from self._obey(self._replayed.pop(0))
        for sent in self._link.hear():
            if sent.kind == "pause":
                self._pause = sent
            else:
                self._link.put(Taken(sent.id, step))
                self._link.hurry()  # somebody waits to see it
                yield from self._obey(sent)
        if self._interrupts() and not self._stop_sent:
            with suppress(StoreBusyError):  # then with the next steps
                self._store.jobs.stop(self._job.id)  # a command like any other: recorded, and heard in a moment
                self._stop_sent = True
        if self._pause or self._leaves() or self._store.clock.monotonic() - self._saved_at > SAVE_EVERY:
            yield Save()

    def _obey(self, sent: SentCommand) -> Iterator[Command]:
        if sent.kind == "stop":
            yield Stop()
        elif sent.value is not None:
            yield SetRate(sent.value)

    # --- checkpoints ---

    def _newest(self) -> State | None:
        """The newest checkpoint whose file is what it was when it was written."""
        for saved in reversed(self._store.runs.checkpoints(self._job.id)):
            try:
                return state.read(self._folder / saved.file, saved.sha256)
            except DataError as error:
                log.warning("%s Going on from the one before.", error)
        return None

    def _branch(self) -> Branch | None:
        """Where a fork begins."""
        found = self._job.spec.get("branch")
        if found is None:
            return None
        return Branch(state.read(self._folder / BRANCH, found["sha256"]), found["same_optimizer"])

    def _save(self, event: Checkpoint) -> None:
        step = event.state.step
        file = self._folder / f"checkpoint-{step:07}.npz"
        sha256 = state.write(event.state, file)
        epoch = step // self._config.steps_per_epoch if event.ends_epoch else None
        self._link.put(SavedCheckpoint(step, epoch, file.name, sha256, file.stat().st_size))
        self._link.flush()
        self._thin_out()
        self._saved_at = self._store.clock.monotonic()
        if self._pause:
            command, self._pause = self._pause, None
            if self._store.jobs.paused(self._job, command.id, step):
                self._wait()

    def _thin_out(self) -> None:
        saved = self._store.runs.checkpoints(self._job.id)
        within = [one for one in saved if one.epoch is None]
        ends = [one for one in saved if one.epoch is not None]
        stride = 1
        while len([one for one in ends if one.epoch and one.epoch % stride == 0]) > KEEP_EPOCHS:
            stride *= 2
        superfluous = within[:-2] + [one for one in ends[:-2] if one.epoch and one.epoch % stride]
        if superfluous:
            self._store.runs.forget_checkpoints(self._job, [one.step for one in superfluous])
            for one in superfluous:
                (self._folder / one.file).unlink(missing_ok=True)

    def _remove_strays(self) -> None:
        """Files without a row: written, but not noted before the process ended."""
        known = {saved.file for saved in self._store.runs.checkpoints(self._job.id)}
        for file in self._folder.glob("*.npz*"):
            if file.name not in known and file.name != BRANCH:
                file.unlink()

    def _wait(self) -> None:
        """Wait to be resumed, so as to go on at once; whoever claims the run first, this worker or another, has it."""
        give_up = self._store.clock.monotonic() + LINGER
        while self._store.clock.monotonic() < give_up and not self._leaves():
            found = self._store.jobs.get(self._job.id)
            if found.attempt != self._job.attempt:
                raise SupersededError
            if found.state == "queued" and self._link.change(self._claim):
                self._store.jobs.started(self._job, launch.this_process())
                self._store.jobs.begin(self._job)
                return
            time.sleep(0.2)
        raise _RestingError

    def _claim(self) -> Job | None:
        return self._store.jobs.claim(settings.places(), only=self._job.id)

    # --- the end ---

    def _finish(self, event: Finished) -> None:
        self._link.flush()
        spec, evaluated = self._job.spec, self._evaluated
        assert evaluated is not None, "Evaluated comes before Finished"
        run = self._store.runs.get(self._job.id)
        recipe = recipes.RECIPES.get(run.recipe) or recipes.Recipe(run.recipe, f"{run.name}, built here.", self._config)
        compared = self._compare(event)
        sha256 = weights_hash(event.model)
        name = recipe.name if spec["out"] else f"{_file_name(run.name) or OWN}-{sha256[:HASH_LENGTH]}"
        path = card.write(
            Path(spec["out"] or home.trained_models()),
            name,
            recipe,
            self._config,
            self._store.runs.epochs(self._job.id),
            evaluated,
            event,
            spec["command"],
        )
        self._store.runs.end(
            self._job,
            "stopped" if event.stopped else "finished",
            {"card": str(path), "kept_epoch": event.kept_epoch, "ended_early": event.ended_early} | compared,
            test_accuracy=evaluated.accuracy,
            test_loss=evaluated.loss,
            seconds=event.seconds,
            model=name,
        )

    def _compare(self, event: Finished) -> dict[str, Any]:
        """For a run with drawings, right answers before and after."""
        if not self._config.drawings or not self._config.start_model:
            return {}
        return {"learned": asdict(learned.compare(self._config, event.model, self._leaves_the_turns))}

    def _leaves_the_turns(self, step: int) -> bool:
        """Heed what people say while further networks are trained; the run's own has its last checkpoint by then."""
        if self._leaves():
            self._store.jobs.leave(self._job, "Its process was told to end.")
            raise _RestingError
        stopped = False
        for sent in self._link.hear():
            if sent.kind != "pause":
                self._link.put(Taken(sent.id, self._config.total_steps))
                self._link.hurry()
                stopped |= sent.kind == "stop"
            elif self._store.jobs.paused(self._job, sent.id, self._config.total_steps):
                self._wait()
        return stopped


def _file_name(label: str) -> str:
    """A label as the beginning of a model's name: small letters, digits and hyphens."""
    return re.sub("[^a-z0-9]+", "-", label.lower()).strip("-")[:40].strip("-")


@contextmanager
def _ballast(where: Path) -> Iterator[None]:
    """Hold some room on the disk; it is given back, whatever happens, before the store is told how a run ended."""
    where.mkdir(parents=True, exist_ok=True)
    file = where / "ballast"
    try:
        with file.open("wb") as out:
            out.write(os.urandom(_BALLAST))
        yield
    finally:
        file.unlink(missing_ok=True)
