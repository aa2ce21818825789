"""Asking for something to be computed for a model: one job, however many people ask."""

from digitlab.jobs import settings
from digitlab.store import Store
from digitlab.store.records import Job
from digitlab.store.results import Wanted
from digitlab.store.rights import Person
from digitlab.store.runs import forget_blobs

KEPT = 50  # ended jobs that stay, so that people who waited can read why one failed


def ask(person: Person, store: Store, wanted: Wanted) -> Job:
    """The job that computes it: the one that is waiting or at work, or a new one at the end of the queue."""
    job = store.jobs.submit_once(person, wanted.kind, wanted.to_record(), pool=settings.pool())
    for number in store.jobs.forget_ended(wanted.kind, KEPT):
        forget_blobs(number)
    return job


def asked(store: Store, wanted: Wanted) -> Job | None:
    """The newest job for it, in whatever state."""
    return store.jobs.newest(wanted.kind, wanted.to_record())
