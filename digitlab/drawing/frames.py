"""Frames around digits, as a form has them: straight sides with ink inside."""

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.grouping import parts

_SMALLEST = 24  # pixels
_CLOSED = 0.85  # of a side has ink
_SIDES = 3  # at least are closed: `ruling` may have taken one off
_HOLLOW = 0.6  # at most this share of its box has ink
_INSIDE = 0.004  # of its box, at least, has ink well inside
_THIN = 0.03  # a line reaches at most so far from its middle, of the frame's size: a thick digit is no frame
_SLACK = 0.015  # how far ink lies off a straight side, of the frame's size


def without_frames(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take the sides of frames out of a mask of ink, bool [H, W]; whatever touches them loses what lies on them."""
    from scipy.ndimage import label

    labels, _ = label(mask, np.ones((3, 3)))
    result = mask.copy()
    for part in parts(labels):
        left, top, right, bottom = part.box
        if min(part.width, part.height) < _SMALLEST or part.area > _HOLLOW * part.width * part.height:
            continue
        own = labels[top:bottom, left:right] == part.label
        away = _from_sides(own)
        if away is None:
            continue
        reach = _reach(own, away, part.size)
        if reach is None:
            continue
        inside = mask[top:bottom, left:right] & (away > 0.1 * part.size)
        if inside.sum() >= _INSIDE * part.width * part.height:
            result[top:bottom, left:right] &= away > reach
    return result


def _from_sides(own: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """How far each pixel [h, w] lies from the nearest side of a quadrilateral; None where the ink does not form one."""
    from scipy.ndimage import binary_dilation

    points = np.argwhere(own)
    sums, differences = points.sum(axis=1), points[:, 0] - points[:, 1]
    corners = points[[sums.argmin(), differences.argmin(), sums.argmax(), differences.argmax()]].astype(float)
    size = max(own.shape)
    thick = binary_dilation(own, iterations=max(1, round(_SLACK * size)))
    at = np.linspace(0, 1, 2 * size)[:, None]
    away, closed = np.full(own.shape, np.inf), 0
    cells = np.moveaxis(np.indices(own.shape), 0, -1).astype(float)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = end - start
        length = float(np.hypot(*along))
        side = np.rint(start + at * along).astype(int)
        if length < 0.3 * size:
            return None
        if thick[side[:, 0], side[:, 1]].mean() < _CLOSED:
            continue
        closed += 1
        share = np.clip((cells - start) @ along / length**2, 0, 1)
        np.minimum(away, np.hypot(*np.moveaxis(cells - start - share[..., None] * along, -1, 0)), out=away)
    return away if closed >= _SIDES else None


def _reach(own: NDArray[np.bool_], away: NDArray[np.float64], size: int) -> float | None:
    """How far to both sides of its middle a frame's line reaches, in pixels; None where that is too far for a frame."""
    for reach in range(1, round(_THIN * size) + 2):
        if own[(away > reach - 1) & (away <= reach)].mean() < 0.25:
            return reach + 1.0
    return None
