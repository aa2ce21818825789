"""Deleting a run with all that it wrote: what is at work is stopped first."""

import time
from contextlib import suppress

from digitlab import home
from digitlab.errors import InputError
from digitlab.insight.trainings import Training, find, trainings
from digitlab.networks import litert
from digitlab.store import Store
from digitlab.store.records import ACTIVE

PATIENCE = 60.0  # seconds that a run may take to stop: it writes a checkpoint and looks at the test digits


def remove(store: Store, training: Training, *, with_model: bool, patience: float = PATIENCE) -> None:
    """Delete a run with its curves, checkpoints and log, or a model that is here without a run.

    Args:
        with_model: whether the model that it left in DIGITLAB_HOME/models goes too. One that was written elsewhere
            (`train --out`) stays where its owner put it.

    Raises:
        InputError: it comes with the project, or it is at work and did not stop in time.
    """
    if not training.removable:
        raise InputError(f"{training.name} comes with DigitLab and cannot be deleted.")
    if training.run:
        _stop(store, training.run.id, patience)
        training = find(trainings(store), training.key)  # it may have left a model since
        store.runs.delete(int(training.key))
        if not with_model:
            return
    model = training.model()
    if model and model.file.parent == home.trained_models():
        model.file.with_suffix(".json").unlink(missing_ok=True)  # first: a model is there while its card is
        model.file.unlink(missing_ok=True)
        litert.forget(model)


def _stop(store: Store, run: int, patience: float) -> None:
    if store.jobs.get(run).state not in ACTIVE:
        return
    with suppress(InputError):  # it has ended in this moment
        store.jobs.stop(run)
    give_up = time.monotonic() + patience
    while store.jobs.get(run).state in ACTIVE:
        if time.monotonic() > give_up:
            raise InputError(f"Run {run} has not stopped within {patience:.0f} seconds; try again when it has.")
        time.sleep(0.1)
