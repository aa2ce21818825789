"""The supervisor: what it starts, whom it takes for dead. The launcher here is a list, the clock is set by the test."""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest

from digitlab.errors import InputError, StoreBusyError
from digitlab.insight.progress import Report
from digitlab.jobs import kinds, launch, settings, worker
from digitlab.jobs.launch import LocalProcesses
from digitlab.jobs.link import Link
from digitlab.jobs.supervisor import FIRST_GO, SILENT, STUCK, UNHURRIED, Supervisor
from digitlab.store import Store
from digitlab.store.records import SPEED, Job
from digitlab.store.runs import folder
from tests.waiting import until

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
    """A launcher of nobody: it notes who was to be started and killed, and says of each what the test says."""

    def __init__(self) -> None:
        self.started: list[tuple[int, int]] = []
        self.killed: list[str] = []
        self.lives: dict[str, bool | None] = {}
        self.prepared = False
        self.unhurried: list[int] = []

    def start(self, job: int, attempt: int, log: Path, *, quickly: bool = True) -> str:
        self.started.append((job, attempt))
        if not quickly:
            self.unhurried.append(job)
        return f"worker {job}.{attempt}"

    def kill(self, worker: str) -> None:
        self.killed.append(worker)

    def prepare(self, soon: bool) -> None:
        self.prepared = soon

    def alive(self, worker: str) -> bool | None:
        return self.lives.get(worker, True)


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
    return Supervisor(store, places=1, launcher=workers, clock=clock)


def new_run(store: Store) -> int:
    return store.runs.create(name="a", recipe="two-conv-128", parameters=10, spec={"config": {}}).id


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
    Supervisor(store, places=2, launcher=workers, clock=clock).look()
    assert workers.started == [(queued[0], 1), (queued[1], 1)]


def test_a_killed_worker_is_replaced_once_and_then_a_person_is_waited_for(
    store: Store, supervisor: Supervisor, workers: Workers
) -> None:
    run = new_run(store)
    supervisor.look()
    workers.lives[f"worker {run}.1"] = False
    supervisor.look()
    assert workers.started == [(run, 1), (run, 2)]
    workers.lives[f"worker {run}.2"] = False
    supervisor.look()
    assert store.jobs.get(run).state == "interrupted"
    assert "ended without a word" in (store.jobs.get(run).reason or "")
    supervisor.look()
    assert len(workers.started) == 2
    store.jobs.resume(run)
    supervisor.look()
    assert workers.started[2:] == [(run, 3)]


def test_nobodys_run_waits_until_the_machine_has_been_measured(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock
) -> None:
    measuring = store.jobs.submit_once(SPEED, {"threads": 2})
    assert supervisor.look() == [], "who has just come may want a run"
    clock.go_on(UNHURRIED)
    assert [job.id for job in supervisor.look()] == [measuring.id]
    run = new_run(store)
    assert store.jobs.before(store.jobs.get(run)) == 0
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
    supervisor = Supervisor(store, places=1, launcher=workers, clock=clock, awaits=lambda: somebody[0])
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


def test_no_worker_is_made_ready_while_the_machine_is_measured(store: Store, workers: Workers, clock: SetClock) -> None:
    supervisor = Supervisor(store, places=1, launcher=workers, clock=clock, awaits=lambda: True)
    measuring = store.jobs.submit_once(SPEED, {"threads": 2})
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
    workers.lives[f"worker {run}.1"] = None
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
    workers.lives[f"worker {run}.1"] = None
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


def test_a_paused_runs_own_worker_has_the_first_go(
    store: Store, supervisor: Supervisor, workers: Workers, clock: SetClock
) -> None:
    run = new_run(store)
    supervisor.look()
    job = store.jobs.get(run)
    store.jobs.begin(job)
    store.jobs.pause(run)
    store.jobs.paused(job, store.jobs.commands(run)[0].id, 2)
    other = new_run(store)
    supervisor.look()
    assert workers.started[1:] == [(other, 1)]  # what is paused takes no place
    store.jobs.end(store.jobs.get(other), "finished")
    store.jobs.resume(run)
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
    assert store.jobs.get(run).reason == "Its process could not be started: Resource temporarily unavailable."


# --- with real processes ---


processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["digitlab.jobs.supervisor"])


def _supervise(home: Path, start: Event, enough: int) -> None:
    os.environ["DIGITLAB_HOME"] = str(home)  # the server that forks has kept an earlier test's
    with Store(busy_seconds=60) as store:
        supervisor = Supervisor(store, places=2)
        start.wait()

        def all_have_ended() -> bool:
            supervisor.look()
            return len(store.jobs.all("failed")) == enough

        until(all_have_ended)


def test_two_supervisors_on_one_database_start_each_job_once(home: Path) -> None:
    with Store() as store:
        jobs = [store.jobs.submit("unheard-of", {}).id for _ in range(4)]  # workers refuse it, so each ends at once
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
    assert {job.reason for job in ended} == {"There is no kind of job called 'unheard-of'."}
    for job in jobs:
        assert (folder(job) / "worker.log").read_text(encoding="utf-8").count("unheard-of") == 1


def test_a_process_is_alive_until_it_ends_even_before_anyone_has_waited_for_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = launch._name(child.pid)
        assert LocalProcesses().alive(name)
        machine, process, started = name.split()
        assert not LocalProcesses().alive(f"{machine} {process} {int(started) + 1}")  # its id was given anew
        assert LocalProcesses().alive(f"elsewhere {process} {started}") is None
        assert child.stdin is not None
        child.stdin.close()
        until(lambda: not LocalProcesses().alive(name))  # a zombie now
    assert not LocalProcesses().alive(name)
    LocalProcesses().kill(name)


def test_a_worker_leaves_no_zombie_and_outlives_who_started_it(home: Path) -> None:
    launcher = LocalProcesses()
    name = launcher.start(7, 1, home / "worker.log")
    process = int(name.split()[1])
    assert os.getsid(process) == process  # a session of its own
    until(lambda: not launcher.alive(name))
    assert not Path(f"/proc/{process}").exists()
    assert "There is no run or job number 7" in (home / "worker.log").read_text(encoding="utf-8")


HOLDS_ONE = """
from digitlab.jobs.launch import LocalProcesses
launcher = LocalProcesses()
launcher.prepare(True)
print(launcher._ready.pid, flush=True)
input()
"""


def test_a_worker_that_is_held_ready_does_its_job_and_goes_with_who_holds_it(home: Path) -> None:
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
    until(lambda: not launcher.alive(other))
    assert launcher.start(8, 1, home / "other.log", quickly=False) != launch._name(ready)
    name = launcher.start(7, 1, home / "worker.log")
    assert name == launch._name(ready)
    until(lambda: not launcher.alive(name))
    assert "There is no run or job number 7" in (home / "worker.log").read_text(encoding="utf-8")
    launcher.prepare(True)
    assert launcher._ready
    name = launch._name(launcher._ready.pid)
    launcher.prepare(False)
    until(lambda: not launcher.alive(name))


# --- other kinds of jobs, and how much of the machine they get ---


def count_to_ten(spec: dict[str, Any], report: Report) -> dict[str, Any]:
    for number in range(spec["from"], 11):
        report(number, 10)
    return {"counted": 10 - spec["from"]}


def claimed(store: Store, spec: dict[str, Any]) -> Job:
    return store.jobs.submit("counting", spec, claimed=True)


def test_another_kind_of_job_has_progress_and_a_result(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.FUNCTIONS, "counting", count_to_ten)
    job = claimed(store, {"from": 3})
    with Link(store, job) as link:
        kinds.perform(store, link)
    ended = store.jobs.get(job.id)
    assert (ended.state, ended.done, ended.total, ended.result) == ("finished", 10, 10, {"counted": 7})


def test_another_kind_of_job_can_be_cancelled(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait_for_ever(_: dict[str, Any], report: Report) -> dict[str, Any]:
        while True:
            report(1, 2)

    monkeypatch.setitem(kinds.FUNCTIONS, "counting", wait_for_ever)
    job = claimed(store, {})
    store.jobs.stop(job.id)
    with Link(store, job, every=0.01) as link:
        kinds.perform(store, link)
    assert store.jobs.get(job.id).state == "stopped"
    with pytest.raises(InputError, match="only training runs can"):
        store.jobs.pause(claimed(store, {}).id)


def test_an_error_of_the_program_is_logged_and_not_shown(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(kinds.FUNCTIONS, "counting", broken)
    monkeypatch.setattr(settings, "use_threads", lambda _: None)
    job = claimed(store, {})
    assert worker.work(store, job, threading.Event()) == 1
    reason = store.jobs.get(job.id).reason or ""
    assert "bug" not in reason
    assert "see " in reason
    assert "worker.log" in reason
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5", "65"])
def test_a_wrong_number_of_places_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("DIGITLAB_SLOTS", given)
    with pytest.raises(InputError, match="DIGITLAB_SLOTS must be a whole number from 1 to 64"):
        settings.places()


def test_places_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = settings.threads()
    monkeypatch.setenv("DIGITLAB_SLOTS", "2")
    assert settings.threads() == max(1, cores // 2)
