"""The supervisor: starts the next job when a place is free and sees to those whose worker is gone.

It runs inside the server, or alone: `python -m digitlab supervise`. Any number of them may share a database. It keeps
nothing but what it saw last: everything that matters is in the store, and workers live without it.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from digitlab.clock import Clock, SystemClock
from digitlab.errors import StoreError
from digitlab.jobs.launch import Launcher, LocalProcesses
from digitlab.store import Store
from digitlab.store.records import ACTIVE, SPEED, Job
from digitlab.store.runs import folder

EVERY = 0.25  # seconds between two looks
SILENT = 20.0  # seconds without a beat after which a worker of another machine, or an unnamed one, is taken for dead
STUCK = 60.0  # the same for a process that is there but does not beat; it is killed
UNHURRIED = 10.0  # seconds that measuring the machine is put off: who has just come may want to start a run
FIRST_GO = 5.0  # seconds in which a paused run's own worker may take it up again before another one is started

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Seen:
    """A job as it was when it changed last, and when that was on this process's monotonic clock."""

    attempt: int
    beats: int
    state: str
    at: float


class Supervisor:
    """Looks at the store again and again."""

    def __init__(
        self,
        store: Store,
        places: int,
        launcher: Launcher | None = None,
        clock: Clock | None = None,
        awaits: Callable[[], bool] = lambda: False,
    ) -> None:
        """`awaits` says whether somebody seems to be about to want a run."""
        self._store = store
        self._places = places
        self._launcher = launcher or LocalProcesses()
        self._clock = clock or SystemClock()
        self._awaits = awaits
        self._seen: dict[int, _Seen] = {}

    def run(self, end: threading.Event, show: Callable[[Job], None] = lambda _: None) -> None:
        """Look until `end` is set; workers go on after that. `show` is called with every job that is started."""
        told = ""
        while not end.is_set():
            try:
                for job in self.look():
                    show(job)
                told = ""
            except StoreError as error:
                if str(error) != told:  # once, not four times a second
                    log.warning("%s", error)
                told = str(error)
            except Exception as error:  # a bug must not leave the queue without anybody
                if repr(error) != told:
                    log.exception("The supervisor met an error.")
                told = repr(error)
            end.wait(EVERY)
        self._launcher.prepare(False)

    def look(self) -> list[Job]:
        """Look once: see to jobs whose worker is gone, start those for which there is a place; returns the latter.

        Raises:
            StoreError: the database is locked or cannot be used; nobody is blamed for silence meanwhile.
        """
        try:
            jobs = self._store.jobs.all("queued", *ACTIVE)
            ages = self._ages(jobs)
            for job in jobs:
                if job.state in ACTIVE:
                    self._check(job, ages[job.id])
            self._store.searches.advance(self._places)
            self._make_room(jobs)
            started = self._start_waiting(ages)
            self._prepare(measures=any(job.kind == SPEED and job.state in ACTIVE for job in [*jobs, *started]))
            return started
        except StoreError:
            self._seen.clear()  # whoever cannot write cannot beat: the silence has to begin anew
            raise

    def _ages(self, jobs: list[Job]) -> dict[int, float]:
        """For how many seconds each job has not changed, as far as was seen here."""
        now = self._clock.monotonic()
        before, self._seen = self._seen, {}
        for job in jobs:
            last = before.get(job.id)
            if last is None or (last.attempt, last.beats, last.state) != (job.attempt, job.beats, job.state):
                last = _Seen(job.attempt, job.beats, job.state, now)
            self._seen[job.id] = last
        return {number: now - seen.at for number, seen in self._seen.items()}

    def _check(self, job: Job, silent: float) -> None:
        alive = self._launcher.alive(job.worker) if job.worker else None
        if alive is False:
            reason = "Its process ended without a word: it was killed, or the machine was."
        elif alive is None and silent > SILENT:
            reason = f"Nothing was heard from its worker for {silent:.0f} seconds."
        elif alive and silent > STUCK:
            if self._waits_for_database():
                return
            assert job.worker
            self._launcher.kill(job.worker)
            reason = f"Its process did not answer for {silent:.0f} seconds."
        else:
            return
        state = self._store.jobs.interrupt(job, reason)
        if state is not None:
            log.warning("Job %d was interrupted. %s%s", job.id, reason, " It goes on." if state == "queued" else "")

    def _waits_for_database(self) -> bool:
        """Whether it takes long to be allowed to write; then beats are late, and the silence begins anew."""
        since = self._clock.monotonic()
        with self._store.database.write():
            pass
        if self._clock.monotonic() - since < 1:
            return False
        self._seen.clear()
        return True

    def _make_room(self, jobs: list[Job]) -> None:
        """Nobody's run waits until the machine has been measured."""
        at_work = [job for job in jobs if job.state in ACTIVE]
        if len(at_work) < self._places or all(job.kind == SPEED for job in jobs if job.state == "queued"):
            return
        for job in at_work:
            if job.kind == SPEED and job.worker and self._launcher.alive(job.worker):
                self._launcher.kill(job.worker)
                self._store.jobs.give_way(job)
                return

    def _prepare(self, measures: bool) -> None:
        """Have a worker held ready for who seems to be about to want a run.

        None is held beside a run: it would take memory, and nobody would begin sooner. None is made ready while the
        machine is measured: its import would spoil the figure, which is taken once.
        """
        soon = self._awaits() and not self._store.jobs.waited_for()
        if not (soon and measures):
            self._launcher.prepare(soon)

    def _start_waiting(self, ages: dict[int, float]) -> list[Job]:
        started: list[Job] = []
        while waiting := self._store.jobs.all("queued"):
            not_yet = [
                job.id
                for job in waiting
                if (job.worker and ages.get(job.id, 0.0) < FIRST_GO and self._launcher.alive(job.worker))
                or (job.kind == SPEED and ages.get(job.id, 0.0) < UNHURRIED)
            ]
            if len(not_yet) == len(waiting):
                break
            job = self._store.jobs.claim(self._places, but_not=not_yet)
            if job is None:
                break
            try:
                log_file = folder(job.id) / "worker.log"
                worker = self._launcher.start(job.id, job.attempt, log_file, quickly=job.kind != SPEED)
            except OSError as error:
                log.exception("Job %d could not be started.", job.id)
                self._store.jobs.end(job, "failed", reason=f"Its process could not be started: {error.strerror}.")
                continue
            self._store.jobs.started(job, worker)
            started.append(job)
        return started
