"""How long work reports its progress."""

from collections.abc import Callable

# How much is done, of how much. A receiver may raise an error to end the work; let it pass.
Report = Callable[[float, float], None]


def unheard(done: float, total: float) -> None:
    """For work without a progress bar."""
