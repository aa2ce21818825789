"""Asking for something to be computed for a model: one job, however many people ask."""

import shutil

from digitlab.store import Store
from digitlab.store.records import Job
from digitlab.store.results import Wanted
from digitlab.store.runs import folder

KEPT = 50  # ended jobs that stay, so that whoever waited can read why one failed


def ask(store: Store, wanted: Wanted) -> Job:
    """The job that computes it: the one that is waiting or at work, or a new one at the end of the queue."""
    job = store.jobs.submit_once(wanted.kind, wanted.spec)
    for number in store.jobs.forget_ended(wanted.kind, KEPT):
        shutil.rmtree(folder(number), ignore_errors=True)
    return job


def asked(store: Store, wanted: Wanted) -> Job | None:
    """The newest job for it, in whatever state."""
    return store.jobs.newest(wanted.kind, wanted.spec)
