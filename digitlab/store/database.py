"""Connections and transactions, on SQLite or, where `DIGITLAB_DATABASE_URL` says so, on PostgreSQL."""

import json
import math
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite

from digitlab import home
from digitlab.errors import StoreAwayError, StoreBusyError, StoreDamagedError, StoreError, StoreFullError
from digitlab.store.migrations import REVISION, revision
from digitlab.words import Message, message

BUSY_SECONDS = 5.0  # how long a transaction waits for others before it gives up

_DATABASES = (("sqlite", "pysqlite"), ("postgresql", "psycopg"))  # and how they are spoken to

# What PostgreSQL calls the same things: deadlock, serialization failure, lock not available; disk full.
_BUSY_STATES = ("40P01", "40001", "55P03")
_FULL_STATES = ("53100",)
# A connection that broke, a server that is shut down, starts or crashed; data that is damaged.
_AWAY_STATES = ("08000", "08003", "08006", "57P01", "57P02", "57P03")
_DAMAGED_STATES = ("XX001", "XX002")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")  # and what SQLite calls it; with more words behind
_AGAIN = 0.5  # seconds between two attempts to reach a database that is away
_SETTLING = 1.0  # seconds in which others may be about to prepare the same new file


def url() -> str:
    """`DIGITLAB_DATABASE_URL`, or an SQLite file in DIGITLAB_HOME."""
    return os.environ.get("DIGITLAB_DATABASE_URL") or f"sqlite:///{home.path() / 'digitlab.db'}"


class Database:
    """Short transactions, each of them read or write; the store's docstring says what holds between processes."""

    def __init__(self, url: str, busy_seconds: float = BUSY_SECONDS, patience: float = 0.0) -> None:
        """Connect, and bring the tables to what this program works with.

        Args:
            url: where it is, as SQLAlchemy writes that.
            busy_seconds: how long a transaction waits for others.
            patience: seconds for which a transaction is begun again and again while the database is locked or away.

        Raises:
            StoreError: the database is none that can be used, cannot be reached, or a newer program made it.
        """
        parsed = _checked(url)
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        arguments = {"timeout": busy_seconds} if self._is_sqlite else {}
        try:
            if self._is_sqlite:
                Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            self._engine = sa.create_engine(
                parsed, connect_args=arguments, pool_pre_ping=not self._is_sqlite, json_serializer=_as_json
            )
        except OSError as error:
            folder = Path(str(parsed.database)).parent
            raise StoreError(
                message(
                    "The folder {folder} cannot be made ({why}); set DIGITLAB_HOME to a folder that can be written.",
                    folder=str(folder),
                    why=error.strerror or "",
                )
            ) from None
        except ImportError as error:
            raise StoreError(_unusable_url(error)) from None
        self._busy_seconds = busy_seconds
        self._patience = patience
        sa.event.listen(self._engine, "connect", self._prepare)
        sa.event.listen(self._engine, "begin", self._begin)
        try:
            self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._engine.dispose()

    @property
    def url(self) -> str:
        """Its URL, with the password if it has one."""
        return self._engine.url.render_as_string(hide_password=False)

    @property
    def file(self) -> Path | None:
        """The file, where it is one."""
        found = self._engine.url.database
        return Path(found) if self._is_sqlite and found is not None else None

    def session(self) -> sa.Connection:
        """A connection that stays one session, without transactions; the server notices soon when this machine is gone.

        Raises:
            StoreAwayError: it cannot be had.
        """
        with _errors_named(connects=True):
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            for name, seconds in (("idle", 5), ("interval", 2)):
                connection.exec_driver_sql(f"SET tcp_keepalives_{name} = {seconds}")
            connection.exec_driver_sql("SET tcp_keepalives_count = 3")
            return connection

    def lies_in(self, folder: Path) -> bool:
        """Whether it is a file in this folder."""
        file = self._engine.url.database
        return self._is_sqlite and file is not None and Path(file).resolve().parent == folder

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database and changes nothing; never waits for writers."""
        with self._transaction(for_writing=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that happens as a whole, on disk when this ends, or not at all.

        Raises:
            StoreBusyError: others held the lock for longer than `busy_seconds`.
            StoreAwayError: it does not answer.
            StoreFullError: there is no room left on the disk.
            StoreDamagedError: it cannot be read.
        """
        with self._transaction(for_writing=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, for_writing: bool) -> Iterator[sa.Connection]:
        connection, transaction = self._begun(for_writing)
        with _errors_named(), connection, transaction:
            yield connection

    def _begun(self, for_writing: bool) -> tuple[sa.Connection, sa.RootTransaction]:
        """A transaction; nothing was done in it, so that beginning can be tried again."""
        give_up = time.monotonic() + self._patience
        while True:
            connection = None
            try:
                with _errors_named(connects=not self._is_sqlite):
                    plain = self._engine.connect()
                with _errors_named():
                    connection = plain.execution_options(for_writing=for_writing)
                    return connection, connection.begin()
            except StoreBusyError:
                if connection is not None:
                    connection.close()
                if time.monotonic() > give_up:
                    raise
                time.sleep(_AGAIN)
            except BaseException:
                if connection is not None:
                    connection.close()
                raise

    def _prepare(self, connection: Any, _: Any) -> None:
        if not self._is_sqlite:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {int(self._busy_seconds * 1000)}")
            connection.commit()
            return
        connection.isolation_level = None  # transactions are begun by `_begin`, not by Python's module
        _write_ahead(connection, self._busy_seconds)
        connection.execute("PRAGMA synchronous = FULL")  # a row that names a checkpoint outlives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # a drawing that was deleted is not left in a free page

    def _begin(self, connection: sa.Connection) -> None:
        if self._is_sqlite:
            # A transaction that reads first and writes then could meet another's changes in between; this one cannot.
            writes = connection.get_execution_options().get("for_writing")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    def _bring_up_to_date(self) -> None:
        if self._revision() < REVISION:
            from digitlab.store import upgrading

            upgrading.upgrade(self.write)
        if self._revision() > REVISION:
            raise StoreError(
                message("A newer version of DigitLab made this database; use that version or another DIGITLAB_HOME.")
            )

    def _revision(self) -> int:
        with self.read() as connection:
            return revision(connection)


def _as_json(value: Any) -> str:
    """JSON as every database takes it: what is no number (NaN or infinite) is null."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value))


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {name: _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
    return value


def _checked(url: str) -> sa.URL:
    """A URL that can be used, as far as that can be seen from it."""
    try:
        parsed = sa.make_url(url)
        dialect = parsed.get_dialect()
    except (exc.ArgumentError, exc.NoSuchModuleError, ValueError) as error:
        raise StoreError(_unusable_url(error)) from None
    if (dialect.name, dialect.driver) not in _DATABASES:
        raise StoreError(
            message(
                "DIGITLAB_DATABASE_URL names {name}; DigitLab works with SQLite (sqlite:///FILE) and with "
                "PostgreSQL (postgresql+psycopg://…).",
                name=parsed.drivername,
            )
        )
    if dialect.name == "sqlite" and (not parsed.database or parsed.database.startswith((":memory:", "file:"))):
        raise StoreError(
            message(
                "DIGITLAB_DATABASE_URL must name a file that all processes can open, as in "
                "sqlite:////folder/digitlab.db."
            )
        )
    return parsed


def _unusable_url(error: BaseException) -> Message:
    return message("DIGITLAB_DATABASE_URL cannot be used: {why}", why=_first_line(error))


def insert_new(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any] | list[dict[str, Any]]) -> None:
    """Insert a row, or several; those whose key is there, or comes about in another transaction, are left out."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(table).on_conflict_do_nothing(), values)


def _write_ahead(connection: Any, busy_seconds: float) -> None:
    """Have an SQLite file write ahead, so that readers and a writer do not wait for each other.

    Raises:
        StoreError: the file system cannot do that; SQLite then says nothing and goes on without.
    """
    begun = time.monotonic()
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        waited = time.monotonic() - begun
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal" and waited > _SETTLING:
                raise StoreError(
                    message(
                        "SQLite cannot share a database between processes on this file system, which may be a network "
                        "drive. Set DIGITLAB_HOME to a folder on a local disk, or DIGITLAB_DATABASE_URL to a "
                        "PostgreSQL database."
                    )
                )
        except sqlite3.OperationalError as error:  # other processes open the new file too; SQLite does not wait here
            if "locked" not in str(error) or waited > busy_seconds:
                raise
        time.sleep(0.01)


@contextmanager
def _errors_named(*, connects: bool = False) -> Iterator[None]:
    """Turn what databases say into the store's own errors; what is an error of this program stays one.

    Args:
        connects: whether a server is being reached: then whatever goes wrong means that it does not answer.
    """
    try:
        yield
    except exc.IntegrityError:
        raise
    except exc.DBAPIError as error:
        raise _named(error, connects) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:  # a row that was damaged within its text
        raise _damaged(error) from error


def _named(error: exc.DBAPIError, connects: bool) -> StoreError:
    said, state = str(error.orig), getattr(error.orig, "sqlstate", None)
    name = getattr(error.orig, "sqlite_errorname", "")
    if state in _BUSY_STATES or "database is locked" in said or "database table is locked" in said:
        return StoreBusyError(message("The database is locked by another process; try again in a moment."))
    if state in _FULL_STATES or "disk is full" in said:
        return StoreFullError(message("The database's disk is full. Free some space."))
    if state in _DAMAGED_STATES or name.startswith(_DAMAGED) or "Could not decode to UTF-8" in said:
        return _damaged(error.orig)
    sentence = message("The database cannot be used: {why}", why=_first_line(error.orig))
    is_away = connects or error.connection_invalidated or state in _AWAY_STATES
    return StoreAwayError(sentence) if is_away else StoreError(sentence)


def _damaged(error: BaseException | None) -> StoreError:
    return StoreDamagedError(
        message(
            "The database is damaged: {why} The operator of this server can stop the server and run "
            "`python -m digitlab storage check`, which lists the damage and saves what is whole.",
            why=_first_line(error),
        )
    )


def _first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".") + "."
