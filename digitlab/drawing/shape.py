"""Where the ink of a picture is: how deep inside it each pixel lies, and its centre lines.

The ink is brought to one working size and thinned to its centre lines (Zhang and Suen 1984,
https://doi.org/10.1145/357994.358023, as in scikit-image). On these, the distance to the ink's edge is half the pen's
width.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WORKING_SIDE = 128  # longest side of the ink, in pixels
_EDGE = 0.5  # ink that counts as inside, as a share of the strokes' own level


@dataclass(frozen=True)
class Shape:
    """Where the ink of a picture is, at the working size.

    Attributes:
        depth: float64 [h, w]; the distance to the ink's edge in working pixels, positive inside and negative outside.
        skeleton: bool [h, w]; the centre lines.
        scale: working pixels for each pixel of the picture.
        left, top: where the working picture begins, in pixels of the picture.
    """

    depth: NDArray[np.float64]
    skeleton: NDArray[np.bool_]
    scale: float
    left: float
    top: float

    @classmethod
    def of(cls, ink: NDArray[np.float32], margin: int = 2) -> "Shape | None":
        """Find the ink.

        Args:
            ink: [H, W], 0 for paper and 1 for full ink.
            margin: working pixels to leave around it.

        Returns:
            None if there is no ink.
        """
        from scipy.ndimage import distance_transform_edt  # here, so that the page starts without them
        from skimage.morphology import skeletonize

        level = float(ink.max(initial=0.0))
        if level <= 0:
            return None
        inside = ink > _EDGE * level
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        top, bottom = max(0, int(rows[0]) - 1), min(ink.shape[0], int(rows[-1]) + 2)
        left, right = max(0, int(columns[0]) - 1), min(ink.shape[1], int(columns[-1]) + 2)
        part, inside = ink[top:bottom, left:right], inside[top:bottom, left:right]
        scale = WORKING_SIDE / max(part.shape)
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        method = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX
        small = np.asarray(Image.fromarray(np.ascontiguousarray(part, np.float32)).resize(size, method))
        # A line thinner than a working pixel covers no pixel by half: ask for half of what it can cover.
        edges = np.count_nonzero(inside[:, 1:] != inside[:, :-1]) + np.count_nonzero(inside[1:] != inside[:-1])
        width = 2 * np.count_nonzero(inside) / max(1.0, edges * math.pi / 4) * scale
        least = _EDGE * level * min(1.0, 0.9 * width)
        mask = np.pad(small >= min(least, float(small.max())), max(margin, 1))
        depth = np.where(mask, distance_transform_edt(mask) - 0.5, 0.5 - distance_transform_edt(~mask))
        return cls(depth, skeletonize(mask), scale, left - margin / scale, top - margin / scale)

    @cached_property
    def half_widths(self) -> NDArray[np.float64]:
        """Half the pen's width at every pixel of the centre lines, in working pixels."""
        return np.maximum(self.depth[self.skeleton], 0.5)

    @property
    def pen_width(self) -> float:
        """The pen's width in pixels of the picture: twice the median distance from a centre line to the ink's edge."""
        return 2 * float(np.median(self.half_widths)) / self.scale
