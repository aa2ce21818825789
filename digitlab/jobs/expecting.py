"""How long an epoch should take here, as measured and as the last runs took, and when a run that waits should start.

The first question has the machine measured, as a job of the queue. That is done on a machine with nothing else to do;
what the last runs took says how much longer an epoch takes in the machine's everyday.
"""

import heapq
from contextlib import suppress
from statistics import median

from digitlab.errors import DataError
from digitlab.jobs import settings, speed
from digitlab.store import Store
from digitlab.store.queue import Left
from digitlab.store.records import LOW, SPEED, Job
from digitlab.store.rights import OPERATOR
from digitlab.training.config import TrainingConfig

_ENOUGH = 0.05  # share of a run that has to be done before its progress says how long it takes
_RECENT = 5  # runs: the median of so many is no chance, and follows a machine that changes


def epoch_seconds(store: Store, config: TrainingConfig) -> float | None:
    """Seconds that one epoch should take; None until the machine has been measured, which this asks for.

    Raises:
        StoreError: the database cannot be used.
    """
    expected = known_epoch_seconds(store, config)
    if expected is not None:
        return expected
    spec = speed.SpeedSpec(settings.threads_in_pool(store)).to_record()
    last = store.jobs.newest(SPEED, spec)
    if last is None or last.state in ("finished", "stopped"):  # its file is gone; one that failed would fail again
        pool = settings.pool()
        store.jobs.submit_once(OPERATOR, SPEED, spec, priority=LOW, preemptible=True, pool=pool)  # no run waits for it
    return None


def known_epoch_seconds(store: Store, config: TrainingConfig) -> float | None:
    """The same, without asking for the measurement.

    Raises:
        StoreError: the database cannot be used.
    """
    measured = speed.known()
    if measured is None:
        return None
    found = []
    for run, seconds in store.runs.recent_epochs(settings.pool(), _RECENT):
        with suppress(DataError):  # another version wrote its settings
            found.append(seconds / measured.epoch_seconds(run.spec.config))
    return measured.epoch_seconds(config) * (median(found) if found else 1.0)


def start_seconds(store: Store, job: Job) -> float | None:
    """Seconds until a waiting job should start; None where that is unknown.

    Each place of the pool takes the next job when it is free. A run at work takes as long as its progress so far says;
    what waits takes as much longer than was thought as the runs at work do.
    """
    left = store.queue.left(job.pool)
    slower = [actual / one.expected for one in left if one.expected and (actual := _as_measured(one)) is not None]
    factor = sum(slower) / len(slower) if slower else 1.0
    free_at = [0.0] * settings.places_in_pool(store)
    for one in left:
        starts = heapq.heappop(free_at)
        if one.job == job.id:
            return starts
        actual = _as_measured(one)
        if actual is None and one.expected is None:
            return None
        whole = actual if actual is not None else (one.expected or 0.0) * factor
        heapq.heappush(free_at, starts + whole * one.share)
    return None


def _as_measured(one: Left) -> float | None:
    """Seconds that all of a job should take by what was done so far; None where that is too little to say."""
    done = 1 - one.share
    return one.worked / done if one.worked is not None and done >= _ENOUGH else None
