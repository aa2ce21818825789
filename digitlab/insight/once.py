"""What takes seconds, computed in this process: once, however many ask at once, and kept."""

import threading
from collections.abc import Callable

from digitlab.store import results
from digitlab.store.results import Result, Wanted

_one_at_a_time = threading.Lock()  # two that compute at once would both be slower, and drawings would wait for both


def get(wanted: Wanted, compute: Callable[[], Result]) -> Result:
    """The kept result, or what `compute` gives, which is then kept.

    Raises:
        StoreError: it cannot be kept.
    """
    found = results.kept(wanted)
    if found is None:
        with _one_at_a_time:
            found = results.kept(wanted)
            if found is None:
                found = compute()
                results.keep(wanted, found)
    return found
