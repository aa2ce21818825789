"""Runs have tags."""

import sqlalchemy as sa
from alembic import op

revision = "10"
down_revision = "9"


def upgrade() -> None:
    op.add_column("runs", sa.Column("tags", sa.Text))
