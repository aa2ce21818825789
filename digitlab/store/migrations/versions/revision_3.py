"""The queue has an order of its own, without clocks; runs, searches and drawings say who asked for them."""

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"

_numbers = sa.table("numbers", sa.column("name"), sa.column("value"))
_jobs = sa.table("jobs", sa.column("id"), sa.column("queued_at"), sa.column("turn"))


def upgrade() -> None:
    op.add_column("jobs", sa.Column("turn", sa.Integer, nullable=False, server_default="0"))
    connection = op.get_bind()
    in_order = connection.scalars(sa.select(_jobs.c.id).order_by(_jobs.c.queued_at, _jobs.c.id)).all()
    for turn, job in enumerate(in_order, 1):
        connection.execute(sa.update(_jobs).where(_jobs.c.id == job).values(turn=turn))
    op.drop_index("jobs_by_state", "jobs")
    op.create_index("jobs_by_state", "jobs", ["state", "turn"])
    op.create_index("jobs_by_turn", "jobs", ["turn"])
    for table in ("jobs", "searches"):
        op.add_column(table, sa.Column("owner", sa.String(64)))
        op.add_column(table, sa.Column("address", sa.String(64)))
    op.create_index("jobs_by_owner", "jobs", ["owner"])
    op.create_index("jobs_by_address", "jobs", ["address"])
    op.add_column("runs", sa.Column("checkpoint_bytes", sa.Double))
    op.add_column("drawings", sa.Column("address", sa.String(64)))
    op.create_index("drawings_by_address", "drawings", ["address"])
    op.create_index("drawings_shared", "drawings", ["shared", "id"])
    op.create_table(
        "starts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", sa.String(64)),
        sa.Column("address", sa.String(64)),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Index("starts_by_time", "at"),
    )
    op.bulk_insert(_numbers, [{"name": "starts", "value": 0}])
