"""What was computed for a model and is kept: one file a result, in DIGITLAB_HOME/results.

A result follows from what `Wanted` says and from nothing else, so nobody needs to be told when it changes: other
weights are another hash. A file appears whole or not at all (another name, synced, renamed), so any number of processes
may read and write at once; two that compute the same write the same. Those that were not read for longest go when all
together take more than LIMIT. Losing a file loses time and nothing else; a damaged one counts as none.
"""

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab import home
from digitlab.errors import StoreError, StoreFullError

LIMIT = 512 * 2**20  # bytes for all results together
_LEFT_BEHIND = 3600.0  # seconds after which an unfinished file belongs to nobody
_IN_MEMORY = 16  # results; the largest, features of all digits, has nine megabytes
_FACTS = "facts"
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MODEL = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Wanted:
    """Something to be computed for a model.

    Attributes:
        kind: what; one of `digitlab.jobs.kinds.COMPUTED` if a job can do it, any other name if the caller does.
        model: the model's hash, 12 characters.
        options: all else that it depends on, as plain data that JSON can hold. Count up a number in here when the
            method changes.

    Raises:
        ValueError: a kind or hash that could not be a part of a file's name.
    """

    kind: str
    model: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (_KIND.fullmatch(self.kind) and _MODEL.fullmatch(self.model)):
            raise ValueError(f"not a kind and a hash: {self.kind!r}, {self.model!r}")

    @property
    def name(self) -> str:
        """Different for everything that is different; fit for file names and the keys of widgets."""
        options = json.dumps(self.options, sort_keys=True)
        return f"{self.kind}-{self.model}-{hashlib.sha256(options.encode()).hexdigest()[:16]}"

    @property
    def spec(self) -> dict[str, Any]:
        """As a job's spec."""
        spec: dict[str, Any] = json.loads(json.dumps({"model": self.model, "options": self.options}))
        return spec

    @property
    def file(self) -> Path:
        return folder() / f"{self.name}.npz"


@dataclass(frozen=True)
class Result:
    """What came out: arrays by name (not "facts"; read-only once kept) and plain data that JSON can hold."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def folder() -> Path:
    return home.path() / "results"


def kept(wanted: Wanted) -> Result | None:
    """The result, if it is there; read from the disk once a process."""
    try:
        about = wanted.file.stat()
        os.utime(wanted.file, ns=(time.time_ns(), about.st_mtime_ns))  # when it was last of use
        return _read(wanted.file, about.st_mtime_ns, about.st_size)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def keep(wanted: Wanted, result: Result) -> None:
    """Keep it, whole or not at all.

    Raises:
        StoreFullError: there is no room left on the disk.
        StoreError: the folder cannot be written to.
    """
    content = io.BytesIO()
    arrays: dict[str, Any] = {_FACTS: np.frombuffer(json.dumps(result.facts).encode(), np.uint8), **result.arrays}
    np.savez(content, **arrays)
    try:
        folder().mkdir(parents=True, exist_ok=True)
        number, unfinished = tempfile.mkstemp(prefix=".", suffix=".unfinished", dir=folder())
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, wanted.file)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreFullError("There is no room left on the disk to keep a result; free some.") from error
        raise StoreError(f"A result cannot be kept in {folder()}: {error.strerror}.") from error
    _make_room()


def _make_room() -> None:
    """Delete what was not read for longest, until the rest fits, and what a killed process left unfinished."""
    found = []
    for path in folder().iterdir():
        with contextlib.suppress(OSError):  # another process may be doing the same
            about = path.stat()
            if path.suffix == ".npz":
                found.append((about.st_atime_ns, about.st_size, path))
            elif path.suffix == ".unfinished" and time.time() - about.st_mtime > _LEFT_BEHIND:
                path.unlink()
    too_much = sum(size for _, size, _ in found) - LIMIT
    for _, size, path in sorted(found):
        if too_much <= 0:
            break
        path.unlink(missing_ok=True)
        too_much -= size


@lru_cache(maxsize=_IN_MEMORY)
def _read(file: Path, changed: int, size: int) -> Result:
    with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as content:
        arrays = {name: content[name] for name in content.files}
    facts = json.loads(arrays.pop(_FACTS).tobytes())
    for array in arrays.values():
        array.flags.writeable = False
    return Result(arrays, facts)
