"""Digits that people drew with a pen, as training digits beside MNIST's: a stroke set, named by its content.

The file is kept as the blob strokes/SHA256.npz while a run needs it, so that a run can go on and be given more
epochs without the place it came from.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab import blobs, plain_data
from digitlab.data.mnist import Images, Labels
from digitlab.data.pen_variation import Strokes
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing, StrokeSet
from digitlab.errors import BlobError, BlobMissingError, DataError, InputError
from digitlab.words import message

UNIPEN = "UNIPEN train_r01_v07, isolated digits (doi:10.5281/zenodo.1195803)"
UNIPEN_LICENCE = "CC BY 4.0"
COPIES = 12  # found best: more of the same digits gave no more
COARSE = 0.5
# Files that were made before a file could say where it comes from.
_KNOWN = {"f91d7d0ad3140274c7686dd4e70a68b2b361f1c7467afa939ddc81347e53e813": (UNIPEN, UNIPEN_LICENCE)}

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST = 200  # characters of a source
_AGAIN = "`python -m digitlab train … --strokes FILE`"


@dataclass(frozen=True, kw_only=True)
class PenDigits:
    """Which pen digits are shown beside the training digits, and how.

    Attributes:
        sha256: of the file.
        count: digits that are learned from: the clean ones of the file, without those of left-out writers.
        writers: how many people wrote these; 0 where the file does not say.
        source, licence: of the file; "" where the file does not say.
        copies: how often each digit comes in an epoch, 1 to 1,000; each time varied differently.
        coarse: the share that is sampled as coarsely as old tablets did, 0 to 1.
        folds: writers are dealt into so many groups, 2 to 100, of which group `fold` is left out; 0: none is.
        fold: 0 to `folds` − 1.

    Raises:
        InputError: a value is out of its range.
    """

    sha256: str
    count: int
    writers: int = 0
    source: str = ""
    licence: str = ""
    copies: int = COPIES
    coarse: float = COARSE
    folds: int = 0
    fold: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.sha256, str) or not _SHA256.fullmatch(self.sha256):
            raise InputError(
                message("A stroke set is named by 64 hexadecimal digits, not {name}.", name=repr(self.sha256)[:80])
            )
        for name, value, low, high in (
            (message("Number of pen digits"), self.count, 1, 1_000_000),
            (message("Number of writers"), self.writers, 0, 1_000_000),
            (message("Number of copies of pen digits"), self.copies, 1, 1_000),
            (message("Number of folds"), self.folds, 0, 100),
            (message("Fold"), self.fold, 0, max(0, self.folds - 1)),
        ):
            plain_data.check_whole(name, value, low, high)
        if self.folds == 1:
            raise InputError(message("Number of folds must be 0 or at least 2; it is 1."))
        if isinstance(self.coarse, bool) or not isinstance(self.coarse, int | float) or not 0 <= self.coarse <= 1:
            raise InputError(
                message(
                    "{name} must be a number from {low} to {high}; it is {value}.",
                    name=message("Fraction of coarse pen digits"),
                    low=0,
                    high=1,
                    value=repr(self.coarse)[:40],
                )
            )
        for name, text in ((message("Source"), self.source), (message("Licence"), self.licence)):
            if not isinstance(text, str) or len(text) > _LONGEST:
                raise InputError(
                    message("{name} must be a text of at most {most} characters.", name=name, most=_LONGEST)
                )

    @property
    def digits(self) -> int:
        """How many digits an epoch has more."""
        return self.count * self.copies


@dataclass(frozen=True)
class PenDigitSet:
    """The digits of a configuration.

    Attributes:
        strokes: of N digits.
        pictures: what the pad makes of them: uint8 [N, 28, 28], 255 for ink.
        labels: uint8 [N].
        copies, coarse: as in the configuration.
    """

    strokes: Strokes
    pictures: Images
    labels: Labels
    copies: int
    coarse: float


def keep(path: Path, *, copies: int = COPIES, coarse: float = COARSE, folds: int = 0, fold: int = 0) -> PenDigits:
    """Keep a stroke file for a run, and name it.

    Args:
        path: a stroke set (docs/strokes-format.md).
        copies, coarse, folds, fold: as in `PenDigits`.

    Raises:
        InputError: there is no such file, it is no stroke set, it has no clean digit, or its writers are not named
            although some are to be left out.
    """
    strokes = StrokeSet.load(path)
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    source, licence = _KNOWN.get(sha256, (strokes.source, strokes.licence))
    about = {"sha256": sha256, "source": source, "licence": licence}
    asked = {"copies": copies, "coarse": coarse, "folds": folds, "fold": fold}
    whole = PenDigits(count=1, **about, **asked)  # type: ignore[arg-type]  # checked before they are counted
    if folds and strokes.writers is None:
        raise InputError(
            message("{file} names no writers, so its digits cannot be divided into folds by writer.", file=path.name)
        )
    used = rows(strokes, folds, fold)
    if not len(used):
        raise InputError(
            message("{file} holds no usable digit: all are marked as suspect or left out.", file=path.name)
        )
    try:
        blobs.stored().put(_key(sha256), content)
    except BlobError as error:
        raise InputError(message("The strokes cannot be saved. {why}", why=error.message)) from None
    writers = 0 if strokes.writers is None else len(np.unique(strokes.writers[used]))
    return replace(whole, count=len(used), writers=writers)


def load(digits: PenDigits) -> PenDigitSet:
    """The digits of a configuration.

    Raises:
        DataError: the file is not kept any more, or is not what it was.
    """
    chosen, labels = _read(digits.sha256, digits.folds, digits.fold)
    if len(labels) != digits.count:
        raise DataError(
            message(
                "The stroke set {name} has {found} digits for this run, not {wanted}. Train again with --strokes FILE.",
                name=digits.sha256[:12],
                found=len(labels),
                wanted=digits.count,
            )
        )
    pictures = np.stack([prepare(drawing) for drawing in chosen])
    return PenDigitSet(
        Strokes.of(chosen), np.rint(pictures * 255).astype(np.uint8), labels, digits.copies, digits.coarse
    )


def rows(strokes: StrokeSet, folds: int = 0, fold: int = 0, *, left_out: bool = False) -> NDArray[np.int64]:
    """The clean digits of a set without those of the writers of a fold, or, `left_out`, the clean digits of these."""
    clean = ~strokes.suspect
    if not folds:
        return np.flatnonzero(clean & (not left_out))
    assert strokes.writers is not None  # a configuration with folds is made from such a file alone
    _, number = np.unique(strokes.writers, return_inverse=True)
    return np.flatnonzero(clean & ((number % folds == fold) == left_out))


def forget(sha256: str, still_needed: Collection[str]) -> None:
    """Delete a kept file that no run needs any more."""
    if sha256 not in still_needed:
        blobs.stored().delete(_key(sha256))


def _read(sha256: str, folds: int, fold: int) -> tuple[tuple[Drawing, ...], Labels]:
    place = blobs.stored()
    if not place.exists(_key(sha256)):
        raise DataError(
            message(
                "The strokes of this run ({name}) are gone. Give the file again: {command}.",
                name=sha256[:12],
                command=_AGAIN,
            )
        )
    try:
        strokes = StrokeSet.load(place.get(_key(sha256), sha256))
    except BlobMissingError:
        raise DataError(
            message(
                "The strokes of this run ({name}) were changed. Give the file again: {command}.",
                name=sha256[:12],
                command=_AGAIN,
            )
        ) from None
    used = rows(strokes, folds, fold)
    return tuple(strokes.drawings[row] for row in used), strokes.labels[used]


def _key(sha256: str) -> str:
    return f"strokes/{sha256}.npz"
