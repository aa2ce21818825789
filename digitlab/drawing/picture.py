"""From a picture file to the network's 28×28, in the same stages as a drawing on the pad.

A picture says less than strokes do: which colour is paper, where ink ends and noise begins and how wide the pen was
have to be found. The background is what lies along the border, the ink is what differs from it most. The pen becomes
the canonical one by moving the ink's edge: a pixel at depth s inside ink that a pen of width v drew is v/2 − s from the
stroke, which is all that the exact picture of raster.py asks for. (Tracing the ink and drawing its strokes anew is as
good for thin pens and much worse for thick ones, see docs/log.md.)
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from digitlab.drawing.preprocess import ALL_STEPS, BOX, CENTRE, PEN_WIDTH, Steps, to_centre
from digitlab.drawing.raster import SIDE
from digitlab.drawing.trace import WORKING_SIDE, Shape
from digitlab.errors import InputError

MAX_BYTES = 2_000_000
MAX_SIDE = 4_096  # pixels
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")

_DETAIL = 800  # a larger picture is reduced to at most this side
_LEAST_CONTRAST = 0.05  # of black to white: fainter ink cannot be told from paper
_FULL = 0.95  # a contrast this good is not stretched
_NOISE = 3.0  # the noise floor in standard deviations of the border
_CLEAR = 5.0  # ink must stand out by this many standard deviations
_LEAST_PATCH = 12  # pixels; where there is noise, smaller patches are noise
_FAINT = 0.35  # ink fainter than this, such as the lines of ruled paper, does not join patches or widen the box
_SPECK = 0.01  # a patch with less than this share of the ink is dirt
_FRAMES = (0.03, 0.06)  # widths of frames that are looked for, as shares of the picture
_FRAME_EVEN = 0.05  # what differs by less is one tone
_ONE_TONE = 0.25  # visible pixels of a transparent picture that spread less than this are ink alone
_THINNED = 0.75  # how much of its thinnest part ink may lose to the canonical pen
_SAME_SCALE = 0.1  # a picture whose scale is right to within this is not resampled, which would only blur it

Ink = NDArray[np.float32]


@dataclass(frozen=True)
class Picture:
    """A picture in which paper and ink have been told apart.

    Attributes:
        name: what it is called in messages.
        ink: float32 [H, W], 0 for paper and 1 for full ink, at most 800 pixels a side.
        clean: the same without specks.
        mask: bool [H, W]; where the ink is. There is some.
    """

    name: str
    ink: Ink
    clean: Ink
    mask: NDArray[np.bool_]

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge of the ink, in pixels of `ink`."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

    @property
    def longest(self) -> int:
        """The longest side of the ink, in pixels of `ink`."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)

    @property
    def has_final_scale(self) -> bool:
        """Whether the ink fits the network's picture as it is, as a digit of MNIST does: it is left alone."""
        return abs(BOX / self.longest - 1) < _SAME_SCALE

    @cached_property
    def shape(self) -> Shape:
        """Where the ink is, with room around it for a pen that is wider than the picture's own."""
        shape = Shape.of(self.clean, margin=round(WORKING_SIDE * PEN_WIDTH / BOX))
        assert shape is not None, "a picture has ink"
        return shape


@dataclass(frozen=True)
class PictureStage:
    """A picture on its way, laid on the 28×28.

    Attributes:
        name: what was done last, one of "drawn", "cropped", "scaled", "pen", "centred".
        ink: [H, W], 0..1.
        factor: pixels of the 28×28 for each pixel of `ink`.
        x, y: where the left and the top edge of `ink` lie, in pixels of the 28×28.
    """

    name: str
    ink: Ink
    factor: float
    x: float
    y: float

    @cached_property
    def image(self) -> NDArray[np.float32]:
        """float32 [28, 28] in 0..1."""
        sides = np.array(self.ink.shape)
        start = -np.array([self.y, self.x]) / self.factor
        reach = SIDE / self.factor
        before = np.ceil(np.maximum(0, -start)).astype(int)
        after = np.ceil(np.maximum(0, start + reach - sides)).astype(int)
        padded = Image.fromarray(np.pad(self.ink, np.stack([before, after], axis=1)))
        top, left = (float(edge) for edge in start + before)
        box = (left, top, min(left + reach, padded.width), min(top + reach, padded.height))
        method = Image.Resampling.BICUBIC if self.factor > 1 else Image.Resampling.HAMMING
        return np.clip(np.asarray(padded.resize((SIDE, SIDE), method, box=box), np.float32), 0, 1)

    def scaled(self, factor: float, about: tuple[float, float]) -> "PictureStage":
        """The stage "scaled": enlarged to `factor`, with the point `about` of `ink` staying where it is."""
        x, y = (self.x + about[0] * (self.factor - factor), self.y + about[1] * (self.factor - factor))
        return replace(self, name="scaled", factor=factor, x=x, y=y)

    def to_centre(self) -> tuple[float, float]:
        """How far to move it so that its centre of mass lies at CENTRE."""
        mass = float(self.ink.sum(dtype=np.float64))
        height, width = self.ink.shape
        x = CENTRE - self.factor * float(self.ink.sum(axis=0) @ (np.arange(width) + 0.5)) / mass
        y = CENTRE - self.factor * float(self.ink.sum(axis=1) @ (np.arange(height) + 0.5)) / mass
        if self.factor == 1:  # whole pixels, as MNIST's makers did: what has the right size is not blurred
            x, y = round(x), round(y)
        return x - self.x, y - self.y

    def moved(self, name: str, dx: float, dy: float) -> "PictureStage":
        return replace(self, name=name, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True)
class PenStage:
    """A picture drawn with the canonical pen, laid on the 28×28.

    Attributes:
        name: "pen" or "centred".
        shape: where the ink is.
        factor, x, y: as in PictureStage.
    """

    name: str
    shape: Shape
    factor: float
    x: float
    y: float

    @cached_property
    def image(self) -> NDArray[np.float32]:
        """float32 [28, 28] in 0..1."""
        from scipy.ndimage import map_coordinates

        centres = (np.arange(SIDE) + 0.5) / self.factor
        rows = (centres - self.y / self.factor - self.shape.top) * self.shape.scale - 0.5
        columns = (centres - self.x / self.factor - self.shape.left) * self.shape.scale - 0.5
        grid = np.meshgrid(rows, columns, indexing="ij")
        depth = map_coordinates(self.shape.depth, grid, order=1, cval=-1e6)
        pixel = self.factor / self.shape.scale  # of the 28×28 for each working pixel
        wider = (PEN_WIDTH - self.shape.pen_width * self.factor) / 2
        wider = max(wider, -_THINNED * float(np.quantile(self.shape.half_widths, 0.1)) * pixel)
        return np.asarray(np.clip(depth * pixel + wider + 0.5, 0, 1), np.float32)

    def moved(self, name: str, dx: float, dy: float) -> "PenStage":
        return replace(self, name=name, x=self.x + dx, y=self.y + dy)


def stages(picture: Picture, steps: Steps = ALL_STEPS) -> Sequence[PictureStage | PenStage]:
    """Every stage from the picture to the network's 28×28, in order, named as those of a drawing are.

    A step that is switched off leaves its stage out. The last stage's `image` is what the network sees.
    """
    height, width = picture.ink.shape
    fit = SIDE / max(height, width)
    laid = PictureStage("drawn", picture.ink, fit, (SIDE - fit * width) / 2, (SIDE - fit * height) / 2)
    result: list[PictureStage | PenStage] = [laid]
    left, top, right, bottom = picture.box
    middle = ((left + right) / 2, (top + bottom) / 2)
    if steps.crop:
        dx, dy = SIDE / 2 - laid.x - fit * middle[0], SIDE / 2 - laid.y - fit * middle[1]
        laid = replace(laid.moved("cropped", dx, dy), ink=picture.clean)
        result.append(laid)
    if steps.scale:
        laid = laid.scaled(_factor(picture, pen=steps.pen), middle)
        result.append(laid)
    if steps.pen and picture.has_final_scale:
        result.append(replace(laid, name="pen"))
    elif steps.pen:
        result.append(PenStage("pen", picture.shape, laid.factor, laid.x, laid.y))
    if steps.centre:
        last = result[-1]
        dx, dy = last.to_centre() if isinstance(last, PictureStage) else to_centre(last.image)
        result.append(last.moved("centred", dx, dy))
    return result


def prepare_picture(picture: Picture) -> NDArray[np.float32]:
    """The network's picture of a picture: float32 [28, 28] in 0..1."""
    return stages(picture)[-1].image


def _factor(picture: Picture, pen: bool) -> float:
    """The scale at which the longest side of the ink is BOX, once it is drawn with the pen it will have."""
    if picture.has_final_scale:
        return 1.0
    if not pen:
        return BOX / picture.longest
    thickest = 2 * float(picture.shape.half_widths.max()) / picture.shape.scale
    # What is shorter than half its pen is a dot and stays one: a dot blown up would be a line.
    if picture.longest - thickest < thickest / 2:
        return PEN_WIDTH / thickest
    return (BOX - PEN_WIDTH) / (picture.longest - picture.shape.pen_width)


# --- reading a file --------------------------------------------------------------------------------


def read_picture(data: bytes, name: str = "") -> Picture:
    """Read a picture file: PNG, JPEG, WebP, GIF or BMP; of an animation the first frame.

    Args:
        data: the file's bytes, at most 2 MB.
        name: what to call it in messages.

    Raises:
        InputError: the file is empty, broken, too large or of another kind, or shows nothing but background.
    """
    title = name or "This picture"
    if not data:
        raise InputError(f"{title} is an empty file; choose a picture of one digit.")
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{title} has {len(data) / 1e6:.1f} MB, and {MAX_BYTES / 1e6:.0f} MB is the most; save it smaller."
        )
    too_large = InputError(
        f"{title} is larger than {MAX_SIDE:,} × {MAX_SIDE:,} pixels; make it smaller or cut it to the digit."
    )
    broken = InputError(f"{title} is damaged and cannot be read; save or take the picture again.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if max(image.size) > MAX_SIDE:  # known from the header, before any pixel is decoded
                raise too_large
            if min(image.size) < 1:
                raise broken
            grey = _greyscale(image)
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large from None
    except UnidentifiedImageError:
        raise InputError(f"{title} is not a PNG, JPEG, WebP, GIF or BMP picture; save it as PNG or JPEG.") from None
    except Exception:  # decoders fail on damaged files with every kind of error
        raise broken from None
    picture = _ink(_without_frame(grey), title)
    if picture is None:
        raise InputError(
            f"Nothing in {name or 'this picture'} stands out from its background; choose a picture of one digit."
        )
    return picture


def _greyscale(image: Image.Image) -> Ink:
    """Light as [H, W] in 0..1, upright, reduced to _DETAIL, with transparency laid on a colour that shows the ink."""
    image.draft("RGB", (_DETAIL, _DETAIL))  # lets a JPEG be decoded at a half, a quarter or an eighth
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # 16 or 32 bits of grey
        deep = np.asarray(image, np.float32)
        return np.asarray(_reduced(Image.fromarray(np.nan_to_num(deep) / np.float32(65535))))
    if image.has_transparency_data:
        image = _reduced(image.convert("RGBA"))
        alpha, grey = image.getchannel("A"), _clearest(image.convert("RGB"))
        grey = Image.composite(grey, Image.new("L", grey.size, _backing(grey, alpha)), alpha)
    elif image.mode in ("1", "L", "LA"):
        grey = _reduced(image.convert("L"))
    else:
        grey = _clearest(_reduced(image.convert("RGB")))
    return np.asarray(grey, np.float32) / np.float32(255)


def _reduced(image: Image.Image) -> Image.Image:
    times = math.ceil(max(image.size) / _DETAIL)
    return image.reduce(times) if times > 1 else image


def _clearest(image: Image.Image) -> Image.Image:
    """The lightness of an RGB picture; or one channel that shows much more, as blue does of yellow on white."""
    grey = image.convert("L")
    spans = [int(np.ptp(np.asarray(channel))) for channel in (grey, *image.split())]
    best = int(np.argmax(spans))
    return image.getchannel(best - 1) if spans[best] > 2 * spans[0] else grey


def _backing(grey: Image.Image, alpha: Image.Image) -> int:
    """What to lay under a transparent picture: 0 to 255.

    If all that can be seen has one tone, that is ink, and it needs paper of the opposite tone. If both paper and ink
    can be seen, the paper goes on.
    """
    seen = np.asarray(grey)[np.asarray(alpha) > 127]
    if not len(seen):
        return 255
    low, middle, high = np.percentile(seen[:: max(1, len(seen) // 100_000)], [2, 50, 98])
    if high - low > _ONE_TONE * 255:
        return int(middle)
    return 255 if middle < 128 else 0


def _ink(grey: Ink, title: str) -> Picture | None:
    """Tell ink from paper; None where nothing stands out."""
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
    return Picture(title, ink, clean, mask)


def _ring(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The border of a picture, two hundredths of it deep."""
    height, width = shape
    deep = max(1, min(height, width) // 50)
    ring = np.ones(shape, bool)
    ring[deep : height - deep, deep : width - deep] = False
    return ring


def _without_frame(grey: Ink) -> Ink:
    """Cut off a frame: a border of one tone with another tone all along its inside."""
    for share in _FRAMES:
        cut = max(1, round(share * min(grey.shape)))
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
            return inner
    return grey


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
