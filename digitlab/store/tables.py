"""The tables of the newest revision; how a database comes to have them stands in `migrations`.

Optuna makes its own in the same database (trials, studies, alembic_version …): no name is shared.
"""

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
    false,
    true,
)

from digitlab.store.columns import Sentence, Tags, Words

metadata = MetaData()

# One number a name. Every claim first writes the row "claims", so that claims of all processes come one after the other
# on any database; a transaction that counts a person's runs writes "starts" first. "schema" is for programs from before
# migrations: where it is more than 1 they leave a database alone.
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
    Column("reason", Sentence),
    Column("result", JSON),
    Column("priority", Integer, nullable=False, server_default="0"),  # the higher comes first
    Column("preemptible", Boolean, nullable=False, server_default=false()),  # gives its slot to a higher priority
    Column("turn", Integer, nullable=False, server_default="0"),  # the lower comes first, within a priority
    Column("owner", String(64)),  # the browser that asked for it, as in `visitors`; null: the server's operator
    Column("address", String(64)),  # where that came from, as a hash
    Column("classroom", Integer),  # in which class it was made; null: in none
    Column("preferred", Integer, nullable=False, server_default="0"),  # by a teacher; the higher comes first
    Column("pool", String(40), nullable=False, server_default="default"),  # where it is done
    Column("node", Text),  # the machine that its worker is on, for people
    Column("shared", Boolean, nullable=False, server_default=true()),  # whether others than its owner may know of it
    Index("jobs_by_state", "state", "turn"),
    Index("jobs_by_pool", "pool", "state"),
    Index("jobs_by_turn", "turn"),
    Index("jobs_by_owner", "owner"),
    Index("jobs_by_address", "address"),
    Index("jobs_by_classroom", "classroom"),
    sqlite_autoincrement=True,  # a number names a folder, so none is given twice
)


# Where jobs are done, as the supervisor that acts for the pool says.
pools = Table(
    "pools",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("launcher", String(16), nullable=False),
    Column("places", Integer, nullable=False),
    Column("threads", Integer, nullable=False),
    Column("nodes", JSON),  # [{"name", "cpus", "free"}, …]
)


def _job(key: bool = True) -> Column[int]:
    return Column("job", Integer, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, primary_key=key)


runs = Table(
    "runs",
    metadata,
    _job(),
    Column("name", Sentence, nullable=False),
    Column("recipe", Words, nullable=False),
    Column("note", Words, nullable=False, default=""),
    Column("tags", Tags),
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
    Column("checkpoint_bytes", Double),  # what its checkpoints take at most; null for a run of an older program
    Column("expected_seconds", Double),  # what all of it should take; null where the machine was not measured
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
    Column("layers", JSON),  # sizes of each layer's kernels and of their gradient
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
    Column("plain_loss", Double),
    Column("plain_accuracy", Double),
)

pins = Table(
    "pins",
    metadata,
    Column("id", Integer, primary_key=True),
    _job(key=False),
    Column("label", Sentence, nullable=False),
    Column("image", LargeBinary, nullable=False),  # 28×28 float32, little-endian
    Column("owner", String(64)),  # the browser, as in `visitors`; null where a program of revision 1 added it
    Column("shared", Boolean, nullable=False, server_default=false()),
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
    Column("file", Text, nullable=False),  # the key of its blob
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
    Column("name", Sentence, nullable=False),
    Column("recipe", Words, nullable=False),
    Column("state", String(16), nullable=False),
    Column("plan", JSON, nullable=False),
    Column("following", Integer, nullable=False, default=0),  # the number of the trial that is to be queued next
    Column("created_at", Double, nullable=False),
    Column("owner", String(64)),  # as of jobs; its trials are this person's
    Column("address", String(64)),
    Column("classroom", Integer),
    Column("pool", String(40), nullable=False, server_default="default"),  # as of jobs
    sqlite_autoincrement=True,
)

# Who asked for how many runs, for a day: what is deleted meanwhile counts all the same.
starts = Table(
    "starts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner", String(64)),
    Column("address", String(64)),
    Column("runs", Integer, nullable=False),
    Column("at", Double, nullable=False),
    Index("starts_by_time", "at"),
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
    Column("address", String(64)),  # where it came from, as a hash
    Column("classroom", Integer),  # in which class it was kept; null: in none
    Index("drawings_by_browser", "browser", "id"),
    Index("drawings_by_address", "address"),
    Index("drawings_shared", "shared", "id"),
    Index("drawings_by_classroom", "classroom", "id"),
    sqlite_autoincrement=True,  # a number in an address is never another drawing's later on
)

# Digits of MNIST that a browser chose and named.
slices = Table(
    "slices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("browser", String(64), nullable=False),  # as in `visitors`
    Column("name", Words, nullable=False),
    Column("part", String(8), nullable=False),  # of MNIST
    Column("digits", LargeBinary, nullable=False),  # a bit for each digit of the part, compressed
    Column("origin", JSON, nullable=False),  # how they were chosen
    Column("made_at", Double, nullable=False),
    Column("address", String(64)),  # where it came from, as a hash
    Column("classroom", Integer),  # in which class it was made; null: in none
    Index("slices_by_browser", "browser", "id"),
    Index("slices_by_address", "address"),
    sqlite_autoincrement=True,
)

# Whose a trained model is; what has no row belongs to the server's teachers.
models = Table(
    "models",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("owner", String(64)),
    Column("classroom", Integer),
    Column("shared", Boolean, nullable=False, server_default=true()),  # as its run is
)

# Who has proved the teacher key, by browser or account, and which class they have open.
teachers = Table(
    "teachers",
    metadata,
    Column("browser", String(64), primary_key=True),
    Column("proved_at", Double, nullable=False),
    Column("classroom", Integer),
)

classes = Table(
    "classes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Words, nullable=False),
    Column("code", String(12), nullable=False, unique=True),
    Column("teacher", String(64), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
    Column("at_once", Integer, nullable=False, server_default="0"),  # runs of a member at work; 0: no limit of its own
    Column("settings", JSON, nullable=False),
    Column("shown", JSON),  # what the teacher shows on every screen; null: nothing
    Index("classes_by_teacher", "teacher"),
    sqlite_autoincrement=True,
)

# Who is in a class, and what the class last saw of them.
members = Table(
    "members",
    metadata,
    Column("browser", String(64), primary_key=True),
    Column("classroom", Integer, ForeignKey("classes.id", ondelete="CASCADE"), nullable=False),
    Column("name", Words, nullable=False),
    Column("joined_at", Double, nullable=False),
    Column("seen_at", Double),
    Column("doing", JSON),  # the page, the run that is watched, the last drawing and its answer
    Index("members_by_classroom", "classroom", "name"),
)

# Wrong keys and codes of the last minute, by address.
tries = Table(
    "tries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", String(64), nullable=False),
    Column("what", String(8), nullable=False),
    Column("at", Double, nullable=False),
    Index("tries_by_address", "address", "at"),
)

# Which claim served a person last, so that people come in turn.
served = Table(
    "served",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("claim", Integer, nullable=False),
)

# Who has logged in where. All three names are SHA-256: of the login, as its issuer told of it, of the browser's
# identifier, and of the account's issuer and subject.
logins = Table(
    "logins",
    metadata,
    Column("login", String(64), primary_key=True),
    Column("browser", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("at", Double, nullable=False),
    Column("ended", Boolean, nullable=False, server_default=false()),  # logged out, or another login took its place
    Index("logins_by_browser", "browser"),
)
