"""The database's revisions, for Alembic: one small step a file in `versions`, numbered from 1, in one line.

A new revision: add `versions/revision_N.py` with the step, count up REVISION, and change `digitlab.store.tables` to
what the step makes; a test compares the two. Programs of the revision before may still be at work on the database: what
a step adds has a default or may be null, and what it removes is not read any more.
"""

import sqlalchemy as sa

REVISION = 12  # the one that this program works with

# Alembic's own table. Optuna, in the same database, uses the name that Alembic would take by default.
VERSIONS = sa.table("digitlab_version", sa.column("version_num", sa.String))


def revision(connection: sa.Connection) -> int:
    """The revision that a database has; 0: none of our tables are there."""
    there = sa.inspect(connection)
    if there.has_table(VERSIONS.name):
        return int(connection.scalars(sa.select(VERSIONS.c.version_num)).one())
    return 1 if there.has_table("numbers") else 0  # revision 1 comes from before there was that table
