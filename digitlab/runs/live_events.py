"""A folder that TensorBoard can be pointed at while runs work: `DIGITLAB_TENSORBOARD`.

The rows of the database are written, beside the supervisor and not by the workers, so that a run on another machine is
there as well. Several processes may be given one folder: the one that has locked it writes.
"""

import logging
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from digitlab import files
from digitlab.errors import InputError, StoreError
from digitlab.runs import following
from digitlab.runs.event_files import EventFile, parts
from digitlab.runs.following import Followed
from digitlab.runs.trainings import Curves
from digitlab.store import Store
from digitlab.store.records import ACTIVE

EVERY = 1.0  # seconds between two looks
_AGAIN = 10.0  # seconds until a folder or a database that could not be used is tried again
_LEAVE = 5.0  # seconds that the program's end waits for the files'

log = logging.getLogger(__name__)


class LiveEvents:
    """Event files of the runs at work, in `FOLDER/run-N/train` and `FOLDER/run-N/validation`."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._open: dict[int, dict[str, EventFile]] = {}  # by the run's number and the part's name

    def look(self) -> None:
        """Write what is new of the runs at work, and the last rows of those that have ended since.

        Raises:
            OSError: the folder cannot be written to.
            StoreError: the database cannot be used.
        """
        at_work = {job.id for job in self._store.jobs.all(*ACTIVE)}
        for number in sorted(at_work | set(self._open)):
            following.look_again(number)
            with suppress(InputError):  # it was deleted
                self._write(following.follow(self._store, number))
        for number in set(self._open) - at_work:
            self._close(number)

    def close(self) -> None:
        for number in list(self._open):
            self._close(number)

    def _write(self, followed: Followed) -> None:
        number, began = followed.run.id, followed.run.job.created_at
        points = parts(Curves(followed.steps, followed.epochs))
        folder = self._folder / f"run-{number}"
        opened = self._open.get(number)
        if opened is None or any(file.goes_back(points.get(part, ())) for part, file in opened.items()):
            self._close(number)
            shutil.rmtree(folder, ignore_errors=True)  # what an earlier process wrote would be there twice
            opened = self._open[number] = {}
        for part, new in points.items():
            if part not in opened:
                (folder / part).mkdir(parents=True, exist_ok=True)
                opened[part] = EventFile(folder / part, began)
            opened[part].add(new)

    def _close(self, number: int) -> None:
        for file in self._open.pop(number, {}).values():
            file.close()


def start(first: Callable[[], object] = lambda: None) -> Callable[[], None]:
    """Write the folder in a thread of this process, if there is to be one; returns what ends the thread.

    Args:
        first: called in that thread before anything is imported or opened; it may wait.
    """
    named = os.environ.get("DIGITLAB_TENSORBOARD", "")
    if not named:
        return lambda: None
    end = threading.Event()
    thread = threading.Thread(target=_keep, args=(Path(named).resolve(), first, end), name="live-events", daemon=True)
    thread.start()

    def stop() -> None:
        end.set()
        thread.join(_LEAVE)

    return stop


def _keep(folder: Path, first: Callable[[], object], end: threading.Event) -> None:
    first()
    said = ""
    while not end.is_set():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with files.locked(folder, waits=False) as ours, Store() as store:
                live = LiveEvents(store, folder)
                while ours and not end.wait(EVERY):
                    live.look()
                live.close()
        except (OSError, StoreError) as error:
            if str(error) != said:
                log.warning("The folder of DIGITLAB_TENSORBOARD is not written: %s", error)
            said = str(error)
        end.wait(_AGAIN)
