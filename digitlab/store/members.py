"""Who is in which class: joining, names, leaving, and what the class sees of each."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from digitlab.clock import Clock
from digitlab.errors import InputError
from digitlab.store.class_records import (
    LONGEST_NAME,
    Class,
    Member,
    as_class,
    checked_name,
    count_try,
    find_class,
    forgive_tries,
)
from digitlab.store.database import Database, insert_new
from digitlab.store.rights import Person, Thing, check, classes_exist
from digitlab.store.tables import classes, drawings, members
from digitlab.words import message

MOST_MEMBERS = 200
_LONGEST_CODE = 12


class Members:
    """All members of all classes. Every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def join(self, person: Person, code: str, name: str) -> Class:
        """Come into the class with this code, or, already there, take another name.

        Raises:
            InputError: there is no such class, it is full or over, the name is taken or cannot be used, there were too
                many wrong codes, or this person teaches or is in another class.
        """
        if person.browser is None:
            raise InputError(message("This browser keeps no cookies, so DigitLab cannot tell what is yours."))
        if person.teacher:
            raise InputError(message("A teacher does not join a class. Use another browser to see what students see."))
        found = self.with_code(person, code)
        name = checked_name(name, LONGEST_NAME)
        if person.classroom not in (None, found.id):
            raise InputError(message("You are in another class. Leave that class first."))
        with self._database.write() as connection:
            _check_free(connection, found.id, name, person.browser)
            here = sa.select(sa.func.count()).where(members.c.classroom == found.id)
            if (connection.scalar(here) or 0) >= MOST_MEMBERS:
                raise InputError(message("This class has {most} members, and no more can join.", most=MOST_MEMBERS))
            new = {"browser": person.browser, "classroom": found.id, "name": name, "joined_at": self._clock.now()}
            mine = members.c.browser == person.browser
            if not connection.execute(sa.update(members).where(mine).values(name=name, classroom=found.id)).rowcount:
                insert_new(connection, members, new)
        return found

    def with_code(self, person: Person, code: str) -> Class:
        """The class that has this code.

        Raises:
            InputError: none has it, or there were too many wrong ones.
        """
        wanted = "".join(code.upper().split())[:_LONGEST_CODE]
        query = sa.select(classes).where(classes.c.code == wanted, classes.c.ends_at > self._clock.now())
        with self._database.write() as connection:
            count_try(connection, person, "code", self._clock.now())
            row = connection.execute(query).one_or_none() if classes_exist() else None
            if row is not None:
                forgive_tries(connection, person, "code", 1)
        if row is None:
            raise InputError(message("No class has the code {code}. Ask your teacher.", code=wanted[:20]))
        return as_class(row)

    def rename(self, person: Person, browser: str, name: str) -> None:
        """Call a member otherwise: the member or their teacher says so.

        Raises:
            InputError: there is no such member, this person may not, or the name is taken or cannot be used.
        """
        name = checked_name(name, LONGEST_NAME)
        with self._database.write() as connection:
            member = _member(connection, browser)
            check(person, "rename", Thing("class", member.browser, member.classroom))
            _check_free(connection, member.classroom, name, browser)
            connection.execute(sa.update(members).where(members.c.browser == browser).values(name=name))

    def remove(self, person: Person, browser: str) -> None:
        """Take a member off the list: they leave, or their teacher says so.

        Raises:
            InputError: there is no such member, or this person may not.
        """
        with self._database.write() as connection:
            member = _member(connection, browser)
            check(person, "delete", Thing("class", member.browser, member.classroom))
            connection.execute(sa.delete(members).where(members.c.browser == browser))

    def of(self, person: Person, number: int) -> list[Member]:
        """Who is in a class, by name.

        Raises:
            InputError: there is no such class for this person.
        """
        query = sa.select(members).where(members.c.classroom == number).order_by(members.c.name)
        with self._database.read() as connection:
            check(person, "see", find_class(connection, number).thing)
            return [Member(**row._mapping) for row in connection.execute(query)]

    # --- what the server's one poller asks and writes, at most once a second each ---

    def board(self) -> tuple[list[Class], list[Member], dict[int, int]]:
        """All classes that go on, all of their members, and a number for each wall that changes with it; one query."""
        on_wall = (drawings.c.classroom == classes.c.id) & drawings.c.shared
        mark = sa.select(sa.func.coalesce(sa.func.sum(drawings.c.id * 10 + drawings.c.label), 0)).where(on_wall)
        wall = mark.correlate(classes).scalar_subquery().label("wall")
        query = sa.select(classes, wall, *[column.label(f"member_{column.name}") for column in members.c])
        query = query.outerjoin(members, members.c.classroom == classes.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query.where(classes.c.ends_at > self._clock.now())).all()
        found = {row.id: as_class(row) for row in rows}
        here = [
            Member(**{column.name: row._mapping[f"member_{column.name}"] for column in members.c})
            for row in rows
            if row.member_browser is not None
        ]
        walls = {row.id: int(row.wall) for row in rows}
        return list(found.values()), sorted(here, key=lambda member: member.name), walls

    def seen(self, doing: Mapping[str, Mapping[str, Any]]) -> None:
        """Note what members are doing now, by their browsers."""
        now = self._clock.now()
        update = sa.update(members).where(members.c.browser == sa.bindparam("who"))
        update = update.values(seen_at=now, doing=sa.bindparam("what"))
        with self._database.write() as connection:
            connection.execute(update, [{"who": browser, "what": dict(what)} for browser, what in doing.items()])


def _member(connection: sa.Connection, browser: str) -> sa.Row[Any]:
    row = connection.execute(sa.select(members).where(members.c.browser == browser)).one_or_none()
    if row is None:
        raise InputError(message("Nobody of that name is in the class."))
    return row


def _check_free(connection: sa.Connection, classroom: int, name: str, browser: str) -> None:
    taken = connection.execute(sa.select(members.c.name, members.c.browser).where(members.c.classroom == classroom))
    if any(row.name.casefold() == name.casefold() and row.browser != browser for row in taken):
        raise InputError(message("{name} is taken in this class. Choose another name.", name=name))
