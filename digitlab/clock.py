"""The time, as something that a test can set."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two times: one to be shown to people, which may jump when somebody sets it, and one to measure with."""

    def now(self) -> float:
        """Seconds since 1970."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""


class SystemClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
