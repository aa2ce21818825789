"""How much of the machine jobs may take, and in which pool what is asked for here is done."""

import os
import re

from digitlab.errors import InputError
from digitlab.store import Store
from digitlab.store.pools import DEFAULT
from digitlab.words import message

_POOL = re.compile(r"[a-z][a-z0-9-]{0,39}")


def slots() -> int:
    """How many jobs may be at work on this machine at once: `DIGITLAB_SLOTS`, 1 by default.

    Raises:
        InputError: it is not a whole number from 1 to 64.
    """
    given = os.environ.get("DIGITLAB_SLOTS") or "1"
    if not (given.isdecimal() and 1 <= int(given) <= 64):
        raise InputError(
            message("DIGITLAB_SLOTS must be a whole number from 1 to 64; it is “{given}”.", given=given[:40])
        )
    return int(given)


def threads() -> int:
    """Processor threads for one job here: the cores that this process may use, shared by all slots."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // slots())


def pool() -> str:
    """Where jobs go that are asked for here: `DIGITLAB_POOL`, "default" by default.

    Raises:
        InputError: it is no pool's name.
    """
    return checked_pool(os.environ.get("DIGITLAB_POOL") or DEFAULT)


def checked_pool(name: str) -> str:
    """A pool's name.

    Raises:
        InputError: it is none.
    """
    if not _POOL.fullmatch(name):
        raise InputError(message("A pool is named by small letters, digits and hyphens, not {name}.", name=name[:40]))
    return name


def threads_in_pool(store: Store) -> int:
    """Processor threads of a job that is asked for here: its pool's, or this machine's where the pool has not said."""
    found = store.pools.get(pool())
    return found.threads if found else threads()


def places_in_pool(store: Store, name: str | None = None) -> int:
    """How many jobs are at work at once where jobs that are asked for here, or those of a named pool, are done."""
    found = store.pools.get(name or pool())
    return found.places if found else slots()


def use_threads(count: int) -> None:
    """Bound TensorFlow's threads in this process; it reads this when it is imported first, so call it before."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(count)
