"""A worker's line to the store: rows and signs of life go out twice a second, commands come in."""

import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from digitlab.errors import DigitLabError, StoreBusyError, StoreError
from digitlab.store import Store
from digitlab.store.records import Job, JobState, SentCommand, SupersededError
from digitlab.store.runs import Row, folder

EVERY = 0.5  # seconds between two exchanges
PATIENCE = 600.0  # seconds that `flush` waits for a database that others hold locked


class Link:
    """Writes what the worker says in the order in which it says it, from a thread that beats while the worker computes.

    While the database is locked, rows wait in memory and the work goes on. Any other trouble of the thread (the job is
    not this worker's any more, the disk is full) is raised by the next call of the worker's own thread. An error that
    leaves the `with` block fails the job, with its sentence if it is one that is meant for people; Ctrl-C stops it.
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
        self._one_at_a_time = threading.Lock()
        self._closed = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def __enter__(self) -> "Link":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._hurry.set()
        self._thread.join()
        # With an error of the store nothing can be told to it; the supervisor will see that the beats have stopped.
        if isinstance(error, KeyboardInterrupt):
            self._end("stopped", "It was interrupted at the keyboard.")
        elif isinstance(error, Exception) and not isinstance(error, SupersededError | StoreError):
            log_file = folder(self.job.id) / "worker.log"
            known = isinstance(error, DigitLabError)
            self._end("failed", str(error) if known else f"The program met an error of its own; see {log_file}.")

    def _end(self, state: JobState, reason: str) -> None:
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
        """Claim the job anew, with no exchange of the old attempt in between; says whether it could be had."""
        with self._one_at_a_time:
            claimed = claim()
            if claimed is not None:
                self.job = claimed
            return claimed is not None

    def flush(self) -> JobState:
        """Write everything now, however long the database is locked; returns the job's state.

        Raises:
            SupersededError: the job is not this worker's any more.
            StoreBusyError: the database was locked for ten minutes.
            StoreError: it cannot be used.
        """
        if self._trouble is not None:
            raise self._trouble
        give_up = self._store.clock.monotonic() + PATIENCE
        while True:
            try:
                self._exchange()
                return self._state
            except StoreBusyError:
                if self._store.clock.monotonic() > give_up:
                    raise

    def _run(self) -> None:
        while True:
            self._hurry.wait(self._every)
            self._hurry.clear()
            if self._closed.is_set():
                return
            try:
                self._exchange()
            except StoreBusyError:
                continue
            except BaseException as error:
                self._trouble = error
                return

    def _exchange(self) -> None:
        with self._one_at_a_time:
            rows = self._rows[:]
            self._state, waiting = self._store.runs.exchange(self.job, rows, *self._done)
            del self._rows[: len(rows)]
            self._heard = self._heard + [sent for sent in waiting if sent.id not in self._known]
            self._known.update(sent.id for sent in waiting)
