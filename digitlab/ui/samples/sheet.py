"""Many digits, each over its label; one of them can be opened, and all can be downloaded as one picture."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitlab.data import mnist
from digitlab.data.mnist import Part
from digitlab.insight.answers import Answers
from digitlab.ui.shared.component import Component, sent
from digitlab.ui.shared.montage import data_url
from digitlab.ui.shared.palette import BOARD, DIGITS, INK, ink_on
from digitlab.words import _, plural

PER_PAGE = 100
COLUMNS = 20
_ACROSS = 10  # digits a row in the picture that the page takes them from
_SIZE = 2  # pixels of the downloaded picture for each of a digit's
_TILE = 28 * _SIZE + 4
_LABEL = 18  # pixels under each digit

_component = Component(
    "sheet",
    "samples/sheet.js",
    ("samples/sheet.css",),
    words=lambda: {"keys": _("Arrow keys choose a digit, Enter opens the digit.")},
)


@dataclass(frozen=True)
class Tile:
    """One digit of a sheet.

    Attributes:
        number: of the digit in its part.
        text: what stands below it.
        colour: 0 to 9, whose colour that stands on.
        marked: whether it gets a frame.
    """

    number: int
    text: str
    colour: int
    marked: bool = False


def tiles(
    part: Part, numbers: NDArray[np.int64], answers: Answers | None = None, marked: NDArray[np.bool_] | None = None
) -> tuple[Tile, ...]:
    """Digits by number, with their labels; where an answer is another than the label, "label → answer".

    Args:
        part: whose numbers.
        numbers: [N].
        answers: to all digits of the part.
        marked: which of the numbers get a frame, bool [N].
    """
    labels = mnist.load().of(part)[1]
    made = []
    for place, number in enumerate(numbers.tolist()):
        label = int(labels[number])
        answer = label if answers is None else int(answers.digits[number - answers.first])
        text = str(label) if answer == label else f"{label} → {answer}"
        made.append(Tile(number, text, label, marked is not None and bool(marked[place])))
    return tuple(made)


@lru_cache(maxsize=32)
def _digits(part: Part, numbers: tuple[int, ...]) -> str:
    """The digits row by row, as one picture's data: URL."""
    images, _ = mnist.load().of(part)
    side = images.shape[1]
    across = min(_ACROSS, len(numbers))
    down = -(-len(numbers) // across)
    shown = np.zeros((down * across, side, side), np.uint8)
    shown[: len(numbers)] = images[list(numbers)]
    rows = shown.reshape(down, across, side, side).swapaxes(1, 2)
    return data_url(Image.fromarray(rows.reshape(down * side, across * side)))


def picture(part: Part, shown: Sequence[Tile], columns: int = COLUMNS) -> bytes:
    """The digits with what stands below each, as a PNG to download."""
    file = io.BytesIO()
    _drawn(part, shown, min(columns, len(shown))).save(file, "PNG")
    return file.getvalue()


def _drawn(part: Part, shown: Sequence[Tile], columns: int) -> Image.Image:
    images, _ = mnist.load().of(part)
    rows = -(-len(shown) // columns)
    sheet = Image.new("RGB", (columns * _TILE, rows * (_TILE + _LABEL)), BOARD)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for place, tile in enumerate(shown):
        row, column = divmod(place, columns)
        x, y = column * _TILE, row * (_TILE + _LABEL)
        digit = images[tile.number].repeat(_SIZE, 0).repeat(_SIZE, 1)
        sheet.paste(Image.fromarray(digit), (x + 2, y + 2))
        if tile.marked:
            pen.rectangle((x + 1, y + 1, x + _TILE - 2, y + _TILE - 2), outline=INK)
            pen.polygon([(x + 1, y + 1), (x + 14, y + 1), (x + 1, y + 14)], fill=INK)
        colour, ink = _colours(tile)
        pen.rectangle((x + 2, y + _TILE - 1, x + _TILE - 3, y + _TILE + _LABEL - 5), fill=colour)
        pen.text((x + _TILE // 2, y + _TILE + 6), tile.text.replace("→", ">"), fill=ink, font=font, anchor="mm")
    return sheet


def _colours(tile: Tile) -> tuple[str, str]:
    """Of what stands below a digit: paper and ink."""
    colour = DIGITS[tile.colour]
    return colour, ink_on(colour)


def show_sheet(
    part: Part,
    shown: Sequence[Tile],
    key: str,
    on_open: Callable[[int], None],
    columns: int = COLUMNS,
    arrives: str = "",
) -> None:
    """The digits; a click or Enter on a digit calls `on_open` with its number.

    Args:
        arrives: names what was just asked for: when this changes, the sheet and what surrounds it come into view.
    """
    numbers = [tile.number for tile in shown]

    def hear() -> None:
        number = sent(key, "open")
        if number in numbers:
            on_open(int(number))

    columns = min(columns, max(len(shown), 1))
    data = {
        "key": key,
        "url": _digits(part, tuple(numbers)),
        "alt": plural("{n} test digit", "{n} test digits", len(shown))
        if part == "test"
        else plural("{n} training digit", "{n} training digits", len(shown)),
        "across": min(_ACROSS, len(shown)),
        "columns": columns,
        "arrives": arrives,
        "tiles": [
            {"number": tile.number, "text": tile.text, "colour": paper, "ink": ink, "marked": tile.marked}
            for tile in shown
            for paper, ink in (_colours(tile),)
        ],
    }
    # A short row is not stretched.
    with st.container(width="stretch" if columns == COLUMNS else columns * _TILE, key=f"{key}_box"):
        _component(key, data, on_open_change=hear)
