"""Pictures that a run reads again and again while it learns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from digitlab.errors import InputError
from digitlab.store.database import Database
from digitlab.store.jobs import Jobs
from digitlab.store.records import Pin, PinReading
from digitlab.store.tables import pin_readings, pins

MOST = 6  # pictures a run


class Pins:
    """All pinned pictures. Every method is one transaction."""

    def __init__(self, database: Database, queue: Jobs) -> None:
        self._database = database
        self._jobs = queue

    def add(self, run: int, image: NDArray[np.float32], label: str = "") -> Pin:
        """Have a run read a picture, float32 [28, 28] in 0..1, about twice a second from now on.

        A picture that is pinned already is not pinned again.

        Raises:
            InputError: it is no such picture, there is no such run, or the run has as many as it may have.
        """
        if image.shape != (28, 28) or not (np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1):
            raise InputError(f"A picture to be pinned must be 28×28 with values from 0 to 1; it is {image.shape}.")
        content = image.astype("<f4").tobytes()
        with self._database.write() as connection:
            self._jobs.find(connection, run)
            there = self._select(connection, pins.c.job == run)
            for pin in there:
                if pin.image.tobytes() == content:
                    return pin
            if len(there) >= MOST:
                raise InputError(f"A run can have {MOST} pinned pictures; remove one first.")
            connection.execute(sa.insert(pins).values(job=run, image=content, label=label))
            return self._select(connection, pins.c.job == run)[-1]

    def of(self, run: int) -> list[Pin]:
        """A run's pictures, in the order in which they were pinned."""
        with self._database.read() as connection:
            return self._select(connection, pins.c.job == run)

    def remove(self, pin: int) -> None:
        """Forget a picture with what was read in it."""
        with self._database.write() as connection:
            connection.execute(sa.delete(pins).where(pins.c.id == pin))

    def readings(self, pin: int, after: int = -1) -> list[PinReading]:
        """What was read in a picture after this step, in order."""
        query = sa.select(*[pin_readings.c[name] for name in PinReading.__annotations__])
        query = query.where(pin_readings.c.pin == pin, pin_readings.c.step > after).order_by(pin_readings.c.step)
        with self._database.read() as connection:
            return [PinReading(*row) for row in connection.execute(query)]

    def _select(self, connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Pin]:
        query = sa.select(pins.c.id, pins.c.job, pins.c.label, pins.c.image).where(which).order_by(pins.c.id)
        return [
            Pin(number, run, label, np.frombuffer(image, "<f4").reshape(28, 28).astype(np.float32))
            for number, run, label, image in connection.execute(query)
        ]


def insert(connection: sa.Connection, readings: Sequence[PinReading]) -> None:
    """Write readings, as a part of the caller's transaction; those whose picture is gone meanwhile are dropped."""
    wanted = {reading.pin for reading in readings}
    there = set(connection.scalars(sa.select(pins.c.id).where(pins.c.id.in_(wanted)).with_for_update()))
    values: list[dict[str, Any]] = [
        {"pin": one.pin, "step": one.step, "epoch": one.epoch, "probabilities": list(one.probabilities)}
        for one in readings
        if one.pin in there
    ]
    if values:
        connection.execute(sa.insert(pin_readings), values)


def rewind(connection: sa.Connection, run: int, step: int) -> None:
    """Forget what a run read after a step, as a part of the caller's transaction."""
    mine = sa.select(pins.c.id).where(pins.c.job == run)
    connection.execute(sa.delete(pin_readings).where(pin_readings.c.pin.in_(mine), pin_readings.c.step > step))
