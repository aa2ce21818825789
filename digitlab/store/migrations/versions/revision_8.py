"""Runs have tags."""

import sqlalchemy as sa
from alembic import op

revision = "8"
down_revision = "7"


def upgrade() -> None:
    op.add_column("runs", sa.Column("tags", sa.Text))
