"""Slices: digits of MNIST that a person chose and named, each browser's apart, as in `drawings`.

A slice holds the digits themselves and no filter: what a network answers decides once which digits are in it, and every
network is then measured on the same ones.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from digitlab.clock import Clock
from digitlab.data.mnist import SIZES, Part
from digitlab.errors import InputError
from digitlab.store.database import Database
from digitlab.store.rights import Person, Thing, may
from digitlab.store.tables import slices
from digitlab.words import message

MOST = 40  # slices of a browser
MOST_FROM_THERE = 1000  # slices of all browsers of an address
LONGEST_NAME = 60  # characters


@dataclass(frozen=True)
class Slice:
    """Some digits of one part of MNIST.

    Attributes:
        part: of MNIST.
        numbers: of the digits, ascending, int [N].
        origin: how they were chosen, as plain data for people.
    """

    id: int
    name: str
    part: Part
    numbers: NDArray[np.int64]
    origin: Mapping[str, Any]


class Slices:
    """All slices. Every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, person: Person, name: str, part: Part, numbers: NDArray[np.int64], origin: Mapping[str, Any]) -> int:
        """Keep some digits under a name; a slice of this person with the same name is replaced. Returns its number.

        Raises:
            InputError: there is no name or no digit, the limit is reached, or the browser keeps no cookie.
        """
        if person.browser is None:
            raise InputError(message("This browser keeps no cookies, so DigitLab cannot tell what is yours."))
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_NAME:
            raise InputError(message("A name has 1 to {most} characters.", most=LONGEST_NAME))
        if not len(numbers):
            raise InputError(message("A slice needs at least one digit."))
        there = np.zeros(SIZES[part], bool)
        there[numbers] = True
        values: dict[str, Any] = {"browser": person.browser, "name": name, "part": part, "origin": dict(origin)}
        values |= {"digits": zlib.compress(np.packbits(there).tobytes()), "made_at": self._clock.now()}
        values |= {"address": person.address, "classroom": person.classroom}
        own = slices.c.browser == person.browser
        with self._database.write() as connection:
            connection.execute(sa.delete(slices).where(own & (slices.c.name == name)))
            if _count(connection, own) >= MOST:
                raise InputError(message("You can save {most} slices; delete one first.", most=MOST))
            if person.address is not None and _count(connection, slices.c.address == person.address) >= MOST_FROM_THERE:
                raise InputError(
                    message(
                        "Your address has saved {most} slices, the most that this server allows.", most=MOST_FROM_THERE
                    )
                )
            made = connection.execute(sa.insert(slices).values(values)).inserted_primary_key
        assert made is not None
        return int(made[0])

    def of(self, person: Person) -> list[Slice]:
        """This person's slices, by name."""
        if person.browser is None:
            return []
        query = sa.select(slices).where(slices.c.browser == person.browser).order_by(slices.c.name)
        with self._database.read() as connection:
            return [_slice(row) for row in connection.execute(query)]

    def delete(self, person: Person, number: int) -> None:
        """Delete one; a slice that this person may not delete is left alone."""
        which = slices.c.id == number
        with self._database.write() as connection:
            row = connection.execute(sa.select(slices.c.browser, slices.c.classroom).where(which)).one_or_none()
            if row is not None and may(person, "delete", Thing("slice", row.browser, row.classroom, shared=False)):
                connection.execute(sa.delete(slices).where(which))

    def delete_all(self, person: Person) -> None:
        """Delete all of this person's slices."""
        with self._database.write() as connection:
            connection.execute(sa.delete(slices).where(slices.c.browser == person.browser))

    def delete_of_class(self, classroom: int) -> None:
        """Delete all slices that were made in a class; for its end."""
        with self._database.write() as connection:
            connection.execute(sa.delete(slices).where(slices.c.classroom == classroom))


def _count(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(slices).where(which)) or 0


def _slice(row: sa.Row[Any]) -> Slice:
    part = cast("Part", row.part)
    there = np.unpackbits(np.frombuffer(zlib.decompress(row.digits), np.uint8), count=SIZES[part])
    return Slice(row.id, row.name, part, np.flatnonzero(there), row.origin)
