"""A run in this process, for benchmarks."""

from collections.abc import Callable

from digitlab.jobs import orders, settings
from digitlab.store import Store
from digitlab.store.records import Job
from digitlab.store.rights import OPERATOR
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Event
from digitlab.work import performing
from digitlab.work.exchange import Exchange


def perform(store: Store, config: TrainingConfig, recipe: str, show: Callable[[Event], None] = lambda _: None) -> Job:
    """A whole run with the server's threads; returns the ended job.

    Args:
        show: called with every event.

    Raises:
        RuntimeError: the run did not finish.
    """
    threads = settings.threads()
    settings.use_threads(threads)
    job = orders.submit(OPERATOR, store, config, name=recipe, recipe=recipe, threads=threads, claimed=True)
    with Exchange(store, job) as exchange:
        performing.perform(store, exchange, show)
    ended = store.jobs.get(job.id)
    if ended.state != "finished":
        raise RuntimeError(f"The run is {ended.state}: {ended.reason}")
    return ended
