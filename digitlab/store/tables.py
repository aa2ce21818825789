"""The tables. Optuna makes its own in the same database (trials, studies, alembic_version …): no name is shared."""

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

# Counts up with every change after the first release, when older databases will have to be brought to it. Until then
# nobody's runs are at stake: a database of another shape is told from this one by its columns, and refused.
SCHEMA = 1

metadata = MetaData()

# One number a name: the schema's version, and a count of claims whose row every claim writes first, so that claims of
# all processes come one after the other on any database.
numbers = Table(
    "numbers",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
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
    sqlite_autoincrement=True,  # a number names a folder, so none is given twice
)


def _job(key: bool = True) -> Column[int]:
    return Column("job", Integer, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, primary_key=key)


runs = Table(
    "runs",
    metadata,
    _job(),
    Column("name", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("parameters", Integer, nullable=False),
    Column("parent", Integer, ForeignKey("jobs.id", ondelete="SET NULL")),  # the run that a fork branched off
    Column("parent_step", Integer),
    Column("parent_epochs", Double),
    Column("expected_epoch_seconds", Double),
    Column("best_validation", Double),
    Column("test_accuracy", Double),
    Column("test_loss", Double),
    Column("seconds", Double),
    Column("model", Text),
)

step_metrics = Table(
    "step_metrics",
    metadata,
    _job(),
    Column("step", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("loss", Double, nullable=False),
    Column("accuracy", Double, nullable=False),
    Column("learning_rate", Double, nullable=False),
    Column("digits_per_second", Double, nullable=False),
    Column("seconds", Double, nullable=False),
)

epoch_metrics = Table(
    "epoch_metrics",
    metadata,
    _job(),
    Column("epoch", Integer, primary_key=True),
    Column("step", Integer, nullable=False),
    Column("loss", Double, nullable=False),
    Column("accuracy", Double, nullable=False),
    Column("val_loss", Double),
    Column("val_accuracy", Double),
    Column("seconds", Double, nullable=False),
    Column("dead", JSON),  # share of dead units by layer
)

pins = Table(
    "pins",
    metadata,
    Column("id", Integer, primary_key=True),
    _job(key=False),
    Column("label", Text, nullable=False),
    Column("image", LargeBinary, nullable=False),  # 28×28 float32, little-endian
    Index("pins_by_job", "job", "id"),
    sqlite_autoincrement=True,
)

pin_readings = Table(
    "pin_readings",
    metadata,
    Column("pin", Integer, ForeignKey("pins.id", ondelete="CASCADE"), nullable=False, primary_key=True),
    Column("step", Integer, nullable=False, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("probabilities", JSON, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    _job(),
    Column("step", Integer, primary_key=True),
    Column("epoch", Integer),  # the epoch that ends here; null within one
    Column("file", Text, nullable=False),  # its name in the run's folder
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
)

commands = Table(
    "commands",
    metadata,
    Column("id", Integer, primary_key=True),
    _job(key=False),
    Column("kind", String(16), nullable=False),
    Column("value", Double),
    Column("sent_at", Double, nullable=False),
    Column("step", Integer),  # after which it was taken
    Column("taken_at", Double),
    Index("commands_by_job", "job", "id"),
    sqlite_autoincrement=True,
)

searches = Table(
    "searches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("plan", JSON, nullable=False),
    Column("following", Integer, nullable=False, default=0),  # the number of the trial that is to be queued next
    Column("created_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

search_trials = Table(
    "search_trials",
    metadata,
    _job(),
    Column("search", Integer, ForeignKey("searches.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("settings", JSON),  # what Optuna chose; null until it begins
    Column("pruned", Boolean, nullable=False, default=False),
    Index("search_trials_once", "search", "number", unique=True),
)

# Who let drawings be kept: a browser, known by the SHA-256 of the identifier in its cookie.
visitors = Table(
    "visitors",
    metadata,
    Column("browser", String(64), primary_key=True),
    Column("agreed_at", Double, nullable=False),
    Column("kept", Integer, nullable=False, default=0),  # drawings so far; written before each, so that they queue up
)

drawings = Table(
    "drawings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("browser", String(64), ForeignKey("visitors.browser", ondelete="CASCADE"), nullable=False),
    Column("label", Integer, nullable=False),
    Column("model", String(12), nullable=False),  # which network answered: its hash
    Column("answered", Integer),  # with which digit; null where it said "?"
    Column("strokes", JSON, nullable=False),  # [[brush, [x0, y0, x1, y1, …]], …] in pixels of the pad
    Column("picture", LargeBinary, nullable=False),  # [28 × 28] bytes, what the network saw
    Column("shared", Boolean, nullable=False, default=False),
    Column("made_at", Double, nullable=False),
    Index("drawings_by_browser", "browser", "id"),
    sqlite_autoincrement=True,  # a number in an address is never another drawing's later on
)
