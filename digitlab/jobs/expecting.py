"""How long an epoch should take here; the first question has the machine measured, as a job of the queue."""

from digitlab.jobs import settings, speed
from digitlab.store import Store
from digitlab.store.records import LOW, SPEED
from digitlab.store.rights import OPERATOR
from digitlab.training.config import TrainingConfig


def epoch_seconds(store: Store, config: TrainingConfig) -> float | None:
    """Seconds that one epoch should take; None until the machine has been measured, which this asks for.

    Raises:
        StoreError: the database cannot be used.
    """
    measured = speed.known()
    if measured is not None:
        return measured.epoch_seconds(config)
    spec = speed.SpeedSpec(settings.threads_in_pool(store)).to_record()
    last = store.jobs.newest(SPEED, spec)
    if last is None or last.state in ("finished", "stopped"):  # its file is gone; one that failed would fail again
        pool = settings.pool()
        store.jobs.submit_once(OPERATOR, SPEED, spec, priority=LOW, preemptible=True, pool=pool)  # no run waits for it
    return None
