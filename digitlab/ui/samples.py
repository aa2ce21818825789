"""MNIST's digits as one picture, a hundred at a time."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitlab.data import mnist
from digitlab.ui.montage import data_url
from digitlab.ui.palette import BOARD, DIGITS, rgb

Part = Literal["training", "test"]

PER_PAGE = 100
COLUMNS = 20
_SIZE = 2  # pixels of the picture for each of a digit's
_TILE = 28 * _SIZE + 4
_LABEL = 18  # pixels under each digit


@dataclass(frozen=True)
class Page:
    """Up to a hundred digits.

    Attributes:
        numbers: where each stands in its part, int [N].
        labels: uint8 [N].
        pages: how many pages there are.
    """

    numbers: NDArray[np.int64]
    labels: NDArray[np.uint8]
    pages: int


def arrays(part: Part) -> tuple[mnist.Images, mnist.Labels]:
    """The digits of a part, uint8 [N, 28, 28], and their labels [N]."""
    data = mnist.load()
    return (data.x_train, data.y_train) if part == "training" else (data.x_test, data.y_test)


def page_of(part: Part, digit: int | None, page: int) -> Page:
    """The page, counted from 1 and kept within what there is, of all digits or of one kind."""
    _, labels = arrays(part)
    numbers = np.arange(len(labels)) if digit is None else np.flatnonzero(labels == digit)
    pages = -(-len(numbers) // PER_PAGE)
    page = min(max(page, 1), pages)
    chosen = numbers[(page - 1) * PER_PAGE : page * PER_PAGE]
    return Page(chosen, labels[chosen], pages)


@lru_cache(maxsize=32)
def picture(part: Part, numbers: tuple[int, ...]) -> str:
    """These digits in rows of twenty, each with its label below on its colour, as one picture's data: address."""
    images, labels = arrays(part)
    rows = -(-len(numbers) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * _TILE, rows * (_TILE + _LABEL)), BOARD)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for place, number in enumerate(numbers):
        row, column = divmod(place, COLUMNS)
        x, y = column * _TILE, row * (_TILE + _LABEL)
        digit = images[number].repeat(_SIZE, 0).repeat(_SIZE, 1)
        sheet.paste(Image.fromarray(digit), (x + 2, y + 2))
        colour = DIGITS[labels[number]]
        pen.rectangle((x + 2, y + _TILE - 1, x + _TILE - 3, y + _TILE + _LABEL - 5), fill=colour)
        text = "white" if sum(rgb(colour)) < 400 else "black"
        pen.text((x + _TILE // 2, y + _TILE + 6), str(labels[number]), fill=text, font=font, anchor="mm")
    return data_url(sheet)
