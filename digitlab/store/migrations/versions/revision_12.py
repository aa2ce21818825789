"""Runs and models that an operator has hidden."""

import sqlalchemy as sa
from alembic import op

revision = "12"
down_revision = "11"


def upgrade() -> None:
    for table in ("jobs", "models"):
        op.add_column(table, sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.true()))
