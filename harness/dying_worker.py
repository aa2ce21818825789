"""A worker that ends itself by SIGKILL at a named moment: `python -m harness.dying_worker RUN MOMENT COUNT`.

It claims the run, saves after every few steps, and dies when the moment comes for the COUNT-th time ("never" does not).
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from digitlab.store.records import SavedCheckpoint
from digitlab.store.runs import Runs
from digitlab.training import card, loop, state, trainer
from digitlab.training.events import Step
from digitlab.work import performing, worker
from digitlab.work.exchange import Exchange

# By name: where it is patched, which function, whether death comes before or after it, and for which of its calls.
MOMENTS: dict[str, tuple[Any, str, bool, Callable[..., bool]]] = {
    "a step is done": (trainer.Trainer, "run", False, lambda *_: True),
    "a metric is said and not yet written": (
        Exchange,
        "put",
        False,
        lambda _, *rows, **__: any(isinstance(row, Step) for row in rows),
    ),
    "a metric is written and not yet committed": (Runs, "_insert", False, lambda *given: bool(given[3])),
    "a checkpoint is half written": (os, "fsync", True, lambda *_: True),
    "a checkpoint is about to be renamed": (os, "replace", True, lambda *_: True),
    "a checkpoint is renamed and has no row": (state, "write", False, lambda *_: True),
    "a checkpoint's row is not yet committed": (
        Runs,
        "_insert",
        False,
        lambda *given: any(isinstance(row, SavedCheckpoint) for row in given[3]),
    ),
    "it validates": (loop, "evaluate", True, lambda *_: True),
    "it has validated": (loop, "evaluate", False, lambda *_: True),
    "it goes back to a checkpoint": (Runs, "rewind", False, lambda *_: True),
    "the model is about to be written": (card, "write", True, lambda *_: True),
    "the model is written and the run has not ended": (card, "write", False, lambda *_: True),
}


def die_at(moment: str, count: int) -> None:
    """Arrange for this process to be killed."""
    where, name, before, counts = MOMENTS[moment]
    plain = getattr(where, name)
    left = count

    def deadly(*given: Any, **more: Any) -> Any:
        nonlocal left
        this = counts(*given, **more)
        left -= this
        if before and this and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = plain(*given, **more)
        if not before and this and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(where, name, deadly)


if __name__ == "__main__":
    _, run, moment, count = sys.argv
    performing.SAVE_EVERY = 0.0
    worker.NICENESS = os.nice(0)  # where others work hard, a worker at low priority gets next to no time
    if moment != "never":
        die_at(moment, int(count))
    sys.exit(worker.main([run]))
