"""The supervisor: what it starts, whom it takes for dead. The launcher here is a list, the clock is set by the test."""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digitlab.errors import InputError, StoreBusyError
from digitlab.insight.progress import Report
from digitlab.jobs import expecting, launch, logs, orders, settings
from digitlab.jobs.launch import Life, LocalProcesses
from digitlab.jobs.supervisor import FIRST_GO, SILENT, STUCK, UNHURRIED, Supervisor
from digitlab.store import Store
from digitlab.store.leading import Leading
from digitlab.store.pools import LauncherKind, Node, Pool
from digitlab.store.records import LOW, Job
from digitlab.store.rights import OPERATOR, Person
from digitlab.training.recipes import RECIPES
from digitlab.training.search_plan import SearchPlan
from digitlab.training.space import Dimension
from digitlab.training.spec import TrainingSpec
from digitlab.words import Message
from digitlab.work import kinds, worker
from digitlab.work.exchange import Exchange
from tests.waiting import at_work, until

YEAR = 365 * 86_400.0


class SetClock:
    """Two times that stand still until the test moves them."""

    def __init__(self) -> None:
        self.wall, self.running = 1_800_000_000.0, 0.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.running

    def go_on(self, seconds: float) -> None:
        self.wall += seconds
        self.running += seconds


class Workers:
    """A launcher without processes: it notes what was to be started and killed, and says of each what the test says."""

    def __init__(self) -> None:
        self.started: list[tuple[int, int]] = []
        self.killed: list[str] = []
        self.lives: dict[str, Life] = {}
        self.prepared = False
        self.has_room = True
        self.asked = 0
        self.places: dict[str, str] = {}
        self.unhurried: list[int] = []

    kind: LauncherKind = "processes"

    def start(self, job: Job, *, quickly: bool = True) -> str:
        self.started.append((job.id, job.attempt))
        if not quickly:
            self.unhurried.append(job.id)
        return f"worker {job.id}.{job.attempt}"

    def can_start(self, job: Job) -> bool:
        return self.has_room

    def kill(self, worker: str) -> None:
        self.killed.append(worker)

    def prepare(self, soon: bool) -> None:
        self.prepared = soon

    def alive(self, workers: Collection[str]) -> dict[str, Life]:
        self.asked += 1
        return {worker: self.lives.get(worker, "lives") for worker in workers}

    def node_of(self, worker: str) -> str | None:
        return self.places.get(worker)

    def nodes(self) -> tuple[Node, ...]:
        return ()

    def said(self, job: Job) -> bytes | None:
        return None


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(clock: SetClock) -> Iterator[Store]:
    with Store(clock=clock, busy_seconds=0.2) as opened:
        yield opened


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def supervisor(store: Store, workers: Workers, clock: SetClock) -> Supervisor:
    return Supervisor(store, slots=1, launcher=workers, clock=clock)


def new_run(store: Store) -> int:
    return store.runs.create(OPERATOR, name="a", recipe="two-conv-128", parameters=10, spec={"config": {}}).id


def unhurried(store: Store) -> Job:
    """A job that waits for all others, and gives its slot away to them."""
    return store.jobs.submit_once(OPERATOR, "anything", {}, priority=LOW, preemptible=True)


def beat(store: Store, job: int) -> None:
    store.runs.exchange(store.jobs.get(job), [], 0, None)


def test_the_next_starts_when_one_ends(store: Store, supervisor: Supervisor, workers: Workers) -> None:
    first, second = new_run(store), new_run(store)
    assert [job.id for job in supervisor.look()] == [first]
    assert supervisor.look() == []
    assert store.jobs.get(first).worker == f"worker {first}.1"
    store.jobs.end(store.jobs.get(first), "finished")
    assert [job.id for job in supervisor.look()] == [second]
    assert workers.started == [(first, 1), (second, 1)]


def test_what_was_queued_without_a_server_starts_with_one(store: Store, workers: Workers, clock: SetClock) -> None:
    queued = [new_run(store) for _ in range(3)]
    Supervisor(store, slots=2, launcher=workers, clock=clock).look()
    assert workers.started == [(queued[0], 1), (queued[1], 1)]


def test_nothing_starts_on_a_disk_that_is_nearly_full_and_the_queue_says_so(
    store: Store, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(store)
    monkeypatch.setenv("DIGITLAB_LIMIT_FREE_DISK_GB", "1e9")
    sentences: list[str] = []
    end = threading.Event()

    def tell(sentence: Message | None) -> None:
        sentences.append(str(sentence))
        end.set()

    supervisor.run(end, tell=tell)
    assert "no run starts with less than 1000000000.0 GB" in sentences[0].replace(",", "")
    with pytest.raises(InputError, match="no run starts"):
        orders.submit(Person("a" * 64, None), store, RECIPES["fast"].config)
    assert store.jobs.get(run).state == "queued"
    monkeypatch.delenv("DIGITLAB_LIMIT_FREE_DISK_GB")
    assert [job.id for job in supervisor.look()] == [run]


def test_a_waiting_run_is_told_when_it_should_start_and_that_stays_true(
    store: Store, supervisor: Supervisor, clock: SetClock
) -> None:
    def run(seconds: float | None) -> Job:
        about: dict[str, Any] = {"name": "a", "recipe": "two-conv-128", "parameters": 10, "spec": {"config": {}}}
        return store.runs.create(OPERATOR, **about, expected_seconds=seconds).job

    first, second, third, unknown, last = [run(seconds) for seconds in (100, 50, 10, None, 10)]
    supervisor.look()
    assert expecting.start_seconds(store, second) == 100
    assert expecting.start_seconds(store, third) == 150
    assert expecting.start_seconds(store, unknown) == 160
    assert expecting.start_seconds(store, last) is None, "nobody knows how long the one before takes"
    # The machine turns out to be slower: half of the run took 80 seconds.
    clock.go_on(80)
    store.runs.exchange(store.jobs.get(first.id), [], 500, 1000)
    assert expecting.start_seconds(store, second) == pytest.approx(80)
    assert expecting.start_seconds(store, third) == pytest.approx(80 + 50 * 1.6)
    store.pools.declare(Pool("default", "processes", 2, 1))
    assert expecting.start_seconds(store, second) == 0
    assert expecting.start_seconds(store, third) == pytest.approx(80)


def test_a_killed_worker_is_replaced_once_and_then_a_person_is_waited_for(
    store: Store, supervisor: Supervisor, workers: Workers
) -> None:
    run = new_run(store)
    supervisor.look()
    workers.lives[f"worker {run}.1"] = "ended"
    supervisor.look()
    assert workers.started == [(run, 1), (run, 2)]
    workers.lives[f"worker {run}.2"] = "ended"
    supervisor.look()
    assert store.jobs.get(run).state == "interrupted"
    assert "ended without a word" in str(store.jobs.get(run).reason)
    supervisor.look()
    assert len(workers.started) == 2
    store.jobs.resume(OPERATOR, run)
    supervisor.look()
    assert workers.started[2:] == [(run, 3)]


def test_nobodys_run_waits_for_a_preemptible_job_of_low_priority(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock
) -> None:
    measuring = unhurried(store)
    assert supervisor.look() == [], "who has just come may want a run"
    clock.go_on(UNHURRIED)
    assert [job.id for job in supervisor.look()] == [measuring.id]
    run = new_run(store)
    assert store.queue.before(store.jobs.get(run)) == 0
    assert [job.id for job in supervisor.look()] == [run], "in the very next look"
    assert workers.killed == [f"worker {measuring.id}.1"]
    assert store.jobs.get(measuring.id).state == "queued"
    later = new_run(store)
    supervisor.look()
    clock.go_on(UNHURRIED)
    store.jobs.end(store.jobs.get(run), "finished")
    assert [job.id for job in supervisor.look()] == [later], "though it was queued after the other"
    store.jobs.end(store.jobs.get(later), "finished")
    assert [(job.id, job.attempt) for job in supervisor.look()] == [(measuring.id, 2)]
    assert workers.unhurried == [measuring.id] * 2, "what is held ready is for the others"


def test_a_worker_is_held_ready_only_for_somebody_whose_run_would_begin_at_once(
    store: Store, workers: Workers, clock: SetClock
) -> None:
    somebody = [False]
    supervisor = Supervisor(store, slots=1, launcher=workers, clock=clock, awaits=lambda: somebody[0])
    seen = []
    for about_to_start in (False, True):
        somebody[0] = about_to_start
        supervisor.look()
        seen.append(workers.prepared)
    run = new_run(store)
    supervisor.look()
    seen.append(workers.prepared)
    store.jobs.end(store.jobs.get(run), "finished")
    supervisor.look()
    seen.append(workers.prepared)
    assert seen == [False, True, False, True]


def test_no_worker_is_made_ready_beside_a_preemptible_job(store: Store, workers: Workers, clock: SetClock) -> None:
    supervisor = Supervisor(store, slots=1, launcher=workers, clock=clock, awaits=lambda: True)
    measuring = unhurried(store)
    run = new_run(store)
    supervisor.look()
    clock.go_on(UNHURRIED)
    store.jobs.end(store.jobs.get(run), "finished")
    assert [job.id for job in supervisor.look()] == [measuring.id]
    supervisor.look()
    assert not workers.prepared
    store.jobs.end(store.jobs.get(measuring.id), "finished")
    supervisor.look()
    assert workers.prepared


def test_a_worker_one_cannot_look_at_is_believed_as_long_as_it_beats(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock
) -> None:
    run = new_run(store)
    workers.lives[f"worker {run}.1"] = "unknown"
    supervisor.look()
    for _ in range(5):
        supervisor.look()
        clock.go_on(SILENT - 1)
        beat(store, run)
    supervisor.look()
    assert store.jobs.get(run).state == "starting"
    clock.go_on(SILENT + 1)
    supervisor.look()
    assert workers.started == [(run, 1), (run, 2)]


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_clock_that_jumps_interrupts_nobody(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock, jump: float
) -> None:
    run = new_run(store)
    workers.lives[f"worker {run}.1"] = "unknown"
    supervisor.look()
    beat(store, run)
    supervisor.look()
    clock.wall += jump
    supervisor.look()
    beat(store, run)
    supervisor.look()
    later = new_run(store)
    assert store.jobs.get(run).state == "starting"
    assert [job.id for job in store.jobs.all("queued")] == [later]


def test_a_process_that_hangs_is_killed_and_replaced(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock
) -> None:
    run = new_run(store)
    supervisor.look()
    supervisor.look()
    clock.go_on(STUCK + 1)
    supervisor.look()
    assert workers.killed == [f"worker {run}.1"]
    assert workers.started == [(run, 1), (run, 2)]


def test_nobody_is_blamed_for_silence_while_the_database_is_locked(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock
) -> None:
    run = new_run(store)
    supervisor.look()
    supervisor.look()
    clock.go_on(STUCK + 1)
    with store.database.write(), pytest.raises(StoreBusyError):
        supervisor.look()
    supervisor.look()
    assert workers.killed == []
    assert store.jobs.get(run).state == "starting"


def test_a_process_whose_beats_are_late_because_writing_takes_long_is_left_alone(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock
) -> None:
    run = new_run(store)
    supervisor.look()
    supervisor.look()
    takes = [2.0]  # seconds until one may write: others hold the database for so long

    def begin_to_write(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("for_writing"):
            clock.go_on(takes[0])

    with store.database.write() as connection:
        engine = connection.engine
    sa.event.listen(engine, "begin", begin_to_write)
    for _ in range(2):
        clock.go_on(STUCK + 1)
        supervisor.look()
        assert workers.killed == [], "the silence begins again"
        supervisor.look()
    takes[0] = 0.0
    clock.go_on(STUCK - 1)
    supervisor.look()
    assert workers.killed == []
    clock.go_on(2)
    supervisor.look()
    assert workers.killed == [f"worker {run}.1"]


def test_a_supervisor_that_has_nothing_to_do_writes_nothing(
    store: Store, supervisor: Supervisor, workers: Workers
) -> None:
    plan = SearchPlan(
        run=TrainingSpec(config=RECIPES["two-conv-128"].config.with_changes(validation="last"), threads=1),
        space=(Dimension(name="batch_size", choices=(32, 64)),),
        sampler="random",
        pruner="none",
        trials=3,
        seed=0,
    )
    store.searches.create(OPERATOR, name="a", recipe="two-conv-128", plan=plan)
    (trial,) = supervisor.look()
    waiting = new_run(store)
    written: list[sa.Connection] = []

    def begin_to_write(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("for_writing"):
            written.append(connection)

    with store.database.write() as connection:
        engine = connection.engine
    sa.event.listen(engine, "begin", begin_to_write)
    for _ in range(10):
        assert supervisor.look() == []
    assert written == [], "a trial is at work, a run waits for its place"
    store.jobs.end(store.jobs.get(trial.id), "finished")
    assert [job.id for job in supervisor.look()] == [waiting]
    assert written


def test_a_paused_runs_own_worker_has_the_first_go(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock
) -> None:
    run = new_run(store)
    supervisor.look()
    job = store.jobs.get(run)
    store.jobs.begin(job)
    store.jobs.pause(OPERATOR, run)
    store.jobs.paused(job, store.jobs.commands(run)[0].id, 2)
    other = new_run(store)
    supervisor.look()
    assert workers.started[1:] == [(other, 1)]  # what is paused takes no place
    store.jobs.end(store.jobs.get(other), "finished")
    store.jobs.resume(OPERATOR, run)
    assert supervisor.look() == []
    clock.go_on(FIRST_GO + 1)
    assert [job.id for job in supervisor.look()] == [run]


def test_a_worker_that_cannot_be_started_fails_its_job_in_a_sentence(
    store: Store, supervisor: Supervisor, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: Any, **__: Any) -> str:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(workers, "start", none_left)
    run = new_run(store)
    supervisor.look()
    assert store.jobs.get(run).state == "failed"
    assert str(store.jobs.get(run).reason) == "The process could not be started: Resource temporarily unavailable."


def test_a_server_lets_go_of_a_pool_that_a_supervisor_of_a_cluster_serves(store: Store, workers: Workers) -> None:
    def ended() -> bool:
        return bool(workers.started)

    server = Supervisor(store, slots=1, launcher=workers, takes_over=False)
    with at_work(server), Leading(store.database, "default") as other:
        first = new_run(store)
        until(ended)
        assert not other.held()
        store.pools.declare(Pool("default", "ray", 4, 2, (Node("a", 4.0, 3.0),)))
        until(other.held)
        store.jobs.end(store.jobs.get(first), "finished")
        assert store.pools.get() == Pool("default", "ray", 4, 2, (Node("a", 4.0, 3.0),))
        assert (settings.threads_in_pool(store), settings.places_in_pool(store)) == (2, 4)
    assert workers.started == [(first, 1)]


def test_each_pool_has_its_own_places_and_all_workers_are_asked_for_at_once(
    store: Store, workers: Workers, clock: SetClock
) -> None:
    mine, theirs = Supervisor(store, 1, workers, clock), Supervisor(store, 2, workers, clock, pool="far")
    here = new_run(store)
    there = [store.jobs.submit_once(OPERATOR, "a", {"n": n}, pool="far").id for n in range(3)]
    assert [job.id for job in mine.look()] == [here]
    assert [job.id for job in theirs.look()] == there[:2]
    asked = workers.asked
    theirs.look()
    assert workers.asked == asked + 1
    workers.has_room = False
    store.jobs.end(store.jobs.get(there[0]), "finished")
    assert theirs.look() == []
    workers.has_room = True
    assert [job.id for job in theirs.look()] == there[2:]


def test_a_job_whose_machine_is_lost_goes_on_however_often_that_happens(
    store: Store, supervisor: Supervisor, workers: Workers
) -> None:
    run = new_run(store)
    for attempt in (1, 2, 3):
        supervisor.look()
        workers.places[f"worker {run}.{attempt}"] = f"node {attempt}"
        supervisor.look()
        assert store.jobs.get(run).node == f"node {attempt}"
        workers.lives[f"worker {run}.{attempt}"] = "lost"
    assert workers.started == [(run, 1), (run, 2), (run, 3)]


# --- with real processes ---


processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["digitlab.jobs.supervisor"])


def _supervise(home: Path, start: Event, enough: int) -> None:
    os.environ["DIGITLAB_HOME"] = str(home)  # the server that forks has kept an earlier test's
    with Store(busy_seconds=60) as store:
        supervisor = Supervisor(store, slots=2)
        start.wait()

        def all_have_ended() -> bool:
            supervisor.look()
            return len(store.jobs.all("failed")) == enough

        until(all_have_ended)


def test_two_supervisors_on_one_database_start_each_job_once(home: Path) -> None:
    with Store() as store:
        jobs = [
            store.jobs.submit(OPERATOR, "unheard-of", {}).id for _ in range(4)
        ]  # workers refuse it, so each ends at once
        start = processes.Event()
        both = [processes.Process(target=_supervise, args=(home, start, len(jobs))) for _ in range(2)]
        for process in both:
            process.start()
        start.set()
        for process in both:
            process.join(120)
            assert process.exitcode == 0
        ended = [store.jobs.get(job) for job in jobs]
    assert [job.attempt for job in ended] == [1, 1, 1, 1]
    assert {str(job.reason) for job in ended} == {"There is no job of the kind “unheard-of”."}
    for job in jobs:
        assert logs.read(job).count("unheard-of") == 1


def life(worker: str) -> Life:
    return LocalProcesses().alive([worker])[worker]


def no_such_job(store: Store, number: int) -> Job:
    """A claimed job as the launcher is given it, of which the database knows nothing."""
    return replace(store.jobs.submit(OPERATOR, "test", {}, claimed=True), id=number, attempt=1)


def test_a_process_is_alive_until_it_ends_even_before_anyone_has_waited_for_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = launch._name(child.pid)
        assert life(name) == "lives"
        machine, process, started = name.split()
        assert life(f"{machine} {process} {int(started) + 1}") == "ended"  # its id was given again
        assert life(f"elsewhere {process} {started}") == "unknown"
        assert child.stdin is not None
        child.stdin.close()
        until(lambda: life(name) == "ended")  # a zombie now
    assert life(name) == "ended"
    LocalProcesses().kill(name)


def test_a_worker_leaves_no_zombie_and_outlives_who_started_it(store: Store) -> None:
    launcher = LocalProcesses()
    name = launcher.start(no_such_job(store, 7))
    process = int(name.split()[1])
    assert os.getsid(process) == process  # a session of its own
    until(lambda: not Path(f"/proc/{process}").exists())  # a zombie is there until the launcher's thread hears of it
    assert life(name) == "ended"
    assert "There is no run or job number 7" in logs.file(7, 1).read_text(encoding="utf-8")


HOLDS_ONE = """
from digitlab.jobs.launch import Life, LocalProcesses
launcher = LocalProcesses()
launcher.prepare(True)
print(launcher._ready.pid, flush=True)
input()
"""


def test_a_worker_that_is_held_ready_does_its_job_and_goes_with_who_holds_it(store: Store) -> None:
    launcher = LocalProcesses()
    launcher.prepare(True)
    assert launcher._ready
    ready = launcher._ready.pid
    launcher.prepare(True)
    assert launcher._ready.pid == ready
    with subprocess.Popen([sys.executable, "-c", HOLDS_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        other = launch._name(int(holder.stdout.readline()))
        holder.kill()
    until(lambda: life(other) == "ended")
    assert launcher.start(no_such_job(store, 8), quickly=False) != launch._name(ready)
    name = launcher.start(no_such_job(store, 7))
    assert name == launch._name(ready)
    until(lambda: life(name) == "ended")
    assert "There is no run or job number 7" in logs.file(7, 1).read_text(encoding="utf-8")
    launcher.prepare(True)
    assert launcher._ready
    name = launch._name(launcher._ready.pid)
    launcher.prepare(False)
    until(lambda: life(name) == "ended")


# --- other kinds of jobs, and how much of the machine they get ---


def count_to_ten(spec: dict[str, Any], report: Report) -> dict[str, Any]:
    for number in range(spec["from"], 11):
        report(number, 10)
    return {"counted": 10 - spec["from"]}


def claimed(store: Store, spec: dict[str, Any]) -> Job:
    return store.jobs.submit(OPERATOR, "counting", spec, claimed=True)


def test_another_kind_of_job_has_progress_and_a_result(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.FUNCTIONS, "counting", count_to_ten)
    job = claimed(store, {"from": 3})
    with Exchange(store, job) as exchange:
        kinds.perform(store, exchange)
    ended = store.jobs.get(job.id)
    assert (ended.state, ended.done, ended.total, ended.result) == ("finished", 10, 10, {"counted": 7})


def test_another_kind_of_job_can_be_cancelled(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait_for_ever(_: dict[str, Any], report: Report) -> dict[str, Any]:
        while True:
            report(1, 2)

    monkeypatch.setitem(kinds.FUNCTIONS, "counting", wait_for_ever)
    job = claimed(store, {})
    store.jobs.stop(OPERATOR, job.id)
    with Exchange(store, job, every=0.01) as exchange:
        kinds.perform(store, exchange)
    assert store.jobs.get(job.id).state == "stopped"
    with pytest.raises(InputError, match="only training runs can"):
        store.jobs.pause(OPERATOR, claimed(store, {}).id)


def test_an_error_of_the_program_is_logged_and_not_shown(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(kinds.FUNCTIONS, "counting", broken)
    monkeypatch.setattr(settings, "use_threads", lambda _: None)
    job = claimed(store, {})
    assert worker.work(store, job, threading.Event()) == 1
    reason = str(store.jobs.get(job.id).reason)
    assert "bug" not in reason
    assert reason == "DigitLab met an error of its own; the server's operator finds the error in this run's log."
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5", "65"])
def test_a_wrong_number_of_places_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("DIGITLAB_SLOTS", given)
    with pytest.raises(InputError, match="DIGITLAB_SLOTS must be a whole number from 1 to 64"):
        settings.slots()


def test_places_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = settings.threads()
    monkeypatch.setenv("DIGITLAB_SLOTS", "2")
    assert settings.threads() == max(1, cores // 2)
