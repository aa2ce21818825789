"""The state machine of jobs: each way from one state to the next, as a part of the caller's transaction."""

from typing import Any, cast, get_args

import sqlalchemy as sa

from digitlab.clock import Clock
from digitlab.errors import InputError
from digitlab.store import turns
from digitlab.store.pools import DEFAULT
from digitlab.store.records import (
    ACTIVE,
    ENDED,
    NEXT,
    NORMAL,
    STATES,
    CommandKind,
    Job,
    JobState,
    SentCommand,
    SupersededError,
)
from digitlab.store.rights import Person
from digitlab.store.tables import commands, jobs, numbers
from digitlab.words import Message, message

# After all that are there. Two that come in the same moment may get the same turn; then their numbers decide.
_turns = jobs.alias()
_LAST = sa.select(sa.func.coalesce(sa.func.max(_turns.c.turn), 0) + 1).scalar_subquery()


class Transitions:
    """What can happen to a job. Every method takes the connection of a transaction that writes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now()

    def find(self, connection: sa.Connection, job: int, lock: bool = True) -> Job:
        """One job; `lock`: no other transaction changes the job before this one ends.

        Raises:
            InputError: there is none with this number.
        """
        query = sa.select(jobs).where(jobs.c.id == job)
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise InputError(
                message(
                    "There is no run or job number {job}; the Runs page and `python -m digitlab runs` list all.",
                    job=str(job),
                )
            )
        return as_job(row)

    def sent(self, connection: sa.Connection, job: int) -> list[SentCommand]:
        """Every command that was sent to a job, in order."""
        query = sa.select(*[commands.c[name] for name in SentCommand.__annotations__]).where(commands.c.job == job)
        return [SentCommand(*row) for row in connection.execute(query.order_by(commands.c.id))]

    # --- into the queue and out of it ---

    def insert(
        self,
        connection: sa.Connection,
        person: Person,
        kind: str,
        spec: dict[str, Any],
        *,
        claimed: bool = False,
        priority: int = NORMAL,
        preemptible: bool = False,
        pool: str = DEFAULT,
    ) -> Job:
        """A new job, the person's, at the end of the queue, or, `claimed`, the caller's at once."""
        now = self.now()
        values: dict[str, Any] = {"kind": kind, "state": "queued", "spec": spec, "created_at": now, "queued_at": now}
        values |= {"priority": priority, "preemptible": preemptible, "turn": _LAST, "pool": pool}
        values |= {"owner": person.browser, "address": person.address, "classroom": person.classroom}
        (job,) = connection.execute(sa.insert(jobs).values(values)).inserted_primary_key or (0,)
        if claimed:
            self.one_at_a_time(connection)
            return self.claim(connection, job)
        return self.find(connection, job)

    def queue(self, connection: sa.Connection, job: int, **values: Any) -> None:
        """Back to the end of the queue, because a person says so."""
        again = {"queued_at": self.now(), "turn": _LAST, "ended_at": None, "reason": None, "resumed_by_itself": False}
        self.move(connection, job, "queued", **again, **values)

    def one_at_a_time(self, connection: sa.Connection) -> None:
        """Wait for all other claims: the first statement of each."""
        count = sa.update(numbers).where(numbers.c.name == "claims").values(value=numbers.c.value + 1)
        connection.execute(count)

    def claim(self, connection: sa.Connection, job: int) -> Job:
        """Take a queued job for a new attempt."""
        started = {"started_at": sa.func.coalesce(jobs.c.started_at, self.now()), "worker": None, "node": None}
        started |= {"reason": None}  # why it was interrupted is over with that
        turns.serve(connection, job)
        self.move(connection, job, "starting", attempt=jobs.c.attempt + 1, **started)
        return self.find(connection, job)

    # --- what a person asks of it ---

    def resume(self, connection: sa.Connection, found: Job) -> None:
        """Let a job go on.

        Raises:
            InputError: it is not paused, interrupted or failed.
        """
        if found.state == "pausing":
            self.withdraw(connection, found.id, "pause")
            self.move(connection, found.id, "running")
        elif found.state in ("paused", "interrupted", "failed"):
            self.withdraw(connection, found.id, "pause")
            self.withdraw(connection, found.id, "stop")
            self.queue(connection, found.id)
        elif found.state not in ("queued", *ACTIVE):
            raise InputError(
                message("Job {job} is {state} and cannot be resumed.", job=str(found.id), state=STATES[found.state])
            )

    def stop(self, connection: sa.Connection, found: Job) -> None:
        """End a job early.

        Raises:
            InputError: it has ended.
        """
        if found.state in ENDED:
            raise InputError(
                message("Job {job} is {state} and cannot be stopped.", job=str(found.id), state=STATES[found.state])
            )
        if found.state in ACTIVE:
            if found.state != "stopping":
                self.withdraw(connection, found.id, "pause")
                self.move(connection, found.id, "stopping")
                self.send(connection, found.id, "stop")
        elif not found.beats:
            self.move(connection, found.id, "stopped", ended_at=self.now())
        else:
            self.withdraw(connection, found.id, "stop")
            self.send(connection, found.id, "stop")
            if found.state != "queued":
                self.queue(connection, found.id)

    def send(self, connection: sa.Connection, job: int, kind: CommandKind, value: float | None = None) -> None:
        """Tell it something that its worker takes after a step."""
        values = {"job": job, "kind": kind, "value": value, "sent_at": self.now()}
        connection.execute(sa.insert(commands).values(values))

    def withdraw(self, connection: sa.Connection, job: int, kind: CommandKind) -> None:
        """Take back commands that no worker has taken yet."""
        waiting = (commands.c.job == job) & (commands.c.kind == kind) & commands.c.taken_at.is_(None)
        connection.execute(sa.delete(commands).where(waiting))

    # --- what its worker says, and what becomes of a job whose worker is gone ---

    def beat(self, connection: sa.Connection, job: Job, **values: Any) -> None:
        """A sign of life, and the first statement of everything that a worker writes.

        Raises:
            SupersededError: the job is not this worker's any more, and nothing of this transaction may be written.
        """
        update = sa.update(jobs).where(attempt(job)).values(beats=jobs.c.beats + 1, beat_at=self.now(), **values)
        if not connection.execute(update).rowcount:
            raise SupersededError

    def take(self, connection: sa.Connection, command: int, step: int) -> None:
        """Note the step after which a command took effect."""
        values = {"step": step, "taken_at": self.now()}
        connection.execute(sa.update(commands).where(commands.c.id == command).values(values))

    def conclude(
        self,
        connection: sa.Connection,
        job: Job,
        state: JobState,
        reason: Message | None = None,
        result: dict[str, Any] | None = None,
    ) -> None:
        """A worker's job is over.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        self.beat(connection, job)
        for kind in get_args(CommandKind):  # a command that was not taken is not meant for a later attempt
            self.withdraw(connection, job.id, kind)
        ended = {"ended_at": self.now(), "worker": None, "reason": reason, "result": result}
        self.move(connection, job.id, state, **ended)

    def interrupt(self, connection: sa.Connection, found: Job, reason: Message, *, blameless: bool = False) -> JobState:
        """Its worker is gone: it is queued again if that is the first time, or not its own; returns its state now."""
        self.move(connection, found.id, "interrupted", reason=reason, worker=None)
        if found.resumed_by_itself and not blameless:
            return "interrupted"
        self.move(connection, found.id, "queued", resumed_by_itself=found.resumed_by_itself or not blameless)
        return "queued"

    def rest(self, connection: sa.Connection, job: int, reason: Message) -> None:
        """It cannot go on for a while: it waits for a person."""
        self.withdraw(connection, job, "pause")
        self.move(connection, job, "interrupted", reason=reason, worker=None)
        self.move(connection, job, "paused")

    def move(self, connection: sa.Connection, job: int, state: JobState, **values: Any) -> None:
        """Change a job's state along `NEXT`."""
        before = [name for name, after in NEXT.items() if state in after]
        update = sa.update(jobs).where(jobs.c.id == job, jobs.c.state.in_(before))
        if not connection.execute(update.values(state=state, **values)).rowcount:
            raise AssertionError(f"job {job} cannot become {state}")


def attempt(job: Job) -> sa.ColumnElement[bool]:
    """The job's row, as long as this attempt is the newest."""
    return (jobs.c.id == job.id) & (jobs.c.attempt == job.attempt)


def as_job(row: sa.Row[Any]) -> Job:
    """A row of the table as a value."""
    return Job(**cast("dict[str, Any]", row._mapping))
