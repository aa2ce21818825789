"""The store, opened once for all sessions of the server."""

from functools import lru_cache

from digitlab.store import Store, database


def store() -> Store:
    """The database of runs and jobs.

    Raises:
        StoreError: it cannot be used.
    """
    return _opened(database.url())


@lru_cache(maxsize=1)
def _opened(address: str) -> Store:
    return Store(address)
