"""A file with digits in it, picture or strokes, as the network's 28×28."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.image_file import MAX_BYTES
from digitlab.drawing.picture import prepare_picture
from digitlab.drawing.picture_file import read_digits, read_picture
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import from_json
from digitlab.errors import InputError
from digitlab.words import message

MAX_STROKE_FILE = 10_000_000  # bytes


@dataclass(frozen=True)
class Digit:
    """What may be a digit in a file.

    Attributes:
        image: the network's picture, float32 [28, 28] in 0..1.
        box: left, top, right and bottom edge of its ink in pixels of the picture; None for strokes.
    """

    image: NDArray[np.float32]
    box: tuple[int, int, int, int] | None


def read_all(path: Path) -> list[Digit]:
    """Every digit of a stroke file (JSON), which holds one, or of a picture (PNG, JPEG, HEIC …), in reading order.

    Raises:
        InputError: the file is missing or is neither; the sentence begins with its name.
    """
    data = _data(path)
    if _is_text(data):
        return [Digit(_read_strokes(data, path.name), None)]
    photo, found = read_digits(data, path.name)
    return [Digit(one.picture, photo.in_file(one.box)) for one in found]


def read_file(path: Path) -> NDArray[np.float32]:
    """The network's picture, float32 [28, 28] in 0..1, of a stroke file or of a picture with one digit.

    Raises:
        InputError: the file is missing or is neither; the sentence begins with its name.
    """
    data = _data(path)
    if _is_text(data):
        return _read_strokes(data, path.name)
    return prepare_picture(read_picture(data, path.name))


def _data(path: Path) -> bytes:
    data = b""
    try:
        if path.is_file():  # looked at first: what is no file of the disk, such as a pipe, might never end
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        pass
    if not data:
        raise InputError(message("{file} cannot be read; give the path of a picture or a stroke file.", file=path.name))
    if len(data) > MAX_BYTES:
        raise InputError(
            message(
                "{file} has more than {megabytes} MB; save it smaller.",
                file=path.name,
                megabytes=MAX_BYTES // 1_000_000,
            )
        )
    return data


def _is_text(data: bytes) -> bool:
    return data.lstrip().startswith((b"{", b"["))


def _read_strokes(data: bytes, name: str) -> NDArray[np.float32]:
    if len(data) > MAX_STROKE_FILE:
        raise InputError(
            message(
                "{file} has more than {most} MB; save one digit to a file.",
                file=name,
                most=MAX_STROKE_FILE // 1_000_000,
            )
        )
    try:
        return prepare(from_json(json.loads(data)))
    except (ValueError, RecursionError):
        raise InputError(
            message(
                "{file} is not valid JSON; a stroke file is {form}.", file=name, form='{"strokes": [[[x, y], …], …]}'
            )
        ) from None
    except InputError as error:
        raise InputError(message("{file}: {why}", file=name, why=error.message)) from None
