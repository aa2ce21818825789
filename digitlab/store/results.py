"""What was computed for a model and is kept: one blob a result, results/NAME.npz.

A result follows from what `Wanted` says and from nothing else, so nothing needs to know when it changes: other
weights are another hash. A blob appears whole or not at all, so any number of processes may read and write at once; two
that compute the same write the same. Those that were not read for longest go when all together take more than LIMIT.
Losing a blob loses time and nothing else; a damaged one counts as none.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab import blobs
from digitlab.errors import BlobFullError, BlobMissingError, DataError, StoreFullError
from digitlab.plain_data import checked, damaged
from digitlab.words import message

LIMIT = 512 * 2**20  # bytes for all results together
_IN_MEMORY = 16  # results; the largest, features of all digits, has nine megabytes
_PREFIX = "results/"
_FACTS = "facts"
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MODEL = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Wanted:
    """Something to be computed for a model.

    Attributes:
        kind: what; one of `digitlab.work.kinds.COMPUTED` if a job can do it, any other name if the caller does.
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

    def to_record(self) -> dict[str, Any]:
        """As a job's spec; the job has the kind."""
        record: dict[str, Any] = json.loads(json.dumps({"model": self.model, "options": self.options}))
        return record

    @classmethod
    def from_record(cls, kind: str, record: Mapping[str, Any]) -> "Wanted":
        """Undo `to_record`.

        Raises:
            DataError: a key is unknown, missing or of the wrong type.
        """
        title = message("the job “{kind}”", kind=kind)
        values = checked(record, title, required={"model": str, "options": dict})
        try:
            return cls(kind, values["model"], values["options"])
        except ValueError as error:
            raise DataError(damaged(title, str(error))) from None

    @property
    def key(self) -> str:
        return f"{_PREFIX}{self.name}.npz"


@dataclass(frozen=True)
class Result:
    """What came out: arrays by name (not "facts"; read-only once kept) and plain data that JSON can hold."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def kept(wanted: Wanted) -> Result | None:
    """The result, if it is there; read once a process.

    Raises:
        BlobAwayError: the place where it lies does not answer.
    """
    place = blobs.stored()
    try:
        version = place.version(wanted.key)
        if version is None:
            return None
        place.use(wanted.key)
        return _read(blobs.place(), wanted.key, version)
    except (BlobMissingError, OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def keep(wanted: Wanted, result: Result) -> None:
    """Keep it, whole or not at all.

    Raises:
        StoreFullError: there is no room left on the disk.
        BlobError: it cannot be written.
    """
    content = io.BytesIO()
    arrays: dict[str, Any] = {_FACTS: np.frombuffer(json.dumps(result.facts).encode(), np.uint8), **result.arrays}
    np.savez(content, **arrays)
    try:
        blobs.stored().put(wanted.key, content.getbuffer())
    except BlobFullError as error:
        raise StoreFullError(message("The disk is full, so a result cannot be saved. Free some space.")) from error
    _make_room()


def _make_room() -> None:
    """Delete what was not read for longest, until the rest fits."""
    place = blobs.stored()
    found = place.list(_PREFIX)
    too_much = sum(one.size for one in found.values()) - LIMIT
    for key, one in sorted(found.items(), key=lambda item: item[1].used):
        if too_much <= 0:
            break
        place.delete(key)
        too_much -= one.size


@lru_cache(maxsize=_IN_MEMORY)
def _read(place: str, key: str, version: str) -> Result:
    with np.load(io.BytesIO(blobs.at(place).read(key, cached=True)), allow_pickle=False) as content:
        arrays = {name: content[name] for name in content.files}
    facts = json.loads(arrays.pop(_FACTS).tobytes())
    for array in arrays.values():
        array.flags.writeable = False
    return Result(arrays, facts)
