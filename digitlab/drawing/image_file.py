"""Opening picture files: what kinds there are, how large they may be, and what is said of one that cannot be read."""

import io
import math
from collections.abc import Callable

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from digitlab.errors import InputError
from digitlab.words import message

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
_MAX_DECODED = 3 * MAX_PIXELS  # bytes; only a JPEG can be decoded at a reduced size
_STRIP = 1 << 20  # pixels that are converted at once
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "HEIF", "AVIF")
DETAIL = 1_600  # a larger picture is reduced to at most this side

_ONE_TONE = 0.25  # visible pixels of a transparent picture that spread less than this are ink alone

Rgb = NDArray[np.uint8]
Window = tuple[float, float, float, float]  # left, top, right and bottom edge, as shares of an upright picture
WHOLE: Window = (0.0, 0.0, 1.0, 1.0)

pillow_heif.register_heif_opener()  # Pillow itself reads the others, AVIF too


def read_image(data: bytes, name: str = "", part: Window = WHOLE) -> tuple[Rgb, float]:
    """Read a picture file: PNG, JPEG, WebP, GIF, BMP, HEIC or AVIF; of an animation the first frame.

    Args:
        data: the file's bytes, at most 20 MB and 50 megapixels.
        name: what to call it in messages.
        part: what to read of it, in as much detail as a whole picture.

    Returns:
        uint8 [H, W, 3], upright, at most 1,600 pixels a side; and its pixels for each pixel of the file.

    Raises:
        InputError: the file is empty, broken, too large or of another kind, or the part lies beyond it.
    """
    title = name or message("This picture")
    if not data:
        raise InputError(message("{file} is an empty file; choose a picture of digits.", file=title))
    if len(data) > MAX_BYTES:
        raise InputError(
            message(
                "{file} has {size:.1f} MB, and {most:.0f} MB is the most; save it smaller.",
                file=title,
                size=len(data) / 1e6,
                most=MAX_BYTES / 1e6,
            )
        )
    too_large = InputError(
        message(
            "{file} has more than {most:.0f} megapixels; make it smaller or cut it to the digits.",
            file=title,
            most=MAX_PIXELS / 1e6,
        )
    )
    broken = InputError(message("{file} is damaged and cannot be read; save or take the picture again.", file=title))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            size = image.size
            pixels = size[0] * size[1]  # known from the header, before any pixel is decoded
            if pixels > MAX_PIXELS or (image.format != "JPEG" and pixels * len(image.getbands()) > _MAX_DECODED):
                raise too_large
            if min(size) < 1:
                raise broken
            chosen = _part(image, part)
            decoded = max(image.size) / max(size)
            rgb = np.asarray(_upright(chosen))
            return rgb, decoded * max(rgb.shape[:2]) / max(chosen.size)
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large from None
    except UnidentifiedImageError:
        raise InputError(
            message(
                "{file} is not a PNG, JPEG, WebP, GIF, BMP, HEIC or AVIF picture; save it as PNG or JPEG.", file=title
            )
        ) from None
    except Exception:  # decoders fail on damaged files with every kind of error
        raise broken from None


def _part(image: Image.Image, part: Window) -> Image.Image:
    """What to read of a picture file, decoded in no more detail than is needed where its kind allows that."""
    left, top, right, bottom = part
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise InputError(message("This part lies beyond the picture; choose one within it."))
    enough = min(1.0, DETAIL / max(image.size) / max(right - left, bottom - top))
    # lets a JPEG be decoded at a half, a quarter or an eighth
    image.draft("RGB", (math.ceil(image.width * enough), math.ceil(image.height * enough)))
    if part == WHOLE:
        return image
    ImageOps.exif_transpose(image, in_place=True)
    edges = np.array(part) * np.tile(image.size, 2)
    return image.crop((*map(math.floor, edges[:2]), *map(math.ceil, edges[2:])))


def _upright(image: Image.Image) -> Image.Image:
    """RGB, upright, reduced to DETAIL, with transparency laid on a colour that shows the ink."""
    if image.mode.startswith(("I", "F")):  # 16 or 32 bits of grey
        image = _by_strips(image, _grey)
    elif image.has_transparency_data:
        image = _reduced(_by_strips(image, lambda strip: strip.convert("RGBA")))
        backing = _backing(image.convert("L"), image.getchannel("A"))
        image = Image.alpha_composite(Image.new("RGBA", image.size, (backing,) * 3), image)
    elif image.mode not in ("L", "RGB"):
        mode = "L" if image.mode == "1" else "RGB"
        image = _by_strips(image, lambda strip: strip.convert(mode))
    return ImageOps.exif_transpose(_reduced(image)).convert("RGB")


def _grey(deep: Image.Image) -> Image.Image:
    values = np.nan_to_num(np.asarray(deep, np.float32)) / np.float32(257)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def _by_strips(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Converted, and reduced by a whole number; never is all of it there in the other form, which may take far more."""
    times = max(1, max(image.size) // DETAIL)
    high = times * max(1, _STRIP // (image.width * times))
    made = None
    for top in range(0, image.height, high):
        strip = convert(image.crop((0, top, image.width, min(top + high, image.height))))
        strip = strip.reduce(times) if times > 1 else strip
        if made is None:
            made = Image.new(strip.mode, (strip.width, -(-image.height // times)))
        made.paste(strip, (0, top // times))
    assert made is not None
    return made


def _reduced(image: Image.Image) -> Image.Image:
    """At most DETAIL a side."""
    times = max(image.size) / DETAIL
    if times <= 1:
        return image
    if times >= 2:
        image = image.reduce(math.floor(times))
    times = max(image.size) / DETAIL
    size = (max(1, round(image.width / times)), max(1, round(image.height / times)))
    return image.resize(size, Image.Resampling.BOX) if times > 1 else image


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
