"""Connections and transactions, on SQLite or on whatever `DIGITLAB_DATABASE_URL` names."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from digitlab import home
from digitlab.errors import StoreBusyError, StoreError, StoreFullError
from digitlab.store.tables import SCHEMA, metadata, numbers

BUSY_SECONDS = 5.0  # how long a transaction waits for others before it gives up

# What PostgreSQL calls the same things: deadlock, serialization failure, lock not available; disk full.
_BUSY_STATES = ("40P01", "40001", "55P03")
_FULL_STATES = ("53100",)


def url() -> str:
    """`DIGITLAB_DATABASE_URL`, or an SQLite file in DIGITLAB_HOME."""
    return os.environ.get("DIGITLAB_DATABASE_URL") or f"sqlite:///{home.path() / 'digitlab.db'}"


class Database:
    """Short transactions, each of them read or write; the store's docstring says what holds between processes."""

    def __init__(self, address: str, busy_seconds: float = BUSY_SECONDS) -> None:
        """Connect, and make the tables that are not there.

        Raises:
            StoreError: the database cannot be reached, or another version of the project made it.
        """
        try:
            parsed = sa.make_url(address)
            self._is_sqlite = parsed.get_backend_name() == "sqlite"
            if self._is_sqlite and parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            arguments = {"timeout": busy_seconds} if self._is_sqlite else {}
            self._engine = sa.create_engine(parsed, connect_args=arguments, pool_pre_ping=not self._is_sqlite)
        except OSError as error:
            folder = Path(parsed.database or "").parent
            raise StoreError(
                f"The folder {folder} cannot be made ({error.strerror}); set DIGITLAB_HOME to one that can be written."
            ) from None
        except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
            raise StoreError(f"DIGITLAB_DATABASE_URL cannot be used: {_first_line(error)}") from None
        self._busy_seconds = busy_seconds
        sa.event.listen(self._engine, "connect", self._prepare)
        sa.event.listen(self._engine, "begin", self._begin)
        self._make_tables()

    def close(self) -> None:
        self._engine.dispose()

    @property
    def address(self) -> str:
        """Its URL, with the password if it has one."""
        return self._engine.url.render_as_string(hide_password=False)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database and changes nothing; never waits for writers."""
        with _errors_named(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that happens as a whole, on disk when this ends, or not at all.

        Raises:
            StoreBusyError: others held the lock for longer than `busy_seconds`.
            StoreFullError: there is no room left on the disk.
        """
        with _errors_named(), self._engine.connect() as plain:
            connection = plain.execution_options(for_writing=True)
            with connection.begin():
                yield connection

    def _prepare(self, connection: Any, _: Any) -> None:
        if not self._is_sqlite:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {int(self._busy_seconds * 1000)}")
            connection.commit()
            return
        connection.isolation_level = None  # transactions are begun by `_begin`, not by Python's module
        deadline = time.monotonic() + self._busy_seconds
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:  # other processes open the new file too; SQLite does not wait here
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        connection.execute("PRAGMA synchronous = FULL")  # a row that names a checkpoint outlives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # a drawing that was deleted is not left in a free page

    def _begin(self, connection: sa.Connection) -> None:
        if self._is_sqlite:
            # A transaction that reads first and writes then could meet another's changes in between; this one cannot.
            writes = connection.get_execution_options().get("for_writing")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    def _make_tables(self) -> None:
        for attempt in range(5):
            version = self._schema()
            if version is not None:
                break
            try:
                with self.write() as connection:
                    metadata.create_all(connection)
                    connection.execute(
                        sa.insert(numbers), [{"name": "schema", "value": SCHEMA}, {"name": "claims", "value": 0}]
                    )
            except (exc.IntegrityError, exc.ProgrammingError):  # another process makes them at this moment
                if attempt == 4:
                    raise
        if version is not None and version > SCHEMA:
            self.close()
            raise StoreError("A newer version of DigitLab made this database; use that one, or another DIGITLAB_HOME.")
        if version is not None and self._lacks_something():
            self.close()
            raise StoreError(
                "An earlier version of DigitLab made this database, and it cannot be used any more; move its file "
                "digitlab.db away, or use another DIGITLAB_HOME. Trained models stay."
            )

    def _lacks_something(self) -> bool:
        with self.read() as connection:
            there = sa.inspect(connection).get_multi_columns()
        columns = {(table, column["name"]) for (_, table), found in there.items() for column in found}
        ours = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
        return not ours <= columns

    def _schema(self) -> int | None:
        with self.read() as connection:
            if not sa.inspect(connection).has_table(numbers.name):
                return None
            return connection.scalar(sa.select(numbers.c.value).where(numbers.c.name == "schema"))


@contextmanager
def _errors_named() -> Iterator[None]:
    """Turn what databases say into the store's own errors."""
    try:
        yield
    except exc.DBAPIError as error:
        said = str(error.orig)
        state = getattr(error.orig, "sqlstate", None)
        if state in _BUSY_STATES or "database is locked" in said or "database table is locked" in said:
            raise StoreBusyError("The database is locked by another process; try again in a moment.") from error
        if state in _FULL_STATES or "disk is full" in said:
            raise StoreFullError("There is no room left on the database's disk; free some.") from error
        if isinstance(error, exc.OperationalError):
            raise StoreError(f"The database cannot be used: {_first_line(error.orig)}") from error
        raise


def _first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".") + "."
