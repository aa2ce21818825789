"""The queue and the state machine: who waits, who works, and what people tell the jobs."""

from collections.abc import Collection
from typing import Any, cast, get_args

import sqlalchemy as sa

from digitlab.clock import Clock
from digitlab.errors import InputError
from digitlab.store.database import Database
from digitlab.store.records import (
    ACTIVE,
    ENDED,
    NEXT,
    SPEED,
    TRAINING,
    CommandKind,
    Job,
    JobState,
    SentCommand,
    SupersededError,
)
from digitlab.store.tables import commands, jobs, numbers


class Jobs:
    """All jobs. Every method is one transaction, but those that take a connection, which are a part of the caller's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now()

    # --- reading ---

    def get(self, job: int) -> Job:
        """One job.

        Raises:
            InputError: there is none with this number.
        """
        with self._database.read() as connection:
            return self.find(connection, job, lock=False)

    def all(self, *states: JobState) -> list[Job]:
        """The jobs in these states, or all, in the order of the queue."""
        query = sa.select(jobs).order_by(jobs.c.queued_at, jobs.c.id)
        if states:
            query = query.where(jobs.c.state.in_(states))
        with self._database.read() as connection:
            return [_job(row) for row in connection.execute(query)]

    def commands(self, job: int) -> list[SentCommand]:
        """Everything that the job was told, in order."""
        with self._database.read() as connection:
            return self.sent(connection, job)

    def newest(self, kind: str, spec: dict[str, Any]) -> Job | None:
        """The newest job of this kind with this very spec."""
        with self._database.read() as connection:
            return self._newest(connection, kind, spec)

    def waited_for(self) -> list[Job]:
        """What a job that came now may have to wait for: all that queues or works and does not give its place away."""
        return [job for job in self.all("queued", *ACTIVE) if job.kind != SPEED]

    def before(self, job: Job) -> int:
        """How many jobs are at work or stand in the queue before this one."""
        first = (jobs.c.queued_at < job.queued_at) | ((jobs.c.queued_at == job.queued_at) & (jobs.c.id < job.id))
        ahead = jobs.c.state.in_(ACTIVE) | ((jobs.c.state == "queued") & first)
        others = (jobs.c.kind != SPEED) & (jobs.c.id != job.id)
        with self._database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).where(ahead, others)) or 0

    # --- what people do ---

    def submit(self, kind: str, spec: dict[str, Any], *, claimed: bool = False) -> Job:
        """Put a job into the queue, or, `claimed`, start it at once whatever else is running."""
        with self._database.write() as connection:
            return self.insert(connection, kind, spec, claimed)

    def submit_once(self, kind: str, spec: dict[str, Any]) -> Job:
        """Put a job into the queue, unless one of this kind with this very spec has not ended yet: then that one."""
        with self._database.write() as connection:
            self._one_at_a_time(connection)
            found = self._newest(connection, kind, spec)
            if found is not None and found.state in ("paused", "interrupted"):
                self.queue(connection, found.id)
            if found is not None and found.state not in ENDED:
                return self.find(connection, found.id)
            return self.insert(connection, kind, spec, claimed=False)

    def forget_ended(self, kind: str, keep: int) -> list[int]:
        """Delete all ended jobs of a kind but the newest `keep`; returns their numbers."""
        with self._database.write() as connection:
            query = sa.select(jobs.c.id).where(jobs.c.kind == kind, jobs.c.state.in_(ENDED))
            old = list(connection.scalars(query.order_by(jobs.c.id.desc()).offset(keep)))
            if old:
                connection.execute(sa.delete(jobs).where(jobs.c.id.in_(old)))
            return old

    def pause(self, job: int) -> None:
        """Let a job write a checkpoint and wait; one that has not begun waits where it is.

        Raises:
            InputError: it is not queued or running.
        """
        with self._database.write() as connection:
            found = self.find(connection, job)
            state = found.state
            if state == "queued":
                self.move(connection, job, "paused")
            elif found.kind != TRAINING:
                raise InputError(f"Number {job} cannot be paused; only training runs can.")
            elif state in ("starting", "running"):
                self.move(connection, job, "pausing")
                self._send(connection, job, "pause")
            elif state not in ("pausing", "paused"):
                raise InputError(f"Number {job} is {state}; only what is queued or running can be paused.")

    def resume(self, job: int) -> None:
        """Let a job go on: at the end of the queue, or at once where it has not quite paused yet.

        Raises:
            InputError: it is not paused, interrupted or failed.
        """
        with self._database.write() as connection:
            state = self.find(connection, job).state
            if state == "pausing":
                self._withdraw(connection, job, "pause")
                self.move(connection, job, "running")
            elif state in ("paused", "interrupted", "failed"):
                self._withdraw(connection, job, "pause")
                self._withdraw(connection, job, "stop")
                self.queue(connection, job)
            elif state not in ("queued", *ACTIVE):
                raise InputError(f"Number {job} is {state}; it cannot be resumed.")

    def stop(self, job: int) -> None:
        """End a job early; a training run keeps its weights.

        What has not begun ends here. What has begun but has no worker is queued once more, to put its result in order.

        Raises:
            InputError: it has ended.
        """
        with self._database.write() as connection:
            found = self.find(connection, job)
            if found.state in ("queued", "paused", "interrupted") and not found.beats:
                self.move(connection, job, "stopped", ended_at=self._clock.now())
            elif found.state in ACTIVE:
                if found.state != "stopping":
                    self._withdraw(connection, job, "pause")
                    self.move(connection, job, "stopping")
                    self._send(connection, job, "stop")
            elif found.state in ("queued", "paused", "interrupted"):
                self._withdraw(connection, job, "stop")
                self._send(connection, job, "stop")
                if found.state != "queued":
                    self.queue(connection, job)
            else:
                raise InputError(f"Number {job} is {found.state}; it cannot be stopped.")

    def set_rate(self, job: int, rate: float) -> None:
        """Have a training run take another learning rate, checked by the caller, from its next step on.

        Raises:
            InputError: it has ended or is about to.
        """
        with self._database.write() as connection:
            state = self.find(connection, job).state
            if state in (*ENDED, "interrupted", "stopping"):
                raise InputError(f"Number {job} is {state}; its learning rate cannot be changed.")
            self._send(connection, job, "set-rate", rate)

    # --- what the supervisor does ---

    def claim(self, places: int, *, but_not: Collection[int] = (), only: int | None = None) -> Job | None:
        """Take the first job of the queue, if fewer than `places` jobs are at work; no two callers get the same one.

        Args:
            but_not: jobs to leave to somebody else.
            only: take this job or none.
        """
        with self._database.write() as connection:
            self._one_at_a_time(connection)
            at_work = connection.scalar(sa.select(sa.func.count()).where(jobs.c.state.in_(ACTIVE)))
            if at_work is None or at_work >= places:
                return None
            query = sa.select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.id.not_in(but_not))
            last = sa.case((jobs.c.kind == SPEED, 1), else_=0)
            first = connection.scalar(query.order_by(last, jobs.c.queued_at, jobs.c.id).limit(1))
            if first is None or only not in (None, first):
                return None
            return self._take(connection, first)

    def claim_this(self, job: int) -> Job | None:
        """Take this job if it is queued, whatever else is running: for a worker that a person starts by hand."""
        with self._database.write() as connection:
            self._one_at_a_time(connection)
            if self.find(connection, job).state != "queued":
                return None
            return self._take(connection, job)

    def started(self, job: Job, worker: str) -> None:
        """Note where a claimed job's worker is."""
        with self._database.write() as connection:
            still = _attempt(job) & jobs.c.state.in_(ACTIVE)
            connection.execute(sa.update(jobs).where(still).values(worker=worker))

    def interrupt(self, job: Job, reason: str) -> JobState | None:
        """A job's worker is gone: it is interrupted, and queued again, before all others, if that is the first time.

        Args:
            job: as it was seen; if its worker has written since, nothing happens.

        Returns:
            the job's state now; None if nothing happened.
        """
        with self._database.write() as connection:
            found = self.find(connection, job.id)
            if (found.attempt, found.beats) != (job.attempt, job.beats) or found.state not in ACTIVE:
                return None
            return self._interrupted(connection, found, reason)

    def give_way(self, job: Job) -> None:
        """A job whose worker was ended to make room waits again, as if it had not begun."""
        with self._database.write() as connection:
            found = self.find(connection, job.id)
            if found.attempt == job.attempt and found.state in ("starting", "running"):
                self.move(connection, job.id, "interrupted", worker=None)
                self.move(connection, job.id, "queued", reason=None)

    # --- what workers do ---

    def beat(self, connection: sa.Connection, job: Job, **values: Any) -> None:
        """A sign of life, and the first statement of everything that a worker writes.

        Raises:
            SupersededError: the job is not this worker's any more, and nothing of this transaction may be written.
        """
        update = (
            sa.update(jobs).where(_attempt(job)).values(beats=jobs.c.beats + 1, beat_at=self._clock.now(), **values)
        )
        if not connection.execute(update).rowcount:
            raise SupersededError

    def begin(self, job: Job) -> None:
        """A worker has its job in hand: it is running, or already on the way to where a person wants it.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self.beat(connection, job)
            if self.find(connection, job.id).state == "starting":
                waiting = {sent.kind for sent in self.sent(connection, job.id) if sent.taken_at is None}
                state: JobState = "stopping" if "stop" in waiting else "pausing" if "pause" in waiting else "running"
                self.move(connection, job.id, state)

    def paused(self, job: Job, command: int, step: int) -> bool:
        """A worker has come to rest after a step, its checkpoint written; says whether that is still wanted.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self.beat(connection, job)
            if self.find(connection, job.id).state != "pausing":
                return False
            self.take(connection, command, step)
            self.move(connection, job.id, "paused")
            return True

    def end(
        self, job: Job, state: JobState, *, reason: str | None = None, result: dict[str, Any] | None = None
    ) -> None:
        """A worker's job is over, or (interrupted) left to another worker.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self.conclude(connection, job, state, reason, result)

    def leave(self, job: Job, reason: str) -> None:
        """A worker has been told to go before its job is done: the job is interrupted as if the worker had died.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self.beat(connection, job)
            self._interrupted(connection, self.find(connection, job.id), reason)

    def conclude(
        self, connection: sa.Connection, job: Job, state: JobState, reason: str | None, result: dict[str, Any] | None
    ) -> None:
        """`end` as a part of the caller's transaction."""
        self.beat(connection, job)
        for kind in get_args(CommandKind):  # what nobody took is not meant for a later attempt
            self._withdraw(connection, job.id, kind)
        ended = {"ended_at": self._clock.now(), "worker": None, "reason": reason, "result": result}
        self.move(connection, job.id, state, **ended)

    def take(self, connection: sa.Connection, command: int, step: int) -> None:
        """Note the step after which a command took effect."""
        values = {"step": step, "taken_at": self._clock.now()}
        connection.execute(sa.update(commands).where(commands.c.id == command).values(values))

    # --- parts of a transaction ---

    def find(self, connection: sa.Connection, job: int, lock: bool = True) -> Job:
        query = sa.select(jobs).where(jobs.c.id == job)
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise InputError(
                f"There is no run or job number {job}; the Runs page and `python -m digitlab runs` list all."
            )
        return _job(row)

    def sent(self, connection: sa.Connection, job: int) -> list[SentCommand]:
        query = sa.select(*[commands.c[name] for name in SentCommand.__annotations__]).where(commands.c.job == job)
        return [SentCommand(*row) for row in connection.execute(query.order_by(commands.c.id))]

    def insert(self, connection: sa.Connection, kind: str, spec: dict[str, Any], claimed: bool) -> Job:
        now = self._clock.now()
        values = {"kind": kind, "state": "queued", "spec": spec, "created_at": now, "queued_at": now}
        (job,) = connection.execute(sa.insert(jobs).values(values)).inserted_primary_key or (0,)
        if claimed:
            self._one_at_a_time(connection)
            return self._take(connection, job)
        return self.find(connection, job)

    def move(self, connection: sa.Connection, job: int, state: JobState, **values: Any) -> None:
        """Change a job's state along `NEXT`."""
        before = [name for name, after in NEXT.items() if state in after]
        update = sa.update(jobs).where(jobs.c.id == job, jobs.c.state.in_(before))
        if not connection.execute(update.values(state=state, **values)).rowcount:
            raise AssertionError(f"job {job} cannot become {state}")

    def queue(self, connection: sa.Connection, job: int, **values: Any) -> None:
        """Back to the end of the queue, because a person says so."""
        self.move(
            connection,
            job,
            "queued",
            queued_at=self._clock.now(),
            ended_at=None,
            reason=None,
            resumed_by_itself=False,
            **values,
        )

    def _newest(self, connection: sa.Connection, kind: str, spec: dict[str, Any]) -> Job | None:
        query = sa.select(jobs).where(jobs.c.kind == kind).order_by(jobs.c.id.desc())
        return next((job for job in map(_job, connection.execute(query)) if job.spec == spec), None)

    def _one_at_a_time(self, connection: sa.Connection) -> None:
        count = sa.update(numbers).where(numbers.c.name == "claims").values(value=numbers.c.value + 1)
        connection.execute(count)

    def _take(self, connection: sa.Connection, job: int) -> Job:
        now = self._clock.now()
        self.move(
            connection,
            job,
            "starting",
            attempt=jobs.c.attempt + 1,
            started_at=sa.func.coalesce(jobs.c.started_at, now),
            worker=None,
        )
        return self.find(connection, job)

    def _interrupted(self, connection: sa.Connection, job: Job, reason: str) -> JobState:
        self.move(connection, job.id, "interrupted", reason=reason, worker=None)
        if job.resumed_by_itself:
            return "interrupted"
        self.move(connection, job.id, "queued", resumed_by_itself=True)
        return "queued"

    def _send(self, connection: sa.Connection, job: int, kind: CommandKind, value: float | None = None) -> None:
        values = {"job": job, "kind": kind, "value": value, "sent_at": self._clock.now()}
        connection.execute(sa.insert(commands).values(values))

    def _withdraw(self, connection: sa.Connection, job: int, kind: CommandKind) -> None:
        """Take back commands that nobody has taken yet."""
        waiting = (commands.c.job == job) & (commands.c.kind == kind) & commands.c.taken_at.is_(None)
        connection.execute(sa.delete(commands).where(waiting))


def _attempt(job: Job) -> sa.ColumnElement[bool]:
    return (jobs.c.id == job.id) & (jobs.c.attempt == job.attempt)


def _job(row: sa.Row[Any]) -> Job:
    return Job(**cast("dict[str, Any]", row._mapping))
