"""A worker: `python -m digitlab.work.worker RUN` does one job of the queue, in a process of its own.

It yields to the page: lower priority and a bounded number of threads. SIGTERM lets it write a checkpoint and leave; the
run then goes on later. What it has to say stands in the store, what went wrong in its log.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from digitlab import blobs, log_lines
from digitlab.errors import DataError, DigitLabError, InputError, StoreError
from digitlab.jobs import last_words, launch, logs, settings
from digitlab.store import Store
from digitlab.store.records import ACTIVE, Job, SupersededError
from digitlab.store.runs import forget_blobs
from digitlab.words import _
from digitlab.work import kinds
from digitlab.work.exchange import PATIENCE as AWAY
from digitlab.work.exchange import Exchange

NICENESS = 15
IMPORTING = 15.0  # seconds; with more, the supervisor would take the worker for stuck
FILES_AWAY = 90.0  # seconds that a worker waits for a place for files that is away; then its run pauses
PATIENCE = 60.0  # seconds that a worker's writes wait for a locked database; it has the time, a page has not

log = logging.getLogger("digitlab.work.worker")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one job; returns the exit code: 0, 1 for an error of the program, 2 for a job that cannot be had."""
    parser = argparse.ArgumentParser(prog="digitlab.work.worker", description=_("Do one job of the queue."))
    parser.add_argument("job", type=int, nargs="?", metavar="RUN")
    parser.add_argument("--attempt", type=int, help=_("number of the claim (default: claim the job now)"))
    parser.add_argument("--log", action="store_true", help=_("write to a log file that DigitLab saves"))
    parser.add_argument(
        "--ready", action="store_true", help=_("import TensorFlow and wait for a job at standard input")
    )
    chosen = parser.parse_args(arguments)
    if chosen.ready:
        return wait_for_a_job()
    if chosen.job is None:
        parser.error(_("the number of the run is missing"))
    if chosen.log and chosen.attempt is not None:
        _write_to(logs.file(chosen.job, chosen.attempt))
    log_lines.about.set(("job", str(chosen.job)))
    log_lines.begin()
    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield_to_the_page()
    blobs.wait_for_up_to(FILES_AWAY)
    try:
        with Store(busy_seconds=PATIENCE, patience=AWAY) as store:
            job = _job(store, chosen.job, chosen.attempt)
            if job is None:
                return 0
            if chosen.attempt is None:
                return work(store, job, leave)
            try:
                with logs.Keeping(job.id, job.attempt):
                    return work(store, job, leave)
            finally:
                _leave_nothing_of_what_is_deleted(store, job.id)
    except DigitLabError as error:
        if isinstance(error, StoreError) and chosen.attempt is not None:
            last_words.leave(chosen.job, chosen.attempt, error)
        log.error("%s", error)
        return 2


def wait_for_a_job() -> int:
    """Get ready, wait for the line "JOB ATTEMPT LOG" and do that job; without one, when the pipe ends, leave."""
    yield_to_the_page()
    threads = settings.threads()
    settings.use_threads(threads)
    importing = threading.Thread(target=_get_ready, name="import", daemon=True)
    importing.start()
    line = os.fsdecode(sys.stdin.buffer.readline())
    if not line.endswith("\n"):
        os._exit(0)  # whatever is being imported
    job, attempt, log_file = line.rstrip("\n").split(" ", 2)
    arguments = [job, "--attempt", attempt]
    importing.join(IMPORTING)  # until then standard error is the import's
    _write_to(Path(log_file))
    with suppress(DigitLabError), Store(busy_seconds=PATIENCE) as store:
        if kinds.threads(store.jobs.get(int(job))) not in (None, threads):  # too late for TensorFlow: start again
            os.execv(sys.executable, [sys.executable, "-P", "-m", "digitlab.work.worker", *arguments])
    return main(arguments)


def _write_to(file: Path) -> None:
    """Have a file in the place of standard output and error, and nothing in that of standard input."""
    file.parent.mkdir(parents=True, exist_ok=True)
    out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(ours, theirs)


def _get_ready() -> None:
    """What every run needs first; an error here is the run's own a moment later, and reported there."""
    with suppress(Exception):
        import digitlab.backend  # noqa: F401
        from digitlab.data import mnist

        mnist.load()


def yield_to_the_page() -> None:
    """Let every other process go first."""
    with suppress(OSError, AttributeError):
        os.nice(NICENESS - os.nice(0))
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def work(store: Store, job: Job, leave: threading.Event) -> int:
    """Do a claimed job to its end; returns the exit code."""
    threads = None
    with suppress(DataError):  # the job fails with it below
        threads = kinds.threads(job)
    settings.use_threads(threads or settings.threads())
    exchange = Exchange(store, job)
    try:
        with exchange:
            kinds.perform(store, exchange, leave.is_set)
    except SupersededError:
        log.info("Job %d is not this worker's any more.", job.id)
    except DigitLabError as error:
        if isinstance(error, StoreError):
            last_words.leave(job.id, exchange.job.attempt, error)
        log.error("%s", error)
        return 2
    except Exception:
        log.exception("Job %d failed.", job.id)
        return 1
    return 0


def _leave_nothing_of_what_is_deleted(store: Store, job: int) -> None:
    """Whoever deletes a job deletes its blobs after its row; the log may have come later still."""
    with suppress(StoreError):
        try:
            store.jobs.get(job)
        except InputError:
            forget_blobs(job)


def _job(store: Store, number: int, attempt: int | None) -> Job | None:
    if attempt is None:
        job = store.jobs.claim_this(number)
    else:
        job = store.jobs.get(number)
        if job.attempt != attempt or job.state not in ACTIVE:
            job = None
    if job is not None:
        store.jobs.started(job, launch.own_name(), launch.node())
    return job


if __name__ == "__main__":
    sys.exit(main())
