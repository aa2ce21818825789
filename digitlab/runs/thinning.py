"""What goes of runs that ended long ago: checkpoints on the way. The newest and the best stay."""

from digitlab import blobs
from digitlab.store import Store
from digitlab.store.records import ENDED
from digitlab.training.best import best_epoch


def thin_out(store: Store, days: float) -> None:
    """Delete the checkpoints of a class's runs that ended so many days ago, but the newest and the best epoch's.

    A checkpoint stays while a run that has not ended branches off there.

    Raises:
        StoreError: the database cannot be used.
    """
    runs = store.runs.all()
    needed = {(run.parent, run.parent_step) for run in runs if run.state not in ENDED}
    before = store.clock.now() - days * 86_400
    for run in runs:
        if run.job.classroom is None or run.state not in ENDED or (run.job.ended_at or before) >= before:
            continue
        saved = store.runs.checkpoints(run.id)
        best = best_epoch(store.runs.epochs(run.id)) if len(saved) > 1 else None
        gone = [
            one for one in saved[:-1] if not (best and one.epoch == best.epoch) and (run.id, one.step) not in needed
        ]
        if gone and store.runs.forget_old_checkpoints(run.id, [one.step for one in gone]):
            blobs.stored().delete(*(one.file for one in gone))
