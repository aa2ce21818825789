"""Files that appear whole or not at all, and are still there after a power cut.

A file is written in a folder of its own beside its place, synced, and renamed; then the place's folder is synced, too.
A reader meanwhile finds the old file or the new one. What a killed process left unfinished is removed when the
next file is written there.
"""

import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_UNFINISHED = ".writing-"
_LEFT_BEHIND = 3600.0  # seconds after which unfinished files have no owner, where no lock says so


def write(file: Path, content: bytes | memoryview) -> None:
    """Write one file; its folder is made where it is missing.

    Raises:
        OSError: it cannot be written; the file is what it was before, and nothing else is left.
    """
    with appearing(file) as (unfinished,):
        unfinished.write_bytes(content)


@contextmanager
def appearing(*files: Path) -> Iterator[tuple[Path, ...]]:
    """Paths to write to, one for each file of one folder, which is made where it is missing.

    At the end of the block the files appear in their order: each is on the disk, under its name, before the next one
    appears. If the block raises, none does.

    Raises:
        OSError: they cannot be written; whatever has appeared by then is whole, and nothing else is left.
    """
    folder = files[0].parent
    _make(folder)
    _remove_left_behind(folder)
    with _own_folder(folder) as own:
        unfinished = tuple(own / file.name for file in files)
        yield unfinished
        for path in unfinished:
            with path.open("rb+") as written:
                os.fsync(written.fileno())
        for path, file in zip(unfinished, files, strict=True):
            os.replace(path, file)
            _sync_folder(folder)


def _make(folder: Path) -> None:
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)  # else the folder is lost with all that is in it


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder survive a power cut, where the system has a call for that; Windows has none."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems sync files only
            raise
    finally:
        os.close(number)


@contextmanager
def _own_folder(parent: Path) -> Iterator[Path]:
    """A folder that is locked as long as this process uses it, and gone afterwards."""
    with ExitStack() as held:
        while True:
            own = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=parent))
            with suppress(FileNotFoundError):  # another process removed it before it was locked
                held.enter_context(locked(own, waits=True))
                if own.is_dir():
                    break
        held.callback(shutil.rmtree, own, ignore_errors=True)
        yield own


def _remove_left_behind(parent: Path) -> None:
    for left in parent.glob(f"{_UNFINISHED}*"):
        with suppress(OSError), locked(left, waits=False) as nobody_writes:  # suppress: it may be gone by now
            if nobody_writes or time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def locked(folder: Path, *, waits: bool) -> Iterator[bool]:
    """Lock a folder; says whether it is locked. The system takes the lock from a process that ends, however it does."""
    if sys.platform == "win32":  # folders cannot be locked there
        yield False
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        locked = False
        with suppress(OSError):  # another process has the lock, or the file system knows none
            fcntl.flock(number, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
            locked = True
        yield locked
    finally:
        os.close(number)
