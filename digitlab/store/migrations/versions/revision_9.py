"""A run keeps how long all of it should take, so that the queue can say when what waits should start."""

import sqlalchemy as sa
from alembic import op

revision = "9"
down_revision = "8"


def upgrade() -> None:
    op.add_column("runs", sa.Column("expected_seconds", sa.Double))
