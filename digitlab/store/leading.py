"""Exactly one supervisor acts for a pool: the one that holds its lock, which the system takes from a process that ends.

On SQLite, whose processes are all on one machine, the lock is a file's; on PostgreSQL a session's, which the server
takes back when the connection is gone.
"""

import sys
import zlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import sqlalchemy as sa

from digitlab.errors import StoreError
from digitlab.store.database import Database
from digitlab.words import message

if sys.platform != "win32":
    import fcntl

_OURS = 0xD162  # the first number of PostgreSQL's advisory locks that are ours


class Leading:
    """The lock of a pool, as one process tries to hold it."""

    def __init__(self, database: Database, pool: str) -> None:
        self._database = database
        self._pool = pool
        self._connection: sa.Connection | None = None
        self._file: IO[bytes] | None = None

    def held(self) -> bool:
        """Whether this process acts for the pool now; it does if no other does.

        Raises:
            StoreError: the database cannot be used.
        """
        file = self._database.file
        return self._holds_file(file) if file is not None else self._holds_session()

    def __enter__(self) -> "Leading":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.release()

    def release(self) -> None:
        """Let another one act."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._drop()

    def _holds_file(self, database: Path) -> bool:
        if self._file is not None or sys.platform == "win32":
            return True
        try:
            opened = database.with_name(f"{database.stem}.{self._pool}.lock").open("ab")
        except OSError as error:
            said = message("DIGITLAB_HOME cannot be written ({why}).", why=str(error.strerror))
            raise StoreError(said) from None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            opened.close()
            return False
        self._file = opened
        return True

    def _holds_session(self) -> bool:
        if self._connection is not None:
            try:
                self._connection.execute(sa.text("SELECT 1"))
                return True
            except sa.exc.DBAPIError:  # it is gone, and the lock with it
                self._drop()
        connection: Any = self._database.session()
        number = zlib.crc32(self._pool.encode()) & 0x7FFFFFFF
        with suppress(sa.exc.DBAPIError):
            if connection.scalar(sa.text(f"SELECT pg_try_advisory_lock({_OURS}, {number})")):
                self._connection = connection
                return True
        connection.close()
        return False

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sa.exc.DBAPIError):
                self._connection.invalidate()  # not back to the others: the lock belongs to the session
                self._connection.close()
            self._connection = None
