"""Who somebody is, by their browser and where they come from: decided here for pages and routes alike.

Without classes no database is asked. With them a person is looked up once a second at most, and again after what
changes them.
"""

import hashlib
import threading
import time

from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.server.clients import counted
from digitlab.server.store import store
from digitlab.store.rights import Person, classes_exist

_FRESH = 1.0  # seconds
_MOST = 2000  # people that are remembered
_known: dict[tuple[str, str], tuple[float, Person]] = {}
_lock = threading.Lock()


def person(browser: str | None, address: str) -> Person:
    """Who asks.

    Args:
        browser: as `visitor.known` names it.
        address: where the connection comes from.

    Raises:
        StoreError: there are classes, and the database cannot be used.
    """
    hashed = hashlib.sha256(f"address {counted(address)}".encode()).hexdigest()
    if browser is None or not classes_exist():
        return Person(browser, hashed)
    now = time.monotonic()
    with _lock:
        found = _known.get((browser, hashed))
    if found is not None and now - found[0] < _FRESH:
        return found[1]
    asked = store().classes.person(browser, hashed)
    with _lock:
        if len(_known) >= _MOST:
            _known.clear()
        _known[browser, hashed] = now, asked
    return asked


def look_again() -> None:
    """Somebody joined, left, or proved the key: everybody is looked up again."""
    with _lock:
        _known.clear()


def models(person: Person) -> list[Model]:
    """The models that a person sees; no database is asked where all see all."""
    return store().models.seen(person) if classes_exist() else zoo.models()


def model(person: Person, name: str) -> Model:
    """The model with this name, or whose hash begins with it.

    Raises:
        ModelError: there is none that this person sees.
    """
    return store().models.find(person, name) if classes_exist() else zoo.find(name)
