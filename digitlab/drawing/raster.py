"""The exact picture of a drawing.

Ink at a pixel is clamp(w/2 + ½ − d, 0, 1): w is the pen's width and d the distance from the pixel's centre to the
nearest segment, both in pixels of the result. No library draws the line, so the page's JavaScript agrees to rounding.
"""

import numpy as np
from numpy.typing import NDArray

SIDE = 28
_CHUNK = 512  # segments at a time: 512 × 784 distances stay in the processor's cache


def ink(segments: NDArray[np.float64], widths: NDArray[np.float64] | float, side: int = SIDE) -> NDArray[np.float32]:
    """Draw line segments.

    Args:
        segments: [S, 4], x0, y0, x1, y1 in pixels; pixel (row r, column c) has its centre at x = c + ½, y = r + ½.
        widths: the pen's width in pixels, one for all or [S].
        side: the picture's side in pixels.

    Returns:
        float32 [side, side], 0 for paper and 1 for full ink.
    """
    picture = np.zeros(side * side, np.float32)
    reach = np.broadcast_to(np.asarray(widths, np.float32) / 2 + np.float32(0.5), (len(segments),))
    rows, columns = np.divmod(np.arange(side * side), side)
    x, y = (columns + 0.5).astype(np.float32), (rows + 0.5).astype(np.float32)
    for start in range(0, len(segments), _CHUNK):
        part = segments[start : start + _CHUNK].astype(np.float32)
        x0, y0 = part[:, :1], part[:, 1:2]
        dx, dy = part[:, 2:3] - x0, part[:, 3:4] - y0
        length2 = np.maximum(dx * dx + dy * dy, np.float32(1e-12))
        px, py = x - x0, y - y0
        along = np.clip((px * dx + py * dy) / length2, 0, 1)
        px -= along * dx
        py -= along * dy
        px *= px
        py *= py
        px += py
        distance = np.sqrt(px, out=px)
        np.maximum(picture, (reach[start : start + _CHUNK, None] - distance).max(axis=0), out=picture)
    return np.clip(picture, 0, 1, out=picture).reshape(side, side)
