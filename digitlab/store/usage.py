"""How much of the machine somebody has: counted in the transaction that is to give them more."""

from collections.abc import Callable

import sqlalchemy as sa

from digitlab.store.database import Database
from digitlab.store.records import ENDED, Usage, Used
from digitlab.store.rights import Person
from digitlab.store.tables import checkpoints, jobs, numbers, runs, starts
from digitlab.store.transitions import Transitions

DAY = 86_400.0  # seconds

Allow = Callable[[Used], None]
"""Raises an InputError where that is too much already."""


class Usages:
    """What people have. Every method is one transaction."""

    def __init__(self, database: Database, transitions: Transitions) -> None:
        self._database = database
        self._transitions = transitions

    def of(self, person: Person) -> Used:
        """What a person has now."""
        with self._database.read() as connection:
            return _used(connection, person, self._transitions.now())


def admit(connection: sa.Connection, person: Person, allow: Allow, runs: int, now: float) -> None:
    """Let a person have more runs unless `allow` refuses; the server's operator is not counted.

    It comes first in the caller's transaction: other counts wait until that ends.
    """
    if person.operator:
        return
    connection.execute(sa.update(numbers).where(numbers.c.name == "starts").values(value=numbers.c.value + 1))
    allow(_used(connection, person, now))
    connection.execute(sa.delete(starts).where(starts.c.at < now - DAY))
    values = {"owner": person.browser, "address": person.address, "runs": runs, "at": now}
    connection.execute(sa.insert(starts).values(values))


def _used(connection: sa.Connection, person: Person, now: float) -> Used:
    """Those of one address who keep no cookie are one person."""

    def mine(table: sa.Table) -> sa.ColumnElement[bool]:
        own = table.c.owner.is_not_distinct_from(person.browser)
        return own & (table.c.address == person.address) if person.browser is None else own

    def from_there(table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.address == person.address if person.address is not None else mine(table)

    return Used(*(_usage(connection, which(jobs), which(starts), now) for which in (mine, from_there)))


def _usage(
    connection: sa.Connection, of_jobs: sa.ColumnElement[bool], of_starts: sa.ColumnElement[bool], now: float
) -> Usage:
    unfinished = jobs.c.state.not_in(ENDED)
    own_runs = runs.join(jobs, runs.c.job == jobs.c.id)
    kept = checkpoints.join(jobs, checkpoints.c.job == jobs.c.id)
    today = sa.select(sa.func.sum(starts.c.runs)).where(of_starts, starts.c.at > now - DAY)
    promised = sa.select(sa.func.sum(runs.c.checkpoint_bytes)).select_from(own_runs).where(of_jobs, unfinished)
    stored = sa.select(sa.func.sum(checkpoints.c.size)).select_from(kept).where(of_jobs, ~unfinished)
    waiting = sa.select(sa.func.count()).select_from(own_runs).where(of_jobs, unfinished)
    found = [float(connection.scalar(query) or 0) for query in (waiting, today, promised, stored)]
    return Usage(int(found[0]), int(found[1]), found[2] + found[3])
