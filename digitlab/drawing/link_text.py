"""Drawings as text for a link."""

import base64
import zlib
from collections.abc import Iterable

import numpy as np

from digitlab.drawing.strokes import MAX_POINTS, MAX_STROKES, PAD_SIDE, Drawing, checked
from digitlab.errors import InputError
from digitlab.words import message

MAX_LINK = 16_000  # characters; longer addresses are cut by browsers and chat programs
_STEPS = 4  # a quarter of a pixel is kept
_MOST_BYTES = 10 * (MAX_POINTS + MAX_STROKES)  # of the largest drawing: two numbers of at most five bytes each


def pack(drawing: Drawing) -> str:
    """The drawing as text for a link: quarter pixels, delta coded, compressed, URL-safe base 64.

    Raises:
        InputError: the text would be longer than a link may be.
    """
    numbers: list[int] = []
    for stroke, width in zip(drawing.strokes, drawing.widths, strict=True):
        steps = np.rint(stroke * _STEPS).astype(np.int64)
        keep = np.ones(len(steps), bool)
        keep[1:] = (np.diff(steps, axis=0) != 0).any(axis=1)
        steps = steps[keep]
        deltas = np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64))
        numbers += [len(steps), round(width * _STEPS), *deltas.reshape(-1).tolist()]
    text = base64.urlsafe_b64encode(zlib.compress(_varints(numbers), 9)).decode().rstrip("=")
    if len(text) > MAX_LINK:
        raise InputError(message("This drawing is too long for a link; draw it with fewer strokes."))
    return text


def unpack(text: str) -> Drawing:
    """Undo `pack`.

    Raises:
        InputError: the text was cut or changed on its way.
    """
    wrong = InputError(message("The drawing in this link is damaged; ask for the link again."))
    if len(text) > MAX_LINK:
        raise wrong
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), _MOST_BYTES)
        numbers = _from_varints(raw)
    except (ValueError, zlib.error):
        raise wrong from None
    if not inflate.eof:
        raise wrong
    strokes, widths, at = [], [], 0
    while at < len(numbers):
        if at + 2 > len(numbers) or numbers[at] < 1 or at + 2 + 2 * numbers[at] > len(numbers):
            raise wrong
        count, width = numbers[at], numbers[at + 1]
        deltas = np.array(numbers[at + 2 : at + 2 + 2 * count], dtype=np.float64).reshape(-1, 2)
        strokes.append(np.cumsum(deltas, axis=0) / _STEPS)
        widths.append(min(max(width / _STEPS, 0.0), float(PAD_SIDE)))
        at += 2 + 2 * count
    return Drawing(checked(strokes), tuple(widths))


def _varints(numbers: Iterable[int]) -> bytes:
    """Signed integers as zigzag variable-length bytes (the encoding of Protocol Buffers' sint64)."""
    out = bytearray()
    for number in numbers:
        rest = number * 2 if number >= 0 else -number * 2 - 1
        while rest > 127:
            out.append(rest & 127 | 128)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def _from_varints(raw: bytes) -> list[int]:
    numbers, value, shift = [], 0, 0
    for byte in raw:
        value |= (byte & 127) << shift
        shift += 7
        if shift > 35:
            raise ValueError("number too long")
        if byte < 128:
            numbers.append(value // 2 if value % 2 == 0 else -(value + 1) // 2)
            value, shift = 0, 0
    if shift:
        raise ValueError("cut")
    return numbers
