"""Ink separated from paper where the paper is flat: drawings on a screen, scans, MNIST's own digits.

The paper is what lies along the border, the ink is what differs from it most. `lighting` does the same for photographs.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.drawing.picture import Ink, Picture
from digitlab.drawing.raster import SIDE

_DETAIL = 800  # a larger picture is reduced to at most this side
_LEAST_CONTRAST = 0.05  # of black to white: fainter ink cannot be distinguished from paper
_FULL = 0.95  # a contrast this good is not stretched
_NOISE = 3.0  # the noise floor in standard deviations of the border
_CLEAR = 5.0  # ink must stand out by this many standard deviations
_LEAST_PATCH = 12  # pixels; where there is noise, smaller patches are noise
_FAINT = 0.35  # ink fainter than this, such as the lines of ruled paper, does not join patches or widen the box
_SPECK = 0.01  # a patch with less than this share of the ink is dirt
_FRAMES = (0.03, 0.06)  # widths of frames that are looked for, as shares of the picture
_FRAME_EVEN = 0.05  # what differs by less is one tone
_ONE_TONE_SHARE = 0.5  # of a flat picture, at least, is paper
_ONE_TONE = 2 / 255  # to within this
_BORDER = 0.75  # and of its border this much is paper, or ink as even as the paper
_BORDER_PAPER = 0.25  # ink that is cut off by the border leaves at least this much of the border to the paper


def grey_of(rgb: NDArray[np.uint8]) -> tuple[Ink, int, int]:
    """The light of a picture [H, W, 3] without a frame around it.

    Returns:
        [h, w] in 0..1, at most 800 pixels a side; how many pixels of the picture each of these stands for, across and
        down; and how many of these were cut off on every side with the frame.
    """
    image = Image.fromarray(rgb)
    times = math.ceil(max(image.size) / _DETAIL)
    grey = np.asarray(_clearest(image.reduce(times) if times > 1 else image), np.float32) / np.float32(255)
    cut = _frame(grey)
    return (grey[cut:-cut, cut:-cut] if cut else grey), times, cut


def is_flat(grey: Ink) -> bool:
    """Whether a picture's paper has one tone everywhere, as no photograph's has.

    A thick pen is cut off by the border, so ink may cover most of the border, if the ink has one tone, too.
    """
    counts = np.bincount((grey * 255).astype(np.uint8).ravel(), minlength=256)
    paper = _of_tone(grey, int(counts.argmax()))
    ring = _ring(grey.shape)
    counts[np.unique((grey[paper] * 255).astype(np.uint8))] = 0
    even = paper | _of_tone(grey, int(counts.argmax()))
    return bool(
        paper.mean() >= _ONE_TONE_SHARE and even[ring].mean() >= _BORDER and paper[ring].mean() >= _BORDER_PAPER
    )


def _of_tone(grey: Ink, tone: int) -> NDArray[np.bool_]:
    return np.asarray(np.abs(grey - tone / 255) <= _ONE_TONE + 1e-4)


def _clearest(image: Image.Image) -> Image.Image:
    """The lightness of an RGB picture; or one channel that shows much more, as blue does of yellow on white."""
    grey = image.convert("L")
    spans = [int(np.ptp(np.asarray(channel))) for channel in (grey, *image.split())]
    best = int(np.argmax(spans))
    return image.getchannel(best - 1) if spans[best] > 2 * spans[0] else grey


def flat_picture(grey: Ink, name: str) -> Picture | None:
    """The ink of a picture [H, W] whose paper is flat; None where nothing stands out."""
    from scipy.ndimage import label  # here, so that the page starts without it

    paper, noise = _background(grey)
    difference = grey - paper
    darkest, lightest = float(difference.min()), float(difference.max())
    if -darkest > lightest:
        difference, lightest = -difference, -darkest
    if lightest < max(_LEAST_CONTRAST, _CLEAR * noise):
        return None
    full = float(np.percentile(difference[difference > lightest / 2], 90))
    if full > _FULL:
        full = 1.0
    ink = np.clip(difference / np.float32(full), 0, 1)
    floor = _NOISE * noise / full
    ink[ink <= floor] = 0
    patches, count = label(ink > max(floor, _FAINT), np.ones((3, 3)))
    strong = np.bincount(patches.ravel(), (ink > 0.5).ravel(), minlength=count + 1)
    strong[0] = 0
    keep = strong > _SPECK * strong.sum()
    if noise > 0:
        keep &= strong >= _LEAST_PATCH
    if not keep.any():
        return None
    mask = keep[patches]
    clean = np.where(mask | (patches == 0), ink, np.float32(0))
    return Picture(name, ink, clean, mask)


def _ring(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The border of a picture, two hundredths of it deep."""
    height, width = shape
    deep = max(1, min(height, width) // 50)
    ring = np.ones(shape, bool)
    ring[deep : height - deep, deep : width - deep] = False
    return ring


def _frame(grey: Ink) -> int:
    """How wide a frame is: a border of one tone with another tone all along its inside; 0 where there is none."""
    for share in _FRAMES:
        cut = max(1, round(float(share * min(grey.shape))))
        inner = grey[cut:-cut, cut:-cut]
        if min(inner.shape) < 2 * SIDE:
            break
        outside, inside = grey[_ring(grey.shape)], inner[_ring(inner.shape)]
        tones = float(np.median(outside)), float(np.median(inside))
        even = all(
            np.mean(np.abs(values - tone) < _FRAME_EVEN) > 0.95
            for values, tone in zip((outside, inside), tones, strict=True)
        )
        if even and abs(tones[0] - tones[1]) > 4 * _FRAME_EVEN:
            return int(cut)
    return 0


def _background(grey: Ink) -> tuple[Ink | float, float]:
    """The paper, as it lies along the border: its tone, or a plane where light falls from one side; and its noise.

    Returns:
        the paper [H, W] or one number, and the standard deviation of the border about it.
    """
    height, width = grey.shape
    ring = _ring(grey.shape)
    values = grey[ring]
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - middle)))
    if spread == 0:
        return middle, 0.0
    rows, columns = np.nonzero(ring)
    terms = np.stack([np.ones(len(rows)), rows / height - 0.5, columns / width - 0.5], axis=1)
    inside = np.abs(values - middle) <= 3 * spread
    plane = np.linalg.lstsq(terms[inside], values[inside], rcond=None)[0]
    left_over = values - terms @ plane
    noise = 1.4826 * float(np.median(np.abs(left_over)))
    down = plane[0] + plane[1] * (np.arange(height) / height - 0.5)
    across = plane[2] * (np.arange(width) / width - 0.5)
    return (down[:, None] + across).astype(np.float32), noise
