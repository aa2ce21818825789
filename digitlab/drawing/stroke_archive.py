"""The arrays of a NumPy archive (.npz) from anywhere: no more is read than the bounds allow, whatever headers say."""

import math
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 400_000_000  # of the file, and of all its arrays together once they are unpacked
_KINDS = "biufUS"  # truth values, numbers and texts
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_arrays(path: Path, names: Collection[str]) -> dict[str, NDArray[Any]]:
    """Those of the named arrays that the archive has.

    Raises:
        ValueError: it is no such archive, is damaged or too large, or an array holds neither numbers nor texts.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        with zipfile.ZipFile(path) as archive:
            found: dict[str, NDArray[Any]] = {}
            for member in archive.infolist():
                name = member.filename.removesuffix(".npy")
                if name in names:
                    left = MOST_BYTES - sum(array.nbytes for array in found.values())
                    with archive.open(member) as file:
                        found[name] = _read(file, left)
            return found
    except Exception as error:  # zipfile, zlib and NumPy each raise their own kinds for a damaged file
        raise ValueError(f"{path.name} cannot be read") from error


def whole_numbers(array: NDArray[Any], most: int) -> NDArray[np.int64]:
    """The array's numbers, each of them whole and from 0 to `most`.

    Raises:
        ValueError: one is not, or the array holds no numbers.
    """
    if array.dtype.kind not in "iuf" or not np.all((array >= 0) & (array <= most) & (array == np.floor(array))):
        raise ValueError(f"not all of them are whole numbers from 0 to {most:,}")
    return array.astype(np.int64)


def _read(file: IO[bytes], most: int) -> NDArray[Any]:
    """One array of at most so many bytes; no byte beyond what its header says is unpacked."""
    shape, by_columns, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
    size = math.prod(shape) * dtype.itemsize
    if dtype.kind not in _KINDS or size > most:
        raise ValueError(f"{size:,} bytes of {dtype}")
    content = file.read(size + 1)
    return np.frombuffer(content, dtype).reshape(shape, order="F" if by_columns else "C")
