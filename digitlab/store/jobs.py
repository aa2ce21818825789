"""Jobs: submitting, claiming and ending them, and the commands that people send."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from digitlab.errors import InputError
from digitlab.store import turns
from digitlab.store.database import Database
from digitlab.store.pools import DEFAULT
from digitlab.store.records import ACTIVE, ENDED, NORMAL, STATES, TRAINING, Job, JobState, SentCommand
from digitlab.store.rights import Person, check
from digitlab.store.tables import jobs
from digitlab.store.transitions import Transitions, as_job, attempt
from digitlab.words import Message, message


class Jobs:
    """All jobs. Every method is one transaction; one that would change nothing finds that out in one that reads."""

    def __init__(self, database: Database, transitions: Transitions) -> None:
        self._database = database
        self._transitions = transitions

    # --- reading ---

    def get(self, job: int) -> Job:
        """One job.

        Raises:
            InputError: there is none with this number.
        """
        with self._database.read() as connection:
            return self._transitions.find(connection, job, lock=False)

    def all(self, *states: JobState, pool: str | None = None) -> list[Job]:
        """The jobs in these states, or all, in the order of the queue; of one pool, or of all."""
        query = sa.select(jobs).order_by(*turns.ORDER)
        if states:
            query = query.where(jobs.c.state.in_(states))
        if pool is not None:
            query = query.where(jobs.c.pool == pool)
        with self._database.read() as connection:
            return [as_job(row) for row in connection.execute(query)]

    def commands(self, job: int) -> list[SentCommand]:
        """Every command that was sent to the job, in order."""
        with self._database.read() as connection:
            return self._transitions.sent(connection, job)

    def newest(self, kind: str, spec: dict[str, Any]) -> Job | None:
        """The newest job of this kind with this very spec."""
        with self._database.read() as connection:
            return self._newest(connection, kind, spec)

    # --- what people do ---

    def submit(
        self,
        person: Person,
        kind: str,
        spec: dict[str, Any],
        *,
        claimed: bool = False,
        priority: int = NORMAL,
        preemptible: bool = False,
    ) -> Job:
        """Put a job into the queue, or, `claimed`, start it at once whatever else is running.

        Args:
            priority: all jobs with a higher one come before it.
            preemptible: whether it gives its slot away to a job with a higher priority, and starts again later.
        """
        with self._database.write() as connection:
            return self._transitions.insert(
                connection, person, kind, spec, claimed=claimed, priority=priority, preemptible=preemptible
            )

    def submit_once(
        self,
        person: Person,
        kind: str,
        spec: dict[str, Any],
        *,
        priority: int = NORMAL,
        preemptible: bool = False,
        pool: str = DEFAULT,
    ) -> Job:
        """Put a job into the queue, unless one of this kind with this very spec has not ended yet: then that one."""
        with self._database.write() as connection:
            self._transitions.one_at_a_time(connection)
            found = self._newest(connection, kind, spec)
            if found is not None and found.state in ("paused", "interrupted"):
                self._transitions.queue(connection, found.id)
            if found is not None and found.state not in ENDED:
                return self._transitions.find(connection, found.id)
            return self._transitions.insert(
                connection, person, kind, spec, priority=priority, preemptible=preemptible, pool=pool
            )

    def forget_ended(self, kind: str, keep: int) -> list[int]:
        """Delete all ended jobs of a kind but the newest `keep`; returns their numbers."""
        with self._database.write() as connection:
            query = sa.select(jobs.c.id).where(jobs.c.kind == kind, jobs.c.state.in_(ENDED))
            old = list(connection.scalars(query.order_by(jobs.c.id.desc()).offset(keep)))
            if old:
                connection.execute(sa.delete(jobs).where(jobs.c.id.in_(old)))
            return old

    def pause(self, person: Person, job: int) -> None:
        """Let a job write a checkpoint and wait; one that has not begun waits where it is.

        Raises:
            InputError: it is not queued or running, or this person may not.
        """
        with self._database.write() as connection:
            found = self._transitions.find(connection, job)
            check(person, "pause", found.thing)
            state = found.state
            if state == "queued":
                self._transitions.move(connection, job, "paused")
            elif found.kind != TRAINING:
                raise InputError(message("Job {job} cannot be paused; only training runs can.", job=str(job)))
            elif state in ("starting", "running"):
                self._transitions.move(connection, job, "pausing")
                self._transitions.send(connection, job, "pause")
            elif state not in ("pausing", "paused"):
                raise InputError(
                    message(
                        "Job {job} is {state}; only queued and running jobs can be paused.",
                        job=str(job),
                        state=STATES[state],
                    )
                )

    def resume(self, person: Person, job: int) -> None:
        """Let a job go on: at the end of the queue, or at once where it has not quite paused yet.

        Raises:
            InputError: it is not paused, interrupted or failed, or this person may not.
        """
        with self._database.write() as connection:
            found = self._transitions.find(connection, job)
            check(person, "pause", found.thing)
            self._transitions.resume(connection, found)

    def stop(self, person: Person, job: int) -> None:
        """End a job early; a training run keeps its weights.

        What has not begun ends here. What has begun but has no worker is queued once more, to put its result in order.

        Raises:
            InputError: it has ended, or this person may not.
        """
        with self._database.write() as connection:
            found = self._transitions.find(connection, job)
            check(person, "stop", found.thing)
            self._transitions.stop(connection, found)

    def put_first(self, person: Person, job: int) -> None:
        """Have a waiting job come before all others of its priority: its class's teacher says so.

        Raises:
            InputError: it does not wait, or this person may not.
        """
        with self._database.write() as connection:
            found = self._transitions.find(connection, job)
            check(person, "reorder", found.thing)
            if found.state != "queued":
                raise InputError(message("Run {job} does not wait.", job=str(job)))
            highest = sa.select(sa.func.max(jobs.c.preferred)).where(jobs.c.state == "queued").scalar_subquery()
            connection.execute(sa.update(jobs).where(jobs.c.id == job).values(preferred=highest + 1))

    def set_rate(self, person: Person, job: int, rate: float) -> None:
        """Have a training run take another learning rate, checked by the caller, from its next step on.

        Raises:
            InputError: it has ended or is about to, or this person may not.
        """
        with self._database.write() as connection:
            found = self._transitions.find(connection, job)
            check(person, "change", found.thing)
            state = found.state
            if state in (*ENDED, "interrupted", "stopping"):
                raise InputError(
                    message(
                        "Run {run} is {state}, so its learning rate cannot be changed.",
                        run=str(job),
                        state=STATES[state],
                    )
                )
            self._transitions.send(connection, job, "set-rate", rate)

    # --- what the supervisor does ---

    def claim(
        self, slots: int, *, but_not: Collection[int] = (), only: int | None = None, pool: str = DEFAULT
    ) -> Job | None:
        """Take the first job of a pool's queue, if fewer than `slots` are at work there; no two callers get the same.

        Args:
            but_not: jobs to leave to others.
            only: take this job or none.
        """
        with self._database.read() as connection:  # a supervisor asks again and again; most often no slot is free
            if self._all_slots_taken(connection, slots, pool):
                return None
        with self._database.write() as connection:
            self._transitions.one_at_a_time(connection)
            if self._all_slots_taken(connection, slots, pool):
                return None
            waits = (jobs.c.state == "queued") & (jobs.c.pool == pool)
            query = sa.select(jobs.c.id).where(waits, jobs.c.id.not_in(but_not), turns.may_begin())
            first = connection.scalar(query.order_by(*turns.ORDER).limit(1))
            if first is None or only not in (None, first):
                return None
            return self._transitions.claim(connection, first)

    def claim_this(self, job: int) -> Job | None:
        """Take this job if it is queued, whatever else is running: for a worker that a person starts by hand."""
        with self._database.write() as connection:
            self._transitions.one_at_a_time(connection)
            if self._transitions.find(connection, job).state != "queued":
                return None
            return self._transitions.claim(connection, job)

    def started(self, job: Job, worker: str, node: str | None = None) -> None:
        """Note where a claimed job's worker is, and on which machine where that is known."""
        with self._database.write() as connection:
            still = attempt(job) & jobs.c.state.in_(ACTIVE)
            values = {"worker": worker} if node is None else {"worker": worker, "node": node}
            connection.execute(sa.update(jobs).where(still).values(values))

    def interrupt(self, job: Job, reason: Message, *, pauses: bool = False, blameless: bool = False) -> JobState | None:
        """A job's worker is gone: it is interrupted, and queued again, before all others, if that is the first time.

        Args:
            job: as it was seen; if its worker has written since, nothing happens.
            reason: why, a sentence.
            pauses: whether it waits for a person instead, unless it was to stop.
            blameless: whether the machine was lost, so that it is queued again however often that happens.

        Returns:
            the job's state now; None if nothing happened.
        """
        with self._database.write() as connection:
            found = self._transitions.find(connection, job.id)
            if (found.attempt, found.beats) != (job.attempt, job.beats) or found.state not in ACTIVE:
                return None
            if pauses and found.state != "stopping":
                self._transitions.rest(connection, job.id, reason)
                return "paused"
            return self._transitions.interrupt(connection, found, reason, blameless=blameless)

    def give_way(self, job: Job) -> None:
        """A job whose worker was ended to make room waits again, as if it had not begun."""
        with self._database.write() as connection:
            found = self._transitions.find(connection, job.id)
            if found.attempt == job.attempt and found.state in ("starting", "running"):
                self._transitions.move(connection, job.id, "interrupted", worker=None)
                self._transitions.move(connection, job.id, "queued", reason=None)

    # --- what workers do ---

    def begin(self, job: Job) -> None:
        """A worker has its job in hand: it is running, or already on the way to where a person wants it.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.beat(connection, job)
            if self._transitions.find(connection, job.id).state == "starting":
                waiting = {sent.kind for sent in self._transitions.sent(connection, job.id) if sent.taken_at is None}
                state: JobState = "stopping" if "stop" in waiting else "pausing" if "pause" in waiting else "running"
                self._transitions.move(connection, job.id, state)

    def paused(self, job: Job, command: int, step: int) -> bool:
        """A worker has come to rest after a step, its checkpoint written; says whether that is still wanted.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.beat(connection, job)
            if self._transitions.find(connection, job.id).state != "pausing":
                return False
            self._transitions.take(connection, command, step)
            self._transitions.move(connection, job.id, "paused")
            return True

    def end(
        self, job: Job, state: JobState, *, reason: Message | None = None, result: dict[str, Any] | None = None
    ) -> None:
        """A worker's job is over, or (interrupted) left to another worker.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.conclude(connection, job, state, reason, result)

    def leave(self, job: Job, reason: Message, *, pauses: bool = False) -> None:
        """A worker must end before its job is done: the job is interrupted as if the worker had died.

        Args:
            pauses: whether it waits for a person instead, unless it was to stop.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.beat(connection, job)
            found = self._transitions.find(connection, job.id)
            if pauses and found.state != "stopping":
                self._transitions.rest(connection, job.id, reason)
            else:
                self._transitions.interrupt(connection, found, reason)

    def _newest(self, connection: sa.Connection, kind: str, spec: dict[str, Any]) -> Job | None:
        query = sa.select(jobs).where(jobs.c.kind == kind).order_by(jobs.c.id.desc())
        return next((job for job in map(as_job, connection.execute(query)) if job.spec == spec), None)

    def _all_slots_taken(self, connection: sa.Connection, slots: int, pool: str) -> bool:
        at_work = connection.scalar(sa.select(sa.func.count()).where(jobs.c.state.in_(ACTIVE), jobs.c.pool == pool))
        return (at_work or 0) >= slots
