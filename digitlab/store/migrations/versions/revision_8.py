"""Slices: digits of MNIST that a person chose and named, to evaluate networks on."""

import sqlalchemy as sa
from alembic import op

revision = "8"
down_revision = "7"


def upgrade() -> None:
    op.create_table(
        "slices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("digits", sa.LargeBinary, nullable=False),
        sa.Column("origin", sa.JSON, nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.Column("address", sa.String(64)),
        sa.Column("classroom", sa.Integer),
        sa.Index("slices_by_browser", "browser", "id"),
        sa.Index("slices_by_address", "address"),
        sqlite_autoincrement=True,
    )
