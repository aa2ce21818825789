"""Whose turn it is: the queue serves people one after the other, and each person's jobs in the order of their coming.

Of what waits, a person's first job comes before anybody's second one. Among first jobs, theirs comes first who was
served least recently; a claim notes that. What was interrupted, and goes on by itself, comes before all of its
priority, and so does what a teacher has put in front.
"""

import sqlalchemy as sa

from digitlab.store.records import ACTIVE
from digitlab.store.tables import classes, jobs, numbers, served

# Those of one address who keep no cookie are one person; the server's operator is one, too.
_PERSON = sa.func.coalesce(jobs.c.owner, jobs.c.address, "")
_LAST_SERVED = sa.func.coalesce(
    sa.select(served.c.claim).where(served.c.person == _PERSON).correlate(jobs).scalar_subquery(), 0
)
_PLACE = sa.func.row_number().over(
    partition_by=[jobs.c.state, jobs.c.priority, _PERSON],
    order_by=[jobs.c.resumed_by_itself.desc(), jobs.c.preferred.desc(), jobs.c.turn, jobs.c.id],
)

# In which order jobs are taken.
ORDER = (
    jobs.c.priority.desc(),
    jobs.c.resumed_by_itself.desc(),
    jobs.c.preferred.desc(),
    _PLACE,
    _LAST_SERVED,
    jobs.c.turn,
    jobs.c.id,
)


def may_begin() -> sa.ColumnElement[bool]:
    """Jobs whose person has not as many at work as their class allows."""
    others = jobs.alias()
    at_work = sa.select(sa.func.count()).where(
        others.c.owner == jobs.c.owner, others.c.classroom == jobs.c.classroom, others.c.state.in_(ACTIVE)
    )
    full = sa.select(classes.c.id).where(
        classes.c.id == jobs.c.classroom,
        classes.c.at_once > 0,
        classes.c.teacher != jobs.c.owner,
        classes.c.at_once <= at_work.correlate(jobs).scalar_subquery(),
    )
    return ~sa.exists(full.correlate(jobs))


def serve(connection: sa.Connection, job: int) -> None:
    """Note, in a claim, that this job's person was served now."""
    person = connection.scalar(sa.select(_PERSON).where(jobs.c.id == job))
    count = sa.select(numbers.c.value).where(numbers.c.name == "claims").scalar_subquery()
    if not connection.execute(sa.update(served).where(served.c.person == person).values(claim=count)).rowcount:
        connection.execute(sa.insert(served).values(person=person, claim=count))
