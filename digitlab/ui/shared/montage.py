"""Pictures of numbers: a layer's feature maps side by side, a row of units, one enlarged 28×28.

Each is one PNG whose pixels are enlarged without smoothing, here and by the page, so that every number stays a square:
a larger file would cost the server more than all the rest of an answer. It is given as
a data: URL, which comes with the page's own message: a file of its own is gone from the server when the next stroke
has been read, and a browser that asks for it later gets nothing.
"""

import base64
import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.networks.graph import CLASSES
from digitlab.ui.shared.palette import MAGMA, VIK, table

Floats = NDArray[np.float32]

_MAP, _GAP = 13, 1  # pixels of a map in a montage, about, and between two; the page enlarges them
_ROW = 896  # pixels of a row of units
_PAPER = 0  # the palette's entry for gaps: transparent, so that they take the page's colour
_AMOUNTS, _SIGNED = table(MAGMA), table(VIK)


@dataclass(frozen=True)
class Montage:
    """A picture of numbers with what its darkest and its brightest colour stand for.

    Attributes:
        url: the picture, as a data: URL.
        low, high: the numbers at the ends of the scale; None where each map has a scale of its own.
        columns: maps (or cells) a row.
    """

    url: str
    low: float | None
    high: float | None
    columns: int


def feature_maps(maps: Floats, per_map: bool = False, signed: bool = False, columns: int = 16) -> Montage:
    """All maps of a layer, float32 [height, width, channels], row by row.

    Args:
        maps: the numbers.
        per_map: stretch each map from its own lowest to its own highest number instead of one scale for all.
        signed: use the two-sided colour map, with zero in its middle.
        columns: maps a row.
    """
    height, width, count = maps.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    levels, low, high = _levels(maps.transpose(2, 0, 1), per_map, signed)
    size = max(1, round(_MAP / max(height, width)))
    picture = _side_by_side(levels.repeat(size, axis=1).repeat(size, axis=2), rows, columns, _GAP)
    return Montage(_coloured(picture, signed), low, high, columns)


def strip(values: Floats, signed: bool = False) -> Montage:
    """A flat layer, float32 [units]: one row of cells, several rows where there are many."""
    count = len(values)
    columns = count if count <= 128 else 224
    rows = -(-count // columns)
    cell = _ROW // columns
    levels, low, high = _levels(values[None], per_map=False, signed=signed)
    cells = np.zeros(rows * columns, np.uint8)
    cells[:count] = levels[0]
    height = 28 if rows == 1 else cell * 2
    gap = 1 if cell > 4 else 0
    picture = cells.reshape(rows, columns).repeat(height, axis=0).repeat(cell, axis=1)
    if gap:
        picture[:, cell - 1 :: cell] = _PAPER
    return Montage(_coloured(picture, signed), low, high, columns)


def thumbnail(values: Floats, signed: bool = False) -> str:
    """A layer's numbers in a small square, a pixel each: maps [height, width, channels] side by side, or units [units].

    Flat layers fill the rows of a square, ten numbers one row. The page enlarges it.
    """
    maps = values if values.ndim == 3 else values[None, None, :]
    height, _, count = maps.shape
    columns = count if values.ndim == 1 and count <= CLASSES else int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    levels, _, _ = _levels(maps.transpose(2, 0, 1), per_map=False, signed=signed)
    return _coloured(_side_by_side(levels, rows, columns, gap=1 if height > 1 and count > 1 else 0), signed)


def enlarged(image: Floats, size: int = 9) -> str:
    """One picture, float32 [height, width] in 0..1, white ink on black, each pixel a square of `size`."""
    grey = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return data_url(Image.fromarray(grey.repeat(size, axis=0).repeat(size, axis=1)))


def _levels(maps: Floats, per_map: bool, signed: bool) -> tuple[NDArray[np.uint8], float | None, float | None]:
    """Maps [channels, …] as palette entries 1 to 255, and the ends of their common scale."""
    axes = tuple(range(1, maps.ndim)) if per_map else None
    low, high = maps.min(axis=axes, keepdims=True), maps.max(axis=axes, keepdims=True)
    if signed:
        high = np.maximum(np.abs(low), np.abs(high))
        low = -high
    elif not per_map and low.item() >= 0:
        low = np.zeros_like(low)  # a layer that begins at zero shows zero as the darkest colour
    levels = (1 + np.rint((maps - low) * (254 / np.maximum(high - low, 1e-12)))).astype(np.uint8)
    return levels, *((None, None) if per_map else (float(low.item()), float(high.item())))


def _side_by_side(tiles: NDArray[np.uint8], rows: int, columns: int, gap: int) -> NDArray[np.uint8]:
    """Tiles [count, height, width] as one picture, row by row, with paper between them."""
    count, height, width = tiles.shape
    places = np.full((rows * columns, height + gap, width + gap), _PAPER, np.uint8)
    places[:count, :height, :width] = tiles
    picture = places.reshape(rows, columns, height + gap, width + gap).swapaxes(1, 2)
    return picture.reshape(rows * (height + gap), -1)[: rows * (height + gap) - gap, : columns * (width + gap) - gap]


def _coloured(entries: NDArray[np.uint8], signed: bool) -> str:
    """Palette entries [height, width] as a data: URL of a PNG, in a third of the time that Pillow takes."""
    height, width = entries.shape
    rows = np.zeros((height, 1 + width), np.uint8)  # each begins with the number of its filter, 0 for none
    rows[:, 1:] = entries
    chunks = {
        b"IHDR": struct.pack(">2I5B", width, height, 8, 3, 0, 0, 0),  # 8 bits, palette
        b"PLTE": (_SIGNED if signed else _AMOUNTS).tobytes(),
        b"tRNS": bytes([0]),  # the first entry, the paper, is transparent
        b"IDAT": zlib.compress(rows.tobytes(), 1),
        b"IEND": b"",
    }
    return _address(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks.items()
        )
    )


def data_url(picture: Image.Image) -> str:
    """The picture as a data: URL of a PNG."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return _address(file.getvalue())


def _address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
