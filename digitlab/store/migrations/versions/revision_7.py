"""Work is done in pools: each has its places and threads; a job and a search belong to one, and a job has a node."""

import sqlalchemy as sa
from alembic import op

revision = "7"
down_revision = "6"


def upgrade() -> None:
    op.create_table(
        "pools",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("launcher", sa.String(16), nullable=False),
        sa.Column("places", sa.Integer, nullable=False),
        sa.Column("threads", sa.Integer, nullable=False),
        sa.Column("nodes", sa.JSON),
    )
    for table in ("jobs", "searches"):
        op.add_column(table, sa.Column("pool", sa.String(40), nullable=False, server_default="default"))
    op.add_column("jobs", sa.Column("node", sa.Text))
    op.create_index("jobs_by_pool", "jobs", ["pool", "state"])
