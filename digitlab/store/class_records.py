"""Classes and their members as values, how their names are checked, and how wrong keys and codes are counted."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from digitlab.errors import InputError
from digitlab.store.class_settings import ClassSettings
from digitlab.store.rights import Person, Thing
from digitlab.store.tables import classes, tries
from digitlab.words import message

LONGEST_NAME, LONGEST_CLASS = 30, 60
_MINUTE = 60.0  # seconds
_TRIES = {"key": 5, "code": 60}  # wrong ones of an address in a minute; a school has one address
_MARKS = " -.'’·"  # in a name, beside letters and digits


@dataclass(frozen=True)
class Class:
    """A class.

    Attributes:
        code: by which students join.
        teacher: who made it, as `Person.browser`.
        made_at, ends_at: seconds since 1970.
        settings: what the teacher has set.
        shown: what the teacher shows on every screen, as plain data; None: nothing.
    """

    id: int
    name: str
    code: str
    teacher: str
    made_at: float
    ends_at: float
    settings: ClassSettings
    shown: Mapping[str, Any] | None

    @property
    def thing(self) -> Thing:
        """What `rights` decides on."""
        return Thing("class", self.teacher, self.id)


@dataclass(frozen=True)
class Member:
    """Somebody in a class.

    Attributes:
        browser: as `Person.browser`.
        name: by which the class knows them.
        seen_at: when they were there last, in seconds since 1970; None: not since they joined.
        doing: what they were doing then: "page", "run", "drawing" (strokes), "answer"; None: nothing is known.
    """

    browser: str
    classroom: int
    name: str
    joined_at: float
    seen_at: float | None
    doing: Mapping[str, Any] | None


def as_class(row: sa.Row[Any]) -> Class:
    settings = ClassSettings.from_record(row.settings)
    return Class(row.id, row.name, row.code, row.teacher, row.made_at, row.ends_at, settings, row.shown)


def find_class(connection: sa.Connection, number: int) -> Class:
    row = connection.execute(sa.select(classes).where(classes.c.id == number)).one_or_none()
    if row is None:
        raise InputError(message("There is no such class."))
    return as_class(row)


def checked_name(name: str, longest: int) -> str:
    """A name as the class sees it: letters, digits and a few marks in one line.

    Raises:
        InputError: it is empty, too long or holds something else.
    """
    found = " ".join(unicodedata.normalize("NFC", name[:1000]).split())
    sound = all(letter in _MARKS or unicodedata.category(letter)[0] in "LMN" for letter in found)
    if not sound or not 1 <= len(found) <= longest or not any(letter.isalnum() for letter in found):
        raise InputError(
            message("A name has 1 to {most} letters, digits, spaces, dots or hyphens. Choose another.", most=longest)
        )
    return found


def count_try(connection: sa.Connection, person: Person, what: str, now: float) -> None:
    """Count a try before its outcome is known, so that many at once are as many.

    Raises:
        InputError: there were too many in the last minute.
    """
    there = person.address or ""
    connection.execute(sa.delete(tries).where(tries.c.at < now - _MINUTE))
    connection.execute(sa.insert(tries).values(address=there, what=what, at=now))
    mine = sa.select(sa.func.count()).where(tries.c.address == there, tries.c.what == what)
    if (connection.scalar(mine) or 0) > _TRIES[what]:
        raise InputError(message("There were too many tries from your address. Wait a minute."))


def forgive_tries(connection: sa.Connection, person: Person, what: str, count: int | None = None) -> None:
    """A right one does not count; a right key takes the wrong ones before along."""
    mine = sa.select(tries.c.id).where(tries.c.address == (person.address or ""), tries.c.what == what)
    gone = list(connection.scalars(mine.order_by(tries.c.id.desc()).limit(count)))
    connection.execute(sa.delete(tries).where(tries.c.id.in_(gone)))
