"""Digits in a photo: where they are, and each as the network's 28×28.

A photo is read in steps, each a value that the next one takes: what differs from the sheet under the light that falls
on it (`lighting`), without the sheet's lines (`ruling`); its connected parts put together as digits (`grouping`); each
digit by itself in the stages of `picture`. A picture whose paper is flat, such as a drawing on a screen, needs none of
the first two (`flat`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.drawing.flat import flat_picture, grey_of, is_flat
from digitlab.drawing.frames import without_frames
from digitlab.drawing.grouping import Box, Part, bounds, grouped, parts, reading_order, typical_size
from digitlab.drawing.image_file import WHOLE, Rgb, Window, read_image
from digitlab.drawing.lighting import contrast
from digitlab.drawing.picture import Picture, prepare_picture
from digitlab.drawing.ruling import Map
from digitlab.words import _

MAX_DIGITS = 200

_SMALLEST = 64  # pixels: what has a smaller side is no photo, and has one digit
_SMOOTH = 0.8  # pixels: less than half of the thinnest line
_SMOOTHER = 1.8  # pixels, where paper is so noisy that faint ink would be lost in it
_CLEAR = 5.0  # ink stands out by this many standard deviations of the paper
_FAINTEST = 0.35  # of the typical ink; what is fainter is paper
_OWN = 0.4  # of the darkest ink around it
_STRETCH = 0.6  # of that is enough for a stretch of a line
_AROUND = 0.03  # of the shorter side: how far that is looked for
_LEAST_AREA = 12  # pixels
_SPECK = 0.4  # a digit smaller than this share of the others is dirt
_DASH = 2.5  # what is so many times wider than high is no digit
_TYPICAL = 0.75  # of the ink is paler than what is called typical here
_PALE = 0.55  # a part paler than this share of the others is a fold, wood or wiped chalk
_WEAK, _SLIM = 0.8, 0.65  # so is one that is less pale, but also so much thinner
_FINE = (
    128  # pixels: smaller digits are enlarged before their edge is looked for, larger ones reduced to under twice that
)
_LEVEL = 21  # and a line's own darkness is found within so many
_GRAIN = 2  # pixels of that size: bare paper within a line is no wider to either side


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture as it was taken.

    Attributes:
        name: what it is called in messages.
        rgb: uint8 [H, W, 3], upright, at most 1,600 pixels a side.
        scale: its pixels for each pixel of the file.
    """

    name: str
    rgb: Rgb
    scale: float

    def in_file(self, box: Box) -> Box:
        """A box in pixels of the file, upright."""
        left, top, right, bottom = (round(edge / self.scale) for edge in box)
        return left, top, right, bottom


@dataclass(frozen=True)
class Found:
    """A digit, or what may be one, in a photo.

    Attributes:
        box: left, top, right and bottom edge of its ink in pixels of the photo.
        ink: its ink alone, for the stages of `picture`.
    """

    box: Box
    ink: Picture

    @cached_property
    def picture(self) -> NDArray[np.float32]:
        """What the network sees: float32 [28, 28] in 0..1."""
        return prepare_picture(self.ink)


def read_photo(data: bytes, name: str = "", part: Window = WHOLE) -> Photo:
    """Read a picture file.

    Args:
        data: the file's bytes, at most 20 MB and 50 megapixels.
        name: what to call it in messages.
        part: left, top, right and bottom edge of the part to read, as shares of the upright picture.

    Raises:
        InputError: the file is empty, broken, too large or of another kind.
    """
    rgb, scale = read_image(data, name, part)
    return Photo(name or _("This picture"), rgb, scale)


def ink(photo: Photo) -> Map:
    """What is taken for ink: float32 [H, W], 0 for paper and 1 for full ink."""
    return _look(photo).ink


def digits(photo: Photo) -> list[Found]:
    """What may be digits, row by row, each row from left to right; empty where nothing stands out."""
    return list(_look(photo).digits)


@dataclass(frozen=True)
class _Look:
    """What was seen of a photo: `ink` and `digits` say what each is."""

    ink: Map
    digits: list[Found]

    def laid(self, shape: tuple[int, int], times: int, cut: int) -> "_Look":
        """The same, enlarged and laid on a photo of that shape, `cut` pixels from its upper left corner."""
        ink = self.ink.repeat(times, axis=0).repeat(times, axis=1)[: shape[0] - cut, : shape[1] - cut]
        whole = np.zeros(shape, np.float32)
        whole[cut : cut + ink.shape[0], cut : cut + ink.shape[1]] = ink
        digits = []
        for one in self.digits:
            left, top, right, bottom = (edge * times + cut for edge in one.box)
            digits.append(Found((left, top, min(right, shape[1]), min(bottom, shape[0])), one.ink))
        return _Look(whole, digits)


@lru_cache(maxsize=2)  # the page asks for the ink and for the digits of one photo
def _look(photo: Photo) -> _Look:
    height, width = photo.rgb.shape[:2]
    grey, times, cut = grey_of(photo.rgb)
    if min(height, width) < _SMALLEST or is_flat(grey):
        return _in_flat(grey, photo.name).laid((height, width), times, times * cut)
    return _in_photo(photo.rgb, photo.name)


def _in_flat(grey: Map, name: str) -> _Look:
    """Digits in a picture [H, W] whose paper is flat. All ink of one digit is its own, dust and faint bits too."""
    from scipy.ndimage import label

    picture = flat_picture(grey, name)
    if picture is None:
        return _Look(np.zeros(grey.shape, np.float32), [])
    labels, _count = label(picture.mask, np.ones((3, 3)))
    groups = _without_fragments(grouped(labels, parts(labels)))
    if len(groups) == 1 or min(grey.shape) < _SMALLEST:
        found = [Found(picture.box, picture)]
    else:
        found = [Found(bounds(group), _cut_out(picture.clean, labels, group, name)) for group in groups]
    return _Look(picture.clean, _in_order(found))


def _in_photo(rgb: Rgb, name: str) -> _Look:
    """Digits in a photo [H, W, 3]."""
    from scipy.ndimage import label

    nothing = _Look(np.zeros(rgb.shape[:2], np.float32), [])
    seen = contrast(rgb)
    if seen is None:
        return nothing
    smooth, noise = _smoothed(seen.ink)
    dark = without_frames(_dark(smooth, max(_FAINTEST, _CLEAR * noise)))
    labels, _count = label(dark, np.ones((3, 3)))
    found = _no_dirt(labels, smooth)
    if not found:
        return nothing
    groups = _without_fragments(grouped(labels, found))
    kept = np.isin(labels, [part.label for group in groups for part in group])
    digits = [Found(bounds(group), _cut_out(smooth, labels, group, name)) for group in groups]
    return _Look(np.where(kept, smooth.clip(0, 1), np.float32(0)), _in_order(digits))


def _smoothed(ink: Map) -> tuple[Map, float]:
    """An ink map without the finest noise, or with less of it where faint ink would be lost in it; and its noise.

    The noise is the standard deviation of paper.
    """
    from scipy.ndimage import gaussian_filter

    smooth, noise = ink, 0.0
    for width in (_SMOOTH, _SMOOTHER):
        smooth = gaussian_filter(ink, width, truncate=3)
        few = smooth[::4, ::4]
        paper = few[few != 0]  # beyond the sheet there is nothing at all
        noise = 1.4826 * float(np.median(np.abs(paper - np.median(paper)))) if paper.size else 0.0
        if _CLEAR * noise < _STRETCH * _FAINTEST:
            break
    return smooth, noise


def _dark(ink: Map, least: float) -> NDArray[np.bool_]:
    """Where ink is dark enough for its surroundings, bool [H, W]: wiped chalk beside a digit is not.

    A faint stretch of a line that is dark enough elsewhere belongs to it (Canny 1986,
    https://doi.org/10.1109/TPAMI.1986.4767851), unless it is much fainter than the rest.
    """
    from scipy.ndimage import label, maximum_filter

    around = maximum_filter(ink, max(3, round(_AROUND * min(ink.shape))))
    enough = np.maximum(np.float32(least), np.float32(_OWN) * around)
    labels, count = label(ink > np.float32(_STRETCH) * enough, np.ones((3, 3)))
    sure = ink > enough
    level = np.bincount(labels[sure], ink[sure], count + 1) / np.maximum(
        1, np.bincount(labels[sure], minlength=count + 1)
    )
    level[0] = 0
    return np.asarray((level > 0)[labels] & (ink > np.float32(_FAINTEST) * level.astype(np.float32)[labels]))


def _in_order(found: Sequence[Found]) -> list[Found]:
    return [found[number] for number in reading_order([one.box for one in found])[:MAX_DIGITS]]


def _without_fragments(groups: list[list[Part]]) -> list[list[Part]]:
    """Digits alone, without what is much smaller than they are and without dashes beside them."""
    size = typical_size([part for group in groups for part in group])
    boxes = [bounds(group) for group in groups]
    large = [
        (group, right - left < _DASH * (bottom - top))
        for group, (left, top, right, bottom) in zip(groups, boxes, strict=True)
        if max(right - left, bottom - top) > _SPECK * size
    ]
    return [group for group, is_upright in large if is_upright] or [group for group, _ in large]


def _no_dirt(labels: NDArray[np.int32], ink: Map) -> list[Part]:
    """The parts that may be strokes: neither specks nor pale; nor cut by the photo's edge, unless all are."""
    from scipy.ndimage import binary_erosion, mean

    height, width = labels.shape
    found = [part for part in parts(labels) if part.area >= _LEAST_AREA and part.size > 0.008 * min(height, width)]
    whole = [
        part
        for part in found
        if part.box[0] > 1 and part.box[1] > 1 and part.box[2] < width - 1 and part.box[3] < height - 1
    ]
    found = whole or found
    if not found:
        return []
    numbers, areas = [part.label for part in found], np.array([part.area for part in found], float)
    levels = np.asarray(mean(ink, labels, numbers))
    order = np.argsort(levels)
    levels /= levels[order][np.searchsorted(np.cumsum(areas[order]), _TYPICAL * areas.sum())]
    edges = np.bincount(labels[(labels > 0) & ~binary_erosion(labels > 0)], minlength=labels.max() + 1)[numbers]
    widths = areas / np.maximum(1, edges)
    widths /= np.average(widths, weights=areas)
    return [
        part
        for part, level, width in zip(found, levels, widths, strict=True)
        if level > _PALE and (level > _WEAK or width > _SLIM)
    ]


def _cut_out(ink: Map, labels: NDArray[np.int32], group: Sequence[Part], name: str) -> Picture:
    """One digit's ink by itself, about as large as the stages of `picture` need it.

    Its neighbours are wiped out, what the paper's tooth left bare of a line is filled, and where the line is fainter
    its edge still lies at half of its own darkness.
    """
    from scipy.ndimage import binary_dilation, gaussian_filter, grey_closing, maximum_filter
    from skimage.morphology import disk

    box = bounds(group)
    size = max(box[2] - box[0], box[3] - box[1])
    margin = max(4, size // 10)
    height, width = labels.shape
    rows = slice(max(0, box[1] - margin), min(height, box[3] + margin))
    columns = slice(max(0, box[0] - margin), min(width, box[2] + margin))
    own = np.isin(labels[rows, columns], [part.label for part in group])
    values = np.where(own | (labels[rows, columns] == 0), ink[rows, columns], np.float32(0))
    cut = Image.fromarray(values / np.float32(np.percentile(values[own], 75)))
    near = Image.fromarray(binary_dilation(own, iterations=2))
    if size > 2 * _FINE:
        cut, near = cut.reduce(size // _FINE), near.convert("L").reduce(size // _FINE)
    elif size < _FINE:
        larger = (cut.width * -(-_FINE // size), cut.height * -(-_FINE // size))
        cut, near = cut.resize(larger, Image.Resampling.BICUBIC), near.resize(larger)
    whole = gaussian_filter(grey_closing(np.asarray(cut), footprint=disk(_GRAIN)), _GRAIN / 3, truncate=3)
    level = gaussian_filter(maximum_filter(whole, _LEVEL), _LEVEL / 4).clip(2 * _FAINTEST, 1)
    whole = np.where(np.asarray(near) > 0, whole / level, np.float32(0)).clip(0, 1)
    return Picture(name, whole, whole, whole > 0.5)
