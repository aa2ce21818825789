"""Rows and blobs that belong together: which is there without the other, and moving all blobs to another place."""

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from digitlab import blobs
from digitlab.blobs import Blobs
from digitlab.errors import InputError
from digitlab.store import Store, belonging
from digitlab.store.records import ACTIVE
from digitlab.store.runs import Runs, prefix
from digitlab.store.tables import checkpoints, jobs
from digitlab.training.spec import place_of_model
from digitlab.words import Message, message

_OF_A_JOB = "runs/"


def differences(store: Store, place: Blobs) -> list[Message]:
    """A sentence for each row whose blob is missing, and each blob whose row is; nothing is changed.

    Results, exported files and frozen sets have no rows: they are named after what they hold.
    """
    there = set(place.list(""))
    found = [
        message("Checkpoint {key} of run {run} is missing.", key=key, run=str(run))
        for run, key in _checkpoints(store)
        if key not in there
    ]
    known = {key for _, key in _checkpoints(store)}
    for name, where in _models(store.runs):
        for kind in ("keras", "json"):
            key = f"{where}/{name}.{kind}"
            known.add(key)
            if key not in there and key.startswith(_OF_A_JOB):
                found.append(message("The model {key} is missing.", key=key))
    numbers = _numbers(store)
    for key in sorted(there):
        if not key.startswith(_OF_A_JOB):
            continue
        number = key.split("/")[1]
        if not number.isdecimal() or int(number) not in numbers:
            found.append(message("No run or job belongs to the file {key}.", key=key))
        elif key not in known and key.startswith(prefix(int(number)) + "checkpoint-"):
            found.append(message("No row belongs to the checkpoint {key}.", key=key))
    for key in sorted(there):
        if key.startswith("models/") and key.endswith(".keras") and key.removesuffix("keras") + "json" not in there:
            found.append(message("No card belongs to the model {key}.", key=key))
    return found


def move(store: Store, target: str, show: Callable[[str], None] = lambda _: None) -> int:
    """Copy every blob to another place, look whether it arrived, and then remove it here; returns how many there were.

    What is there already with the same content is not copied again, so a move that was cut off goes on.

    Args:
        target: a folder or s3://bucket/prefix.
        show: called with each key.

    Raises:
        InputError: something is at work, or the target is this place.
        BlobError: the target cannot be written.
    """
    if at_work := store.jobs.all(*ACTIVE):
        raise InputError(message("Job {job} is at work; pause or stop all work, then move.", job=str(at_work[0].id)))
    here, there = blobs.stored(), blobs.at(target)
    if here is there:
        raise InputError(message("The files are in this place already."))
    keys = [key for key in here.list("") if key != belonging.KEY]
    for key in keys:
        content = here.read(key)
        sha256 = there.put(key, content)
        there.read(key, sha256)
        show(key)
    if number := belonging.number_of(store.database):
        belonging.mark(there, number)
    here.delete(belonging.KEY, *keys)
    return len(keys)


def _checkpoints(store: Store) -> Iterator[tuple[int, str]]:
    with store.database.read() as connection:
        rows = connection.execute(sa.select(checkpoints.c.job, checkpoints.c.file)).all()
    for run, key in rows:
        yield run, key if "/" in key else prefix(run) + key


def _models(runs: Runs) -> Iterator[tuple[str, str]]:
    for run in runs.all():
        place = place_of_model(run.job.spec) or "models"
        if run.model is not None and isinstance(place, str):
            yield run.model, place


def _numbers(store: Store) -> set[int]:
    with store.database.read() as connection:
        return set(connection.scalars(sa.select(jobs.c.id)))
