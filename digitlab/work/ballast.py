"""Room on the disk that is set aside, so that a full disk leaves room to say so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from digitlab import home

_BYTES = 1 << 20


@contextmanager
def ballast(job: int) -> Iterator[None]:
    """Hold some room on the disk, and give it back before the run's end is written to the store."""
    file = home.path() / "work" / f"{job}.ballast"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.write_bytes(os.urandom(_BYTES))
        yield
    finally:
        file.unlink(missing_ok=True)
