"""What workers write to their logs: a file of the machine while the worker is there, kept as a blob for everybody.

Each attempt has a file and a blob of its own. The worker brings the blob up to date; the process that finds a worker
gone keeps what it left.
"""

import re
import threading
from contextlib import suppress
from pathlib import Path

from digitlab import blobs, home
from digitlab.errors import BlobError, BlobMissingError
from digitlab.store.runs import prefix

EVERY = 5.0  # seconds between two looks at a log that may have grown
MOST = 1_000_000  # bytes that are kept of one attempt: the end
_LOG = "log-"


def file(job: int, attempt: int) -> Path:
    """Where a worker of this machine writes."""
    return home.path() / "work" / f"{job}-{attempt}.log"


def keep(job: int, attempt: int, content: bytes | None = None) -> None:
    """Keep a log; what is away or gone meanwhile is let be.

    Args:
        content: what the worker said; None: what stands in its file here.
    """
    with suppress(OSError, BlobError):
        said = file(job, attempt).read_bytes() if content is None else content
        if said:
            blobs.stored().put(_key(job, attempt), said[-MOST:])


def forget_file(job: int, attempt: int) -> None:
    """Remove the file of a worker that is gone; the blob stays."""
    with suppress(OSError):
        file(job, attempt).unlink()


def shown(job: int) -> str:
    """What is kept of a job's logs, for visitors: files without the folders of the machine that they were on."""
    return re.sub(r"(?:/[\w.@+-]+)+/(?=[\w.@+-]+)", "", read(job))


def read(job: int) -> str:
    """All that is kept of a job's logs, attempt after attempt; "" where there is nothing.

    Raises:
        BlobAwayError: the place where they lie does not answer.
    """
    place = blobs.stored()
    said = []
    for key in place.list(prefix(job)):
        if key.startswith(prefix(job) + _LOG):
            with suppress(BlobMissingError):  # deleted meanwhile
                said.append(place.read(key).decode("utf-8", "replace"))
    return "".join(said)


class Keeping:
    """Keeps a worker's log up to date from a thread, and whole at the end of the block."""

    def __init__(self, job: int, attempt: int) -> None:
        self._about = job, attempt
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def __enter__(self) -> "Keeping":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        keep(*self._about)
        forget_file(*self._about)

    def _run(self) -> None:
        size = 0
        while not self._ended.wait(EVERY):
            with suppress(OSError):
                now = file(*self._about).stat().st_size
                if now != size:
                    keep(*self._about)
                    size = now


def _key(job: int, attempt: int) -> str:
    return f"{prefix(job)}{_LOG}{attempt:04}.txt"
