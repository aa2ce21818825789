"""Pools: where jobs are done. A pool has places, threads for each job, and what its launcher says of its nodes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from digitlab.store.database import Database, insert_new
from digitlab.store.tables import pools

DEFAULT = "default"  # where a job goes that names no other

LauncherKind = Literal["processes", "ray"]


@dataclass(frozen=True)
class Node:
    """A machine of a pool.

    Attributes:
        name: for people.
        cpus, free: processor cores that it gives, and how many of them nobody has taken.
    """

    name: str
    cpus: float
    free: float


@dataclass(frozen=True)
class Pool:
    """Where jobs are done.

    Attributes:
        name: a small letter first, then letters, digits and hyphens.
        launcher: what starts its workers.
        places: how many jobs are at work in it at once.
        threads: processor threads of a job.
        nodes: its machines; empty where the launcher knows only its own.
    """

    name: str
    launcher: LauncherKind
    places: int
    threads: int
    nodes: tuple[Node, ...] = ()


class Pools:
    """All pools. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str = DEFAULT) -> Pool | None:
        """A pool; None where no supervisor has said what it has yet."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(pools).where(pools.c.name == name)).one_or_none()
        if row is None:
            return None
        nodes = tuple(Node(**node) for node in row.nodes or ())
        return Pool(row.name, row.launcher, row.places, row.threads, nodes)

    def declare(self, pool: Pool) -> None:
        """Say what a pool has; nothing is written where that is known."""
        if self.get(pool.name) == pool:
            return
        values: dict[str, Any] = asdict(pool) | {"nodes": _plain(pool.nodes)}
        with self._database.write() as connection:
            insert_new(connection, pools, values)
            connection.execute(sa.update(pools).where(pools.c.name == pool.name).values(values))


def _plain(nodes: Sequence[Node]) -> list[dict[str, Any]] | None:
    return [asdict(node) for node in nodes] or None
