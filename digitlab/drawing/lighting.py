"""The light that falls on a photographed sheet, and what is darker or lighter than the sheet under that light.

Paper is where nothing narrow is dark: a closing fills whatever is narrower than its window, keeps the edge of a shadow
and of the sheet, and leaves a table its own tone (Serra 1982, Image Analysis and Mathematical Morphology). Ink is then
one weighting of red, green and blue, the one that tells it best from the paper's noise (Fisher 1936,
https://doi.org/10.1111/j.1469-1809.1936.tb02137.x).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.drawing.ruling import Map, find_lines, without_lines

_BLOCK = 4  # pixels of a block: the light is looked for on a picture this many times smaller
_WINDOW = 0.16  # of the shorter side: wider than any pen's line
_DARKEST = 0.02  # paper is taken to be no darker, so that nothing is divided by 0
_CLEAR = 5.0  # ink stands out by this many standard deviations of the paper's noise
_LEAST = 0.06  # and by this share of the paper's light
_MOST_INK = 0.65  # of its surroundings
_SAMPLE = 3  # every so-many-th pixel is enough for what is the same everywhere
_TABLE = 0.52  # a table is at least this much darker than the sheet, in natural logarithms: no shadow is
_TINTED = 0.18  # or differs from it this much in blue over red
_LEAST_SHEET = 0.15  # of the photo
_CHROMA = 0.03  # added to the noise of each colour, whose resolution JPEG halves


@dataclass(frozen=True)
class Contrast:
    """How far each pixel differs from its paper towards the ink.

    Attributes:
        ink: float32 [H, W]; 0 for paper and for straight lines, 1 for a typical pixel of ink, 0 beyond the sheet.
        noise: the standard deviation of paper, in the same unit.
        light_ink: whether the ink is lighter than its surface, as chalk is.
    """

    ink: Map
    noise: float
    light_ink: bool


def contrast(rgb: NDArray[np.uint8]) -> Contrast | None:
    """Tell what stands out from its surface in a photo [H, W, 3]; None where nothing does."""
    height, width = rgb.shape[:2]
    small = np.asarray(Image.fromarray(rgb).reduce(_BLOCK), np.float32) / np.float32(255)
    window = max(3, round(_WINDOW * min(small.shape[:2])) | 1)
    dark_ways, light_ways = (
        _Surface.under(values, window, board) for values, board in ((small, False), (1 - small, True))
    )
    light_ink = light_ways.narrow > dark_ways.narrow
    surface = light_ways if light_ink else dark_ways
    differs = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        values = rgb[..., channel].astype(np.float32) / np.float32(255)
        under = _enlarged(surface.paper[..., channel], (height, width))
        differs[..., channel] = 1 - (1 - values if light_ink else values) / np.maximum(under, np.float32(_DARKEST))
    on_sheet = surface.sheet.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)[:height, :width]
    return _weighted(differs, on_sheet, light_ink)


@dataclass(frozen=True)
class _Surface:
    """What is written on, if its ink is dark.

    Attributes:
        paper: float32 [h, w, 3]; its colour in blocks, under the light there.
        sheet: bool [h, w]; which blocks lie on it.
        narrow: how much narrow darkness there is on it, as an energy.
    """

    paper: NDArray[np.float32]
    sheet: NDArray[np.bool_]
    narrow: float

    @classmethod
    def under(cls, small: NDArray[np.float32], window: int, board: bool) -> "_Surface":
        """Find it in a photo [h, w, 3] in blocks; where the ink is light, in its negative.

        Narrow alone is not ink: so is the paper in a loop, in the negative. But that is no darker than wide paper
        nearby, and ink is. The paper between printed lines may be; but ink covers the smaller part of its surroundings.
        Finer lines count more, for a strip of light beside a shadow is narrow, but not so narrow. A board has no table
        around it.
        """
        from scipy.ndimage import minimum_filter, uniform_filter

        paper = np.stack([_paper(small[..., channel], window) for channel in range(3)], axis=-1)
        sheet = np.ones(paper.shape[:2], bool) if board else _sheet(paper, window)
        narrow = 0.0
        for width, weight in ((window, 1), (max(3, window // 4), 10)):
            for channel in range(3):
                values = small[..., channel]
                wide = np.where(sheet, _paper(values, width), np.float32(1))
                darker = np.where(sheet, minimum_filter(wide, 2 * window) - values, np.float32(0)).clip(0)
                usual = uniform_filter(darker, 2 * window) / _MOST_INK
                narrow += weight * float(((darker - usual).clip(0) ** 2).sum())
        return cls(paper, sheet, narrow)


def _paper(values: Map, window: int) -> Map:
    """The lightness of the paper in blocks. What goes on beyond the photo's edge, as a table does, is not narrow."""
    from scipy.ndimage import grey_closing, minimum_filter

    closed = grey_closing(np.pad(values, window, mode="edge"), window)[window:-window, window:-window]
    return np.asarray(minimum_filter(closed, 3, mode="nearest"))


def _sheet(paper: NDArray[np.float32], window: int) -> NDArray[np.bool_]:
    """Which blocks of the paper [h, w, 3] lie on the sheet, bool [h, w].

    All do, unless a table begins at a sharp edge that is much darker, or of another colour, which a shadow is not. What
    is narrow and lighter, as purple ink is on yellow paper in its share of blue, is no table.
    """
    from scipy.ndimage import binary_fill_holes, grey_opening

    wide = np.stack([grey_opening(paper[..., channel], window, mode="nearest") for channel in range(3)], axis=-1)
    depth = np.log(wide + np.float32(_DARKEST))
    colour = depth[..., 2] - depth[..., 0]
    sheet = np.ones(colour.shape, bool)
    for values, apart in ((depth[..., 0], _TABLE), (depth[..., 1], _TABLE), (depth[..., 2], _TABLE), (colour, _TINTED)):
        sheet &= _lighter_side(values, depth.mean(axis=-1), apart)
    return np.asarray(binary_fill_holes(sheet))  # a table lies around it, not within


def _lighter_side(values: Map, depth: Map, least: float) -> NDArray[np.bool_]:
    """The lighter of the two parts into which values [h, w] fall at a sharp edge; all where they do not."""
    from scipy.ndimage import binary_erosion, maximum_filter, minimum_filter
    from skimage.filters import threshold_otsu

    everywhere = np.ones(values.shape, bool)
    if float(np.ptp(values)) < least:
        return everywhere
    side = values > threshold_otsu(values)
    apart = float(np.median(values[side]) - np.median(values[~side]))
    if np.median(depth[side]) < np.median(depth[~side]):
        side = ~side
    edge = side & ~binary_erosion(side, border_value=1)
    step = (maximum_filter(values, 7) - minimum_filter(values, 7))[edge]
    if apart < least or side.mean() < _LEAST_SHEET or not edge.any() or float(np.median(step)) < apart / 2:
        return everywhere
    return np.asarray(binary_erosion(side, iterations=2, border_value=1))


def _enlarged(values: Map, shape: tuple[int, int]) -> Map:
    height, width = shape
    box = (0, 0, width / _BLOCK, height / _BLOCK)
    return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BILINEAR, box=box))


def _weighted(differs: NDArray[np.float32], sheet: NDArray[np.bool_], light_ink: bool) -> Contrast | None:
    """One map of three: each colour counts as it tells ink from paper. Straight lines are taken off on the way."""
    few, on_sheet = differs[::_SAMPLE, ::_SAMPLE], sheet[::_SAMPLE, ::_SAMPLE]
    flat = few[on_sheet].astype(np.float64)
    centre = np.median(flat, axis=0)
    noise = 1.4826 * np.median(np.abs(flat - centre), axis=0) + _LEAST / _CLEAR
    first = _summed(differs, centre, 1 / noise, sheet) / np.float32(_CLEAR * 3)
    lines = find_lines(first, 0.35)
    if lines:
        first = without_lines(first, lines, 0.35)
    few_first = first[::_SAMPLE, ::_SAMPLE]
    stands_out = _inner(few_first > 1)
    if not stands_out.any():
        return None
    stands_out &= few_first >= np.median(few_first[stands_out])
    ink = few[stands_out].mean(axis=0) - centre
    quiet = few[on_sheet & (np.abs(few_first) < 0.6)] - centre
    spread = quiet.T @ quiet / len(quiet) + np.eye(3) * _CHROMA**2
    weights = np.maximum(np.linalg.solve(spread, ink), 0)
    weights /= weights @ ink
    result = _summed(differs, centre, weights, sheet)
    sample = result[::_SAMPLE, ::_SAMPLE][on_sheet]
    level = 1.4826 * float(np.median(np.abs(sample - np.median(sample))))
    if lines:
        result = without_lines(result, lines, max(_CLEAR * level / 2, 0.1))
    return Contrast(result, level, light_ink)


def _summed(
    differs: NDArray[np.float32], centre: NDArray[np.float64], weights: NDArray[np.float64], sheet: NDArray[np.bool_]
) -> Map:
    """The weighted sum of three maps, 0 beyond the sheet."""
    summed = differs @ weights.astype(np.float32) - np.float32(centre @ weights)
    return np.where(sheet, summed, np.float32(0))


def _inner(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask without the parts that the photo's edge cuts, unless those are all there is."""
    from scipy.ndimage import label

    labels, count = label(mask, np.ones((3, 3)))
    cut = np.zeros(count + 1, bool)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        cut[line] = True
    inner = mask & ~cut[labels]
    return inner if inner.any() else mask
