"""How long work says how far it is."""

from collections.abc import Callable

# How much is done, of how much. Whoever is told may raise an error to end the work; let it pass.
Report = Callable[[float, float], None]


def nobody(done: float, total: float) -> None:
    """For work that nobody waits for with a progress bar."""
