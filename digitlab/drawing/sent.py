"""What the page sends of a drawing, read and checked: anything may come from a browser."""

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.strokes import MAX_STROKES, PAD_SIDE, Drawing, checked
from digitlab.errors import InputError
from digitlab.plain_data import text
from digitlab.words import message

STEPS = 100  # a hundredth of a pixel of the pad is kept, as digitlab/ui/pad/drawing.js does
MAX_NUMBER = 2**53  # JavaScript counts no further
_SIDE = 28
_VIEW = (56, 56, 3)
_VIEWS = 2
_NAME = 200  # characters of a file's name that are kept

Strokes = Sequence[Sequence[Any]]


@dataclass(frozen=True, eq=False)
class Instead:
    """What is shown to the network instead of strokes.

    Attributes:
        kind: one of MNIST's digits, or the ink that was found in a photo.
        name: the digit's key ("7", "training-7") or the file's name.
        pixels: uint8 [28, 28], 255 for ink.
        views: of a picture: its part of the photo, and the same with its ink coloured; uint8 [56, 56, 3].
    """

    kind: Literal["digit", "picture"]
    name: str
    pixels: NDArray[np.uint8]
    views: tuple[NDArray[np.uint8], ...] = ()


@dataclass(frozen=True, eq=False)
class Sent:
    """A drawing as the page holds it.

    Attributes:
        number: grows with every change of the drawing.
        computes: whether the page answers by itself.
        drawing: the strokes.
        instead: what stands in the pad's place; None for the pad.
        beneath: key of the digit that lies under the pen; "" for none.
    """

    number: int
    computes: bool
    drawing: Drawing
    instead: Instead | None
    beneath: str


def read_sent(value: Any) -> Sent:
    """Read a drawing that the page sent.

    Args:
        value: what came: {"number", "computes", "strokes": [[brush, base64 of int16 x0, y0, x1, y1 …], …], "instead",
            "beneath"}.

    Raises:
        InputError: a part is missing, of another type or out of its range.
    """
    if not isinstance(value, Mapping):
        raise _wrong()
    number = value.get("number")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < MAX_NUMBER:
        raise _wrong()
    beneath = value.get("beneath")
    return Sent(
        number,
        value.get("computes") is not False,
        read_strokes(value.get("strokes")),
        _instead(value.get("instead")),
        _text(beneath.get("key")) if isinstance(beneath, Mapping) else "",
    )


def read_strokes(records: Any) -> Drawing:
    """Strokes as the page writes them.

    Raises:
        InputError: they cannot be read, or there are too many.
    """
    if not isinstance(records, list):
        raise _wrong()
    if len(records) > MAX_STROKES:
        raise InputError(
            message("This drawing has more than {most} strokes; clear the pad and draw one digit.", most=MAX_STROKES)
        )
    strokes, widths = [], []
    for record in records:
        if not (isinstance(record, list) and len(record) == 2):
            raise _wrong()
        width, text = record
        if isinstance(width, bool) or not isinstance(width, int | float) or not math.isfinite(width):
            raise _wrong()
        if not 0 <= width <= PAD_SIDE:
            raise _wrong()
        points = np.frombuffer(_bytes(text, multiple=4), "<i2").reshape(-1, 2) / STEPS
        if not len(points):
            raise _wrong()
        strokes.append(points)
        widths.append(float(width))
    return Drawing(checked(strokes), tuple(widths))


def write_strokes(drawing: Drawing) -> list[list[Any]]:
    """A drawing as the page reads it: [[brush, base64 of int16 x0, y0, x1, y1 …], …] in hundredths of a pixel."""
    limit = np.iinfo(np.int16).max
    return [
        [width, base64.b64encode(np.clip(np.rint(stroke * STEPS), -limit, limit).astype("<i2").tobytes()).decode()]
        for stroke, width in zip(drawing.strokes, drawing.widths, strict=True)
    ]


def _instead(value: Any) -> Instead | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or (kind := value.get("kind")) not in ("digit", "picture"):
        raise _wrong()
    pixels = _pixels(value.get("pixels"), (_SIDE, _SIDE))
    if kind == "digit":
        return Instead(kind, _text(value.get("key")), pixels)
    views = value.get("views", [])
    if not isinstance(views, list) or len(views) > _VIEWS:
        raise _wrong()
    return Instead(kind, _text(value.get("name")), pixels, tuple(_pixels(view, _VIEW) for view in views))


def _pixels(text: Any, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    pixels = np.frombuffer(_bytes(text, multiple=1), np.uint8)
    if pixels.size != math.prod(shape):
        raise _wrong()
    return pixels.reshape(shape)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong()
    return " ".join(text(value[:_NAME]).split())


def _bytes(text: Any, multiple: int) -> bytes:
    if not isinstance(text, str):
        raise _wrong()
    try:
        content = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise _wrong() from None
    if len(content) % multiple:
        raise _wrong()
    return content


def _wrong() -> InputError:
    return InputError(message("The drawing that this page sent cannot be read; reload the page."))
