"""The supervisor beside the pages of a server, for as long as the server runs."""

import logging
import threading
import time
from collections.abc import Callable

from digitlab.errors import DigitLabError

READY = 600.0  # seconds for which a worker is held ready after the first page, and after somebody had the form open
AGAIN = 5.0  # seconds until a database that could not be opened is tried again
LEAVE = 10.0  # seconds that the server's end waits for the supervisor's; workers do not care for either

_awaited_until = float("-inf")  # on the monotonic clock

log = logging.getLogger(__name__)


def start(first: Callable[[], object] = lambda: None) -> Callable[[], None]:
    """Supervise the queue in a thread of this process; returns what ends it.

    Args:
        first: called in that thread before anything is imported or opened; it may wait.
    """
    end = threading.Event()
    thread = threading.Thread(target=_supervise, args=(first, end), name="supervisor", daemon=True)
    thread.start()

    def stop() -> None:
        end.set()
        thread.join(LEAVE)

    return stop


def await_a_run() -> None:
    """Somebody has the form of a run before them: hold a worker ready, so that theirs begins without delay."""
    global _awaited_until
    _awaited_until = time.monotonic() + READY


def _awaits() -> bool:
    return time.monotonic() < _awaited_until


def _supervise(first: Callable[[], object], end: threading.Event) -> None:
    first()
    await_a_run()  # whoever started the server may have come to train
    from digitlab.jobs.settings import places
    from digitlab.jobs.supervisor import Supervisor
    from digitlab.store import Store

    told = ""
    while not end.is_set():
        try:
            at_once = places()
            with Store() as store:
                Supervisor(store, at_once, awaits=_awaits).run(end)
        except DigitLabError as error:  # the pages say it to whoever wants a run
            if str(error) != told:
                log.warning("No run will start. %s", error)
            told = str(error)
            end.wait(AGAIN)
