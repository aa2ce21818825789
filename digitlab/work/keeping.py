"""Which checkpoints of a run are kept: the newest two, the best epoch's, and some on the way, evenly spread."""

from collections.abc import Sequence

from digitlab.jobs.limits import LEAST_KEPT
from digitlab.store.records import SavedCheckpoint


def superfluous(saved: Sequence[SavedCheckpoint], best: int | None, most: int) -> list[SavedCheckpoint]:
    """Those that go, so that at most so many stay.

    Of the ends of epochs every one is kept at first, then every second, every fourth and so on: people who look back
    finds them evenly spread, however long the run is.

    Args:
        saved: all there are, in order.
        best: the best epoch; None where nothing was validated.
        most: how many may stay, at least LEAST_KEPT.
    """
    must = {one.step for one in saved[-2:]} | {one.step for one in saved if best is not None and one.epoch == best}
    ends = [one for one in saved if one.epoch and one.step not in must]
    room = max(0, most - LEAST_KEPT)
    stride = 1
    while len(spread := [one for one in ends if one.epoch and one.epoch % stride == 0]) > room:
        stride *= 2
    stays = must | {one.step for one in spread}
    return [one for one in saved if one.step not in stays]
