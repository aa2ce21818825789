"""Files that servers and workers share: blobs with keys, in a folder or in an object store.

A blob is there whole or not at all. Rows of the database hold keys, never paths, so no two processes need to see one
folder. `DIGITLAB_STORAGE` names the place: a folder, or s3://bucket/prefix; without it, DIGITLAB_HOME/blobs. A place
that is away is tried again with back-off, for as long as the process has patience for it.
"""

import os
from functools import lru_cache
from pathlib import Path

from digitlab import home
from digitlab.blobs.folder import Folder
from digitlab.blobs.keys import Blob, Blobs
from digitlab.errors import InputError
from digitlab.words import message

__all__ = ["Blob", "Blobs", "at", "is_shared", "patience", "place", "stored", "wait_for_up_to"]

_patience = 5.0


def place() -> str:
    """`DIGITLAB_STORAGE`, or the folder blobs in DIGITLAB_HOME."""
    return os.environ.get("DIGITLAB_STORAGE") or str(home.path() / "blobs")


def is_shared() -> bool:
    """Whether the files lie elsewhere than in DIGITLAB_HOME."""
    return bool(os.environ.get("DIGITLAB_STORAGE"))


def stored() -> Blobs:
    """The place of this process's environment.

    Raises:
        InputError: DIGITLAB_STORAGE cannot be understood.
    """
    return _opened(place(), home.path())


def at(where: str) -> Blobs:
    """Another place: a folder, or s3://bucket/prefix.

    Raises:
        InputError: it is neither.
    """
    return _opened(where, home.path())


def wait_for_up_to(seconds: float) -> None:
    """How long this process waits for a place that is away; a page 5 seconds, a worker longer."""
    global _patience
    _patience = seconds


def patience() -> float:
    """Seconds that this process waits for a place that is away."""
    return _patience


@lru_cache(maxsize=8)
def _opened(where: str, own: Path) -> Blobs:
    if where.startswith("s3://"):
        from digitlab.blobs.objects import Objects

        return Objects(where, own / "cache", patience)
    if "://" in where:
        raise InputError(
            message("DIGITLAB_STORAGE must be a folder or s3://bucket/prefix; it is {given}.", given=repr(where[:80]))
        )
    folder = Path(where).resolve()
    return Folder(folder, older=own if folder == own / "blobs" else None)
