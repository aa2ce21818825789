"""Reading the pinned pictures of a run while it learns."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import StoreError
from digitlab.store import Store
from digitlab.store.records import PinReading
from digitlab.training.events import Step
from digitlab.work.exchange import Exchange

EVERY = 0.5  # seconds between two readings
MOST = 1000  # readings of a run: one of an hour reads every few seconds


class PinnedPictures:
    """Reads with the network as it is after a step; pictures may be pinned at any time.

    Which steps these are depends on the time, so that a run that was interrupted may have others. The training itself
    does not notice.
    """

    def __init__(
        self, store: Store, exchange: Exchange, read: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._read = read
        self._next = -np.inf

    def look(self, step: Step) -> None:
        """Read all pictures if it is time to."""
        now = self._store.clock.monotonic()
        if now < self._next:
            return
        self._next = now + max(EVERY, step.seconds / MOST)
        try:
            pins = self._store.pins.of(self._exchange.job.id)
        except StoreError:
            return  # the training goes on without
        if pins:
            probabilities = self._read(np.stack([pin.image for pin in pins]))
            rows = zip(pins, probabilities, strict=True)
            self._exchange.put(*(PinReading(pin.id, step.step, step.epoch, row.tolist()) for pin, row in rows))
