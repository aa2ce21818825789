"""Why a worker left, where it could not tell the database: a blob of its job, which the supervisor reads."""

import json
from contextlib import suppress
from dataclasses import dataclass

from digitlab import blobs
from digitlab.errors import BlobError, BlobMissingError, StoreAwayError, StoreBusyError, StoreError
from digitlab.store.records import Job
from digitlab.store.runs import prefix
from digitlab.words import Message, message, stored


@dataclass(frozen=True)
class LastWords:
    """What a worker said when it left.

    Attributes:
        attempt: of the job; an older attempt's words are not those of the present one.
        reason: a sentence.
        pauses: whether the job waits for a person now; otherwise it may be begun again at once.
    """

    attempt: int
    reason: Message
    pauses: bool


def leave(job: int, attempt: int, error: StoreError) -> None:
    """Say what kept the worker from telling the database anything more."""
    if isinstance(error, StoreBusyError):
        away = message("The database did not answer for ten minutes, so the run paused.")
        locked = message("Other programs locked the database for ten minutes, so the run paused.")
        words = LastWords(attempt, away if isinstance(error, StoreAwayError) else locked, pauses=True)
    else:
        words = LastWords(attempt, message("The process had to end. {why}", why=error.message), pauses=False)
    with suppress(BlobError):  # the disk may be full, too
        plain = vars(words) | {"reason": stored.written(words.reason)}
        blobs.stored().put(_key(job), json.dumps(plain).encode())


def of(job: Job) -> LastWords | None:
    """What the worker of the job's present attempt said; None if it said nothing."""
    try:
        plain = json.loads(blobs.stored().read(_key(job.id)))
        words = LastWords(plain["attempt"], stored.read(plain["reason"]), plain["pauses"])
    except (BlobError, BlobMissingError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return words if words.attempt == job.attempt else None


def _key(job: int) -> str:
    return prefix(job) + "last-words.json"
