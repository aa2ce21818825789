"""Reading a picture file, and telling its ink from its paper.

A picture says less than strokes do: which colour is paper and where ink ends and noise begins have to be found. The
background is what lies along the border, the ink is what differs from it most.
"""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from digitlab.drawing.picture import Ink, Picture
from digitlab.drawing.raster import SIDE
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
