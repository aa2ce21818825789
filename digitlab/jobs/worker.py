"""A worker: `python -m digitlab.jobs.worker RUN` does one job of the queue, in a process of its own.

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

from digitlab.errors import DigitLabError
from digitlab.jobs import kinds, launch, settings
from digitlab.jobs.link import Link
from digitlab.store import Store
from digitlab.store.records import ACTIVE, Job, SupersededError

NICENESS = 15
IMPORTING = 15.0  # seconds; with more, the supervisor would take the worker for stuck
PATIENCE = 60.0  # seconds that a worker's writes wait for a locked database; it has the time, a page has not

log = logging.getLogger("digitlab.jobs.worker")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one job; returns the exit code: 0, 1 for an error of the program, 2 for a job that cannot be had."""
    parser = argparse.ArgumentParser(prog="digitlab.jobs.worker", description="Do one job of the queue.")
    parser.add_argument("job", type=int, nargs="?", metavar="RUN")
    parser.add_argument("--attempt", type=int, help="the claim that this worker is for (default: claim the job now)")
    parser.add_argument("--ready", action="store_true", help="import TensorFlow and wait at standard input for a job")
    chosen = parser.parse_args(arguments)
    if chosen.ready:
        return wait_for_a_job()
    if chosen.job is None:
        parser.error("which run?")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield_to_the_page()
    try:
        with Store(busy_seconds=PATIENCE) as store:
            job = _job(store, chosen.job, chosen.attempt)
            return 0 if job is None else work(store, job, leave)
    except DigitLabError as error:
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
    out = os.open(log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(ours, theirs)
    with suppress(DigitLabError), Store(busy_seconds=PATIENCE) as store:
        if store.jobs.get(int(job)).spec.get("threads", threads) != threads:  # too late for TensorFlow: begin anew
            os.execv(sys.executable, [sys.executable, "-m", "digitlab.jobs.worker", *arguments])
    return main(arguments)


def _get_ready() -> None:
    """What every run needs first; an error here is the run's own a moment later, and told there."""
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
    settings.use_threads(int(job.spec.get("threads", settings.threads())))
    try:
        with Link(store, job) as link:
            kinds.perform(store, link, leave.is_set)
    except SupersededError:
        log.info("Job %d is not this worker's any more.", job.id)
    except DigitLabError as error:
        log.error("%s", error)
        return 2
    except Exception:
        log.exception("Job %d failed.", job.id)
        return 1
    return 0


def _job(store: Store, number: int, attempt: int | None) -> Job | None:
    if attempt is None:
        job = store.jobs.claim_this(number)
    else:
        job = store.jobs.get(number)
        if job.attempt != attempt or job.state not in ACTIVE:
            job = None
    if job is not None:
        store.jobs.started(job, launch.this_process())
    return job


if __name__ == "__main__":
    sys.exit(main())
