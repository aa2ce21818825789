"""The supervisor: starts the next job when a slot is free and sees to those whose worker is gone.

It runs inside the server, or alone: `python -m digitlab supervise`. Any number of them may share a database; exactly
one acts for a pool, and another takes over when it ends. It keeps nothing but what it saw last: everything that matters
is in the store, and workers live without it.
"""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from digitlab.clock import Clock, SystemClock
from digitlab.errors import StoreError
from digitlab.jobs import last_words, limits, logs, settings
from digitlab.jobs.launch import Launcher, Life, LocalProcesses
from digitlab.store import Store
from digitlab.store.leading import Leading
from digitlab.store.pools import DEFAULT, Pool
from digitlab.store.records import ACTIVE, NORMAL, Job
from digitlab.words import Message, message

EVERY = 0.25  # seconds between two looks
NODES_EVERY = 3.0  # seconds between two looks at what is free
OURS = message("Runs cannot start because of an error in DigitLab; the server's log has the details.")
SILENT = 20.0  # seconds without a beat after which a worker of another machine, or an unnamed one, is taken for dead
STUCK = 60.0  # the same for a process that is there but does not beat, which is killed, and for one that is starting
UNHURRIED = 10.0  # seconds that a job of low priority is put off: who has just come may want to start a run
AHEAD = 16  # waiting jobs that are looked at, besides one for each place; the queue may be long
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
        slots: int,
        launcher: Launcher | None = None,
        clock: Clock | None = None,
        awaits: Callable[[], bool] = lambda: False,
        pool: str = DEFAULT,
        threads: int | None = None,
        takes_over: bool = True,
    ) -> None:
        """Serve a pool.

        Args:
            slots: how many jobs are at work in it at once.
            launcher: starts workers; None: as processes of this machine.
            awaits: whether somebody seems to be about to want a run.
            threads: processor threads of a job; None: this machine's share.
            takes_over: whether a pool whose workers another kind of launcher has started is served all the same.
        """
        self._store = store
        self._pool = pool
        self._threads = threads or settings.threads()
        self._said: Pool | None = None
        self._nodes_at = self._asked_at = -math.inf
        self._yields = False
        self._slots = slots
        self._launcher = launcher or LocalProcesses()
        self._clock = clock or SystemClock()
        self._awaits = awaits
        self._takes_over = takes_over
        self._seen: dict[int, _Seen] = {}
        self._stands_still: Message | None = None  # why nothing that waits is started
        self._lives: dict[str, Life] = {}

    def run(
        self,
        end: threading.Event,
        show: Callable[[Job], None] = lambda _: None,
        tell: Callable[[Message | None], None] = lambda _: None,
    ) -> None:
        """Look until `end` is set, as long as no other supervisor acts for the pool; workers go on after that.

        Args:
            end: ends it.
            show: called with every job that is started.
            tell: called after every look: with the sentence that says why the queue stands still, or with None.
        """
        with Leading(self._store.database, self._pool) as leading:
            self._run(leading, end, show, tell)
        self._launcher.prepare(False)

    def _run(
        self,
        leading: Leading,
        end: threading.Event,
        show: Callable[[Job], None],
        tell: Callable[[Message | None], None],
    ) -> None:
        known = ""
        while not end.is_set():
            try:
                if self._launcher.kind == "ray" and self._said is None:
                    self._declare()  # first: a server that acts for the pool then lets it go
                if self._may_act() and leading.held():
                    self._declare()
                    for job in self.look():
                        show(job)
                else:
                    leading.release()
                    self._stand_by()
                known = ""
                tell(self._stands_still)
            except StoreError as error:
                if str(error) != known:  # once, not four times a second
                    log.warning("%s", error)
                known = str(error)
                tell(error.message)
            except Exception as error:  # a bug must not leave the queue without a supervisor
                if repr(error) != known:
                    log.exception("The supervisor met an error.")
                known = repr(error)
                tell(OURS)
            end.wait(EVERY)

    def _may_act(self) -> bool:
        """Whether this process has the launcher of the pool; a server yields to a supervisor of a Ray cluster."""
        if self._takes_over:
            return True
        now = self._clock.monotonic()
        if now - self._asked_at >= NODES_EVERY:
            there = self._store.pools.get(self._pool)
            self._yields = there is not None and there.launcher != self._launcher.kind
            self._asked_at = now
        return not self._yields

    def _declare(self) -> None:
        """Say what the pool has, whenever that is something else."""
        now = self._clock.monotonic()
        if self._said is not None and now - self._nodes_at < NODES_EVERY:
            return
        self._nodes_at = now
        pool = Pool(self._pool, self._launcher.kind, self._slots, self._threads, self._launcher.nodes())
        if pool != self._said:
            self._store.pools.declare(pool)
            self._said = pool

    def _stand_by(self) -> None:
        """Another supervisor acts: what was seen here is old by the time it ends."""
        self._seen.clear()
        self._nodes_at = -math.inf  # said again once this one acts
        self._launcher.prepare(False)

    def look(self) -> list[Job]:
        """Look once: see to jobs whose worker is gone, start those for which there is a slot; returns the latter.

        Raises:
            StoreError: the database is locked or cannot be used; no worker is blamed for silence meanwhile.
        """
        try:
            waiting = self._store.queue.first(self._slots + AHEAD, self._pool)
            jobs = [*self._store.jobs.all(*ACTIVE, pool=self._pool), *waiting]
            ages = self._ages(jobs)
            self._lives = self._launcher.alive([job.worker for job in jobs if job.worker])
            for job in jobs:
                if job.state in ACTIVE:
                    self._check(job, ages[job.id])
            self._store.searches.advance(self._slots, self._pool)
            self._make_room(jobs)
            started = self._start_waiting(ages)
            self._prepare(beside=[job for job in [*jobs, *started] if job.state in ACTIVE])
            return started
        except StoreError:
            self._seen.clear()  # a worker that cannot write cannot beat: the silence has to begin again
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
        life = self._life(job)
        self._note_node(job)
        said = last_words.of(job) if life in ("ended", "lost") else None
        if said:
            reason = said.reason
        elif life == "ended":
            reason = message("The process ended without a word. The process was killed, or the machine was restarted.")
        elif life == "lost":
            reason = message("The machine of the worker is gone.")
        elif life == "unknown" and silent > self._patience_with(job):
            reason = message("The worker sent nothing for {seconds:.0f} seconds.", seconds=silent)
            if job.worker:
                self._launcher.kill(job.worker)  # else it may come back beside the next one, which would be refused
        elif life == "lives" and silent > STUCK:
            if self._waits_for_database():
                return
            assert job.worker
            self._launcher.kill(job.worker)
            reason = message("The process did not answer for {seconds:.0f} seconds.", seconds=silent)
        else:
            return
        if written := self._launcher.said(job):
            logs.keep(job.id, job.attempt, written)
            logs.forget_file(job.id, job.attempt)
        blameless = life == "lost" or (life == "unknown" and self._launcher.kind == "ray")
        pauses = said is not None and said.pauses
        state = self._store.jobs.interrupt(job, reason, pauses=pauses, blameless=blameless)
        if state is not None:
            log.warning(
                "Job %d was interrupted. %s%s", job.id, reason.english, " It goes on." if state == "queued" else ""
            )

    def _life(self, job: Job) -> Life:
        return self._lives.get(job.worker, "unknown") if job.worker else "unknown"

    def _patience_with(self, job: Job) -> float:
        """Seconds of silence of a worker that nobody can look at; Ray may take long to start one."""
        return STUCK if job.state == "starting" and job.worker and self._launcher.kind == "ray" else SILENT

    def _note_node(self, job: Job) -> None:
        node = self._launcher.node_of(job.worker) if job.worker else None
        if job.worker and node is not None and node != job.node:
            self._store.jobs.started(job, job.worker, node)

    def _waits_for_database(self) -> bool:
        """Whether it takes long to be allowed to write; then beats are late, and the silence begins again."""
        since = self._clock.monotonic()
        with self._store.database.write():
            pass
        if self._clock.monotonic() - since < 1:
            return False
        self._seen.clear()
        return True

    def _make_room(self, jobs: list[Job]) -> None:
        """No job waits for a preemptible job of lower priority: the lowest makes room."""
        at_work = [job for job in jobs if job.state in ACTIVE]
        waiting = max((job.priority for job in jobs if job.state == "queued"), default=None)
        if waiting is None or len(at_work) < self._slots:
            return
        for job in sorted(at_work, key=lambda job: job.priority):
            if job.yields_to(waiting) and job.worker and self._life(job) == "lives":
                self._launcher.kill(job.worker)
                self._store.jobs.give_way(job)
                return

    def _prepare(self, beside: list[Job]) -> None:
        """Have a worker held ready for who seems to be about to want a run.

        None is held beside a run: it would take memory, and no run would begin sooner. None is made ready beside a
        preemptible job: such a one may measure the machine, once, and the import would spoil the figure.
        """
        soon = self._awaits() and self._store.queue.ahead() == (0, 0)
        if not (soon and any(job.preemptible for job in beside)):
            self._launcher.prepare(soon)

    def _start_waiting(self, ages: dict[int, float]) -> list[Job]:
        started: list[Job] = []
        self._stands_still = limits.disk_is_full() if self._launcher.kind == "processes" else None
        if self._stands_still:
            return started
        while waiting := self._store.queue.first(self._slots + AHEAD, self._pool):
            not_yet = [
                job.id
                for job in waiting
                if (job.worker and ages.get(job.id, 0.0) < FIRST_GO and self._life(job) == "lives")
                or (job.priority < NORMAL and ages.get(job.id, 0.0) < UNHURRIED)
            ]
            if len(not_yet) == len(waiting):
                break
            if not self._launcher.can_start(next(job for job in waiting if job.id not in not_yet)):
                break
            job = self._store.jobs.claim(self._slots, but_not=not_yet, pool=self._pool)
            if job is None:
                break
            try:
                worker = self._launcher.start(job, quickly=job.priority >= NORMAL)
            except ConnectionError as error:
                log.warning("Job %d could not be started now: %s", job.id, error)
                self._store.jobs.give_way(job)
                break
            except OSError as error:
                log.exception("Job %d could not be started.", job.id)
                reason = message("The process could not be started: {why}.", why=error.strerror)
                self._store.jobs.end(job, "failed", reason=reason)
                continue
            self._store.jobs.started(job, worker)
            started.append(job)
        return started
