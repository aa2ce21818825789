"""The store's promises, over SQLite and over PostgreSQL."""

import math
import multiprocessing
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from digitlab.errors import InputError, StoreBusyError, StoreError
from digitlab.store import Store
from digitlab.store.pins import insert
from digitlab.store.records import LOW, Job, PinReading, SavedCheckpoint, SupersededError, Taken
from digitlab.store.rights import OPERATOR, Person
from digitlab.store.runs import Row
from digitlab.store.tables import jobs, metadata
from digitlab.training.events import Epoch, Step
from digitlab.words import Message
from digitlab.work.exchange import Exchange
from harness.kept_files import folder
from tests.test_supervisor import SetClock
from tests.waiting import until

processes = multiprocessing.get_context("forkserver")  # a fork of pytest itself would share its connections
processes.set_forkserver_preload(["digitlab.store"])


def new_run(store: Store, **more: Any) -> Job:
    return store.runs.create(OPERATOR, name="a", recipe="two-conv-128", parameters=10, spec={"config": {}}, **more).job


def step(number: int) -> Step:
    return Step(number, 1, 0.1 + number, 0.5, 1e-3, 1000.0, number / 100)


def epoch(number: int, accuracy: float) -> Epoch:
    return Epoch(number, number * 10, 0.25, 0.5, 0.125, accuracy, 1.5)


def saved(number: int) -> SavedCheckpoint:
    return SavedCheckpoint(number, None, f"runs/1/checkpoint-{number}.npz", "0" * 64, 100)


# --- several processes at once ---


def _write(url: str, job: int, start: Event) -> None:
    with Store(url, busy_seconds=60) as store:
        found = store.jobs.get(job)
        start.wait()
        for number in range(1, 51):
            store.runs.exchange(found, [step(2 * number), step(2 * number + 1)], number, 50)


def _claim(url: str, slots: int, start: Event, got: Any) -> None:
    with Store(url, busy_seconds=60) as store:
        start.wait()
        mine = []
        while job := store.jobs.claim(slots):
            mine.append((job.id, job.attempt))
        got.put(mine)


def _open(url: str, start: Event, got: Any) -> None:
    start.wait()
    with Store(url, busy_seconds=60) as store:
        got.put(store.jobs.submit(OPERATOR, "test", {}).id)


def begin(target: Any, calls: list[tuple[Any, ...]]) -> list[ForkServerProcess]:
    started = [processes.Process(target=target, args=arguments) for arguments in calls]
    for process in started:
        process.start()
    return started


def end(started: list[ForkServerProcess]) -> None:
    for process in started:
        process.join(60)
        assert process.exitcode == 0


def test_rows_that_ten_processes_write_at_once_are_all_there(url: str, store: Store) -> None:
    runs = [new_run(store, claimed=True) for _ in range(10)]
    start = processes.Event()
    writers = begin(_write, [(url, job.id, start) for job in runs])
    start.set()
    end(writers)
    for job in runs:
        assert store.runs.steps(job.id) == [step(number) for number in range(2, 102)]
        assert store.jobs.get(job.id).beats == 50


@pytest.mark.parametrize("slots", [3, 60])
def test_no_two_processes_claim_one_job_or_more_than_there_are_slots(url: str, store: Store, slots: int) -> None:
    waiting = [store.jobs.submit(OPERATOR, "test", {}).id for _ in range(30)]
    start, got = processes.Event(), processes.Queue()
    claimers = begin(_claim, [(url, slots, start, got) for _ in range(6)])
    start.set()
    claims = [claim for _ in claimers for claim in got.get(timeout=60)]
    end(claimers)
    assert sorted(claims) == [(job, 1) for job in waiting[:slots]]
    got.close()


def test_processes_that_open_a_new_database_at_once_all_find_its_tables(url: str) -> None:
    start, got = processes.Event(), processes.Queue()
    openers = begin(_open, [(url, start, got) for _ in range(6)])
    start.set()
    assert sorted(got.get(timeout=60) for _ in openers) == [1, 2, 3, 4, 5, 6]
    end(openers)
    got.close()


def _lock(url: str, job: int, locked: Event, release: Event) -> None:
    with Store(url) as store, store.database.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == job).values(done=0))
        locked.set()
        release.wait()


def test_while_another_process_holds_the_lock_one_can_read_and_is_told_that_one_cannot_write(
    url: str, store: Store
) -> None:
    job = new_run(store, claimed=True)
    locked, release = processes.Event(), processes.Event()
    holder = begin(_lock, [(url, job.id, locked, release)])
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


def test_rows_said_while_the_database_is_locked_are_written_afterwards(url: str, store: Store) -> None:
    job = new_run(store, claimed=True)
    locked, release = processes.Event(), processes.Event()
    holder = begin(_lock, [(url, job.id, locked, release)])
    locked.wait()
    with Store(url, busy_seconds=0.05) as impatient, Exchange(impatient, job, every=0.01) as exchange:
        exchange.put(step(2), done=2, total=10)
        with pytest.raises(StoreBusyError):
            impatient.runs.exchange(job, [], 0, 10)
        assert not exchange.hear()  # locked is no trouble
        exchange.put(step(4), done=4, total=10)
        release.set()
        end(holder)
        exchange.flush()
    assert store.runs.steps(job.id) == [step(2), step(4)]


def test_what_is_said_in_a_hurry_is_written_at_once(store: Store) -> None:
    job = new_run(store, claimed=True)
    with Exchange(store, job, every=3600) as exchange:
        exchange.put(step(2), done=2, total=10)
        exchange.hurry()
        until(lambda: store.runs.steps(job.id) == [step(2)])


# --- the queue ---


def test_the_queue_gives_the_first_that_came_and_no_more_than_there_are_slots(store: Store) -> None:
    first, second, third = (new_run(store).id for _ in range(3))
    assert store.jobs.claim(2, but_not=[first]) == store.jobs.get(second)
    claimed = store.jobs.claim(2)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempt) == (first, "starting", 1)
    assert store.jobs.claim(2) is None
    store.jobs.end(claimed, "failed", reason=Message("It rained."))
    assert store.jobs.claim(2, only=first) is None
    assert store.jobs.claim(2, only=third) is not None


def test_the_queue_gives_what_has_a_higher_priority_first(store: Store) -> None:
    low = store.jobs.submit(OPERATOR, "test", {}, priority=LOW, preemptible=True)
    usual = new_run(store)
    high = store.jobs.submit(OPERATOR, "test", {}, priority=7)
    assert [job.id for job in store.jobs.all("queued")] == [high.id, usual.id, low.id]
    assert [store.queue.before(job) for job in (high, usual, low)] == [0, 1, 2]
    assert store.queue.ahead() == (0, 2)
    taken = [store.jobs.claim(3) for _ in range(3)]
    assert [job.id for job in taken if job] == [high.id, usual.id, low.id]
    assert store.queue.ahead() == (2, 0), "the other would give its place away"
    later = new_run(store)
    assert store.queue.before(later) == 2
    store.jobs.submit(OPERATOR, "test", {}, priority=LOW, claimed=True)  # it has begun, and is not preemptible
    assert store.queue.before(later) == 3
    assert store.queue.ahead() == (3, 1)


def test_the_queue_keeps_its_order_whatever_the_clocks_say(url: str) -> None:
    late, early = SetClock(), SetClock()
    late.go_on(1e9)
    with Store(url, clock=late) as one, Store(url, clock=early) as other:
        first, second, third = new_run(one), new_run(other), new_run(one)
        assert [job.id for job in one.jobs.all("queued")] == [first.id, second.id, third.id]
        one.jobs.pause(OPERATOR, first.id)
        other.jobs.resume(OPERATOR, first.id)
        assert [job.id for job in one.queue.first(2)] == [second.id, third.id]
        assert [one.queue.before(one.jobs.get(job.id)) for job in (second, third, first)] == [0, 1, 2]
        taken = other.jobs.claim(1)
        assert taken is not None
        assert taken.id == second.id


def test_a_long_queue_is_seen_at_a_glance(store: Store) -> None:
    runs = [new_run(store) for _ in range(30)]
    claimed = store.jobs.claim(1)
    assert claimed is not None
    store.jobs.pause(OPERATOR, runs[3].id)
    seen = store.queue.glance(OPERATOR, 20)
    assert (seen.count, seen.ahead) == (30, 29)
    assert [row.id for row in seen.rows] == [run.id for run in [*runs[:3], *runs[4:21]]]
    assert {row.name for row in seen.rows} == {"a"}
    assert store.queue.glance(OPERATOR, 40).rows[-1].state == "paused"


def test_a_worker_that_was_taken_for_dead_cannot_write_any_more(store: Store) -> None:
    old = new_run(store, claimed=True)
    assert store.jobs.interrupt(old, Message("silence")) == "queued"
    new = store.jobs.claim(1)
    assert new is not None
    store.runs.exchange(new, [step(2)], 2, 10)
    for write in (
        lambda: store.runs.exchange(old, [step(4)], 4, 10),
        lambda: store.runs.rewind(old, 0),
        lambda: store.jobs.end(old, "failed", reason=Message("no")),
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
    assert store.jobs.interrupt(seen, Message("silence")) is None
    assert store.jobs.get(seen.id).state == "starting"


def test_an_interrupted_job_goes_on_by_itself_once_and_then_waits_for_a_person(store: Store) -> None:
    job = new_run(store, claimed=True)
    new_run(store)
    assert store.jobs.interrupt(job, Message("killed")) == "queued"
    again = store.jobs.claim(1)
    assert again is not None
    assert again.id == job.id  # before the one that came later
    assert again.started_at == job.started_at is not None
    assert store.jobs.interrupt(again, Message("killed")) == "interrupted"
    assert str(store.jobs.get(job.id).reason) == "killed"
    store.jobs.resume(OPERATOR, job.id)
    assert store.jobs.get(job.id).state == "queued"
    assert not store.jobs.get(job.id).resumed_by_itself


def test_pausing_and_resuming(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.pause(OPERATOR, job.id)
    store.jobs.begin(job)
    state, waiting = store.runs.exchange(job, [], 0, 10)
    assert (state, [sent.kind for sent in waiting]) == ("pausing", ["pause"])
    assert store.jobs.paused(job, waiting[0].id, 6)
    assert store.jobs.get(job.id).state == "paused"
    assert store.jobs.commands(job.id)[0].step == 6
    store.jobs.resume(OPERATOR, job.id)
    assert store.jobs.get(job.id).state == "queued"


def test_a_pause_taken_back_before_it_was_reached_leaves_the_run_running(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    store.jobs.pause(OPERATOR, job.id)
    pause = store.jobs.commands(job.id)[0]
    store.jobs.resume(OPERATOR, job.id)
    assert not store.jobs.paused(job, pause.id, 6)
    assert store.jobs.get(job.id).state == "running"
    assert store.jobs.commands(job.id) == []


def test_what_has_not_begun_is_stopped_at_once_and_what_has_keeps_its_weights(store: Store) -> None:
    waiting, begun = new_run(store).id, new_run(store, claimed=True)
    store.jobs.stop(OPERATOR, waiting)
    assert store.jobs.get(waiting).state == "stopped"
    store.runs.exchange(begun, [], 0, 10)
    store.jobs.interrupt(store.jobs.get(begun.id), Message("killed"))
    store.jobs.stop(OPERATOR, begun.id)
    assert store.jobs.get(begun.id).state == "queued"
    again = store.jobs.claim(1)
    assert again is not None
    store.jobs.begin(again)
    assert store.jobs.get(begun.id).state == "stopping"


@pytest.mark.parametrize(
    ("state", "call", "said"),
    [
        ("finished", "pause", "is finished; only queued and running jobs can be paused"),
        ("finished", "stop", "is finished and cannot be stopped"),
        ("stopped", "resume", "is stopped and cannot be resumed"),
        ("failed", "stop", "is failed and cannot be stopped"),
    ],
)
def test_what_a_state_does_not_allow_is_refused_in_a_sentence(store: Store, state: Any, call: str, said: str) -> None:
    job = new_run(store, claimed=True)
    store.jobs.end(job, state)
    with pytest.raises(InputError, match=said):
        getattr(store.jobs, call)(OPERATOR, job.id)


def test_a_number_that_no_run_has_is_named(store: Store) -> None:
    for read in (store.jobs.get, store.runs.get):
        with pytest.raises(InputError, match=r"no run (or job )?number 7"):
            read(7)
    for change in (store.jobs.pause, store.runs.delete):
        with pytest.raises(InputError, match=r"no run (or job )?number 7"):
            change(OPERATOR, 7)


def test_a_stop_takes_the_place_of_a_pause_that_was_not_heard(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    store.jobs.pause(OPERATOR, job.id)
    store.jobs.stop(OPERATOR, job.id)
    state, waiting = store.runs.exchange(job, [], 0, 10)
    assert (state, [sent.kind for sent in waiting]) == ("stopping", ["stop"])


def test_whoever_resumes_a_run_that_was_lost_while_it_stopped_wants_it_to_go_on(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.interrupt(job, Message("killed"))
    again = store.jobs.claim(1)
    assert again is not None
    store.jobs.begin(again)
    store.jobs.stop(OPERATOR, job.id)
    assert store.jobs.interrupt(store.jobs.get(job.id), Message("killed")) == "interrupted"
    store.jobs.resume(OPERATOR, job.id)
    resumed = store.jobs.claim(1)
    assert resumed is not None
    store.jobs.begin(resumed)
    assert store.jobs.get(job.id).state == "running"
    assert store.jobs.commands(job.id) == []


def test_asking_again_for_what_waits_paused_puts_it_back_into_the_queue(store: Store) -> None:
    job = store.jobs.submit_once(OPERATOR, "map", {"n": 1})
    store.jobs.pause(OPERATOR, job.id)
    assert store.jobs.submit_once(OPERATOR, "map", {"n": 1}).id == job.id
    assert store.jobs.get(job.id).state == "queued"


def test_a_job_that_has_ended_has_no_worker_whatever_is_said_late(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.end(job, "failed")
    store.jobs.started(job, "worker 7")
    assert store.jobs.get(job.id).worker is None


def test_of_ended_jobs_the_newest_stay(store: Store) -> None:
    ended = [store.jobs.submit(OPERATOR, "map", {"n": number}, claimed=True) for number in range(3)]
    for job in ended:
        store.jobs.end(job, "finished")
    at_work, other = store.jobs.submit(OPERATOR, "map", {"n": 3}, claimed=True), new_run(store)
    assert store.jobs.forget_ended("map", keep=1) == [ended[1].id, ended[0].id]
    assert {job.id for job in store.jobs.all()} == {ended[2].id, at_work.id, other.id}


def test_a_command_that_came_too_late_is_not_for_the_next_attempt(store: Store) -> None:
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    store.jobs.pause(OPERATOR, job.id)
    store.runs.end(job, "finished", {}, test_accuracy=0.5)
    assert store.jobs.get(job.id).state == "finished"
    assert store.jobs.commands(job.id) == []


# --- runs ---


def test_pictures_are_seen_with_their_own_run_alone(store: Store) -> None:
    one, other = new_run(store), new_run(store)
    pin = store.pins.add(Person("a" * 64, None), one.id, np.zeros((28, 28), np.float32), shared=True)
    assert [seen.id for seen in store.pins.visible(Person("a" * 64, None), one.id)] == [pin.id]
    assert (
        store.pins.visible(Person("a" * 64, None), other.id) == store.pins.visible(Person(None, None), other.id) == []
    )


def test_a_run_that_goes_back_forgets_what_it_read_meanwhile(store: Store) -> None:
    job = new_run(store, claimed=True)
    pin = store.pins.add(Person("a" * 64, None), job.id, np.zeros((28, 28), np.float32))
    readings = [PinReading(pin.id, at, 1, [0.1] * 10) for at in (4, 8, 12)]
    store.runs.exchange(job, readings, 12, 20)
    store.runs.rewind(job, 8)
    assert [reading.step for reading in store.pins.readings(pin.id)] == [4, 8]


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
    store.jobs.set_rate(OPERATOR, job.id, 0.5)
    _, (waiting,) = store.runs.exchange(job, [], 0, 10)
    store.runs.exchange(job, [step(2), Taken(waiting.id, 2), step(4)], 4, 10)
    (sent,) = store.jobs.commands(job.id)
    assert (sent.kind, sent.value, sent.step) == ("set-rate", 0.5, 2)
    assert store.runs.exchange(job, [], 4, 10)[1] == []


def test_runs_are_listed_newest_first_renamed_and_deleted_with_all_they_have(store: Store) -> None:
    first, second = new_run(store, claimed=True), new_run(store)
    store.runs.exchange(first, [step(2), epoch(1, 0.9), saved(2)], 2, 10)
    folder(first.id).mkdir(parents=True)
    (folder(first.id) / "log-0001.txt").touch()
    store.runs.rename(OPERATOR, first.id, "mine")
    store.runs.annotate(OPERATOR, first.id, "the first try")
    assert [(run.id, run.name, run.note) for run in store.runs.all()] == [
        (second.id, "a", ""),
        (first.id, "mine", "the first try"),
    ]
    with pytest.raises(InputError, match="is starting; stop the run before you delete it"):
        store.runs.delete(OPERATOR, first.id)
    store.jobs.end(first, "stopped")
    store.runs.delete(OPERATOR, first.id)
    assert [run.id for run in store.runs.all()] == [second.id]
    assert store.runs.steps(first.id) == []
    assert not folder(first.id).exists()
    assert new_run(store).id > second.id


# --- the database ---


def test_optuna_can_have_its_tables_beside_ours() -> None:
    theirs = {"studies", "trials", "study_directions", "study_user_attributes", "trial_params", "trial_values"}
    assert not {*theirs, "alembic_version", "version_info"} & metadata.tables.keys()


@pytest.mark.parametrize("url", ["nonsense", "oracle9://x", "postgresql+psycopg://127.0.0.1:1/none"])
def test_an_address_that_cannot_be_used_is_refused_in_a_line(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store(url)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://someone@host/it", "names mysql; DigitLab works with SQLite"),
        ("mysql+pymysql://someone@host/it", r"names mysql\+pymysql; DigitLab works with SQLite"),
        ("postgresql+asyncpg://host/it", r"names postgresql\+asyncpg; .* with PostgreSQL"),
        ("sqlite+aiosqlite:///it.db", r"names sqlite\+aiosqlite; "),
        ("sqlite:///", "must name a file"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///file:it?mode=memory&uri=true", "must name a file"),
        ("postgresql://host:port/it", "cannot be used"),
    ],
)
def test_a_database_that_is_not_supported_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("DIGITLAB_DATABASE_URL", url)
    with pytest.raises(StoreError, match=f"^DIGITLAB_DATABASE_URL .*{said}") as caught:
        Store()
    assert "\n" not in str(caught.value)


# --- what people write, and what is no number ---


def test_letters_and_numbers_that_a_database_cannot_keep(store: Store) -> None:
    run = new_run(store).id
    store.runs.rename(OPERATOR, run, "a\0b\ud800c")
    store.runs.annotate(OPERATOR, run, "one\ntwo\0\udfff\u202e.")
    found = store.runs.get(run)
    assert (found.name, found.note) == ("abc", "one\ntwo.")
    pin = store.pins.add(Person("A" * 64, None), run, np.zeros((28, 28), np.float32), "se\0ven\ud800").id
    row = PinReading(pin, 1, 1, [math.nan, math.inf, *[0.1] * 8])
    with store.runs._database.write() as connection:
        insert(connection, [row])
    read = store.pins.readings(pin)[0].probabilities
    assert all(math.isnan(one) for one in read[:2])
    assert read[2:] == row.probabilities[2:]
    assert [one.label for one in store.pins.of(run)] == ["seven"]
