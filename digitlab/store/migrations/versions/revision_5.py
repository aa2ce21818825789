"""Classes: who teaches, who is a member, in which class a thing was made, and whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"


def upgrade() -> None:
    for table in ("jobs", "searches", "drawings"):
        op.add_column(table, sa.Column("classroom", sa.Integer))
    op.add_column("jobs", sa.Column("preferred", sa.Integer, nullable=False, server_default="0"))
    op.create_index("jobs_by_classroom", "jobs", ["classroom"])
    op.create_index("drawings_by_classroom", "drawings", ["classroom", "id"])
    op.create_table(
        "models",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("owner", sa.String(64)),
        sa.Column("classroom", sa.Integer),
    )
    op.create_table(
        "teachers",
        sa.Column("browser", sa.String(64), primary_key=True),
        sa.Column("proved_at", sa.Double, nullable=False),
        sa.Column("classroom", sa.Integer),
    )
    op.create_table(
        "classes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("code", sa.String(12), nullable=False, unique=True),
        sa.Column("teacher", sa.String(64), nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.Column("ends_at", sa.Double, nullable=False),
        sa.Column("at_once", sa.Integer, nullable=False, server_default="0"),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("shown", sa.JSON),
        sa.Index("classes_by_teacher", "teacher"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "members",
        sa.Column("browser", sa.String(64), primary_key=True),
        sa.Column("classroom", sa.Integer, sa.ForeignKey("classes.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("joined_at", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double),
        sa.Column("doing", sa.JSON),
        sa.Index("members_by_classroom", "classroom", "name"),
    )
    op.create_table(
        "tries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Index("tries_by_address", "address", "at"),
    )
    op.create_table(
        "served",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("claim", sa.Integer, nullable=False),
    )
