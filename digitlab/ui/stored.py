"""The store as the pages use it: opened once a process, shared by all sessions."""

from functools import lru_cache

from digitlab.store import Store, database


def store() -> Store:
    """The database of the environment.

    Raises:
        StoreError: it cannot be used.
    """
    return _open(database.url())


@lru_cache(maxsize=1)
def _open(address: str) -> Store:
    return Store(address)
