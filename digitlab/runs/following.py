"""What a run has logged so far, read once for all who watch it.

Thirty people may look at one run: the rows are kept in this process, only new ones are asked for, and not more often
than `FRESH` seconds apart. Everything comes from the store, so that a restarted server shows the same.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from digitlab.store import Store, database
from digitlab.store.records import Run, SavedCheckpoint, SentCommand
from digitlab.training.events import Epoch, Step

FRESH = 0.3  # seconds for which what was read is still good
_RUNS = 12  # that are kept; one of a hundred thousand rows takes about 15 MB


@dataclass(frozen=True)
class Followed:
    """A run with its curves as they were at one moment; the lists are not to be changed."""

    run: Run
    steps: list[Step]
    epochs: list[Epoch]
    commands: list[SentCommand]
    checkpoints: list[SavedCheckpoint]


@dataclass
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    read_at: float = 0.0
    followed: Followed | None = None


_kept: "OrderedDict[tuple[str, int], _Kept]" = OrderedDict()
_keeping = threading.Lock()


def follow(store: Store, run: int) -> Followed:
    """The run as it is now, or was `FRESH` seconds ago.

    Raises:
        InputError: there is no such run.
        StoreError: the database cannot be used.
    """
    name = database.url(), run
    with _keeping:
        kept = _kept.setdefault(name, _Kept())
        _kept.move_to_end(name)
        while len(_kept) > _RUNS:
            _kept.popitem(last=False)
    with kept.lock:
        now = store.clock.monotonic()
        if kept.followed is None or now - kept.read_at >= FRESH:
            kept.followed = _read(store, run, kept.followed)
            kept.read_at = now
        return kept.followed


def look_again(run: int) -> None:
    """Have the next `follow` read: a command was just given to the run."""
    with _keeping:
        for (_, number), kept in _kept.items():
            if number == run:
                kept.read_at = float("-inf")


def _read(store: Store, number: int, before: Followed | None) -> Followed:
    run = store.runs.get(number)
    steps = before.steps if before else []
    if steps and steps[-1].step > run.job.done:  # it went back to a checkpoint and comes by these steps again
        steps = [step for step in steps if step.step <= run.job.done]
    steps = steps + store.runs.steps(number, after=steps[-1].step if steps else 0)
    return Followed(run, steps, store.runs.epochs(number), store.jobs.commands(number), store.runs.checkpoints(number))
