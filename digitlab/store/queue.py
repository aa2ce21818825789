"""The queue as it is seen: what is at work, what waits, and what comes before what."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from digitlab.clock import Clock
from digitlab.store import turns
from digitlab.store.database import Database
from digitlab.store.pools import DEFAULT
from digitlab.store.records import ACTIVE, ENDED, NORMAL, Job, JobState
from digitlab.store.rights import Person, Thing, may
from digitlab.store.tables import jobs, runs
from digitlab.store.transitions import as_job
from digitlab.words import Message

_LOOKED_AHEAD = 500  # jobs for which it is worked out when one should start
_SEEN: tuple[JobState, ...] = (*ACTIVE, "queued", "paused")


@dataclass(frozen=True)
class Row:
    """A job as the queue's display has it; `title` is the run's, where it trains and the person may see it."""

    id: int
    kind: str
    state: JobState
    done: float
    total: float | None
    title: Message | None

    @property
    def name(self) -> str:
        """The title in the reader's language."""
        return str(self.title or "")


@dataclass(frozen=True)
class Glance:
    """The first rows of what is at work, waits or is paused, in this order.

    Attributes:
        rows: those that are shown.
        count: how many there are.
        ahead: how many of them would be at work or come before a job that came now.
    """

    rows: list[Row]
    count: int
    ahead: int


@dataclass(frozen=True)
class Left:
    """What a job still needs.

    Attributes:
        expected: seconds that all of it should take, as was thought when it was put into the queue; None: unknown.
        share: of it that is left, 0..1.
        worked: seconds since its first and only worker began; None for a job that waits or had several.
    """

    job: int
    expected: float | None
    share: float
    worked: float | None


class Queue:
    """What waits and what is at work. Every method reads, in one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def counts(self) -> dict[tuple[str, str], int]:
        """How many jobs there are, by pool and state."""
        query = sa.select(jobs.c.pool, jobs.c.state, sa.func.count()).group_by(jobs.c.pool, jobs.c.state)
        with self._database.read() as connection:
            return {(pool, state): count for pool, state, count in connection.execute(query)}

    def first(self, count: int, pool: str = DEFAULT) -> list[Job]:
        """The first jobs of a pool's queue, at most so many."""
        waits = (jobs.c.state == "queued") & (jobs.c.pool == pool)
        ids = sa.select(jobs.c.id).where(waits).order_by(*turns.ORDER).limit(count)
        with self._database.read() as connection:
            return [as_job(row) for row in _by_number(connection, ids, sa.select(jobs))]

    def ahead(self) -> tuple[int, int]:
        """How many jobs are at work, and how many wait, that do not yield to one that came now."""
        with self._database.read() as connection:
            return _ahead(connection)

    def glance(self, person: Person, count: int) -> Glance:
        """The queue as a person sees it: what is at work, what waits and what is paused, of all the first `count`."""
        order = sa.case((jobs.c.state == "queued", 1), (jobs.c.state == "paused", 2), else_=0)
        columns = [jobs.c[name] for name in ("id", "kind", "state", "done", "total", "owner", "classroom", "shared")]
        query: sa.Select[Any] = sa.select(*columns, runs.c.name)
        query = query.outerjoin(runs, runs.c.job == jobs.c.id)
        ids = sa.select(jobs.c.id).where(jobs.c.state.in_(_SEEN)).order_by(order, *turns.ORDER).limit(count)
        of_all = sa.select(sa.func.count()).where(jobs.c.state.in_(_SEEN))
        with self._database.read() as connection:
            rows = [_row(person, row) for row in _by_number(connection, ids, query)]
            return Glance(rows, connection.scalar(of_all) or 0, sum(_ahead(connection)))

    def before(self, job: Job) -> int:
        """How many jobs are at work or stand in the queue before this one, and do not yield to it."""
        yields = jobs.c.preemptible & (jobs.c.priority < job.priority)
        at_work = sa.select(sa.func.count()).where(jobs.c.state.in_(ACTIVE), ~yields, jobs.c.id != job.id)
        waiting = sa.select(jobs.c.id).where((jobs.c.state == "queued") | (jobs.c.id == job.id))
        with self._database.read() as connection:
            in_order = list(connection.scalars(waiting.order_by(*turns.ORDER)))
            place = in_order.index(job.id) if job.id in in_order else 0
            return (connection.scalar(at_work) or 0) + (0 if job.state in ACTIVE else place)

    def left(self, pool: str = DEFAULT) -> list[Left]:
        """What the jobs of a pool still need that make no room for a run: at work, then the first that wait."""
        stays = ~(jobs.c.preemptible & (jobs.c.priority < NORMAL)) & (jobs.c.pool == pool)
        here = stays & jobs.c.state.in_((*ACTIVE, "queued"))
        order = sa.case((jobs.c.state == "queued", 1), else_=0)
        ids = sa.select(jobs.c.id).where(here).order_by(order, *turns.ORDER).limit(_LOOKED_AHEAD)
        query: sa.Select[Any] = sa.select(
            *[jobs.c[name] for name in ("id", "state", "done", "total", "attempt", "started_at")],
            runs.c.expected_seconds,
        ).outerjoin(runs, runs.c.job == jobs.c.id)
        with self._database.read() as connection:
            rows = _by_number(connection, ids, query)
        now = self._clock.now()
        return [
            Left(
                row.id,
                row.expected_seconds,
                1 - min(1.0, row.done / row.total) if row.total else 1.0,
                max(0.0, now - row.started_at) if row.state in ACTIVE and row.attempt == 1 else None,
            )
            for row in rows
        ]

    def of_class(self, classroom: int) -> list[Job]:
        """A class's jobs that have not ended, in the order of the queue."""
        mine = (jobs.c.classroom == classroom) & jobs.c.state.not_in(ENDED)
        with self._database.read() as connection:
            return [as_job(row) for row in connection.execute(sa.select(jobs).where(mine).order_by(*turns.ORDER))]


def _by_number(connection: sa.Connection, ids: sa.Select[tuple[int]], query: sa.Select[Any]) -> list[sa.Row[Any]]:
    """The rows of these jobs, in this order: a long queue is put in order by its numbers alone, not by whole rows."""
    numbers = list(connection.scalars(ids))
    rows = {row.id: row for row in connection.execute(query.where(jobs.c.id.in_(numbers)))}
    return [rows[number] for number in numbers]


def _row(person: Person, row: sa.Row[Any]) -> Row:
    title = row.name if may(person, "see", Thing("run", row.owner, row.classroom, row.shared)) else None
    return Row(row.id, row.kind, row.state, row.done, row.total, title)


def _ahead(connection: sa.Connection) -> tuple[int, int]:
    """Jobs at work, and waiting, that would not yield to a usual one that came now."""
    at_work = jobs.c.state.in_(ACTIVE) & ~(jobs.c.preemptible & (jobs.c.priority < NORMAL))
    waiting = (jobs.c.state == "queued") & (jobs.c.priority >= NORMAL)
    counts = [connection.scalar(sa.select(sa.func.count()).where(which)) or 0 for which in (at_work, waiting)]
    return counts[0], counts[1]
