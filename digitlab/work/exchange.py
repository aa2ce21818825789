"""A worker's exchange with the store: rows and signs of life go out twice a second, commands come in."""

import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from digitlab.errors import DigitLabError, StoreBusyError, StoreError
from digitlab.store import Store
from digitlab.store.records import Job, JobState, SentCommand, SupersededError
from digitlab.store.runs import Row
from digitlab.words import Message, message

EVERY = 0.5  # seconds between two exchanges
PATIENCE = 600.0  # seconds that a worker waits for a database that others hold locked, or that is away


class Exchange:
    """Writes what the worker says in the order in which it says it, from a thread that beats while the worker computes.

    While the database is locked or away, rows wait in memory and the work goes on. Any other trouble of the thread (the
    job is not this worker's any more, the disk is full) is raised by the next call of the worker's own thread. An
    error that leaves the `with` block fails the job, with its sentence if it is one that is meant for people; Ctrl-C
    stops it.
    """

    def __init__(self, store: Store, job: Job, every: float = EVERY) -> None:
        self.job = job
        self._store = store
        self._every = every
        self._rows: list[Row] = []
        self._done: tuple[float, float | None] = (job.done, job.total)
        self._heard: list[SentCommand] = []
        self._known: set[int] = set()
        self._state: JobState = job.state
        self._trouble: BaseException | None = None
        self._heard_at = store.clock.monotonic()  # when the database last answered
        self._one_at_a_time = threading.Lock()
        self._closed = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exchange", daemon=True)

    def __enter__(self) -> "Exchange":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._hurry.set()
        self._thread.join()
        # After an error of the store nothing can be written; the supervisor will see that the beats have stopped.
        if isinstance(error, KeyboardInterrupt):
            self._end("stopped", message("The run was interrupted at the keyboard."))
        elif isinstance(error, Exception) and not isinstance(error, SupersededError | StoreError):
            self._end(
                "failed",
                error.message
                if isinstance(error, DigitLabError)
                else message(
                    "DigitLab met an error of its own; the server's operator finds the error in this run's log."
                ),
            )

    def _end(self, state: JobState, reason: Message) -> None:
        with suppress(SupersededError, StoreError):
            self._store.jobs.end(self.job, state, reason=reason)

    def put(self, *rows: Row, done: float | None = None, total: float | None = None) -> None:
        """Say something; it is written within half a second, or with the next `flush`."""
        self._rows.extend(rows)
        if done is not None:
            self._done = (done, total)

    def hurry(self) -> None:
        """Have what was said written at once, and not with the next exchange; the caller goes on meanwhile."""
        self._hurry.set()

    def hear(self) -> list[SentCommand]:
        """Commands that came in since the last call.

        Raises:
            SupersededError, StoreError: the thread met these.
        """
        if self._trouble is not None:
            raise self._trouble
        if not self._heard:
            return []
        with self._one_at_a_time:
            commands, self._heard = self._heard, []
        return commands

    def change(self, claim: Callable[[], Job | None]) -> bool:
        """Claim the job again, with no exchange of the old attempt in between; returns whether that was possible."""
        with self._one_at_a_time:
            claimed = claim()
            if claimed is not None:
                self.job = claimed
            return claimed is not None

    def flush(self) -> JobState:
        """Write everything now, however long the database is locked or away; returns the job's state.

        Raises:
            SupersededError: the job is not this worker's any more.
            StoreBusyError: the database was locked or away for ten minutes.
            StoreError: it cannot be used.
        """
        while True:
            if self._trouble is not None:
                raise self._trouble
            try:
                self._exchange()
                return self._state
            except StoreBusyError:
                if self._has_waited_enough():
                    raise

    def _has_waited_enough(self) -> bool:
        return self._store.clock.monotonic() - self._heard_at > PATIENCE

    def _run(self) -> None:
        while True:
            self._hurry.wait(self._every)
            self._hurry.clear()
            if self._closed.is_set():
                return
            try:
                self._exchange()
            except BaseException as error:
                if isinstance(error, StoreBusyError) and not self._has_waited_enough():
                    continue
                self._trouble = error
                return

    def _exchange(self) -> None:
        with self._one_at_a_time:
            rows = self._rows[:]
            self._state, waiting = self._store.runs.exchange(self.job, rows, *self._done)
            self._heard_at = self._store.clock.monotonic()
            del self._rows[: len(rows)]
            self._heard = self._heard + [sent for sent in waiting if sent.id not in self._known]
            self._known.update(sent.id for sent in waiting)
