"""Labelled drawings that visitors kept, each browser's apart.

A browser is the SHA-256 of the identifier in its cookie, so that the database gives no cookie away. What another one
kept and does not share is as if it were not there. `of_everybody` lists all, `of_class` what goes with a class.
"""

from collections.abc import Collection
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from digitlab.clock import Clock
from digitlab.drawing.strokes import PAD_SIDE, Drawing, checked
from digitlab.errors import InputError
from digitlab.store.database import Database, insert_new
from digitlab.store.rights import Action, Person, Thing, check, classes_read, may
from digitlab.store.tables import drawings, members, visitors
from digitlab.words import message, plural_message

_REACH = 2.0 * PAD_SIDE  # a stroke may leave the pad, but not the page
_DECIMALS = 2

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Kept:
    """A drawing that was kept.

    Attributes:
        label: the digit that it is, says who drew it.
        model: which network answered, by its hash.
        answered: its answer; None for "?".
        drawing: the strokes, in pixels of the pad.
        picture: uint8 [28, 28], 255 for ink: what the network saw.
        shared: whether other visitors may see it.
        made_at: seconds since 1970.
    """

    id: int
    label: int
    model: str
    answered: int | None
    drawing: Drawing
    picture: Picture
    shared: bool
    made_at: float


@dataclass(frozen=True)
class Card:
    """What is shown of a kept drawing beside its picture, which is fetched by its number; as in Kept."""

    id: int
    label: int
    answered: int | None
    shared: bool


@dataclass(frozen=True)
class Digit:
    """A kept drawing to learn from; as in Kept."""

    id: int
    label: int
    picture: Picture


@dataclass(frozen=True)
class OnWall:
    """A drawing on a class's wall: `name` is its member's, None once they have left; the rest as in `Kept`."""

    id: int
    name: str | None
    label: int
    answered: int | None
    model: str
    picture: Picture


@dataclass(frozen=True)
class Listed:
    """What an operator sees of a kept drawing: whose it is, and nothing of the strokes; fields as in `Kept`."""

    id: int
    browser: str
    label: int
    answered: int | None
    model: str
    shared: bool
    made_at: float


class Drawings:
    """All kept drawings. Every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def has_agreed(self, browser: str) -> bool:
        """Whether this browser's drawings may be kept."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(visitors.c.browser).where(visitors.c.browser == browser)) is not None

    def agree(self, person: Person) -> None:
        """From now on this browser's drawings may be kept.

        Raises:
            InputError: it keeps no cookie.
        """
        browser = _browser(person)
        with self._database.write() as connection:
            values = {"browser": browser, "agreed_at": self._clock.now(), "kept": 0}
            insert_new(connection, visitors, values)  # another tab may do the same at this moment

    def keep(
        self,
        person: Person,
        drawing: Drawing,
        label: int,
        *,
        model: str,
        answered: int | None,
        picture: Picture,
        most: float = inf,
        most_from_there: float = inf,
    ) -> int:
        """Keep a drawing; returns its number.

        Args:
            person: whose it is, and from where it comes.
            drawing, label, model, answered, picture: as in Kept.
            most: how many the browser may keep.
            most_from_there: how many may be kept from there, whatever the browser.

        Raises:
            InputError: the browser has not agreed, the limit is reached, or the drawing is no hand-drawn digit.
        """
        strokes = _checked(drawing)
        _check_digit(label)
        browser, address = _browser(person), person.address
        if picture.shape != (28, 28) or picture.dtype != np.uint8:
            raise ValueError(f"a picture of {picture.dtype} {picture.shape}")
        with self._database.write() as connection:
            own = visitors.c.browser == browser
            if not connection.execute(sa.update(visitors).where(own).values(kept=visitors.c.kept + 1)).rowcount:
                raise InputError(message("This browser has not agreed to save drawings."))
            if _count(connection, drawings.c.browser == browser) >= most:
                raise InputError(
                    plural_message(
                        "A browser can save {n} drawing; delete it to make room.",
                        "A browser can save {n} drawings; delete some to make room.",
                        int(most),
                    )
                )
            if address is not None and _count(connection, drawings.c.address == address) >= most_from_there:
                raise InputError(
                    plural_message(
                        "{n} drawing from your address is saved, the most that this server allows.",
                        "{n} drawings from your address are saved, the most that this server allows.",
                        int(most_from_there),
                    )
                )
            values = {"browser": browser, "label": label, "model": model, "answered": answered, "strokes": strokes}
            values |= {"picture": picture.tobytes(), "shared": False, "made_at": self._clock.now()}
            values |= {"address": address, "classroom": person.classroom}
            made = connection.execute(sa.insert(drawings).values(values)).inserted_primary_key
        assert made is not None
        return int(made[0])

    def of(self, browser: str) -> list[Kept]:
        """The browser's drawings, newest first."""
        return self._select(drawings.c.browser == browser)

    def get(self, browser: str, number: int) -> Kept:
        """One of the browser's drawings.

        Raises:
            InputError: it has none with this number.
        """
        found = self._select((drawings.c.browser == browser) & (drawings.c.id == number))
        if not found:
            raise _unknown(number)
        return found[0]

    def cards(self, browser: str, first: int, count: int) -> list[Card]:
        """The browser's drawings from the `first` on, counted from 0, newest first."""
        return self._cards(drawings.c.browser == browser, first, count)

    def counts(self, browser: str) -> tuple[int, int]:
        """How many drawings the browser keeps, and how many of them were read right."""
        own = drawings.c.browser == browser
        with self._database.read() as connection:
            return _count(connection, own), _count(connection, own & (drawings.c.answered == drawings.c.label))

    def digits(self, browser: str) -> list[Digit]:
        """All of the browser's drawings as the network saw them, newest first."""
        query = sa.select(drawings.c.id, drawings.c.label, drawings.c.picture).where(drawings.c.browser == browser)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(drawings.c.id.desc())).all()
        return [Digit(row.id, row.label, _picture(row.picture)) for row in rows]

    def visible(self, person: Person, number: int) -> Picture:
        """What the network saw of a drawing that this person may see.

        Raises:
            InputError: there is none with this number.
        """
        with self._database.read() as connection:
            self._find(connection, person, "see", number)
            found: bytes = connection.execute(sa.select(drawings.c.picture).where(drawings.c.id == number)).scalar_one()
        return _picture(found)

    def shared_by_others(self, person: Person, first: int, count: int) -> list[Card]:
        """What others share with this person, from the `first` on, newest first."""
        return self._cards(_shared_with(person), first, count)

    def count_shared_by_others(self, person: Person) -> int:
        """How many these are."""
        with self._database.read() as connection:
            return _count(connection, _shared_with(person))

    def wall(self, person: Person, classroom: int) -> list[OnWall]:
        """What a class shares, newest first; nothing for who is not in it."""
        if not may(person, "see", Thing("drawing", None, classroom)):
            return []
        query = sa.select(drawings, members.c.name).outerjoin(members, members.c.browser == drawings.c.browser)
        query = query.where(drawings.c.classroom == classroom, drawings.c.shared).order_by(drawings.c.id.desc())
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [OnWall(row.id, row.name, row.label, row.answered, row.model, _picture(row.picture)) for row in rows]

    def of_class(self, classroom: int) -> dict[str, list[int]]:
        """The numbers of all drawings that were kept in a class, by browser; for its end."""
        found: dict[str, list[int]] = {}
        query = sa.select(drawings.c.browser, drawings.c.id).where(drawings.c.classroom == classroom)
        with self._database.read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.browser, []).append(row.id)
        return found

    def of_everybody(self) -> list[Listed]:
        """Every drawing, newest first; for who runs the server."""
        columns = [drawings.c[name] for name in Listed.__annotations__]
        with self._database.read() as connection:
            rows = connection.execute(sa.select(*columns).order_by(drawings.c.id.desc())).all()
        return [Listed(*row) for row in rows]

    def relabel(self, person: Person, number: int, label: int) -> None:
        """Say that it is another digit.

        Raises:
            InputError: there is none with this number, this person may not, or that is no digit.
        """
        _check_digit(label)
        self._change(person, "change", number, label=label)

    def share(self, person: Person, number: int, shared: bool) -> None:
        """Let other visitors see it, or no longer.

        Raises:
            InputError: there is none with this number, or this person may not.
        """
        self._change(person, "share", number, shared=shared)

    def delete(self, person: Person, numbers: Collection[int]) -> None:
        """Delete these drawings; those that this person may not delete are left alone."""
        with self._database.write() as connection:
            rows = connection.execute(_whose().where(drawings.c.id.in_(list(numbers)))).all()
            gone = [row.id for row in rows if may(person, "delete", _thing(row))]
            connection.execute(sa.delete(drawings).where(drawings.c.id.in_(gone)))

    def delete_all(self, person: Person) -> list[int]:
        """Delete all of this person's drawings; returns their numbers."""
        with self._database.write() as connection:
            gone = sa.delete(drawings).where(drawings.c.browser == person.browser).returning(drawings.c.id)
            return list(connection.scalars(gone))

    def _cards(self, which: sa.ColumnElement[bool], first: int, count: int) -> list[Card]:
        query = sa.select(*[drawings.c[name] for name in Card.__annotations__]).where(which)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(drawings.c.id.desc()).offset(first).limit(count))
            return [Card(*row) for row in rows]

    def _change(self, person: Person, action: Action, number: int, **values: int | bool) -> None:
        with self._database.write() as connection:
            self._find(connection, person, action, number)
            connection.execute(sa.update(drawings).where(drawings.c.id == number).values(values))

    def _find(self, connection: sa.Connection, person: Person, action: Action, number: int) -> None:
        """See that there is such a drawing for this person, and that they may do this to it."""
        row = connection.execute(_whose().where(drawings.c.id == number)).one_or_none()
        if row is None or not may(person, "see", _thing(row)):
            raise _unknown(number)
        check(person, action, _thing(row))

    def _select(self, which: sa.ColumnElement[bool]) -> list[Kept]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(drawings).where(which).order_by(drawings.c.id.desc())).all()
        return [
            Kept(
                id=row.id,
                label=row.label,
                model=row.model,
                answered=row.answered,
                drawing=Drawing(
                    tuple(np.array(points, np.float64).reshape(-1, 2) for _, points in row.strokes),
                    tuple(float(width) for width, _ in row.strokes),
                ),
                picture=_picture(row.picture),
                shared=row.shared,
                made_at=row.made_at,
            )
            for row in rows
        ]


def _whose() -> sa.Select[Any]:
    return sa.select(drawings.c.id, drawings.c.browser, drawings.c.classroom, drawings.c.shared)


def _thing(row: sa.Row[Any]) -> Thing:
    return Thing("drawing", row.browser, row.classroom, row.shared)


def _shared_with(person: Person) -> sa.ColumnElement[bool]:
    """Others' drawings that this person may see."""
    theirs = drawings.c.shared & (drawings.c.browser != (person.browser or ""))
    classes = classes_read(person)
    if classes is None:
        return theirs
    return theirs & (drawings.c.classroom.is_(None) | drawings.c.classroom.in_(classes - {None}))


def _browser(person: Person) -> str:
    if person.browser is None:
        raise InputError(message("This browser keeps no cookies, so DigitLab cannot tell what is yours."))
    return person.browser


def _checked(drawing: Drawing) -> list[tuple[float, list[float]]]:
    if not drawing:
        raise InputError(message("There is nothing on the pad to save; draw a digit first."))
    strokes = checked(drawing.strokes)
    reach = max(float(np.abs(stroke - PAD_SIDE / 2).max()) for stroke in strokes)
    if not reach <= _REACH:
        raise InputError(message("A stroke lies far off the pad; clear the pad and draw the digit again."))
    return [
        (round(width, _DECIMALS), np.round(stroke, _DECIMALS).ravel().tolist())
        for stroke, width in zip(strokes, drawing.widths, strict=True)
    ]


def _picture(content: bytes) -> Picture:
    return np.frombuffer(content, np.uint8).reshape(28, 28)


def _count(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).where(which)) or 0


def _check_digit(label: int) -> None:
    if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label <= 9:
        raise InputError(message("A label is a digit from 0 to 9; this one is {label}.", label=repr(label)[:40]))


def _unknown(number: int) -> InputError:
    return InputError(message("This browser has no drawing number {number}.", number=str(number)))
