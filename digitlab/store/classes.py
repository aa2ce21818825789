"""Classes: who teaches, who is in which, under which name, and what a teacher has set.

A class ends by itself at `ends_at`; from then on nobody can join, and it is deleted with all that was made in it once
its teacher, or the server, has seen to that (`digitlab.runs.leaving`). Wrong keys and codes are counted by address in
the database, so that several servers of one database count together.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from digitlab.clock import Clock
from digitlab.errors import InputError
from digitlab.store.class_records import (
    LONGEST_CLASS,
    Class,
    as_class,
    checked_name,
    count_try,
    find_class,
    forgive_tries,
)
from digitlab.store.class_settings import ClassSettings
from digitlab.store.database import Database, insert_new
from digitlab.store.rights import KEY, Person, check, classes_exist
from digitlab.store.tables import classes, members, teachers
from digitlab.words import message

DAYS = 180  # that a class lasts, unless its teacher chose another number
MOST_DAYS = 730
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without what looks alike
_CODE_LENGTH = 6
_DAY = 86_400.0


class Classes:
    """All classes of the server. Every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # --- who somebody is ---

    def person(self, browser: str | None, address: str | None) -> Person:
        """Who asks, with the classes that they teach and the one that they are in."""
        if browser is None or not classes_exist():
            return Person(browser, address)
        now = self._clock.now()
        mine = sa.select(classes.c.id).where(classes.c.teacher == browser)
        member = sa.select(members.c.classroom).join(classes, classes.c.id == members.c.classroom)
        with self._database.read() as connection:
            teacher = connection.execute(sa.select(teachers).where(teachers.c.browser == browser)).one_or_none()
            if teacher is not None:
                teaches = frozenset(connection.scalars(mine))
                opened = teacher.classroom if teacher.classroom in teaches else None
                return Person(browser, address, opened, teaches, teacher=True)
            within = connection.scalar(member.where(members.c.browser == browser, classes.c.ends_at > now))
            return Person(browser, address, within)

    # --- teachers ---

    def prove(self, person: Person, key: str) -> Person:
        """Take this person for a teacher, if the key is the server's; returns who they are then.

        Raises:
            InputError: it is not, there were too many tries, or the browser keeps no cookie.
        """
        wanted = os.environ.get(KEY, "")
        with self._database.write() as connection:
            count_try(connection, person, "key", self._clock.now())
            right = bool(wanted) and hmac.compare_digest(_digest(key), _digest(wanted))
            if right and person.browser is not None:
                forgive_tries(connection, person, "key")
                insert_new(connection, teachers, {"browser": person.browser, "proved_at": self._clock.now()})
        if person.browser is None:
            raise InputError(message("This browser keeps no cookies, so DigitLab cannot tell what is yours."))
        if not right:
            raise InputError(message("This is not the teacher key of this server."))
        return self.person(person.browser, person.address)

    def resign(self, person: Person) -> None:
        """Take this browser for a teacher's no longer; its classes stay, for the browser that made them."""
        with self._database.write() as connection:
            connection.execute(sa.delete(teachers).where(teachers.c.browser == person.browser))

    def make(self, person: Person, name: str, days: int = DAYS) -> Class:
        """A new class, which the teacher has open then.

        Raises:
            InputError: this is no teacher, or the name or the number of days cannot be used.
        """
        if not person.teacher or person.browser is None:
            raise InputError(message("Only a teacher makes a class. Enter the teacher key first."))
        name = checked_name(name, LONGEST_CLASS)
        now = self._clock.now()
        values: dict[str, Any] = {"name": name, "teacher": person.browser, "made_at": now}
        values |= {"ends_at": now + _checked_days(days) * _DAY, "settings": ClassSettings().to_record()}
        with self._database.write() as connection:
            code = _code()
            while connection.scalar(sa.select(classes.c.id).where(classes.c.code == code)) is not None:
                code = _code()
            (number,) = connection.execute(sa.insert(classes).values(**values, code=code)).inserted_primary_key or (0,)
            self._open(connection, person, number)
            return find_class(connection, number)

    def get(self, person: Person, number: int) -> Class:
        """A class that this person is in, or teaches.

        Raises:
            InputError: there is none.
        """
        with self._database.read() as connection:
            found = find_class(connection, number)
        check(person, "see", found.thing)
        return found

    def settings_for(self, person: Person) -> ClassSettings | None:
        """What the teacher of this person's class has set; None for who is in no class, or teaches."""
        if person.operator or person.classroom is None or person.teacher:
            return None
        with self._database.read() as connection:
            row = connection.execute(sa.select(classes).where(classes.c.id == person.classroom)).one_or_none()
        return as_class(row).settings if row is not None else None

    def of_teacher(self, person: Person) -> list[Class]:
        """The classes that this person made, newest first."""
        query = sa.select(classes).where(classes.c.teacher == person.browser).order_by(classes.c.id.desc())
        with self._database.read() as connection:
            return [as_class(row) for row in connection.execute(query)]

    def open(self, person: Person, number: int) -> None:
        """Have this class before oneself; what the teacher makes from now on belongs to it.

        Raises:
            InputError: it is another's, or there is none.
        """
        with self._database.write() as connection:
            check(person, "change", find_class(connection, number).thing)
            self._open(connection, person, number)

    def change(
        self,
        person: Person,
        number: int,
        *,
        name: str | None = None,
        days: int | None = None,
        settings: ClassSettings | None = None,
        new_code: bool = False,
    ) -> Class:
        """Change what is given; `days` count from now.

        Raises:
            InputError: it is another's, there is none, or a value cannot be used.
        """
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = checked_name(name, LONGEST_CLASS)
        if days is not None:
            values["ends_at"] = self._clock.now() + _checked_days(days) * _DAY
        if settings is not None:
            values |= {"settings": settings.to_record(), "at_once": settings.at_once}
        if new_code:
            values["code"] = _code()
        with self._database.write() as connection:
            check(person, "change", find_class(connection, number).thing)
            if values:
                connection.execute(sa.update(classes).where(classes.c.id == number).values(values))
            return find_class(connection, number)

    def show(self, person: Person, number: int, shown: Mapping[str, Any] | None) -> None:
        """Show something on every screen of the class; None: let go.

        Raises:
            InputError: it is another's, or there is none.
        """
        with self._database.write() as connection:
            check(person, "share", find_class(connection, number).thing)
            connection.execute(sa.update(classes).where(classes.c.id == number).values(shown=shown))

    def delete(self, person: Person, number: int) -> None:
        """Remove a class and its list of members; what was made in it has gone before.

        Raises:
            InputError: it is another's, or there is none.
        """
        with self._database.write() as connection:
            check(person, "delete", find_class(connection, number).thing)
            connection.execute(sa.delete(classes).where(classes.c.id == number))

    def ended(self, days: int = 0) -> list[Class]:
        """Classes whose time has been over for so many days."""
        before = self._clock.now() - days * _DAY
        with self._database.read() as connection:
            rows = connection.execute(sa.select(classes).where(classes.c.ends_at <= before))
            return [as_class(row) for row in rows]

    # --- parts of a transaction ---

    def _open(self, connection: sa.Connection, person: Person, number: int) -> None:
        mine = teachers.c.browser == person.browser
        connection.execute(sa.update(teachers).where(mine).values(classroom=number))


def _checked_days(days: int) -> int:
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise InputError(message("A class lasts 1 to {most} days.", most=MOST_DAYS))
    return days


def _code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))


def _digest(key: str) -> bytes:
    """Of one length whatever the key's, so that comparing takes the same time."""
    return hashlib.sha256(key.encode()).digest()
