"""One photograph: digits laid out on a sheet, written, lit and taken."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.strokes import Drawing
from harness.photographs import camera
from harness.photographs.pens import Pen, Place, write
from harness.photographs.sheet import Sheet, lay_on_table, print_boxes, rule, surface_light

Box = tuple[float, float, float, float]

_SIDES = (1280, 1440, 1600)  # longest sides of photos, in pixels


@dataclass(frozen=True)
class Photograph:
    """A photograph whose digits are known.

    Attributes:
        data: a JPEG file.
        boxes: left, top, right and bottom of each digit's ink in pixels of the photo, in the order of the drawings.
        conditions: what was drawn at random: surface, ruling, table, pen and light.
    """

    data: bytes
    boxes: tuple[Box, ...]
    conditions: dict[str, str]


def photograph(drawings: Sequence[Drawing], rng: np.random.Generator) -> Photograph:
    """Write the drawings in rows on a sheet, in their order, and take a photo; one drawing is written large.

    Args:
        drawings: digits at any scale.
        rng: draws everything else.
    """
    side = int(rng.choice(_SIDES))
    shape = (side, side * 3 // 4) if rng.random() < 0.5 else (side * 3 // 4, side)
    pages = len(drawings) > 1
    frame = _frame(shape, rng)
    size, rows = _rows(drawings, frame, rng) if pages else (rng.uniform(0.14, 0.62) * min(shape), [1])
    sheet = Sheet.drawn(rng, size * rng.uniform(1.25, 1.7) if pages else max(22.0, size * rng.uniform(0.12, 1.4)))
    pen = Pen.drawn(sheet.surface, rng)
    places = _placed(drawings, rows, size, frame, sheet, rng)
    light = surface_light(sheet, shape, rng)
    edges = _edges(sheet, shape, frame, rng)
    rule(light, sheet, edges, rng)
    if sheet.ruling == "boxes":
        print_boxes(light, [_around(*pair, size, rng) for pair in zip(drawings, places, strict=True)], rng)
    write(light, list(drawings), places, pen, rng)
    light = lay_on_table(light, sheet, edges, rng)
    kind = str(rng.choice(camera.LIGHTS))
    gloss = rng.uniform(0, 0.35) if sheet.surface == "whiteboard" else 0.0
    matrix = camera.tilt(shape, rng.uniform(0, 0.25), 6, rng)
    data = camera.shoot(camera.lit(light, kind, gloss, rng), matrix, rng)
    boxes = []
    for drawing, (x, y, scale) in zip(drawings, places, strict=True):
        points = np.concatenate(drawing.strokes)
        seen = camera.through(matrix, (points - points.min(axis=0)) * scale + (x, y))
        half = pen.width * size / 2
        (left, top), (right, bottom) = seen.min(axis=0) - half, seen.max(axis=0) + half
        boxes.append((float(left), float(top), float(right), float(bottom)))
    conditions = {
        "surface": sheet.surface,
        "ruling": sheet.ruling,
        "table": sheet.table,
        "pen": pen.kind,
        "light": kind,
    }
    return Photograph(data, tuple(boxes), conditions)


def _frame(shape: tuple[int, int], rng: np.random.Generator) -> Box:
    """The part of the scene that the tilted camera surely sees and that is written on."""
    height, width = shape
    margin = rng.uniform(0.17, 0.23, 4)
    return margin[0] * width, margin[1] * height, (1 - margin[2]) * width, (1 - margin[3]) * height


def _edges(sheet: Sheet, shape: tuple[int, int], frame: Box, rng: np.random.Generator) -> Box:
    """Where the sheet ends: beyond the photo, or between what is written and the photo's edge on one to four sides."""
    height, width = shape
    beyond = (-0.2 * width, -0.2 * height, 1.2 * width, 1.2 * height)
    if sheet.table == "none":
        return beyond
    inside = (0.45 * frame[0], 0.45 * frame[1], width - 0.45 * (width - frame[2]), height - 0.45 * (height - frame[3]))
    seen = rng.random(4) < 0.6
    seen[rng.integers(4)] = True
    left, top, right, bottom = (near if one else far for one, near, far in zip(seen, inside, beyond, strict=True))
    return left, top, right, bottom


def _extents(drawing: Drawing) -> NDArray[np.float64]:
    return np.asarray(np.ptp(np.concatenate(drawing.strokes), axis=0))


def _rows(drawings: Sequence[Drawing], frame: Box, rng: np.random.Generator) -> tuple[float, list[int]]:
    """The digits' height and how many stand in each row."""
    across, down = frame[2] - frame[0], frame[3] - frame[1]
    count = len(drawings)
    columns = int(np.clip(round(math.sqrt(count * across / down) * rng.uniform(0.8, 1.4)), 2, count))
    rows = [columns] * (count // columns) + ([count % columns] if count % columns else [])
    size = min(across / columns / 1.5, down / len(rows) / 1.8)
    return size * rng.uniform(0.7, 1.0), rows


def _placed(
    drawings: Sequence[Drawing], rows: list[int], size: float, frame: Box, sheet: Sheet, rng: np.random.Generator
) -> list[Place]:
    """Where each digit stands: on a row, about as high as the others, a little up or down and to the side."""
    left, top, right, bottom = frame
    if len(drawings) == 1:
        extent = _extents(drawings[0])
        scale = size / max(float(extent.max()), 1e-9)
        room = np.array([right - left, bottom - top]) - extent * scale
        x, y = np.array([left, top]) + rng.uniform(0.1, 0.9, 2) * np.maximum(room, 0)
        return [(float(x), float(y), scale)]
    places: list[Place] = []
    step = (right - left) / max(rows)
    tight = rng.random() < 0.5 and sheet.ruling != "boxes"  # as a number is written, or each digit for itself
    line = sheet.pitch if sheet.ruling in ("ruled", "squared") else min(size * 1.8, (bottom - top) / len(rows))
    pens = iter(drawings)
    for row, count in enumerate(rows):
        floor = top + size + row * max(line, size * 1.35)
        x = left
        for column in range(count):
            extent = _extents(next(pens))
            scale = size * rng.uniform(0.85, 1.1) / max(float(extent[1]), 0.8 * float(extent[0]), 1e-9)
            wide, high = extent * scale
            if tight:
                x += size * (rng.uniform(0.2, 0.45) + (rng.random() < 0.15) * 0.5)
            else:
                x = left + column * step + rng.uniform(0.25, 0.5) * max(0.0, step - wide)
            places.append((float(x), float(floor - high - rng.uniform(-0.06, 0.12) * size), scale))
            x += wide
    return places


def _around(drawing: Drawing, place: Place, size: float, rng: np.random.Generator) -> Box:
    """A form's box around a digit."""
    x, y, scale = place
    wide, high = _extents(drawing) * scale
    middle = (x + wide / 2, y + high / 2)
    half = (max(0.42 * size, wide / 2 + 0.1 * size), max(0.62 * size, high / 2 + 0.1 * size))
    return middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]
