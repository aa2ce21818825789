"""What a class sees of its members, live: one thread of the server reads and writes it, at most once a second each.

Sessions note what their visitor does, and read what the thread has read last; so thirty screens cost the database as
much as one. The thread begins with the first who looks and ends when nobody has looked for a while.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digitlab.errors import DigitLabError
from digitlab.server.store import store
from digitlab.store.class_records import Class, Member

EVERY = 1.0  # seconds between two looks
_UNWATCHED = 15.0  # seconds without a reader after which the thread ends
HERE = 12.0  # seconds after which a member who said nothing is taken for gone

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """A class as it was read last: itself, its members by name, and a mark that changes with its wall."""

    classroom: Class
    members: tuple[Member, ...]
    wall: int


_lock = threading.Lock()
_looking = threading.Lock()  # one look after the other, so that what was read last is the newest
_read: dict[int, Seen] = {}
_news: dict[str, dict[str, Any]] = {}
_asked_at = float("-inf")
_reads = False


def note(browser: str, doing: Mapping[str, Any]) -> None:
    """A member does something; what is not named stays as it was in this moment's news."""
    with _lock:
        _news[browser] = _news.get(browser, {}) | dict(doing)


def seen(classroom: int) -> Seen | None:
    """A class as it is now, or was a second ago; None where there is none.

    Raises:
        StoreError: the database cannot be used, and nothing was read yet.
    """
    global _asked_at, _reads
    with _lock:
        _asked_at = time.monotonic()
        begins = not _reads
        _reads = True
    if begins:
        try:
            _look()
        except BaseException:
            with _lock:
                _reads = False
            raise
        threading.Thread(target=_follow, name="board", daemon=True).start()
    found = _read.get(classroom)
    if found is None and not begins:  # made a moment ago
        _look()
        found = _read.get(classroom)
    return found


def look_again() -> None:
    """Read at once, because something was changed here.

    Raises:
        StoreError: the database cannot be used.
    """
    if _reads:
        _look()


def _follow() -> None:
    global _reads
    while True:
        time.sleep(EVERY)
        with _lock:
            if time.monotonic() - _asked_at > _UNWATCHED:
                _reads = False
                return
        try:
            _look()
        except DigitLabError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("The classes could not be read.")


def _look() -> None:
    global _read
    with _looking:
        with _lock:
            news = dict(_news)
            _news.clear()
        if news:
            store().members.seen(news)
        classes, members, walls = store().members.board()
        by_class: dict[int, list[Member]] = {one.id: [] for one in classes}
        for member in members:
            by_class[member.classroom].append(member)
        _read = {one.id: Seen(one, tuple(by_class[one.id]), walls[one.id]) for one in classes}
