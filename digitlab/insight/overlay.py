"""Pictures of what explains an answer: a map's colours with the drawing's outline, and ink to add and to take away."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.colours import MAGMA, VIK, table
from digitlab.insight.attribution import SIGNED, Attribution, Floats

SIZE = 10  # pixels of the picture for each of the 28×28
_OUTLINED = 0.35  # ink from which a pixel belongs to the drawing
_AMOUNTS, _SIGNED = table(MAGMA), table(VIK)
_LINE_ON_SIGNED, _LINE_ON_AMOUNTS = (20, 20, 20), (255, 255, 255)


def ends(attribution: Attribution) -> tuple[float, float]:
    """The numbers that the first and the last colour stand for."""
    top = float(np.abs(attribution.map).max())
    return (-top, top) if attribution.method in SIGNED else (0.0, top)


def attribution_picture(attribution: Attribution, image: Floats) -> Image.Image:
    """The map in colours, [280, 280], with the drawing's outline; the map's largest size has the last colour.

    Args:
        attribution: what a method says.
        image: of this picture, float32 [28, 28].
    """
    signed = attribution.method in SIGNED
    low, high = ends(attribution)
    levels = np.rint((attribution.map - low) * (255 / max(high - low, 1e-12))).astype(int)
    if high == low:
        levels[:] = 128 if signed else 0
    colours = (_SIGNED if signed else _AMOUNTS)[np.clip(levels, 0, 255)]
    picture = colours.repeat(SIZE, axis=0).repeat(SIZE, axis=1)
    picture[_outline(image)] = _LINE_ON_SIGNED if signed else _LINE_ON_AMOUNTS
    return Image.fromarray(picture)


def change_picture(image: Floats, change: Floats) -> Image.Image:
    """The drawing in grey, ink to add in brown with a cross, ink to take away in blue with a bar: [280, 280]."""
    grey = np.clip(image, 0, 1)[..., None] * np.array([150.0, 150.0, 150.0])
    add, remove = np.clip(change, 0, 1)[..., None], np.clip(-change, 0, 1)[..., None]
    colours = grey * (1 - np.maximum(add, remove)) + add * _SIGNED[165] + remove * _SIGNED[70]
    picture = np.rint(np.clip(colours, 0, 255)).astype(np.uint8).repeat(SIZE, axis=0).repeat(SIZE, axis=1)
    half = SIZE // 2
    for row, column in np.argwhere(np.abs(change) > 0.1):
        y, x = row * SIZE, column * SIZE
        picture[y + half - 1 : y + half + 1, x + 2 : x + SIZE - 2] = 255
        if change[row, column] > 0:
            picture[y + 2 : y + SIZE - 2, x + half - 1 : x + half + 1] = 255
    return Image.fromarray(picture)


def _outline(image: Floats) -> NDArray[np.bool_]:
    """bool [280, 280]: the border between the drawing's pixels and the others."""
    inside = np.pad(image > _OUTLINED, 1).repeat(SIZE, axis=0).repeat(SIZE, axis=1)
    border = np.zeros_like(inside)
    for axis in (0, 1):
        for way in (-1, 1):
            border |= inside & ~np.roll(inside, way, axis)
    return border[SIZE:-SIZE, SIZE:-SIZE]
