"""The store, opened once for all sessions of the server."""

from functools import lru_cache
from pathlib import Path

from digitlab import home
from digitlab.store import Store, database


def store() -> Store:
    """The database of runs and jobs.

    Raises:
        StoreError: it cannot be used.
    """
    return _opened(database.url(), home.path())


@lru_cache(maxsize=1)
def _opened(_url: str, _home: Path) -> Store:
    return Store()
