"""Deleting a run with all that it wrote: what is at work is stopped first."""

import time
from contextlib import suppress

from digitlab.data import pen_digits
from digitlab.errors import InputError
from digitlab.networks import litert, zoo
from digitlab.networks.zoo import Model
from digitlab.runs.trainings import Training, find, trainings
from digitlab.store import Store, rights
from digitlab.store.records import ACTIVE
from digitlab.store.rights import Person
from digitlab.words import message

PATIENCE = 60.0  # seconds that a run may take to stop: for a checkpoint and the test


def remove(person: Person, store: Store, training: Training, *, with_model: bool, patience: float = PATIENCE) -> None:
    """Delete a run with its curves, checkpoints and log, or a model that is here without a run.

    Args:
        with_model: whether the model that it left among those trained here goes too. One that was written elsewhere
            (`train --out`) stays where its owner put it.

    Raises:
        InputError: it comes with the project, this person may not, or it is at work and did not stop in time.
    """
    if not training.removable:
        raise InputError(message("{model} comes with DigitLab and cannot be deleted.", model=training.name))
    if training.run:
        rights.check(person, "delete", training.run.job.thing)
        _stop(person, store, training.run.id, patience)
        training = find(trainings(store, person), training.key)  # it may have left a model since
        store.runs.delete(person, int(training.key))
        _forget_strokes(store, training)
        for earlier in zoo.replaced(int(training.key)):
            _forget_model(store, earlier)
        if not with_model:
            return
    model = training.model()
    if model and model.is_trained_here:
        rights.check(person, "delete", store.models.thing(model))
        _forget_model(store, model)


def _forget_model(store: Store, model: Model) -> None:
    zoo.remove(model)
    litert.forget(model)
    store.models.forget(model)


def _forget_strokes(store: Store, removed: Training) -> None:
    """Delete the strokes that this run alone learned from."""
    assert removed.run is not None
    mine = removed.run.spec.config.strokes
    if mine:
        others = [run.spec.config.strokes for run in store.runs.all()]
        pen_digits.forget(mine.sha256, {other.sha256 for other in others if other})


def _stop(person: Person, store: Store, run: int, patience: float) -> None:
    if store.jobs.get(run).state not in ACTIVE:
        return
    with suppress(InputError):  # it has ended in this moment
        store.jobs.stop(person, run)
    give_up = time.monotonic() + patience
    while store.jobs.get(run).state in ACTIVE:
        if time.monotonic() > give_up:
            raise InputError(
                message(
                    "Run {run} has not stopped within {seconds:.0f} seconds. Try again once the run has stopped.",
                    run=str(run),
                    seconds=patience,
                )
            )
        time.sleep(0.1)
