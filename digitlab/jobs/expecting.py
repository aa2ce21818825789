"""How long an epoch should take here; whoever asks first has the machine measured, as a job of the queue."""

from digitlab.jobs import settings
from digitlab.store import Store
from digitlab.store.records import SPEED
from digitlab.training import speed
from digitlab.training.config import TrainingConfig


def epoch_seconds(store: Store, config: TrainingConfig) -> float | None:
    """Seconds that one epoch should take; None until the machine has been measured, which this asks for.

    Raises:
        StoreError: the database cannot be used.
    """
    measured = speed.known()
    if measured is not None:
        return measured.epoch_seconds(config)
    spec = {"threads": settings.threads()}
    last = store.jobs.newest(SPEED, spec)
    if last is None or last.state in ("finished", "stopped"):  # its file is gone; one that failed would fail again
        store.jobs.submit_once(SPEED, spec)
    return None
