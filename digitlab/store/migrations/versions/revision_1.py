"""The tables as they were before there were migrations: what a program of then made is this revision.

They stay as they are here, whatever becomes of them later.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

revision = "1"
down_revision = None

TABLES = MetaData()

numbers = Table(
    "numbers",
    TABLES,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

Table(
    "jobs",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("spec", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("queued_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("attempt", Integer, nullable=False, default=0),
    Column("worker", Text),
    Column("beats", Integer, nullable=False, default=0),
    Column("beat_at", Double),
    Column("resumed_by_itself", Boolean, nullable=False, default=False),
    Column("done", Double, nullable=False, default=0.0),
    Column("total", Double),
    Column("reason", Text),
    Column("result", JSON),
    Index("jobs_by_state", "state", "queued_at"),
    sqlite_autoincrement=True,
)


def _job(key: bool = True) -> Column[int]:
    return Column("job", Integer, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, primary_key=key)


Table(
    "runs",
    TABLES,
    _job(),
    Column("name", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("parameters", Integer, nullable=False),
    Column("parent", Integer, ForeignKey("jobs.id", ondelete="SET NULL")),
    Column("parent_step", Integer),
    Column("parent_epochs", Double),
    Column("expected_epoch_seconds", Double),
    Column("best_validation", Double),
    Column("test_accuracy", Double),
    Column("test_loss", Double),
    Column("seconds", Double),
    Column("model", Text),
)

Table(
    "step_metrics",
    TABLES,
    _job(),
    Column("step", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("loss", Double, nullable=False),
    Column("accuracy", Double, nullable=False),
    Column("learning_rate", Double, nullable=False),
    Column("digits_per_second", Double, nullable=False),
    Column("seconds", Double, nullable=False),
)

Table(
    "epoch_metrics",
    TABLES,
    _job(),
    Column("epoch", Integer, primary_key=True),
    Column("step", Integer, nullable=False),
    Column("loss", Double, nullable=False),
    Column("accuracy", Double, nullable=False),
    Column("val_loss", Double),
    Column("val_accuracy", Double),
    Column("seconds", Double, nullable=False),
    Column("dead", JSON),
)

Table(
    "pins",
    TABLES,
    Column("id", Integer, primary_key=True),
    _job(key=False),
    Column("label", Text, nullable=False),
    Column("image", LargeBinary, nullable=False),
    Index("pins_by_job", "job", "id"),
    sqlite_autoincrement=True,
)

Table(
    "pin_readings",
    TABLES,
    Column("pin", Integer, ForeignKey("pins.id", ondelete="CASCADE"), nullable=False, primary_key=True),
    Column("step", Integer, nullable=False, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("probabilities", JSON, nullable=False),
)

Table(
    "checkpoints",
    TABLES,
    _job(),
    Column("step", Integer, primary_key=True),
    Column("epoch", Integer),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
)

Table(
    "commands",
    TABLES,
    Column("id", Integer, primary_key=True),
    _job(key=False),
    Column("kind", String(16), nullable=False),
    Column("value", Double),
    Column("sent_at", Double, nullable=False),
    Column("step", Integer),
    Column("taken_at", Double),
    Index("commands_by_job", "job", "id"),
    sqlite_autoincrement=True,
)

Table(
    "searches",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("plan", JSON, nullable=False),
    Column("following", Integer, nullable=False, default=0),
    Column("created_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

Table(
    "search_trials",
    TABLES,
    _job(),
    Column("search", Integer, ForeignKey("searches.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("settings", JSON),
    Column("pruned", Boolean, nullable=False, default=False),
    Index("search_trials_once", "search", "number", unique=True),
)

Table(
    "visitors",
    TABLES,
    Column("browser", String(64), primary_key=True),
    Column("agreed_at", Double, nullable=False),
    Column("kept", Integer, nullable=False, default=0),
)

Table(
    "drawings",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("browser", String(64), ForeignKey("visitors.browser", ondelete="CASCADE"), nullable=False),
    Column("label", Integer, nullable=False),
    Column("model", String(12), nullable=False),
    Column("answered", Integer),
    Column("strokes", JSON, nullable=False),
    Column("picture", LargeBinary, nullable=False),
    Column("shared", Boolean, nullable=False, default=False),
    Column("made_at", Double, nullable=False),
    Index("drawings_by_browser", "browser", "id"),
    sqlite_autoincrement=True,
)


def upgrade() -> None:
    TABLES.create_all(op.get_bind())
    op.bulk_insert(numbers, [{"name": "schema", "value": 1}, {"name": "claims", "value": 0}])
