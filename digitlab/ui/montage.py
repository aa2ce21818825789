"""Pictures of numbers: a layer's feature maps side by side, a row of units, one enlarged 28×28.

Each is one PNG whose pixels are enlarged without smoothing, so that every number stays one even square. It is given as
a data: address, which comes with the page's own message: a file of its own is gone from the server when the next stroke
has been read, and a browser that asks for it later gets nothing.
"""

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.networks.graph import CLASSES
from digitlab.ui.palette import MAGMA, VIK, table

Floats = NDArray[np.float32]

WIDTH = 896  # pixels that a montage is about as wide as
_GAP = 4  # between maps
_PAPER = 0  # the palette's entry for gaps: transparent, so that they take the page's colour
_AMOUNTS, _SIGNED = table(MAGMA), table(VIK)


@dataclass(frozen=True)
class Montage:
    """A picture of numbers with what its darkest and its brightest colour stand for.

    Attributes:
        url: the picture, as a data: address.
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
        signed: use the two-sided colour map, with nought in its middle.
        columns: maps a row.
    """
    height, width, count = maps.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    tiles = np.zeros((rows * columns, height, width), np.uint8)
    levels, low, high = _levels(maps.transpose(2, 0, 1), per_map, signed)
    tiles[:count] = levels
    size = max(1, round((WIDTH / 16 - _GAP) / max(height, width)))
    tiles = tiles.repeat(size, axis=1).repeat(size, axis=2)
    tiles = np.pad(tiles, ((0, 0), (0, _GAP), (0, _GAP)), constant_values=_PAPER)
    picture = tiles.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2).reshape(rows * tiles.shape[1], -1)
    return Montage(_coloured(picture[:-_GAP, :-_GAP], signed), low, high, columns)


def strip(values: Floats, signed: bool = False) -> Montage:
    """A flat layer, float32 [units]: one row of cells, several rows where there are many."""
    count = len(values)
    columns = count if count <= 128 else 224
    rows = -(-count // columns)
    cell = WIDTH // columns
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
    height, width, count = maps.shape
    columns = count if values.ndim == 1 and count <= CLASSES else int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    gap = 1 if height > 1 and count > 1 else 0
    tiles = np.zeros((rows * columns, height, width), np.uint8)
    tiles[:count] = _levels(maps.transpose(2, 0, 1), per_map=False, signed=signed)[0]
    tiles = np.pad(tiles, ((0, 0), (0, gap), (0, gap)), constant_values=_PAPER)
    picture = tiles.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2).reshape(rows * tiles.shape[1], -1)
    return _coloured(picture, signed)


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
        low = np.zeros_like(low)  # a layer that begins at nought shows nought as the darkest colour
    levels = (1 + np.rint((maps - low) * (254 / np.maximum(high - low, 1e-12)))).astype(np.uint8)
    return levels, *((None, None) if per_map else (float(low.item()), float(high.item())))


def _coloured(entries: NDArray[np.uint8], signed: bool) -> str:
    picture = Image.fromarray(np.ascontiguousarray(entries), "P")
    picture.putpalette((_SIGNED if signed else _AMOUNTS).tobytes())
    return data_url(picture, transparency=_PAPER)


def data_url(picture: Image.Image, **options: int) -> str:
    """The picture as a data: address of a PNG."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1, **options)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
