"""What a job can be. A worker calls `perform` with whatever kind it has claimed."""

from collections.abc import Callable
from typing import Any

from digitlab.errors import InputError
from digitlab.insight import answers, embedding, favourites, features, robustness
from digitlab.insight.progress import Report
from digitlab.jobs import performing
from digitlab.jobs.link import Link
from digitlab.search import trial
from digitlab.store import Store, results
from digitlab.store.records import SPEED, TRAINING
from digitlab.store.results import Result, Wanted
from digitlab.training import speed


class CancelledError(Exception):
    """Somebody stopped the job."""


# What can be computed for a model and is kept; `digitlab.jobs.asking` puts it into the queue.
COMPUTED: dict[str, Callable[[Wanted, Report], Result]] = {
    answers.KIND: answers.job,
    features.KIND: features.job,
    embedding.KIND: embedding.job,
    robustness.KIND: robustness.job,
    favourites.KIND: favourites.job,
}


def _compute_and_keep(kind: str) -> Callable[[dict[str, Any], Report], dict[str, Any]]:
    def job(spec: dict[str, Any], report: Report) -> dict[str, Any]:
        wanted = Wanted(kind, spec["model"], spec["options"])
        if results.kept(wanted) is None:  # an earlier attempt may have been killed just after it had kept it
            results.keep(wanted, COMPUTED[kind](wanted, report))
        return {}

    return job


# Kinds that are one function, from the job's spec to its result, both plain data; begun anew when interrupted.
FUNCTIONS: dict[str, Callable[[dict[str, Any], Report], dict[str, Any]]] = {
    kind: _compute_and_keep(kind) for kind in COMPUTED
} | {SPEED: speed.job}


def perform(store: Store, link: Link, leaves: Callable[[], bool] = lambda: False) -> None:
    """Do the link's job to its end, and leave how it ended in the store.

    Args:
        leaves: whether this process has been told to go.

    Raises:
        InputError: there is no such kind.
        SupersededError: the job was claimed again, or deleted.
        StoreError: the database cannot be used.
    """
    job = link.job
    if job.kind == TRAINING and "search" in job.spec:
        trial.perform(store, link, leaves=leaves)
        return
    if job.kind == TRAINING:
        performing.perform(store, link, leaves=leaves)
        return
    if job.kind not in FUNCTIONS:
        raise InputError(f"There is no kind of job called {job.kind!r}.")

    def report(done: float, total: float) -> None:
        link.put(done=done, total=total)
        if leaves() or any(sent.kind == "stop" for sent in link.hear()):
            raise CancelledError

    store.jobs.begin(job)
    try:
        result = FUNCTIONS[job.kind](job.spec, report)
    except CancelledError:
        link.flush()
        if leaves():
            store.jobs.leave(job, "Its process was told to end.")
        else:
            store.jobs.end(job, "stopped")
    else:
        link.flush()
        store.jobs.end(job, "finished", result=result)
