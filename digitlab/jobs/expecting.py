"""How long an epoch should take here: as the machine was measured, and as the last runs here took.

The first question has the machine measured, as a job of the queue. That is done on a machine with nothing else to do;
what the last runs took says how much longer an epoch takes in the machine's everyday.
"""

from contextlib import suppress
from statistics import median

from digitlab.errors import DataError
from digitlab.jobs import settings, speed
from digitlab.store import Store
from digitlab.store.records import LOW, SPEED
from digitlab.store.rights import OPERATOR
from digitlab.training.config import TrainingConfig

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
