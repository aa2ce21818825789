"""Numbers as colours: two colour maps that can be distinguished with any colour vision."""

import numpy as np
from numpy.typing import NDArray

# Ten points of two perceptually even colour maps: magma (Smith and van der Walt) for amounts, and for signed numbers
# one from blue over near white to brown (after Crameri's vik), whose middle stands for 0.
# fmt: off
MAGMA = ["#000004", "#180f3d", "#440f76", "#721f81", "#9e2f7f", "#cd4071", "#f1605d", "#fd9668", "#feca8d", "#fcfdbf"]
VIK = ["#001261", "#023c74", "#2a6f9c", "#79a8c3", "#ccdae4", "#ebd8cc", "#d3a583", "#b8703f", "#8b3a0c", "#590008"]
# fmt: on


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue in 0..255 of "#rrggbb"."""
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def table(points: list[str]) -> NDArray[np.uint8]:
    """256 colours, uint8 [256, 3], evenly spread over a colour map's points."""
    at = np.linspace(0, len(points) - 1, 256)
    channels = np.array([rgb(point) for point in points], float).T
    return (
        np.stack([np.interp(at, np.arange(len(points)), channel) for channel in channels], 1).round().astype(np.uint8)
    )


def gradient(points: list[str]) -> str:
    """The colour map as a CSS background."""
    return f"linear-gradient(to right, {', '.join(points)})"
