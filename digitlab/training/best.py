"""The best epoch so far, on the validation digits: when to stop for lack of a better one, and whose weights to keep."""

from collections.abc import Callable, Iterable
from typing import Any

from numpy.typing import NDArray

from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch
from digitlab.training.state import State


def best_epoch(epochs: Iterable[Epoch]) -> Epoch | None:
    """The epoch with the highest validation accuracy, and among those the lowest loss; None without validation."""
    validated = [epoch for epoch in epochs if epoch.val_accuracy is not None]
    return max(validated, key=lambda epoch: (epoch.val_accuracy or 0.0, -(epoch.val_loss or 0.0)), default=None)


class Best:
    """Follows a run's epochs. It is a part of the run's state: a resumed run stops and keeps as one that was not.

    Attributes:
        found: accuracy (0..1), loss and number of the best epoch.
        waited: epochs since then.
        weights: the ones it had, where the run keeps the best; else [].
    """

    def __init__(self, config: TrainingConfig, state: State) -> None:
        self._patience, self._keeps = config.patience, config.keep_best
        self.found, self.waited, self.weights = state.best, state.waited, state.best_weights

    def look(self, epoch: int, accuracy: float, loss: float, weights: Callable[[], list[NDArray[Any]]]) -> None:
        """An epoch is over, with these validation figures."""
        if self.found is None or (accuracy, -loss) > (self.found[0], -self.found[1]):
            self.found, self.waited = (accuracy, loss, epoch), 0
            self.weights = weights() if self._keeps else []
        else:
            self.waited += 1

    @property
    def no_more(self) -> bool:
        """Whether the patience is over."""
        return 0 < self._patience <= self.waited

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose weights are kept; None: the last ones are."""
        return self.found[2] if self.found and self.weights else None
