"""Drawings of people as training digits: a frozen set, named by its content, so that a run can be repeated exactly.

A set is one blob, drawings/OWNER/SHA256.npz, where OWNER begins the person's name in the store, or names the class
whose wall it was. What somebody deletes later is deleted here too: the sets that hold it go, and a run that has not
ended then fails with a sentence. So no machine keeps a set in its cache.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab import blobs, plain_data
from digitlab.errors import BlobMissingError, DataError, InputError
from digitlab.words import message

_SHA256 = re.compile(r"[0-9a-f]{64}")
_OWNER = 32  # characters
_CLASS = "class-"  # no browser's name begins so
SPLITS = 5  # in which each drawing is held out once


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Which drawings are mixed with the training digits, and how.

    Attributes:
        sha256: of the set's file.
        count: drawings in it, 1 to 10,000.
        copies: how often each comes in an epoch, 1 to 10,000.
        turns: above 0, every drawing whose number leaves the rest `turn` is left out.
        turn: 0 to `turns` − 1.
        splits: how many networks more are trained, each without a fifth of the drawings, to be tested on that fifth.

    Raises:
        InputError: a value is out of its range.
    """

    sha256: str
    count: int
    copies: int = 1
    turns: int = 0
    turn: int = 0
    splits: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.sha256, str) or not _SHA256.fullmatch(self.sha256):
            raise InputError(
                message("A set of drawings is named by 64 hexadecimal digits, not {name}.", name=repr(self.sha256)[:80])
            )
        for name, value, low, high in (
            (message("Number of drawings"), self.count, 1, 10_000),
            (message("Number of copies"), self.copies, 1, 10_000),
            (message("Number of turns"), self.turns, 0, self.count),
            (message("Turn"), self.turn, 0, max(0, self.turns - 1)),
            (message("Number of splits"), self.splits, 0, SPLITS),
        ):
            plain_data.check_whole(name, value, low, high)

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


def owner_of_wall(classroom: int) -> str:
    """The owner of the sets that a class's wall becomes."""
    return f"{_CLASS}{classroom}"


def freeze(owner: str, numbers: Sequence[int], images: NDArray[np.uint8], labels: Sequence[int]) -> Drawn:
    """Keep drawings as they are now.

    Args:
        owner: the browser whose they are, or `owner_of_wall`.
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
    blobs.stored().put(f"{_prefix(owner)}{sha256}.npz", content.getbuffer())
    return Drawn(sha256=sha256, count=len(labels))


def load(drawn: Drawn) -> DrawnSet:
    """The set of a configuration.

    Raises:
        DataError: it was deleted, or is not what it was.
    """
    place = blobs.stored()
    found = next((key for key in place.list("drawings/") if key.endswith(f"/{drawn.sha256}.npz")), None)
    if found is None:
        raise DataError(message("The drawings of this run were deleted. Start another run."))
    try:
        content = place.read(found, drawn.sha256)
    except BlobMissingError:
        raise DataError(message("The drawings of this run were changed. Start another run.")) from None
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return DrawnSet(arrays["images"], arrays["labels"])


def forget(owner: str, numbers: Collection[int]) -> None:
    """Delete the sets that hold one of these drawings: the browser's own, and those of walls."""
    place = blobs.stored()
    for key in [*place.list(_prefix(owner)), *place.list(f"drawings/{_CLASS}")]:
        try:
            with np.load(io.BytesIO(place.read(key)), allow_pickle=False) as arrays:
                goes = bool(np.isin(arrays["numbers"], list(numbers)).any())
        except (BlobMissingError, OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            goes = True  # what it holds is unknown
        if goes:
            place.delete(key)


def move(owner: str, to: str) -> None:
    """Make an owner's sets another's; a set that is there twice for a moment is the same."""
    place = blobs.stored()
    for key in place.list(_prefix(owner)):
        with suppress(BlobMissingError):  # it was deleted meanwhile
            place.put(_prefix(to) + key.rpartition("/")[2], place.read(key))
        place.delete(key)


def _prefix(owner: str) -> str:
    return f"drawings/{owner[:_OWNER]}/"
