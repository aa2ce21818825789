"""Accounts: which browsers are logged in, and what comes along when one logs in.

A browser that is logged in is its account: pages, routes and rights know it by the account's name, which is of the same
kind as a browser's, so everything that belongs to a person can belong to an account. A login is for the browser in
which it happened. It ends when that browser logs out, logs in anew, or after `LASTS`, and what has ended does not come
back: a copy of its cookie makes no other browser the account.
"""

import sqlalchemy as sa

from digitlab.clock import Clock
from digitlab.store.database import Database, insert_new
from digitlab.store.tables import (
    classes,
    drawings,
    jobs,
    logins,
    members,
    models,
    pins,
    searches,
    served,
    slices,
    starts,
    teachers,
    visitors,
)

LASTS = 30 * 86_400.0  # seconds; as long as Streamlit's cookie
_REMEMBERED = 2 * LASTS  # then no cookie can tell of the login any more


class Accounts:
    """All logins. Every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, browser: str) -> str | None:
        """The account that is logged in there; None where none is."""
        query = sa.select(logins.c.account).where(logins.c.browser == browser, self._holds())
        with self._database.read() as connection:
            return connection.scalar(query.order_by(logins.c.at.desc()))

    def attach(self, browser: str, account: str, login: str) -> bool:
        """Make a browser the account's, with all that it has; the same login can do so again and again.

        Who is in a class by their account stays in it: the browser leaves its own class, and what was made there stays
        there. A teacher's account joins no class. A teacher's browser brings nothing to the account of a pupil, and
        is the teacher's again after that.

        Args:
            browser: as `visitor.known` names it.
            account: its name.
            login: names this one login of the account.

        Returns:
            Whether the browser is the account's now; not where the login has ended, or was another browser's.
        """
        now = self._clock.now()
        with self._database.write() as connection:
            connection.execute(sa.delete(logins).where(logins.c.at < now - _REMEMBERED))
            others = (logins.c.browser == browser) & (logins.c.login != login)
            values = {"login": login, "browser": browser, "account": account, "at": now}
            insert_new(connection, logins, values)
            mine = (logins.c.login == login) & (logins.c.browser == browser) & (logins.c.account == account)
            if connection.scalar(sa.select(logins.c.at).where(mine, self._holds())) is None:
                return False
            connection.execute(sa.update(logins).where(others).values(ended=True))
            is_pupil = _is_pupil(connection, account, now)
            if not (is_pupil and _teaches(connection, browser)):
                _bring_classes(connection, browser, account, stays=is_pupil)
                _bring_things(connection, browser, account)
        return True

    def detach(self, browser: str) -> None:
        """The browser is itself again, and has nothing of the account's."""
        with self._database.write() as connection:
            connection.execute(sa.update(logins).where(logins.c.browser == browser).values(ended=True))

    def _holds(self) -> sa.ColumnElement[bool]:
        return ~logins.c.ended & (logins.c.at > self._clock.now() - LASTS)


# --- parts of a transaction ---


def _is_pupil(connection: sa.Connection, account: str, now: float) -> bool:
    living = sa.select(members.c.classroom).join(classes, classes.c.id == members.c.classroom)
    return connection.scalar(living.where(members.c.browser == account, classes.c.ends_at > now)) is not None


def _teaches(connection: sa.Connection, person: str) -> bool:
    proof = sa.select(teachers.c.browser).where(teachers.c.browser == person)
    made = sa.select(classes.c.teacher).where(classes.c.teacher == person)
    return connection.scalar(proof.union(made)) is not None


def _bring_classes(connection: sa.Connection, browser: str, account: str, *, stays: bool) -> None:
    """Membership, or a teacher's proof and classes; `stays`: the account is in a class."""
    connection.execute(sa.update(classes).where(classes.c.teacher == browser).values(teacher=account))
    _bring_row(connection, teachers.c.browser, browser, account)
    of_account, of_browser = members.c.browser == account, members.c.browser == browser
    if stays or _teaches(connection, account):
        connection.execute(sa.delete(members).where(of_browser))
    elif connection.scalar(sa.select(members.c.browser).where(of_browser)) is not None:
        connection.execute(sa.delete(members).where(of_account))  # that class is over
        connection.execute(sa.update(members).where(of_browser).values(browser=account))


def _bring_things(connection: sa.Connection, browser: str, account: str) -> None:
    """Runs and all other jobs, searches, models, pins, slices, drawings; and what limits and turns count."""
    for owner in (jobs.c.owner, searches.c.owner, starts.c.owner, models.c.owner, pins.c.owner):
        connection.execute(sa.update(owner.table).where(owner == browser).values(owner=account))
    _bring_row(connection, served.c.person, browser, account)
    _bring_slices(connection, browser, account)
    # The lock keeps a drawing of this moment from going with the browser's row.
    kept = connection.execute(sa.select(visitors).where(visitors.c.browser == browser).with_for_update()).one_or_none()
    if kept is None:
        return
    insert_new(connection, visitors, {"browser": account, "agreed_at": kept.agreed_at, "kept": 0})
    theirs = sa.update(visitors).where(visitors.c.browser == account)
    connection.execute(theirs.values(kept=visitors.c.kept + kept.kept))
    connection.execute(sa.update(drawings).where(drawings.c.browser == browser).values(browser=account))
    connection.execute(sa.delete(visitors).where(visitors.c.browser == browser))


def _bring_slices(connection: sa.Connection, browser: str, account: str) -> None:
    """A name that the account has already gets a number."""
    taken = set(connection.scalars(sa.select(slices.c.name).where(slices.c.browser == account)))
    mine = sa.select(slices.c.id, slices.c.name).where(slices.c.browser == browser).order_by(slices.c.id)
    for row in connection.execute(mine).all():
        name, number = row.name, 1
        while name in taken:
            number += 1
            name = f"{row.name} ({number})"
        taken.add(name)
        connection.execute(sa.update(slices).where(slices.c.id == row.id).values(browser=account, name=name))


def _bring_row(connection: sa.Connection, person: sa.Column[str], browser: str, account: str) -> None:
    """A person's one row of a table; where the account has one, that stays."""
    table = person.table
    if connection.scalar(sa.select(person).where(person == account)) is None:
        connection.execute(sa.update(table).where(person == browser).values({person: account}))
    else:
        connection.execute(sa.delete(table).where(person == browser))
