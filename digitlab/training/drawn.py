"""Drawings of a visitor as training digits: a frozen set, named by its content, so that a run can be repeated exactly.

A set is one file in DIGITLAB_HOME/drawings/OWNER, where OWNER begins the browser's name in the store. What its visitor
deletes later is deleted here too: the sets that hold it go, and a run that has not ended then fails with a sentence.
"""

import hashlib
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab import home
from digitlab.errors import DataError, InputError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_OWNER = 32  # characters


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Which drawings are mixed with the training digits, and how.

    Attributes:
        sha256: of the set's file.
        count: drawings in it, 1 to 10,000.
        copies: how often each comes in an epoch, 1 to 10,000.
        turns: with more than nought, every drawing whose number leaves the rest `turn` is left out.
        turn: 0 to `turns` − 1.

    Raises:
        InputError: a value is out of its range.
    """

    sha256: str
    count: int
    copies: int = 1
    turns: int = 0
    turn: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.sha256, str) or not _SHA256.fullmatch(self.sha256):
            raise InputError(f"A set of drawings is named by 64 hexadecimal digits, not {self.sha256!r}.")
        for name, value, low, high in (
            ("number of drawings", self.count, 1, 10_000),
            ("number of copies", self.copies, 1, 10_000),
            ("number of turns", self.turns, 0, self.count),
            ("turn", self.turn, 0, max(0, self.turns - 1)),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise InputError(f"The {name} must be a whole number from {low} to {high:,}; it is {value!r}.")

    @property
    def is_held_out(self) -> NDArray[np.bool_]:
        """Bool [count]: the drawings that are left out."""
        numbers = np.arange(self.count)
        return numbers % self.turns == self.turn if self.turns else np.zeros(self.count, bool)

    @property
    def digits(self) -> int:
        """How many digits an epoch has more."""
        return int((~self.is_held_out).sum()) * self.copies


@dataclass(frozen=True)
class DrawnSet:
    """uint8 [N, 28, 28] with 255 for ink, and their labels, uint8 [N], in the order of the labels."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def freeze(owner: str, numbers: Sequence[int], images: NDArray[np.uint8], labels: Sequence[int]) -> Drawn:
    """Keep drawings as they are now.

    Args:
        owner: the browser whose they are.
        numbers: theirs in the store [N].
        images: uint8 [N, 28, 28], 255 for ink.
        labels: 0 to 9 [N].
    """
    order = np.lexsort((numbers, labels))  # so that turns hold out of every digit
    content = io.BytesIO()
    np.savez(
        content,
        images=np.asarray(images, np.uint8)[order],
        labels=np.asarray(labels, np.uint8)[order],
        numbers=np.asarray(numbers, np.int64)[order],
    )
    sha256 = hashlib.sha256(content.getbuffer()).hexdigest()
    folder = _folder(owner)
    folder.mkdir(parents=True, exist_ok=True)
    number, unfinished = tempfile.mkstemp(dir=folder, prefix=".", suffix=".unfinished")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, folder / f"{sha256}.npz")
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return Drawn(sha256=sha256, count=len(labels))


def load(drawn: Drawn) -> DrawnSet:
    """The set of a configuration.

    Raises:
        DataError: it was deleted, or is not what it was.
    """
    found = next((home.path() / "drawings").glob(f"*/{drawn.sha256}.npz"), None)
    content = found.read_bytes() if found else b""
    if not content:
        raise DataError("The drawings that this run learns from were deleted; start another one.")
    if hashlib.sha256(content).hexdigest() != drawn.sha256:
        raise DataError("The drawings that this run learns from were changed; start another one.")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return DrawnSet(arrays["images"], arrays["labels"])


def forget(owner: str, numbers: Collection[int]) -> None:
    """Delete the browser's sets that hold one of these drawings."""
    for file in _folder(owner).glob("*.npz"):
        try:
            with np.load(file, allow_pickle=False) as arrays:
                goes = bool(np.isin(arrays["numbers"], list(numbers)).any())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            goes = True  # nobody can tell what is in it
        if goes:
            file.unlink(missing_ok=True)


def _folder(owner: str) -> Path:
    return home.path() / "drawings" / owner[:_OWNER]
