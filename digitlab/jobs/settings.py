"""How much of the machine jobs may take."""

import os

from digitlab.errors import InputError


def places() -> int:
    """How many jobs may be at work at once: `DIGITLAB_SLOTS`, 1 by default.

    Raises:
        InputError: it is not a whole number from 1 to 64.
    """
    given = os.environ.get("DIGITLAB_SLOTS") or "1"
    if not (given.isdecimal() and 1 <= int(given) <= 64):
        raise InputError(f"DIGITLAB_SLOTS must be a whole number from 1 to 64; it is {given!r}.")
    return int(given)


def threads() -> int:
    """Processor threads for one job: the cores that this process may use, shared by all places."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // places())


def use_threads(count: int) -> None:
    """Bound TensorFlow's threads in this process; it reads this when it is imported first, so call it before."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(count)
