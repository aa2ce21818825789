"""Which place for files belongs to a database: the same number stands in both.

Checkpoints, logs and models are blobs, so all processes of one database share one place for them. A server with another
place would begin runs again whose checkpoints it does not find, and wipe out their curves.
"""

import secrets
import time
from typing import Any

import sqlalchemy as sa

from digitlab import blobs, home
from digitlab.blobs import Blobs
from digitlab.errors import BlobError, BlobMissingError, StoreError
from digitlab.store.database import Database, insert_new
from digitlab.store.tables import numbers
from digitlab.words import message

KEY = "database.id"
_NAME = "home"  # of the number's row in the database
_AGREEING = 15.0  # seconds in which processes that open something new at once may still disagree


def check(database: Database) -> None:
    """See that the database's files lie where this process looks for them; the first process says that they do.

    Raises:
        StoreError: they lie elsewhere, or it cannot be noted there.
        BlobAwayError: the place for files does not answer.
    """
    place = blobs.stored()
    give_up = time.monotonic() + _AGREEING
    while True:
        here = _number(place)
        with database.read() as connection:
            there = connection.scalar(_there())
        if there is None:
            here = here or _first(place)  # before the row: a process that is killed in between leaves nothing to refuse
            with database.write() as connection:
                insert_new(connection, numbers, {"name": _NAME, "value": here})
                there = connection.scalar(_there())
            if there != here:  # another process was quicker
                mark(place, there or 0)
        if there == here:
            return
        if not blobs.is_shared() and database.lies_in(home.path()):  # both were moved together, or copied without this
            mark(place, there or 0)
            return
        if time.monotonic() > give_up:
            break
        time.sleep(0.1)
    raise StoreError(
        message(
            "The files of this database lie in another place. Start the server with the DIGITLAB_HOME or "
            "DIGITLAB_STORAGE where they are. If all files have been moved to this place, write {number} into its file "
            "{file}.",
            number=str(there),
            file=KEY,
        )
    )


def mark(place: Blobs, number: int) -> None:
    """Note in a place for files which database they belong to.

    Raises:
        StoreError: it cannot be noted.
    """
    try:
        place.put(KEY, f"{number}\n".encode())
    except BlobError as error:
        raise StoreError(message("The place for files cannot be used. {why}", why=error.message)) from None


def number_of(database: Database) -> int | None:
    """The number that stands in a database."""
    with database.read() as connection:
        found: int | None = connection.scalar(_there())
        return found


def _there() -> sa.Select[Any]:
    return sa.select(numbers.c.value).where(numbers.c.name == _NAME)


def _number(place: Blobs) -> int | None:
    try:
        return int(place.read(KEY))
    except (BlobMissingError, ValueError):
        return None


def _first(place: Blobs) -> int:
    """A new number."""
    number = secrets.randbelow(2**31 - 1) + 1
    mark(place, number)
    return _number(place) or number
