"""Blobs as files of a folder: what is there without any setting, and as fast as files are."""

import contextlib
import errno
import hashlib
import os
import time
from pathlib import Path

from digitlab import files
from digitlab.blobs.keys import Blob, checked
from digitlab.errors import BlobError, BlobFullError, BlobMissingError
from digitlab.words import message

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OLDER = ("runs", "models", "results", "drawings", "strokes", "exports")  # lay in DIGITLAB_HOME itself before


class Folder:
    """A folder; a key is a path in it."""

    def __init__(self, root: Path, older: Path | None = None) -> None:
        """Use it.

        Args:
            older: a folder in which earlier versions kept the same files; they are moved here.
        """
        self._root = root
        if older is not None and not root.exists():
            _bring(older, root)

    def put(self, key: str, content: bytes | memoryview) -> str:
        name = Path(key).name
        try:
            files.write(self._path(key), content)
        except OSError as error:
            if error.errno in _FULL:
                raise BlobFullError(
                    message("There is no room left on the disk to keep {name}; free some.", name=name)
                ) from error
            raise BlobError(message("{name} cannot be kept ({why}).", name=name, why=str(error.strerror))) from error
        return hashlib.sha256(content).hexdigest()

    def get(self, key: str, sha256: str = "") -> Path:
        path = self._path(key)
        if sha256:
            self.read(key, sha256)
        elif not path.is_file():
            raise BlobMissingError(message("{name} is missing.", name=path.name))
        return path

    def read(self, key: str, sha256: str = "", *, cached: bool = False) -> bytes:
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            raise BlobMissingError(message("{name} is missing or cannot be read.", name=path.name)) from None
        if sha256 and hashlib.sha256(content).hexdigest() != sha256:
            raise BlobMissingError(message("{name} is cut or altered.", name=path.name))
        return content

    def delete(self, *keys: str) -> None:
        for key in keys:
            path = self._path(key)
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()
            with contextlib.suppress(OSError):  # the last one takes its folder along; top folders stay
                if path.parent.parent != self._root:
                    path.parent.rmdir()

    def version(self, key: str) -> str | None:
        try:
            about = self._path(key).stat()
        except OSError:
            return None
        return f"{about.st_mtime_ns}-{about.st_size}"

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def list(self, prefix: str) -> dict[str, Blob]:
        found = {}
        for folder, inner, names in os.walk(self._root / prefix):
            inner[:] = [name for name in inner if not name.startswith(".")]
            for name in names:
                path = Path(folder) / name
                with contextlib.suppress(OSError, ValueError):  # deleted meanwhile, or nobody's blob
                    about = path.stat()
                    key = checked(path.relative_to(self._root).as_posix())
                    found[key] = Blob(about.st_size, about.st_atime)
        return dict(sorted(found.items()))

    def use(self, key: str) -> None:
        with contextlib.suppress(OSError):
            about = self._path(key).stat()
            os.utime(self._path(key), ns=(time.time_ns(), about.st_mtime_ns))

    def _path(self, key: str) -> Path:
        return self._root / checked(key)


def _bring(older: Path, root: Path) -> None:
    """Move the files of an earlier version; its workers, which may be at work still, find them by links."""
    marker = older / "database.id"
    there = [name for name in _OLDER if (older / name).is_dir() and not (older / name).is_symlink()]
    if not there and not marker.exists():
        return
    root.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        os.replace(marker, root / marker.name)
    for name in there:
        with contextlib.suppress(OSError):  # another process moves it in this moment
            os.replace(older / name, root / name)
            (older / name).symlink_to(root / name, target_is_directory=True)
