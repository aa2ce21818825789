"""The job of kind "training": a run from the queue to its weights, by the one function that trains.

The command line and the workers both call `perform`. What it writes, and in which order, makes a run resumable: a
checkpoint's file is whole before its row is written, all that came before it is written with it, and older files go
only after that.
"""

import errno
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from digitlab import blobs
from digitlab.errors import BlobAwayError, BlobFullError, DataError, ModelError, StoreBusyError, StoreFullError
from digitlab.jobs import launch, limits, settings
from digitlab.jobs.orders import OWN
from digitlab.networks import zoo
from digitlab.networks.zoo import HASH_LENGTH, TRAINED, weights_hash
from digitlab.store import Store
from digitlab.store.records import Job, SavedCheckpoint, SentCommand, SupersededError, Taken
from digitlab.store.rights import OPERATOR
from digitlab.store.runs import BRANCH, prefix
from digitlab.training import card, learned, recipes, state
from digitlab.training.best import best_epoch
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
from digitlab.training.spec import TrainingSpec
from digitlab.training.state import Branch, State
from digitlab.words import message
from digitlab.work.ballast import ballast
from digitlab.work.exchange import Exchange
from digitlab.work.keeping import superfluous
from digitlab.work.pinned import PinnedPictures

SAVE_EVERY = 20.0  # seconds of training that are lost at most
LINGER = 600.0  # seconds for which a paused run's worker waits to go on at once; then it leaves its memory to others

log = logging.getLogger(__name__)


def perform(
    store: Store,
    exchange: Exchange,
    show: Callable[[Event], None] = lambda _: None,
    interrupts: Callable[[], bool] = lambda: False,
    leaves: Callable[[], bool] = lambda: False,
) -> None:
    """Train the exchange's run to its end, from its newest good checkpoint if it has one; how it ends is in the store.

    Args:
        show: called with every event.
        interrupts: whether somebody at the keyboard wants it to stop.
        leaves: whether the process must end; the run is then interrupted, its checkpoint written.

    Raises:
        DataError: what is stored of the run cannot be read.
        SupersededError: the job was claimed again, or deleted.
        StoreError: the database cannot be used.
    """
    try:
        with ballast(exchange.job.id):
            _Run(store, exchange, interrupts, leaves).perform(show)
    except BlobAwayError as error:
        log.error("%s", error)
        exchange.flush()
        reason = message("{why} The run paused by itself; resume it once that is put right.", why=error.message)
        store.jobs.leave(exchange.job, reason, pauses=True)
    except (OSError, BlobFullError, StoreFullError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        reason = message(
            "The disk is full, so run {run} stopped. Free some space, then resume the run.", run=str(exchange.job.id)
        )
        log.error("%s", reason.english)
        store.jobs.end(exchange.job, "failed", reason=reason)
    except _RestingError:
        log.info("Run %d is paused; its worker makes room.", exchange.job.id)


class _RestingError(Exception):
    """The run has been paused for long."""


class _Run:
    def __init__(
        self, store: Store, exchange: Exchange, interrupts: Callable[[], bool], leaves: Callable[[], bool]
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._interrupts = interrupts
        self._leaves = leaves
        self._blobs = blobs.stored()
        self._prefix = prefix(exchange.job.id)
        self._spec = TrainingSpec.from_record(exchange.job.spec)
        self._config = self._spec.config
        self._total = sum(one.total_steps for one in (self._config, *learned.turns(self._config)))
        self._saved_at = store.clock.monotonic()
        self._pause: SentCommand | None = None
        self._evaluated: Evaluated | None = None
        self._replayed: list[SentCommand] = []
        self._stop_sent = False
        self._has_begun = False
        self._pins: PinnedPictures | None = None

    @property
    def _job(self) -> Job:
        return self._exchange.job

    def perform(self, show: Callable[[Event], None]) -> None:
        start = self._newest()
        step = start.step if start else 0
        self._store.runs.rewind(self._job, step)
        self._remove_strays()
        goes_on_after = self._spec.goes_on_after
        if start and step <= goes_on_after:
            start = replace(start, stopped=False, waited=0)
        self._exchange.put(done=step, total=step if start and self._is_over(start) else self._total)
        self._replayed = [
            sent
            for sent in self._store.jobs.commands(self._job.id)
            if sent.step is not None and sent.step > step and (sent.kind != "stop" or sent.step > goes_on_after)
        ]
        for event in train(self._config, self._commands, start, None if start else self._branch()):
            self._record(event)
            show(event)
            if self._leaves() and isinstance(event, Checkpoint):
                self._exchange.flush()
                self._store.jobs.leave(self._job, message("The process was asked to end."))
                return

    def _record(self, event: Event) -> None:
        match event:
            case Started():
                self._store.jobs.begin(self._job)
                self._pins = PinnedPictures(self._store, self._exchange, event.read)
            case Step():
                if self._pins:
                    self._pins.look(event)
                self._exchange.put(event, done=event.step, total=self._total)
                if not self._has_begun:  # the person who pressed Start waits for the curve's first point
                    self._exchange.hurry()
                self._has_begun = True
            case Epoch():
                self._exchange.put(event, done=event.step, total=self._total)
            case Checkpoint():
                self._save(event)
            case Evaluated():
                self._evaluated = event
            case Failed():
                self._exchange.flush()
                self._store.jobs.end(self._job, "failed", reason=event.reason)
            case Finished():
                self._finish(event)

    # --- commands ---

    def _commands(self, step: int) -> Iterator[Command]:
        if step <= self._spec.goes_on_after:
            yield GoOn()
        while self._replayed and (self._replayed[0].step or 0) <= step:
            yield from self._obey(self._replayed.pop(0))
        if self._interrupts() and not self._stop_sent:
            with suppress(StoreBusyError):  # then with the next steps
                self._store.jobs.stop(OPERATOR, self._job.id)  # a command like any other: recorded, then heard
                self._stop_sent = True
                self._exchange.flush()  # at once: else it would be heard with an exchange some steps later
        for sent in self._exchange.hear():
            if sent.kind == "pause":
                self._pause = sent
            else:
                self._exchange.put(Taken(sent.id, step))
                self._exchange.hurry()  # a person waits to see it
                yield from self._obey(sent)
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
                return state.read(saved.file, saved.sha256)
            except DataError as error:
                log.warning("%s Going on from the one before.", error)
        return None

    def _branch(self) -> Branch | None:
        """Where a fork begins."""
        found = self._spec.branch
        if found is None:
            return None
        return Branch(state.read(self._prefix + BRANCH, found.sha256), found.same_optimizer)

    def _save(self, event: Checkpoint) -> None:
        step = event.state.step
        key = f"{self._prefix}checkpoint-{step:07}.npz"
        sha256, size = state.write(event.state, key)
        epoch = step // self._config.steps_per_epoch if event.ends_epoch else None
        saved = SavedCheckpoint(step, epoch, key, sha256, size)
        self._exchange.put(saved, done=step, total=step if self._is_over(event.state) else self._total)
        self._exchange.flush()
        self._thin_out()
        self._saved_at = self._store.clock.monotonic()
        if self._pause:
            command, self._pause = self._pause, None
            if self._store.jobs.paused(self._job, command.id, step):
                self._wait()

    def _is_over(self, at: State) -> bool:
        """Whether no better epoch came for so long that training ends here."""
        return 0 < self._config.patience <= at.waited

    def _thin_out(self) -> None:
        saved = self._store.runs.checkpoints(self._job.id)
        most = limits.kept(max(one.size for one in saved))
        best = best_epoch(self._store.runs.epochs(self._job.id))
        gone = superfluous(saved, best.epoch if best else None, most)
        if gone:
            self._store.runs.forget_checkpoints(self._job, [one.step for one in gone])
            self._blobs.delete(*(one.file for one in gone))

    def _remove_strays(self) -> None:
        """Checkpoints without a row: written, but not noted before the process ended."""
        known = {saved.file for saved in self._store.runs.checkpoints(self._job.id)}
        there = self._blobs.list(f"{self._prefix}")
        self._blobs.delete(*(key for key in there if key.startswith(f"{self._prefix}checkpoint-") and key not in known))

    def _wait(self) -> None:
        """Wait to be resumed, so as to go on at once; the first worker that claims the run has the run."""
        give_up = self._store.clock.monotonic() + LINGER
        while self._store.clock.monotonic() < give_up and not self._leaves():
            found = self._store.jobs.get(self._job.id)
            if found.attempt != self._job.attempt:
                raise SupersededError
            if found.state == "queued" and self._exchange.change(self._claim):
                self._store.jobs.started(self._job, launch.own_name())
                self._store.jobs.begin(self._job)
                return
            time.sleep(0.2)
        raise _RestingError

    def _claim(self) -> Job | None:
        places = settings.places_in_pool(self._store, self._job.pool)
        return self._store.jobs.claim(places, only=self._job.id, pool=self._job.pool)

    # --- the end ---

    def _finish(self, event: Finished) -> None:
        self._exchange.flush()
        evaluated = self._evaluated
        assert evaluated is not None, "Evaluated comes before Finished"
        run = self._store.runs.get(self._job.id)
        own = message("{name}, built here.", name=run.title)
        recipe = recipes.RECIPES.get(run.recipe) or recipes.Recipe(run.recipe, own, self._config)
        compared = self._compare(event)
        sha256 = weights_hash(event.model)
        name = recipe.name if self._spec.out else f"{_file_name(run.title.english) or OWN}-{sha256[:HASH_LENGTH]}"
        card.write(
            self._spec.out or TRAINED,
            name,
            recipe,
            self._config,
            self._store.runs.epochs(self._job.id),
            evaluated,
            event,
            self._spec.command,
        )
        self._store.runs.end(
            self._job,
            "stopped" if event.stopped else "finished",
            {"kept_epoch": event.kept_epoch, "ended_early": event.ended_early} | compared,
            test_accuracy=evaluated.accuracy,
            test_loss=evaluated.loss,
            seconds=event.seconds,
            model=name,
        )
        if run.model not in (None, name) and not self._spec.out:
            self._replace(str(run.model))

    def _replace(self, before: str) -> None:
        """The weights that the run had before more epochs were asked for; another run may have come to the same."""
        if any(run.model == before for run in self._store.runs.all() if run.id != self._job.id):
            return
        with suppress(ModelError):  # somebody deleted them
            zoo.replace(zoo.read_card(TRAINED, before), self._job.id)

    def _compare(self, event: Finished) -> dict[str, Any]:
        """For a run with drawings, right answers before and after."""
        if not self._config.drawings or not self._config.start_model:
            return {}
        compared = {"learned": asdict(learned.compare(self._config, event.model, self._leaves_the_turns))}
        self._exchange.put(done=event.steps, total=self._config.total_steps)  # its own steps, again
        self._exchange.flush()
        return compared

    def _leaves_the_turns(self, step: int) -> bool:
        """Heed what people say while further networks are trained; the run's own has its last checkpoint by then."""
        if self._leaves():
            self._store.jobs.leave(self._job, message("The process was asked to end."))
            raise _RestingError
        self._exchange.put(done=self._config.total_steps + step, total=self._total)
        stopped = False
        for sent in self._exchange.hear():
            if sent.kind != "pause":
                self._exchange.put(Taken(sent.id, self._config.total_steps))
                self._exchange.hurry()
                stopped |= sent.kind == "stop"
            elif self._store.jobs.paused(self._job, sent.id, self._config.total_steps):
                self._wait()
        return stopped


def _file_name(label: str) -> str:
    """A label as the beginning of a model's name: small letters, digits and hyphens."""
    return re.sub("[^a-z0-9]+", "-", label.lower()).strip("-")[:40].strip("-")
