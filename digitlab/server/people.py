"""Who somebody is, by their browser and where they come from: decided here for pages and routes alike.

A browser that is logged in is its account, any other one is itself. Without classes and logins no database is asked.
With them a person is looked up once a second at most, and again after what changes them.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.server import logins
from digitlab.server.clients import counted
from digitlab.server.store import store
from digitlab.store.rights import Person, classes_exist

_FRESH = 1.0  # seconds
_MOST = 2000  # people that are remembered
_known: dict[Hashable, tuple[float, Any]] = {}
_changes = 0  # how often everybody was looked up anew
_lock = threading.Lock()
Found = TypeVar("Found")


def identity(browser: str | None) -> str | None:
    """Whose a browser's things are: its account's where it is logged in, else its own. An account is itself.

    Args:
        browser: as `visitor.known` names it.

    Raises:
        StoreError: people can log in here, and the database cannot be used.
    """
    if browser is None or not logins.issuers():
        return browser
    return _looked_up(browser, lambda: store().accounts.of(browser) or browser)


def person(browser: str | None, address: str) -> Person:
    """Who asks.

    Args:
        browser: as `visitor.known` or `identity` names it.
        address: where the connection comes from.

    Raises:
        StoreError: there are classes or logins, and the database cannot be used.
    """
    hashed = hashlib.sha256(f"address {counted(address)}".encode()).hexdigest()
    who = identity(browser)
    if who is None or not classes_exist():
        return Person(who, hashed)
    return _looked_up((who, hashed), lambda: store().classes.person(who, hashed))


def look_again() -> None:
    """Somebody joined, left, logged in or out, or proved the key: everybody is looked up again."""
    global _changes
    with _lock:
        _known.clear()
        _changes += 1


def _looked_up(key: Hashable, ask: Callable[[], Found]) -> Found:
    now = time.monotonic()
    with _lock:
        found, changes = _known.get(key), _changes
    if found is not None and now - found[0] < _FRESH:
        remembered: Found = found[1]
        return remembered
    asked = ask()
    with _lock:
        if len(_known) >= _MOST:
            _known.clear()
        if changes == _changes:  # else it may be from before
            _known[key] = now, asked
    return asked


def models(person: Person) -> list[Model]:
    """The models that a person sees; no database is asked where all see all."""
    return store().models.seen(person) if classes_exist() else zoo.models()


def model(person: Person, name: str) -> Model:
    """The model with this name, or whose hash begins with it.

    Raises:
        ModelError: there is none that this person sees.
    """
    return store().models.find(person, name) if classes_exist() else zoo.find(name)
