"""Faults of the database: each has its sentence, the queue outlives it, and the reasons that are shown are true."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digitlab.cli import main
from digitlab.errors import StoreAwayError, StoreBusyError, StoreDamagedError, StoreError, StoreFullError
from digitlab.jobs import beside, last_words
from digitlab.jobs.supervisor import Supervisor
from digitlab.store import Store, database
from digitlab.store.records import Job
from digitlab.store.rights import OPERATOR
from digitlab.training.events import Step
from digitlab.words import Message
from digitlab.work import exchange
from digitlab.work.exchange import Exchange
from harness import kept_files
from tests.test_store import new_run
from tests.test_supervisor import SetClock, Workers
from tests.waiting import until


def damage(file: Path) -> None:
    """Overwrite the pages of an SQLite file but the first."""
    size = file.stat().st_size
    with file.open("r+b") as there:
        there.seek(4096)
        there.write(os.urandom(size - 4096))


@pytest.fixture
def damaged(home: Path) -> Path:
    """The database's file, which cannot be read."""
    with Store() as store:
        for _ in range(50):
            new_run(store)
    file = home / "digitlab.db"
    damage(file)
    return file


def test_a_damaged_database_has_its_sentence(damaged: Path) -> None:
    with pytest.raises(StoreDamagedError, match=r"^The database is damaged: .*`python -m digitlab storage check`"):
        Store().jobs.all()
    damaged.write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreDamagedError, match="storage check"):
        Store()


def test_a_row_that_is_no_json_any_more_is_damage(home: Path) -> None:
    with Store() as store:
        new_run(store)
        with store.database.write() as connection:
            connection.exec_driver_sql("UPDATE jobs SET spec = '{\"config'")
        with pytest.raises(StoreDamagedError):
            store.jobs.all()


def is_told(sentence: str) -> bool:
    return sentence in str(beside.trouble() or "")


def test_the_supervisor_beside_a_server_outlives_every_error_and_says_why_nothing_starts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "AGAIN", 0.01)
    for error, sentence in (
        (StoreDamagedError("The file is damaged."), "The file is damaged."),
        (sa.exc.DatabaseError("", {}, Exception()), "an error in DigitLab"),
    ):

        def fails(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        with monkeypatch.context() as broken:
            broken.setattr("digitlab.store.Store.__init__", fails)
            stop = beside.start()
            until(partial(is_told, sentence))
        until(lambda: beside.trouble() is None)  # and goes on once the database is well
        stop()


def test_a_look_that_fails_is_told(home: Path, damaged: Path) -> None:
    said: list[str] = []
    end = threading.Event()

    def tell(sentence: Message | None) -> None:
        said.append(str(sentence))
        end.set()

    damaged.unlink()
    with Store() as store:
        new_run(store)
        store.database.close()
        damage(damaged)
        Supervisor(store, 1, Workers()).run(end, tell=tell)
    assert "The database is damaged" in said[0]


class Refusing(sqlite3.Connection):
    """SQLite on a disk or a file system that is in the way."""

    says = ""

    def execute(self, sql: str, *more: Any) -> Any:
        if sql == "PRAGMA journal_mode = WAL":
            if self.says:
                raise sqlite3.OperationalError(self.says)
            sql = "PRAGMA journal_mode"  # as where there is no shared memory: it stays as it was, without an error
        return super().execute(sql, *more)


@pytest.mark.parametrize(
    ("says", "kind", "sentence"),
    [
        ("database or disk is full", StoreFullError, "disk is full"),
        ("", StoreError, "SQLite cannot share a database between processes"),
    ],
)
def test_what_keeps_sqlite_from_writing_ahead_is_said_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, says: str, kind: type[StoreError], sentence: str
) -> None:
    connect = sqlite3.dbapi2.connect
    monkeypatch.setattr(sqlite3.dbapi2, "connect", lambda *a, **more: connect(*a, **more, factory=Refusing))
    monkeypatch.setattr(Refusing, "says", says)
    monkeypatch.setattr(database, "_SETTLING", 0.1)
    begun = time.monotonic()
    with pytest.raises(kind, match=sentence):
        Store()
    assert time.monotonic() - begun < database.BUSY_SECONDS, "it waited as for a lock"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="must name a file that all processes can open"):
        Store(url)


# --- away, and back ---


@pytest.fixture
def away(postgresql_server: str) -> Iterator[Any]:
    """A database and a switch: `switch(True)` cuts all connections and lets none in."""
    name = "away"
    engine = sa.create_engine(f"{postgresql_server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")

        def switch(gone: bool) -> None:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(not gone).lower()}")
            if gone:
                cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                connection.exec_driver_sql(cut, (name,))

        yield f"{postgresql_server}/{name}", switch
        switch(True)
        connection.exec_driver_sql(f"DROP DATABASE {name}")
    engine.dispose()


def test_a_worker_waits_for_a_database_that_is_away_and_nothing_is_lost_or_doubled(away: Any) -> None:
    url, switch = away
    with Store(url, patience=60) as store:
        job = new_run(store, claimed=True)
        store.jobs.begin(job)
        with Exchange(store, job, every=0.01) as link:
            for number in range(1, 40):
                link.put(Step(number, 1, 0.5, 0.5, 1e-3, 1000.0, 1.0), done=number)
                if number == 10:
                    link.flush()
                    switch(True)
                    with pytest.raises(StoreAwayError):
                        Store(url)
                    back = threading.Timer(1.0, switch, [False])
                    back.start()
            assert link.flush() == "running"
            back.join()
        assert [step.step for step in store.runs.steps(job.id)] == list(range(1, 40))


def test_after_ten_minutes_a_run_pauses_itself_with_the_true_reason(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, workers = SetClock(), Workers()
    with Store(clock=clock) as store:
        run = new_run(store)
        supervisor = Supervisor(store, 1, workers, clock)
        (job,) = supervisor.look()
        store.jobs.begin(store.jobs.get(run.id))

        def gone(*_: Any) -> None:
            clock.go_on(100)
            raise StoreAwayError("Nobody answers.")

        link = Exchange(store, store.jobs.get(run.id))
        with monkeypatch.context() as away:
            away.setattr(store.runs, "exchange", gone)
            with pytest.raises(StoreBusyError) as waited:
                link.flush()
        assert clock.running > exchange.PATIENCE
        last_words.leave(job.id, job.attempt, waited.value)
        workers.lives[f"worker {job.id}.1"] = "ended"
        supervisor.look()
        paused: Job = store.jobs.get(run.id)
        assert paused.state == "paused"
        assert str(paused.reason) == "The database did not answer for ten minutes, so the run paused."
        store.jobs.resume(OPERATOR, run.id)
        (again,) = supervisor.look()
        workers.lives[f"worker {job.id}.2"] = "ended"  # the words of the attempt before are not this one's
        workers.has_room = False  # it would go on at once, and its reason would go
        supervisor.look()
        assert (again.attempt, str(store.jobs.get(run.id).reason)) == (
            2,
            "The process ended without a word. The process was killed, or the machine was restarted.",
        )


# --- whose files they are ---


def test_two_folders_with_one_database_are_refused(
    postgresql_server: str, away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = away
    monkeypatch.setenv("DIGITLAB_DATABASE_URL", url)
    Store().close()
    Store().close()
    number = (tmp_path / "home" / "blobs" / "database.id").read_text(encoding="ascii").strip()
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "other"))
    with pytest.raises(StoreError, match=f"lie in another place.*write {number} into its file database.id"):
        Store()
    (tmp_path / "other" / "blobs").mkdir(parents=True, exist_ok=True)
    (tmp_path / "other" / "blobs" / "database.id").write_text(number, encoding="ascii")  # as the sentence says
    Store().close()


def test_a_file_that_was_moved_with_its_folder_is_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store().close()
    (tmp_path / "home").rename(tmp_path / "moved")
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "moved"))
    Store().close()
    (tmp_path / "moved" / "blobs" / "database.id").unlink()
    Store().close()
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("DIGITLAB_DATABASE_URL", f"sqlite:///{tmp_path / 'moved' / 'digitlab.db'}")
    with pytest.raises(StoreError, match="lie in another place"):
        Store()


def test_threads_that_open_a_new_database_at_once_agree_on_its_folder() -> None:
    with ThreadPoolExecutor(8) as threads:
        for opening in [threads.submit(Store) for _ in range(8)]:
            opening.result().close()


# --- what is damaged, and what can be saved ---


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["storage", "check", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_whole_database_is_whole(home_with_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, wrong = told(capsys)
    assert (code, wrong) == (0, "")
    assert "runs: 2 rows can be read" in said
    assert "Nothing is damaged." in said


def test_what_is_damaged_is_named_and_what_is_whole_is_saved(
    home_with_runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store() as store:
        for _ in range(200):
            new_run(store)
        checkpoint = store.runs.checkpoints(1)[0].file
    file = home_with_runs / "digitlab.db"
    kept_files.file(checkpoint).write_bytes(b"cut")
    with closing(sqlite3.connect(file)) as opened:
        leaves = "SELECT pageno FROM dbstat WHERE name = 'jobs' AND pagetype = 'leaf' ORDER BY path"
        pages = [page for (page,) in opened.execute(leaves)]
    page = pages[len(pages) // 2]
    with file.open("r+b") as there:
        there.seek(4096 * (page - 1))
        there.write(b"\xff" * 4096)
    code, _, wrong = told(capsys, "--save", str(tmp_path / "saved.db"))
    assert code == 2
    assert f"Checkpoint {checkpoint} of run 1 is missing or damaged." in wrong
    assert "Table jobs: the rows after" in wrong
    assert "Traceback" not in wrong
    with Store(f"sqlite:///{tmp_path / 'saved.db'}") as saved:
        runs = {run.id for run in saved.runs.all()}
        assert {1, 2, 202} <= runs
        assert 100 < len(runs) < 202
        assert len(saved.runs.epochs(1)) > 0
        saved.jobs.claim(1)
    code, _, wrong = told(capsys, "--save", str(tmp_path / "saved.db"))
    assert (code, wrong) == (2, "digitlab: The file saved.db exists already; choose another name.\n")


def test_a_file_that_is_no_database_is_named(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged.write_bytes(b"no database at all" * 1000)
    code, _, wrong = told(capsys)
    assert code == 2
    assert "The database digitlab.db: file is not a database." in wrong
