"""What the training digits have in common, and how they differ."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist

_CHUNK = 10_000  # digits at a time, so that not all of them are numbers of four bytes at once


@cache
def share_of_paper() -> float:
    """The share of all training pixels that are 0."""
    return float((mnist.load().x_train == 0).mean())


@cache
def means_and_spreads() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of every class's training digits, float32 [28, 28, 10] each, in 0..1."""
    data = mnist.load()
    sums, squares = np.zeros((2, 10, 784))
    for start in range(0, len(data.x_train), _CHUNK):
        images = mnist.scaled(data.x_train[start : start + _CHUNK].reshape(-1, 784))
        belongs = np.eye(10, dtype=np.float32)[data.y_train[start : start + _CHUNK]].T
        sums += belongs @ images
        squares += belongs @ images**2
    count = np.bincount(data.y_train, minlength=10)[:, None]
    mean = sums / count
    spread = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return _in_place(mean), _in_place(spread)


def _in_place(classes: NDArray[np.float64]) -> NDArray[np.float32]:
    """[10, 784] as [28, 28, 10]."""
    return classes.T.reshape(28, 28, 10).astype(np.float32)
