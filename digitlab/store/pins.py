"""Pictures that a run reads again and again while it learns."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from digitlab.errors import InputError
from digitlab.store.database import Database, insert_new
from digitlab.store.records import Pin, PinReading
from digitlab.store.rights import Action, Person, Thing, check, may
from digitlab.store.tables import jobs, pin_readings, pins
from digitlab.store.transitions import Transitions
from digitlab.words import Message, message

MOST = 6  # pictures of one person in a run
MOST_TOGETHER = 60  # pictures in a run; a worker reads all of them twice a second


class Pins:
    """All pinned pictures, each its owner's: the browser that pinned it, as in `drawings`.

    Others see a picture only where its owner shares it. Every method is one transaction.
    """

    def __init__(self, database: Database, transitions: Transitions) -> None:
        self._database = database
        self._transitions = transitions

    def add(
        self, person: Person, run: int, image: NDArray[np.float32], label: Message | str = "", *, shared: bool = False
    ) -> Pin:
        """Have a run read a picture, float32 [28, 28] in 0..1, about twice a second from now on.

        A picture that this person pinned already is not pinned again, but shared or not as is said now.

        Raises:
            InputError: it is no such picture, there is no such run, the run has as many as it may have, or the browser
                keeps no cookie.
        """
        if person.browser is None:
            raise InputError(message("This browser keeps no cookies, so DigitLab cannot tell what is yours."))
        if image.shape != (28, 28) or not (np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1):
            shape = "×".join(map(str, image.shape))
            raise InputError(
                message("A pinned picture must be 28×28 with values from 0 to 1; this one is {shape}.", shape=shape)
            )
        content = image.astype("<f4").tobytes()
        with self._database.write() as connection:
            check(person, "see", self._transitions.find(connection, run).thing)
            there = self._select(connection, pins.c.job == run)
            mine = [pin for pin in there if pin.owner == person.browser]
            for pin in mine:
                if pin.image.tobytes() == content:
                    connection.execute(sa.update(pins).where(pins.c.id == pin.id).values(shared=shared))
                    return replace(pin, shared=shared)
            if len(mine) >= MOST:
                raise InputError(message("You can pin {most} pictures to a run; unpin one first.", most=MOST))
            if len(there) >= MOST_TOGETHER:
                raise InputError(
                    message("Visitors have pinned {most} pictures to this run, which is the limit.", most=MOST_TOGETHER)
                )
            values = {"job": run, "image": content, "label": label, "owner": person.browser, "shared": shared}
            connection.execute(sa.insert(pins).values(values))
            return self._select(connection, pins.c.job == run)[-1]

    def of(self, run: int) -> list[Pin]:
        """All pictures of a run, in the order in which they were pinned: for its worker, which reads them."""
        with self._database.read() as connection:
            return self._select(connection, pins.c.job == run)

    def visible(self, person: Person, run: int) -> list[Pin]:
        """What a person may see of a run's pictures: their own and those that are shared, in order."""
        with self._database.read() as connection:
            classroom = self._transitions.find(connection, run, lock=False).classroom
            there = self._select(connection, pins.c.job == run)
        return [pin for pin in there if may(person, "see", Thing("pin", pin.owner, classroom, pin.shared))]

    def share(self, person: Person, pin: int, shared: bool) -> None:
        """Let others see a picture, or no longer; one that this person may not share is left as it is."""
        with self._database.write() as connection:
            if self._may(connection, person, "share", pin):
                connection.execute(sa.update(pins).where(pins.c.id == pin).values(shared=shared))

    def remove(self, person: Person, pin: int) -> None:
        """Forget a picture with what was read in it; one that this person may not delete is left as it is."""
        with self._database.write() as connection:
            if self._may(connection, person, "delete", pin):
                connection.execute(sa.delete(pins).where(pins.c.id == pin))

    def readings(self, pin: int, after: int = -1) -> list[PinReading]:
        """What was read in a picture after this step, in order."""
        query = sa.select(*[pin_readings.c[name] for name in PinReading.__annotations__])
        query = query.where(pin_readings.c.pin == pin, pin_readings.c.step > after).order_by(pin_readings.c.step)
        with self._database.read() as connection:
            return [_reading(*row) for row in connection.execute(query)]

    def _may(self, connection: sa.Connection, person: Person, action: Action, pin: int) -> bool:
        whose = sa.select(pins.c.owner, pins.c.shared, jobs.c.classroom).join(jobs, jobs.c.id == pins.c.job)
        row = connection.execute(whose.where(pins.c.id == pin)).one_or_none()
        return row is not None and may(person, action, Thing("pin", row.owner, row.classroom, row.shared))

    def _select(self, connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Pin]:
        rows = connection.execute(sa.select(pins).where(which).order_by(pins.c.id))
        return [
            Pin(
                id=row.id,
                run=row.job,
                title=row.label,
                image=np.frombuffer(row.image, "<f4").reshape(28, 28).astype(np.float32),
                owner=row.owner,
                shared=row.shared,
            )
            for row in rows
        ]


def _reading(pin: int, step: int, epoch: int, probabilities: Sequence[float | None]) -> PinReading:
    """Where a network has no numbers left, the database holds null."""
    return PinReading(pin, step, epoch, [math.nan if one is None else one for one in probabilities])


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
        insert_new(connection, pin_readings, values)


def rewind(connection: sa.Connection, run: int, step: int) -> None:
    """Forget what a run read after a step, as a part of the caller's transaction."""
    mine = sa.select(pins.c.id).where(pins.c.job == run)
    connection.execute(sa.delete(pin_readings).where(pin_readings.c.pin.in_(mine), pin_readings.c.step > step))
