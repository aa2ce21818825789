"""What goes by itself while the server runs: classes that ended two weeks ago with all that was made in them, and
checkpoints of a class's older runs.
"""

import logging
import threading
from collections.abc import Callable

from digitlab.errors import DigitLabError
from digitlab.jobs.limits import limits
from digitlab.runs import leaving, thinning
from digitlab.server.store import store
from digitlab.store import Store
from digitlab.store.rights import OPERATOR, classes_exist

KEPT = 14  # days after its end in which a class can still be downloaded or prolonged
_EVERY = 3600.0  # seconds between two looks

log = logging.getLogger(__name__)


def start(first: Callable[[], object]) -> Callable[[], None]:
    """Look in a thread of this process where there are classes; returns what ends it.

    Args:
        first: called in that thread before the database is opened; it may wait.
    """
    end = threading.Event()
    if classes_exist():
        threading.Thread(target=_look, args=(first, end), name="sweeping", daemon=True).start()
    return end.set


def sweep(store: Store) -> None:
    """Delete the classes whose time has been over for `KEPT` days, and what older runs need no more.

    Raises:
        StoreError: the database cannot be used.
    """
    for over in store.classes.ended(KEPT):
        leaving.end(OPERATOR, store, over.id)
    thinning.thin_out(store, limits().checkpoint_days)


def _look(first: Callable[[], object], end: threading.Event) -> None:
    first()
    while not end.is_set():
        try:
            sweep(store())
        except DigitLabError as error:
            log.warning("%s", error)
        except Exception:  # a bug must not end the thread
            log.exception("What is over could not be deleted.")
        end.wait(_EVERY)
