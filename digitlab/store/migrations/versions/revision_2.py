"""Jobs have a priority and may give their place away; a pinned picture belongs to who pinned it."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"

_numbers = sa.table("numbers", sa.column("name"), sa.column("value"))
_jobs = sa.table("jobs", sa.column("kind"), sa.column("priority"), sa.column("preemptible"))
_pins = sa.table("pins")


def upgrade() -> None:
    # Programs from before migrations look at this number, and leave a database alone that has a higher one. The row is
    # the first that a claim writes: claims that have begun end before the tables change.
    op.execute(sa.update(_numbers).where(_numbers.c.name == "schema").values(value=2))
    op.execute(sa.update(_numbers).where(_numbers.c.name == "claims").values(value=_numbers.c.value + 1))
    op.add_column("jobs", sa.Column("priority", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("preemptible", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(sa.update(_jobs).where(_jobs.c.kind == "speed").values(priority=-1, preemptible=sa.true()))
    op.execute(sa.delete(_pins))  # their owners are unknown; their readings go with them
    op.add_column("pins", sa.Column("owner", sa.String(64)))
    op.add_column("pins", sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.false()))
