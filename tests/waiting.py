"""Waiting for what another process does."""

import threading
import time
from collections.abc import Callable


def until(happened: Callable[[], bool], seconds: float = 120.0) -> None:
    """Return as soon as something has happened; an AssertionError if it does not."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.02)
