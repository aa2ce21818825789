"""What a job can be. A worker calls `perform` with whatever kind it has claimed."""

from collections.abc import Callable, Mapping
from typing import Any

from digitlab.errors import InputError
from digitlab.insight import answers, embedding, favourites, features, robustness
from digitlab.insight.progress import Report
from digitlab.jobs import speed
from digitlab.jobs.speed import SpeedSpec
from digitlab.store import Store, results
from digitlab.store.records import SPEED, TRAINING, Job
from digitlab.store.results import Result, Wanted
from digitlab.training.spec import TrainingSpec
from digitlab.words import message
from digitlab.work import performing, trial
from digitlab.work.exchange import Exchange


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


def _compute_and_keep(kind: str) -> Callable[[Mapping[str, Any], Report], dict[str, Any]]:
    def job(record: Mapping[str, Any], report: Report) -> dict[str, Any]:
        wanted = Wanted.from_record(kind, record)
        if results.kept(wanted) is None:  # an earlier attempt may have been killed just after it had kept it
            results.keep(wanted, COMPUTED[kind](wanted, report))
        return {}

    return job


# Kinds that are one function, from the job's spec to its result, both plain data; started again when interrupted.
FUNCTIONS: dict[str, Callable[[Mapping[str, Any], Report], dict[str, Any]]] = {
    kind: _compute_and_keep(kind) for kind in COMPUTED
} | {SPEED: speed.job}


def threads(job: Job) -> int | None:
    """With how many processor threads a job wants to be done; None where any number will do.

    Raises:
        DataError: what is stored of the job cannot be read.
    """
    if job.kind == TRAINING:
        return TrainingSpec.from_record(job.spec).threads
    return SpeedSpec.from_record(job.spec).threads if job.kind == SPEED else None


def perform(store: Store, exchange: Exchange, leaves: Callable[[], bool] = lambda: False) -> None:
    """Do the exchange's job to its end, and leave how it ended in the store.

    Args:
        leaves: whether this process must end.

    Raises:
        InputError: there is no such kind.
        DataError: what is stored of the job cannot be read; the job fails with that sentence.
        SupersededError: the job was claimed again, or deleted.
        StoreError: the database cannot be used.
    """
    job = exchange.job
    if job.kind == TRAINING:
        is_trial = TrainingSpec.from_record(job.spec).search is not None
        (trial.perform if is_trial else performing.perform)(store, exchange, leaves=leaves)
        return
    if job.kind not in FUNCTIONS:
        raise InputError(message("There is no job of the kind “{kind}”.", kind=job.kind))

    def report(done: float, total: float) -> None:
        exchange.put(done=done, total=total)
        if leaves() or any(sent.kind == "stop" for sent in exchange.hear()):
            raise CancelledError

    store.jobs.begin(job)
    try:
        result = FUNCTIONS[job.kind](job.spec, report)
    except CancelledError:
        exchange.flush()
        if leaves():
            store.jobs.leave(job, message("The process was asked to end."))
        else:
            store.jobs.end(job, "stopped")
    else:
        exchange.flush()
        store.jobs.end(job, "finished", result=result)
