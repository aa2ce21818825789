"""What is written with: ballpoint, fountain pen, pencil, felt pen, marker and chalk, as each covers its paper."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitlab.drawing.strokes import Drawing
from harness.photographs.sheet import Light, clouds

Place = tuple[
    float, float, float
]  # x and y of the upper left corner of a digit's lines, and pixels for each of its units

DARK = ((0.02, 0.02, 0.03), (0.02, 0.03, 0.22), (0.03, 0.05, 0.35), (0.35, 0.02, 0.03), (0.02, 0.18, 0.06))
BRIGHT = ((0.75, 0.05, 0.35), (0.9, 0.35, 0.02), (0.02, 0.45, 0.75), (0.3, 0.12, 0.5), (0.1, 0.5, 0.1))
CHALKS = ((0.8, 0.8, 0.78), (0.8, 0.8, 0.78), (0.8, 0.7, 0.25), (0.75, 0.4, 0.5), (0.4, 0.6, 0.8))


@dataclass(frozen=True)
class Pen:
    """A pen of a chosen kind.

    Attributes:
        kind: "ballpoint", "fountain pen", "pencil", "felt pen", "marker" or "chalk".
        colour: [3], linear red, green and blue.
        width: of its line, as a share of a digit's height.
        cover: how much of the paper its line hides, 0..1.
        grain: share of the line that the paper's tooth leaves bare.
        pressure: how much its cover varies along the line.
    """

    kind: str
    colour: NDArray[np.float32]
    width: float
    cover: float
    grain: float
    pressure: float

    @classmethod
    def drawn(cls, surface: str, rng: np.random.Generator) -> "Pen":
        """A pen at random, of a kind that people use on such a surface."""
        if surface == "blackboard":
            return cls("chalk", _one(CHALKS, rng), rng.uniform(0.05, 0.1), rng.uniform(0.5, 0.85), 0.3, 0.25)
        kinds = ["marker"] if surface == "whiteboard" else ["ballpoint", "fountain pen", "pencil", "felt pen", "marker"]
        kind = str(rng.choice(kinds))
        if kind == "pencil":
            return cls(
                kind, _one(((0.08, 0.08, 0.09),), rng), rng.uniform(0.04, 0.09), rng.uniform(0.45, 0.8), 0.25, 0.2
            )
        if kind == "ballpoint":
            return cls(kind, _one(DARK, rng), rng.uniform(0.035, 0.08), rng.uniform(0.7, 0.95), 0.08, 0.12)
        if kind == "fountain pen":
            return cls(kind, _one(DARK, rng), rng.uniform(0.05, 0.1), rng.uniform(0.65, 0.95), 0.0, 0.2)
        if kind == "felt pen":
            return cls(kind, _one(DARK + BRIGHT, rng), rng.uniform(0.06, 0.13), rng.uniform(0.8, 0.98), 0.0, 0.05)
        return cls(kind, _one(DARK + BRIGHT, rng), rng.uniform(0.1, 0.18), rng.uniform(0.8, 0.98), 0.0, 0.05)


def _one(colours: tuple[tuple[float, float, float], ...], rng: np.random.Generator) -> NDArray[np.float32]:
    return np.clip(np.array(colours[rng.integers(len(colours))]) * rng.uniform(0.8, 1.2), 0, 1).astype(np.float32)


def write(light: Light, drawings: list[Drawing], places: list[Place], pen: Pen, rng: np.random.Generator) -> None:
    """Write digits at their places, in place."""
    shape = (light.shape[0], light.shape[1])
    cover = np.zeros(shape, np.float32)
    heights = []
    for drawing, (x, y, scale) in zip(drawings, places, strict=True):
        points = np.concatenate(drawing.strokes)
        low, extent = points.min(axis=0), np.ptp(points, axis=0)
        heights.append(float(extent.max()) * scale)
        width = max(1.2, pen.width * heights[-1] * rng.uniform(0.92, 1.08))
        _lay(cover, [(stroke - low) * scale + (x, y) for stroke in drawing.strokes], width)
    size = max(1.0, 0.15 * pen.width * float(np.median(heights)))
    if pen.grain:
        tooth = clouds(shape, 1.3 * size, rng) + 0.7 * clouds(shape, 0.6 * size, rng)
        bare = np.quantile(tooth[::7, ::7], pen.grain)
        cover *= np.clip(0.75 + (tooth - bare) * 0.8, 0.15, 1)
    cover *= np.clip(1 + pen.pressure * clouds(shape, 0.6 * float(np.median(heights)), rng), 0.35, 1.2)
    share = np.clip(pen.cover * cover, 0, 1)[..., None]
    light *= 1 - share
    light += share * pen.colour


def _lay(cover: NDArray[np.float32], strokes: list[NDArray[np.float64]], width: float) -> None:
    """Add round-ended lines to `cover`, 0..1."""
    finer, half = 3, width / 2
    points = np.concatenate(strokes)
    left, top = (math.floor(value - half - 2) for value in points.min(axis=0))
    right, bottom = (math.ceil(value + half + 2) for value in points.max(axis=0))
    left, top, right, bottom = max(0, left), max(0, top), min(cover.shape[1], right), min(cover.shape[0], bottom)
    if left >= right or top >= bottom:
        return
    part = Image.new("L", ((right - left) * finer, (bottom - top) * finer), 0)
    pen = ImageDraw.Draw(part)
    for stroke in strokes:
        line = ((stroke - (left, top)) * finer).tolist()
        pen.line([tuple(point) for point in line], fill=255, width=max(1, round(width * finer)))
        for x, y in line:
            pen.ellipse([x - half * finer, y - half * finer, x + half * finer, y + half * finer], fill=255)
    drawn = np.asarray(part.reduce(finer), np.float32) / 255
    np.maximum(cover[top:bottom, left:right], drawn, out=cover[top:bottom, left:right])
