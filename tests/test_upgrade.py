"""A database that an older program made: it is brought to this program's revision, whole, whatever happens."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from digitlab.errors import StoreError, StoreFullError
from digitlab.jobs.supervisor import Supervisor
from digitlab.search import study
from digitlab.store import Store
from digitlab.store.migrations import REVISION, VERSIONS, revision
from digitlab.store.records import LOW, NORMAL
from digitlab.store.rights import OPERATOR
from digitlab.store.tables import metadata
from tests.database import revision_1
from tests.database.revision_1 import AT_WORK, SPEEDS, WAITING
from tests.test_store import begin, end, processes
from tests.test_supervisor import Workers

REMOVED = {"pins", "pin_readings"}  # nobody knows whose they were


@pytest.fixture
def before(url: str) -> revision_1.Rows:
    """The URL names a database of revision 1; its rows."""
    return revision_1.make(url)


def copy_of(url: str) -> Path | None:
    """What is put aside for an SQLite file."""
    parsed = sa.make_url(url)
    file = Path(str(parsed.database))
    return file.with_name("digitlab.revision-1.db") if parsed.get_backend_name() == "sqlite" else None


def check_upgraded(url: str, before: revision_1.Rows) -> None:
    """Every row of before is there."""
    after = revision_1.rows(url)
    for name, rows in before.items():
        if name in REMOVED:
            assert rows
            assert after[name] == []
        elif name == "checkpoints":
            assert after[name] == [row | {"file": f"runs/{row['job']}/{row['file']}"} for row in rows]
        elif name == "jobs":
            assert [row["spec"].get("out") for row in rows if "search" in row["spec"]]
            trials = {row["id"]: f"runs/{row['id']}" for row in rows if "search" in row["spec"] and row["spec"]["out"]}
            expected = [
                row | ({"spec": row["spec"] | {"out": trials[row["id"]]}} if row["id"] in trials else {})
                for row in rows
            ]
            assert after[name] == expected
        elif name == "numbers":
            assert {row["name"]: row["value"] for row in after[name]}["schema"] == 2, "older programs leave it alone"
        else:
            assert after[name] == rows, name
    if copy := copy_of(url):
        with closing(sqlite3.connect(copy)) as aside:
            assert aside.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert revision_1.rows(f"sqlite:///{copy}") == before


def test_every_row_of_an_older_database_is_there_after_the_upgrade(url: str, before: revision_1.Rows) -> None:
    with Store(url) as store:
        check_upgraded(url, before)
        assert {job.id for job in store.jobs.all() if (job.priority, job.preemptible) == (LOW, True)} == {*SPEEDS}
        assert {(job.priority, job.preemptible) for job in store.jobs.all() if job.id not in SPEEDS} == {
            (NORMAL, False)
        }
        assert [run.name for run in store.runs.all()][-2:] == ["a fork", "the first"]
        assert [len(store.runs.steps(run)) for run in (1, 2)] == [20, 15]
        assert store.pins.of(1) == []
        kept = store.drawings.of("a" * 64)
        assert [(one.label, one.shared) for one in kept] == [(3, True), (7, False)]


def test_an_older_search_goes_on_after_the_upgrade(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'digitlab.db'}"
    revision_1.make(url)
    with Store(url) as store:
        (search,) = store.searches.all(OPERATOR)
        with study.opened(store, search, 2) as opened:
            assert [trial.state.name for trial in opened.get_trials()] == ["COMPLETE"] * 2
        (trial,) = store.searches.advance(1)
        assert store.searches.trials(search.id)[-1].run.id == trial.id


@pytest.mark.parametrize("older", [False, True])
def test_the_revisions_make_the_tables_that_the_program_works_with(url: str, older: bool) -> None:
    if older:
        revision_1.make(url)
    with Store(url) as store, store.database.read() as connection:
        options: dict[str, Any] = {
            "version_table": VERSIONS.name,
            "compare_server_default": True,
            "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,  # Optuna's are its own
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
        assert revision(connection) == REVISION


def test_the_revisions_are_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", "digitlab.store:migrations")
    line = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [one.revision for one in line] == [str(number) for number in range(REVISION, 0, -1)]


def _open(url: str, start: Event, got: Any) -> None:
    start.wait()
    with Store(url) as store:
        got.put(store.jobs.submit(OPERATOR, "test", {}).id)


def test_processes_that_start_at_once_upgrade_it_once(url: str, before: revision_1.Rows) -> None:
    start, got = processes.Event(), processes.Queue()
    openers = begin(_open, [(url, start, got) for _ in range(4)])
    start.set()
    assert sorted(got.get(timeout=60) for _ in openers) == [10, 11, 12, 13]
    end(openers)
    got.close()
    with Store(url) as store:
        for job in (10, 11, 12, 13):
            with store.database.write() as connection:
                connection.execute(sa.delete(metadata.tables["jobs"]).where(metadata.tables["jobs"].c.id == job))
    check_upgraded(url, before)


# --- killed in the middle of it ---

STOPS = """
import os, signal, sys
import sqlalchemy as sa
from digitlab.store import Store

url, where = sys.argv[1:]

def stop(said):
    if where in said:
        print("here", flush=True)
        signal.pause()

replace = os.replace
def stopped_replace(*paths):
    stop("before the copy has its name")
    replace(*paths)
    stop("after the copy has its name")
os.replace = stopped_replace

@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def executed(connection, cursor, statement, *_):
    stop(statement)

@sa.event.listens_for(sa.Engine, "commit")
def commits(connection):
    if connection.get_execution_options().get("for_writing"):
        stop("before the commit")

Store(url).close()
print("not stopped", flush=True)
"""


def kill(url: str, where: str) -> None:
    """Begin to upgrade, and be killed there; the database is as before."""
    before = revision_1.rows(url)
    with subprocess.Popen([sys.executable, "-c", STOPS, url, where], stdout=subprocess.PIPE) as begun:
        assert begun.stdout
        assert begun.stdout.readline() == b"here\n"
        begun.send_signal(signal.SIGKILL)
    assert revision_1.rows(url) == before
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert revision(connection) == 1
    engine.dispose()


@pytest.mark.parametrize(
    "where",
    [
        "INSERT INTO digitlab_version",
        "ALTER TABLE jobs ADD COLUMN preemptible",
        "DELETE FROM pins",
        "UPDATE digitlab_version",
        "before the commit",
    ],
)
def test_an_upgrade_that_is_killed_leaves_the_database_as_it_was_and_is_done_by_the_next(
    url: str, before: revision_1.Rows, where: str
) -> None:
    kill(url, where)
    Store(url).close()
    check_upgraded(url, before)


def test_an_upgrade_that_is_killed_while_it_copies_leaves_nothing_that_is_in_the_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'digitlab.db'}"
    before = revision_1.make(url)
    for where in ("before the copy has its name", "after the copy has its name", "before the copy has its name"):
        kill(url, where)
    Store(url).close()
    check_upgraded(url, before)
    names = {path.name for path in tmp_path.iterdir()}
    assert names <= {"digitlab.db", "digitlab.db-wal", "digitlab.db-shm", "digitlab.revision-1.db"}


def test_where_no_copy_can_be_put_aside_the_database_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'digitlab.db'}"
    before = revision_1.make(url)

    def no_room(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("os.replace", no_room)
        with pytest.raises(StoreFullError, match=r"could not be copied .*No space left on device.* takes 0\.2 MB"):
            Store(url)
    assert revision_1.rows(url) == before
    assert {path.suffix for path in tmp_path.iterdir()} <= {".db", ".db-wal", ".db-shm"}
    copy = copy_of(url)
    assert copy is not None
    assert not copy.exists()
    Store(url).close()
    check_upgraded(url, before)


# --- which databases are brought to it ---


def test_a_database_of_a_newer_revision_is_refused_and_left_alone(url: str) -> None:
    with Store(url) as store, store.database.write() as connection:
        connection.execute(sa.update(VERSIONS).values(version_num=str(REVISION + 1)))
    before = revision_1.rows(url)
    with pytest.raises(StoreError, match="A newer version of DigitLab made this database"):
        Store(url)
    assert revision_1.rows(url) == before


def test_a_database_from_before_the_first_revision_is_refused_in_a_line(url: str, before: revision_1.Rows) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE runs DROP COLUMN parent_epochs"))
    with pytest.raises(StoreError, match=r"^An early version of DigitLab.* Trained models stay\.$"):
        Store(url)
    with engine.connect() as connection:
        assert revision(connection) == 1
    engine.dispose()


def test_a_start_that_upgrades_nothing_does_not_wait_for_alembic(home: Path) -> None:
    Store().close()
    look = "import sys; from digitlab.store import Store; Store().close(); print('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, check=True).stdout == b"False\n"


# --- a worker of the program before, at work meanwhile ---

# What a worker of revision 1 says to the database, word for word.
BEAT = "UPDATE jobs SET beats=(jobs.beats + 1), beat_at=1 WHERE jobs.id = :job AND jobs.attempt = 1"
ROW = (
    "INSERT INTO step_metrics (job, step, epoch, loss, accuracy, learning_rate, digits_per_second, seconds) "
    "VALUES (:job, :step, 1, 0.5, 0.5, 0.001, 1000.0, 1.0)"
)
LOOK = (
    "SELECT jobs.id, jobs.kind, jobs.state, jobs.spec, jobs.created_at, jobs.queued_at, jobs.started_at, "
    "jobs.ended_at, jobs.attempt, jobs.worker, jobs.beats, jobs.beat_at, jobs.resumed_by_itself, jobs.done, "
    "jobs.total, jobs.reason, jobs.result FROM jobs WHERE jobs.id = :job"
)
PINS = "SELECT pins.id, pins.job, pins.label, pins.image FROM pins WHERE pins.job = :job ORDER BY pins.id"
END = "UPDATE jobs SET state='finished', ended_at=1, worker=NULL, reason=NULL, result='{}' WHERE jobs.id = :job"


def _work(url: str, began: Event, leave: Event, told: Any) -> None:
    """Write rows until told to leave; tells the last step, or -1 once the run is another worker's."""
    patience = {"timeout": 60} if url.startswith("sqlite") else {"options": "-c lock_timeout=60000"}
    engine = sa.create_engine(url, connect_args=patience)
    step = 10
    while True:
        last = leave.is_set()
        with engine.begin() as connection:
            if not connection.execute(sa.text(BEAT), {"job": AT_WORK}).rowcount:
                step = -1
                break
            step += 2
            connection.execute(sa.text(ROW), {"job": AT_WORK, "step": step})
            connection.execute(sa.text(LOOK), {"job": AT_WORK}).one()
            connection.execute(sa.text(PINS), {"job": AT_WORK}).all()
            if last:
                connection.execute(sa.text(END), {"job": AT_WORK})
                break
        if step > 30:
            began.set()
    told.put(step)
    engine.dispose()


def test_a_worker_of_the_program_before_is_left_to_end(url: str, before: revision_1.Rows) -> None:
    began, leave, told = processes.Event(), processes.Event(), processes.Queue()
    old = begin(_work, [(url, began, leave, told)])
    began.wait()
    with Store(url) as store:
        workers = Workers()
        supervisor = Supervisor(store, slots=1, launcher=workers)
        assert supervisor.look() == []
        leave.set()
        last = told.get(timeout=60)
        end(old)
        assert [step.step for step in store.runs.steps(AT_WORK)] == list(range(2, last + 1, 2))
        ended = store.jobs.get(AT_WORK)
        assert (ended.state, ended.attempt) == ("finished", 1)
        assert [job.id for job in supervisor.look()] == [WAITING]
    told.close()


def test_a_worker_of_the_program_before_that_is_gone_is_replaced_once(url: str, before: revision_1.Rows) -> None:
    began, leave, told = processes.Event(), processes.Event(), processes.Queue()
    old = begin(_work, [(url, began, leave, told)])
    began.wait()
    with Store(url) as store:
        workers = Workers()
        workers.lives["elsewhere 4711 1"] = "ended"
        supervisor = Supervisor(store, slots=1, launcher=workers)
        while not workers.started:  # as long as it beats in the moment of the look, it is left alone
            supervisor.look()
        assert told.get(timeout=60) == -1, "it was only taken for dead, and may write no more"
        end(old)
        for _ in range(3):
            supervisor.look()
        assert workers.started == [(AT_WORK, 2)]
        again = store.jobs.get(AT_WORK)
        assert (again.state, again.attempt, again.resumed_by_itself) == ("starting", 2, True)
    told.close()
