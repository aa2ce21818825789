"""The store's promises, over SQLite and over PostgreSQL."""

import multiprocessing
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from typing import Any

import pytest
import sqlalchemy as sa

from digitlab.errors import InputError, StoreBusyError, StoreError
from digitlab.jobs.link import Link
from digitlab.store import Store
from digitlab.store.records import Job, SavedCheckpoint, SupersededError, Taken
from digitlab.store.runs import Row, folder
from digitlab.store.tables import metadata
from digitlab.training.events import Epoch, Step
from tests.waiting import until

processes = multiprocessing.get_context("forkserver")  # a fork of pytest itself would share its connections
processes.set_forkserver_preload(["digitlab.store"])


def new_run(store: Store, **more: Any) -> Job:
    return store.runs.create(name="a", recipe="two-conv-128", parameters=10, spec={"config": {}}, **more).job


def step(number: int) -> Step:
    return Step(number, 1, 0.1 + number, 0.5, 1e-3, 1000.0, number / 100)


def epoch(number: int, accuracy: float) -> Epoch:
    return Epoch(number, number * 10, 0.25, 0.5, 0.125, accuracy, 1.5)


def saved(number: int) -> SavedCheckpoint:
    return SavedCheckpoint(number, None, f"checkpoint-{number}.npz", "0" * 64, 100)


# --- several processes at once ---


def _write(address: str, job: int, start: Event) -> None:
    with Store(address, busy_seconds=60) as store:
        found = store.jobs.get(job)
        start.wait()
        for number in range(1, 51):
            store.runs.exchange(found, [step(2 * number), step(2 * number + 1)], number, 50)


def _claim(address: str, places: int, start: Event, got: Any) -> None:
    with Store(address, busy_seconds=60) as store:
        start.wait()
        mine = []
        while job := store.jobs.claim(places):
            mine.append((job.id, job.attempt))
        got.put(mine)


def _open(address: str, start: Event, got: Any) -> None:
    start.wait()
    with Store(address, busy_seconds=60) as store:
        got.put(store.jobs.submit("test", {}).id)


def begin(target: Any, calls: list[tuple[Any, ...]]) -> list[ForkServerProcess]:
    started = [processes.Process(target=target, args=arguments) for arguments in calls]
    for process in started:
        process.start()
    return started


def end(started: list[ForkServerProcess]) -> None:
    for process in started:
        process.join(60)
        assert process.exitcode == 0


def test_rows_that_ten_processes_write_at_once_are_all_there(address: str, store: Store) -> None:
    jobs = [new_run(store, claimed=True) for _ in range(10)]
    start = processes.Event()
    writers = begin(_write, [(address, job.id, start) for job in jobs])
    start.set()
    end(writers)
    for job in jobs:
        assert store.runs.steps(job.id) == [step(number) for number in range(2, 102)]
        assert store.jobs.get(job.id).beats == 50


@pytest.mark.parametrize("places", [3, 60])
def test_no_two_processes_claim_one_job_or_more_than_there_are_places(address: str, store: Store, places: int) -> None:
    jobs = [store.jobs.submit("test", {}).id for _ in range(30)]
    start, got = processes.Event(), processes.Queue()
    claimers = begin(_claim, [(address, places, start, got) for _ in range(6)])
    start.set()
    claims = [claim for _ in claimers for claim in got.get(timeout=60)]
    end(claimers)
    assert sorted(claims) == [(job, 1) for job in jobs[:places]]
    got.close()


def test_processes_that_open_a_new_database_at_once_all_find_its_tables(address: str) -> None:
    start, got = processes.Event(), processes.Queue()
    openers = begin(_open, [(address, start, got) for _ in range(6)])
    start.set()
    assert sorted(got.get(timeout=60) for _ in openers) == [1, 2, 3, 4, 5, 6]
    end(openers)
    got.close()


def _lock(address: str, job: int, locked: Event, release: Event) -> None:
    with Store(address) as store, store.database.write() as connection:
        store.jobs.beat(connection, store.jobs.get(job))
        locked.set()
        release.wait()


def test_while_another_process_holds_the_lock_one_can_read_and_is_told_that_one_cannot_write(
    address: str, store: Store
) -> None:
    job = new_run(store, claimed=True)
    locked, release = processes.Event(), processes.Event()
    holder = begin(_lock, [(address, job.id, locked, release)])
    locked.wait()
    try:
        assert store.jobs.get(job.id).state == "starting"
        with pytest.raises(StoreBusyError, match="locked by another process"):
            store.runs.exchange(job, [step(2)], 2, 10)
    finally:
        release.set()
    end(holder)
    store.runs.exchange(job, [step(2)], 2, 10)
    assert store.runs.steps(job.id) == [step(2)]


def test_rows_said_while_the_database_is_locked_are_written_afterwards(address: str, store: Store) -> None:
    job = new_run(store, claimed=True)
    locked, release = processes.Event(), processes.Event()
    holder = begin(_lock, [(address, job.id, locked, release)])
    locked.wait()
    with Store(address, busy_seconds=0.05) as impatient, Link(impatient, job, every=0.01) as link:
        link.put(step(2), done=2, total=10)
        with pytest.raises(StoreBusyError):
            impatient.runs.exchange(job, [], 0, 10)
        assert not link.hear()  # locked is no trouble
        link.put(step(4), done=4, total=10)
        release.set()
        end(holder)
        link.flush()
    assert store.runs.steps(job.id) == [step(2), step(4)]


def test_what_is_said_in_a_hurry_is_written_at_once(store: Store) -> None:
    job = new_run(store, claimed=True)
    with Link(store, job, every=3600) as link:
        link.put(step(2), done=2, total=10)
        link.hurry()
        until(lambda: store.runs.steps(job.id) == [step(2)])


# --- the queue ---


def test_the_queue_gives_the_first_that_came_and_no_more_than_there_are_places(store: Store) -> None:
    first, second, third = (new_run(store).id for _ in range(3))
    assert store.jobs.claim(2, but_not=[first]) == store.jobs.get(second)
    claimed = store.jobs.claim(2)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempt) == (first, "starting", 1)
    assert store.jobs.claim(2) is None
    store.jobs.end(claimed, "failed", reason="It rained.")
    assert store.jobs.claim(2, only=first) is None
    assert store.jobs.claim(2, only=third) is not None


def test_a_worker_that_was_taken_for_dead_cannot_write_any_more(store: Store) -> None:
    old = new_run(store, claimed=True)
    assert store.jobs.interrupt(old, "silence") == "queued"
    new = store.jobs.claim(1)
    assert new is not None
    store.runs.exchange(new, [step(2)], 2, 10)
    for write in (
        lambda: store.runs.exchange(old, [step(4)], 4, 10),
        lambda: store.runs.rewind(old, 0),
        lambda: store.jobs.end(old, "failed", reason="no"),
        lambda: store.jobs.begin(old),
        lambda: store.runs.end(old, "finished", {}, test_accuracy=0.5),
    ):
        with pytest.raises(SupersededError):
            write()
    assert store.runs.steps(new.id) == [step(2)]
    assert store.jobs.get(new.id).state == "starting"


def test_a_job_that_gave_a_sign_of_life_meanwhile_is_not_interrupted(store: Store) -> None:
    seen = new_run(store, claimed=True)
    store.runs.exchange(seen, [], 0, None)
    assert store.jobs.interrupt(seen, "silence") is None
    assert store.jobs.get(seen.id).state == "starting"


def test_an_interrupted_job_goes_on_by_itself_once_and_then_waits_for_a_person(store: Store) -> None:
    job = new_run(store, claimed=True)
    new_run(store)
    assert store.jobs.interrupt(job, "killed") == "queued"
    again = store.jobs.claim(1)
    assert again is not None
    assert again.id == job.id  # before the one that came later
    assert store.jobs.interrupt(again, "killed") == "interrupted"
    assert store.jobs.get(job.id).reason == "killed"
    store.jobs.resume(job.id)
    assert store.jobs.get(job.id).state == "queued"
    assert not store.jobs.get(job.id).resumed_by_itself


def test_pausing_and_resuming(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.pause(job.id)
    store.jobs.begin(job)
    state, waiting = store.runs.exchange(job, [], 0, 10)
    assert (state, [sent.kind for sent in waiting]) == ("pausing", ["pause"])
    assert store.jobs.paused(job, waiting[0].id, 6)
    assert store.jobs.get(job.id).state == "paused"
    assert store.jobs.commands(job.id)[0].step == 6
    store.jobs.resume(job.id)
    assert store.jobs.get(job.id).state == "queued"


def test_a_pause_taken_back_before_it_was_reached_leaves_the_run_running(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    store.jobs.pause(job.id)
    pause = store.jobs.commands(job.id)[0]
    store.jobs.resume(job.id)
    assert not store.jobs.paused(job, pause.id, 6)
    assert store.jobs.get(job.id).state == "running"
    assert store.jobs.commands(job.id) == []


def test_what_has_not_begun_is_stopped_at_once_and_what_has_keeps_its_weights(store: Store) -> None:
    waiting, begun = new_run(store).id, new_run(store, claimed=True)
    store.jobs.stop(waiting)
    assert store.jobs.get(waiting).state == "stopped"
    store.runs.exchange(begun, [], 0, 10)
    store.jobs.interrupt(store.jobs.get(begun.id), "killed")
    store.jobs.stop(begun.id)
    assert store.jobs.get(begun.id).state == "queued"
    again = store.jobs.claim(1)
    assert again is not None
    store.jobs.begin(again)
    assert store.jobs.get(begun.id).state == "stopping"


@pytest.mark.parametrize(
    ("state", "call", "said"),
    [
        ("finished", "pause", "is finished; only what is queued or running can be paused"),
        ("finished", "stop", "is finished; it cannot be stopped"),
        ("stopped", "resume", "is stopped; it cannot be resumed"),
        ("failed", "stop", "is failed; it cannot be stopped"),
    ],
)
def test_what_a_state_does_not_allow_is_refused_in_a_sentence(store: Store, state: Any, call: str, said: str) -> None:
    job = new_run(store, claimed=True)
    store.jobs.end(job, state)
    with pytest.raises(InputError, match=said):
        getattr(store.jobs, call)(job.id)


def test_a_number_that_no_run_has_is_named(store: Store) -> None:
    for call in (store.jobs.get, store.jobs.pause, store.runs.get, store.runs.delete):
        with pytest.raises(InputError, match=r"no run (or job )?number 7"):
            call(7)


def test_a_command_that_came_too_late_is_not_for_the_next_attempt(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    store.jobs.pause(job.id)
    store.runs.end(job, "finished", {}, test_accuracy=0.5)
    assert store.jobs.get(job.id).state == "finished"
    assert store.jobs.commands(job.id) == []


# --- runs ---


def test_a_run_that_goes_back_to_a_checkpoint_forgets_what_came_after_it(store: Store) -> None:
    job = new_run(store, claimed=True)
    rows: list[Row] = [step(2), step(4), saved(4), step(6), epoch(1, 0.9), saved(10), step(12), epoch(2, 0.8)]
    store.runs.exchange(job, rows, 20, 20)
    assert store.runs.checkpoints(job.id) == [saved(4), saved(10)]
    store.runs.rewind(job, 10)
    assert store.runs.steps(job.id) == [step(2), step(4), step(6)]
    assert store.runs.steps(job.id, after=2) == [step(4), step(6)]
    assert store.runs.epochs(job.id) == [epoch(1, 0.9)]
    store.runs.rewind(job, 4)
    assert store.runs.epochs(job.id) == []
    assert store.runs.checkpoints(job.id) == [saved(4)]


def test_an_epoch_that_was_stopped_within_and_went_on_is_there_once(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.runs.exchange(job, [epoch(1, 0.5)], 5, 20)
    store.runs.exchange(job, [epoch(1, 0.75)], 10, 20)
    assert store.runs.epochs(job.id) == [epoch(1, 0.75)]
    assert store.runs.get(job.id).best_validation == 0.75


def test_a_command_is_recorded_with_the_step_after_which_it_was_taken(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.set_rate(job.id, 0.5)
    _, (waiting,) = store.runs.exchange(job, [], 0, 10)
    store.runs.exchange(job, [step(2), Taken(waiting.id, 2), step(4)], 4, 10)
    (sent,) = store.jobs.commands(job.id)
    assert (sent.kind, sent.value, sent.step) == ("set-rate", 0.5, 2)
    assert store.runs.exchange(job, [], 4, 10)[1] == []


def test_runs_are_listed_newest_first_renamed_and_deleted_with_all_they_have(store: Store) -> None:
    first, second = new_run(store, claimed=True), new_run(store)
    store.runs.exchange(first, [step(2), epoch(1, 0.9), saved(2)], 2, 10)
    folder(first.id).mkdir(parents=True)
    (folder(first.id) / "worker.log").touch()
    store.runs.rename(first.id, "mine")
    store.runs.annotate(first.id, "the first try")
    assert [(run.id, run.name, run.note) for run in store.runs.all()] == [
        (second.id, "a", ""),
        (first.id, "mine", "the first try"),
    ]
    with pytest.raises(InputError, match="is starting; stop it before you delete it"):
        store.runs.delete(first.id)
    store.jobs.end(first, "stopped")
    store.runs.delete(first.id)
    assert [run.id for run in store.runs.all()] == [second.id]
    assert store.runs.steps(first.id) == []
    assert not folder(first.id).exists()
    assert new_run(store).id > second.id


# --- the database ---


def test_optuna_can_have_its_tables_beside_ours() -> None:
    theirs = {"studies", "trials", "study_directions", "study_user_attributes", "trial_params", "trial_values"}
    assert not {*theirs, "alembic_version", "version_info"} & metadata.tables.keys()


def test_a_database_of_a_newer_version_is_left_alone(address: str, store: Store) -> None:
    with store.database.write() as connection:
        connection.execute(sa.update(metadata.tables["numbers"]).values(value=1000))
    with pytest.raises(StoreError, match="A newer version of DigitLab made this database"):
        Store(address)


def test_a_database_that_lacks_what_was_added_since_is_refused_in_a_line(address: str, store: Store) -> None:
    Store(address).close()  # one of this version is none of them
    with store.database.write() as connection:
        connection.execute(sa.text("ALTER TABLE runs DROP COLUMN parent_epochs"))
    with pytest.raises(StoreError, match=r"^An earlier version of DigitLab.* Trained models stay\.$"):
        Store(address)


@pytest.mark.parametrize("address", ["nonsense", "oracle9://x", "postgresql+psycopg://127.0.0.1:1/none"])
def test_an_address_that_cannot_be_used_is_refused_in_a_line(address: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store(address)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
