"""Bringing a database to the revision that this program knows: a new one from nothing, an older one from what it is.

All steps are one transaction, so that a process that is killed leaves the database as it was and the next one starts
again. Of several processes one does it and the others wait. Beside an older SQLite file a copy of it is put first.

`digitlab.store.database` imports this only when there is something to do: Alembic takes longer to import than a
database to open.
"""

import logging
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from digitlab import files
from digitlab.errors import StoreAwayError, StoreBusyError, StoreError, StoreFullError
from digitlab.store.migrations import REVISION, VERSIONS, revision
from digitlab.store.migrations.versions import revision_1
from digitlab.words import message

PATIENCE = 60.0  # seconds that one waits for another process that upgrades, or for workers to let a table go

_OUR_LOCK = 0xD161  # the number of PostgreSQL's advisory lock that is ours

log = logging.getLogger(__name__)


def upgrade(write: Callable[[], AbstractContextManager[sa.Connection]]) -> None:
    """Bring a database to REVISION, unless another process has meanwhile.

    Args:
        write: begins a transaction that writes.

    Raises:
        StoreError: it is older than the first revision, or no copy of its file could be put aside.
        StoreBusyError: others held it locked for a minute.
    """
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            _upgrade(write)
            return
        except StoreAwayError:
            raise
        except StoreBusyError:
            if time.monotonic() > give_up:
                raise


def _upgrade(write: Callable[[], AbstractContextManager[sa.Connection]]) -> None:
    found = REVISION
    copy: Path | None = None
    with write() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:  # SQLite's transactions that write come one after the other anyway
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_OUR_LOCK)))
        found = revision(connection)
        if found >= REVISION:
            return
        config = Config()
        config.set_main_option("script_location", "digitlab.store:migrations")
        config.attributes["connection"] = connection
        if found and not sa.inspect(connection).has_table(VERSIONS.name):
            _check_is_first(connection)
            command.stamp(config, "1")
        if found and is_sqlite:
            file = Path(str(connection.engine.url.database))
            copy = _put_aside(file, found)
        command.upgrade(config, "head")
    if found:
        log.warning("The database was brought from revision %d to %d.", found, REVISION)
    if copy:
        log.warning(
            "The database before the upgrade is kept as %s; delete that file once all is well: it holds visitors' "
            "drawings.",
            copy,
        )


def _check_is_first(connection: sa.Connection) -> None:
    """Databases from before the first release, which cannot be upgraded, have no version table either."""
    there = sa.inspect(connection).get_multi_columns()
    columns = {(table, column["name"]) for (_, table), found in there.items() for column in found}
    first = {(table.name, column.name) for table in revision_1.TABLES.tables.values() for column in table.columns}
    if not first <= columns:
        raise StoreError(
            message(
                "An early version of DigitLab made this database, and this version cannot read it. Move the file "
                "digitlab.db away, or use another DIGITLAB_HOME. Trained models stay."
            )
        )


def _put_aside(file: Path, found: int) -> Path:
    """A copy of a database's file as it is on the disk, beside it; whole or not at all.

    The caller's transaction has locked the database and written nothing that would be seen here.
    """
    copy = file.with_name(f"{file.stem}.revision-{found}{file.suffix}")
    try:
        with files.appearing(copy) as (unfinished,):
            with closing(sqlite3.connect(file, isolation_level=None)) as source:
                source.execute("VACUUM INTO ?", (str(unfinished),))
            shutil.copymode(file, unfinished)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreFullError(
            message(
                "The database could not be copied before its upgrade ({why}). The copy takes {size:.1f} MB in its "
                "folder.",
                why=getattr(error, "strerror", None) or type(error).__name__,
                size=file.stat().st_size / 2**20,
            )
        ) from error
    return copy
