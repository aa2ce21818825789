"""Digits as distance fields: how far each pixel is from the lines, so that they can be drawn with any pen."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SIDE = 28
FIELD_STEPS = 32  # a distance field counts in 32nds of a pixel
FAR = 255 / FIELD_STEPS
CENTRES = (np.arange(SIDE) + 0.5).astype(np.float32)
X, Y = np.tile(CENTRES, SIDE), np.repeat(CENTRES, SIDE)  # [784] each


def distance_fields(images: Bytes) -> Bytes:
    """How far each pixel's centre is from the digit's skeleton.

    Args:
        images: uint8 [N, 28, 28], white ink on black.

    Returns:
        uint8 [N, 28, 28], in 32nds of a pixel, 255 for everything further than 8 pixels.
    """
    # Imported here: pages read recipes, which hold an Augmentation, and should not wait for these.
    from scipy import ndimage
    from skimage.morphology import skeletonize

    result = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), 500):
        part = images[start : start + 500]
        lines = np.stack([skeletonize(ink) for ink in _doubled(part.astype(np.float32)) > 127.5])
        # One transform for many pictures: a step to the next picture is longer than any way within one.
        away = ndimage.distance_transform_edt(~lines, sampling=(1000, 0.5, 0.5))
        away = away.reshape(len(part), SIDE, 2, SIDE, 2).mean(axis=(2, 4))
        result[start : start + 500] = np.minimum(np.rint(away * FIELD_STEPS), 255)
    return result


def _doubled(pictures: Floats) -> Floats:
    """Twice as many pixels each way, interpolated linearly: [N, H, W] to [N, 2 H, 2 W]."""
    for axis in (1, 2):
        padded = np.pad(pictures, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        size = pictures.shape[axis]
        before, after = (np.take(padded, range(at, at + size), axis) for at in (0, 2))
        pair = np.stack([0.25 * before + 0.75 * pictures, 0.75 * pictures + 0.25 * after], axis=axis + 1)
        pictures = pair.reshape([n * 2 if a == axis else n for a, n in enumerate(pictures.shape)])
    return pictures
