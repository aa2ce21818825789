"""Waiting for what other processes do, and having them start."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from digitlab.jobs.supervisor import Supervisor


def until(happened: Callable[[], bool], seconds: float = 300.0) -> None:
    """Return as soon as something has happened; an AssertionError if it does not."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.02)


@contextmanager
def at_work(supervisor: Supervisor) -> Iterator[None]:
    """A supervisor that looks again and again, in a thread of this process."""
    end = threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(end,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
