"""The MNIST database of handwritten digits (Yann LeCun, Corinna Cortes, Christopher Burges; CC BY-SA 3.0)."""

import hashlib
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import DataError
from digitlab.words import message

FILE = Path(__file__).with_name("mnist.npz")
SHA256 = "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64"

Part = Literal["training", "test"]
SIZES: dict[Part, int] = {"training": 60_000, "test": 10_000}  # digits; known before the file has been read

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Mnist:
    """White ink (255) on black (0).

    Attributes:
        x_train, y_train: uint8 [60000, 28, 28] and [60000].
        x_test, y_test: uint8 [10000, 28, 28] and [10000].
    """

    x_train: Images
    y_train: Labels
    x_test: Images
    y_test: Labels

    def of(self, part: Part) -> tuple[Images, Labels]:
        """A part's digits and their labels."""
        return (self.x_train, self.y_train) if part == "training" else (self.x_test, self.y_test)


def scaled(images: Images) -> NDArray[np.float32]:
    """Pictures as networks read them: uint8 of any shape as float32 in 0..1."""
    return images.astype(np.float32) / np.float32(255)


@cache
def load(file: Path = FILE) -> Mnist:
    """All of MNIST, checked against its SHA-256 and read once a process; the arrays are read-only.

    Raises:
        DataError: the file is missing or is not the one that the project ships.
    """
    try:
        raw = file.read_bytes()
    except OSError:
        raise DataError(
            message(
                "The MNIST file {file} is missing or cannot be read. Restore it with `git checkout {path}`.",
                file=file.name,
                path=f"digitlab/data/{FILE.name}",
            )
        ) from None
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise DataError(
            message(
                "The MNIST file {file} is damaged: its SHA-256 is wrong. Restore it with `git checkout {path}`.",
                file=file.name,
                path=f"digitlab/data/{FILE.name}",
            )
        )
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        mnist = Mnist(*(arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")))
    for array in vars(mnist).values():
        array.flags.writeable = False
    return mnist
