"""The supervisor beside the pages of a server, for as long as the server runs."""

import logging
import threading
import time
from collections.abc import Callable

from digitlab.errors import DigitLabError
from digitlab.words import Message

READY = 600.0  # seconds for which a worker is held ready after the first page, and after a visitor had the form open
AGAIN = 5.0  # seconds until a database that could not be opened is tried again
LEAVE = 10.0  # seconds that the server's end waits for the supervisor's; workers do not care for either

_awaited_until = float("-inf")  # on the monotonic clock
_trouble: Message | None = None  # see `trouble`

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
    """A visitor has the form of a run open: hold a worker ready, so that the run begins without delay."""
    global _awaited_until
    _awaited_until = time.monotonic() + READY


def trouble() -> Message | None:
    """Why no run starts in this process's queue at the moment, a sentence; None where nothing is wrong."""
    return _trouble


def _tell(sentence: Message | None) -> None:
    global _trouble
    _trouble = sentence


def _awaits() -> bool:
    return time.monotonic() < _awaited_until


def _supervise(first: Callable[[], object], end: threading.Event) -> None:
    first()
    await_a_run()  # the person who started the server may have come to train
    from digitlab.jobs.settings import pool, slots
    from digitlab.jobs.supervisor import OURS, Supervisor
    from digitlab.store import Store

    known = ""
    while not end.is_set():
        try:
            at_once = slots()
            with Store() as store:
                ours = Supervisor(store, at_once, awaits=_awaits, pool=pool(), takes_over=False)
                ours.run(end, tell=_tell)
        except DigitLabError as error:
            if str(error) != known:
                log.warning("No run will start. %s", error)
            known = str(error)
            _tell(error.message)
            end.wait(AGAIN)
        except Exception as error:  # a bug; the queue must not be left for good
            if repr(error) != known:
                log.exception("The supervisor met an error.")
            known = repr(error)
            _tell(OURS)
            end.wait(AGAIN)
