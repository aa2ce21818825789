"""What is written on: paper, a sticky note, a whiteboard or a blackboard, with its lines, on its table.

Everything is in linear light, 0..1, and in pixels of the flat scene as it lies before the camera is tilted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, gaussian_filter1d

Light = NDArray[np.float32]  # [H, W, 3]

SURFACES = {  # linear red, green and blue, and how often
    "white paper": ((0.82, 0.82, 0.80), 5),
    "cream paper": ((0.80, 0.75, 0.62), 2),
    "grey paper": ((0.52, 0.52, 0.50), 1),
    "sticky note": ((0.85, 0.72, 0.20), 1),
    "coloured paper": ((0.55, 0.72, 0.80), 1),
    "kraft paper": ((0.42, 0.29, 0.16), 1),
    "whiteboard": ((0.85, 0.86, 0.87), 1),
    "blackboard": ((0.035, 0.06, 0.05), 2),
}
RULINGS = {"none": 4, "ruled": 3, "squared": 3, "dotted": 1, "boxes": 1}
TABLES = {"none": 5, "dark wood": 2, "light wood": 1, "black": 1, "grey": 1}


@dataclass(frozen=True)
class Sheet:
    """A surface of a chosen kind.

    Attributes:
        surface, ruling, table: keys of the tables above.
        tone: [3], its colour.
        pitch: pixels between two of its lines.
    """

    surface: str
    ruling: str
    table: str
    tone: NDArray[np.float64]
    pitch: float

    @classmethod
    def drawn(cls, rng: np.random.Generator, pitch: float) -> "Sheet":
        """A sheet at random, its lines `pitch` pixels apart."""
        surface = _one_of({name: weight for name, (_, weight) in SURFACES.items()}, rng)
        board = surface in ("whiteboard", "blackboard")
        ruling = "none" if board or surface == "sticky note" else _one_of(RULINGS, rng)
        tone = np.clip(np.array(SURFACES[surface][0]) * rng.uniform(0.85, 1.1) * rng.normal(1, 0.03, 3), 0.01, 0.95)
        return cls(surface, ruling, "none" if board else _one_of(TABLES, rng), tone, pitch)


def _one_of(weights: dict[str, int], rng: np.random.Generator) -> str:
    names = list(weights)
    shares = np.array([weights[name] for name in names], float)
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


def clouds(shape: tuple[int, int], size: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise of mean 0 and deviation 1, its spots about `size` pixels wide: float32 [H, W]."""
    step = max(1.0, size / 2)
    small = rng.standard_normal((int(shape[0] / step) + 4, int(shape[1] / step) + 4), np.float32)
    small = gaussian_filter(small, 1.0, truncate=2.5)
    small = (small - small.mean()) / small.std()
    return np.asarray(Image.fromarray(small).resize(shape[::-1], Image.Resampling.BICUBIC))


def blurred(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Gaussian blur of [H, W]; a wide one is done on a smaller picture."""
    if sigma < 4:
        return np.asarray(gaussian_filter(values, sigma, truncate=3))
    step = sigma / 3
    size = (max(1, round(values.shape[1] / step)), max(1, round(values.shape[0] / step)))
    small = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX))
    small = gaussian_filter(small, 3, mode="nearest")
    return np.asarray(Image.fromarray(small).resize(values.shape[::-1], Image.Resampling.BICUBIC))


def surface_light(sheet: Sheet, shape: tuple[int, int], rng: np.random.Generator) -> Light:
    """The bare surface, [H, W, 3]: its tone, its fibres, a blackboard's wiped chalk."""
    grain = 1 + 0.012 * clouds(shape, 2, rng) + 0.012 * clouds(shape, 40, rng)
    light = np.multiply.outer(grain, sheet.tone).astype(np.float32)
    if sheet.surface == "kraft paper":
        light *= (1 + 0.05 * gaussian_filter1d(clouds(shape, 2, rng), 4, axis=1))[..., None]
    if sheet.surface == "blackboard":
        wiped = gaussian_filter1d(clouds(shape, 6, rng), 40, axis=1)
        wiped = np.clip(wiped / (wiped.std() + 1e-9), 0, None) * clouds(shape, 300, rng).clip(0, None)
        light += np.asarray(rng.uniform(0, 0.025) * wiped, np.float32)[..., None]
    return light


def rule(light: Light, sheet: Sheet, box: tuple[float, float, float, float], rng: np.random.Generator) -> None:
    """Print the sheet's lines on it, in place. `box` is the sheet's left, top, right and bottom edge."""
    if sheet.ruling in ("none", "boxes"):
        return
    left, top, right, bottom = box
    finer = 2
    cover = Image.new("L", (light.shape[1] * finer, light.shape[0] * finer), 0)
    pen = ImageDraw.Draw(cover)
    width = max(1, round(finer * rng.uniform(0.03, 0.055) * sheet.pitch)) if sheet.ruling != "dotted" else 1
    width = min(width, 3 * finer)
    rows = np.arange(top + sheet.pitch, bottom - 2, sheet.pitch) * finer
    columns = np.arange(left + rng.uniform(0.3, 1) * sheet.pitch, right - 2, sheet.pitch) * finer
    if sheet.ruling == "dotted":
        radius = finer * min(2.5, max(0.8, 0.04 * sheet.pitch))
        for y in rows:
            for x in columns:
                pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
    else:
        for y in rows:
            pen.line([(left * finer, y), (right * finer, y)], fill=255, width=width)
    if sheet.ruling == "squared":
        for x in columns:
            pen.line([(x, top * finer), (x, bottom * finer)], fill=255, width=width)
    colours = [(0.35, 0.5, 0.75), (0.45, 0.45, 0.47), (0.3, 0.55, 0.6), (0.5, 0.4, 0.55), (0.6, 0.45, 0.35)]
    share = np.asarray(cover.reduce(finer), np.float32)[..., None] / 255 * np.float32(rng.uniform(0.35, 0.9))
    colour = np.array(colours[rng.integers(len(colours))], np.float32)
    light *= 1 - share * (1 - colour)
    if sheet.ruling == "ruled" and rng.random() < 0.5:
        x = left + rng.uniform(0.06, 0.16) * (right - left)
        margin = Image.new("L", cover.size, 0)
        ImageDraw.Draw(margin).line([(x * finer, top * finer), (x * finer, bottom * finer)], fill=255, width=width)
        share = np.asarray(margin.reduce(finer), np.float32)[..., None] / 255
        light *= 1 - np.float32(0.8) * share * (1 - np.array([0.8, 0.25, 0.3], np.float32))


def print_boxes(light: Light, boxes: list[tuple[float, float, float, float]], rng: np.random.Generator) -> None:
    """Print a form's boxes, left, top, right and bottom of each, in place."""
    finer = 2
    cover = Image.new("L", (light.shape[1] * finer, light.shape[0] * finer), 0)
    pen = ImageDraw.Draw(cover)
    height = boxes[0][3] - boxes[0][1]
    width = max(2, round(finer * rng.uniform(0.012, 0.03) * height))
    for box in boxes:
        pen.rectangle([value * finer for value in box], outline=255, width=width)
    colour = np.array([(0.1, 0.1, 0.1), (0.3, 0.3, 0.3), (0.75, 0.35, 0.2), (0.2, 0.45, 0.6)][rng.integers(4)])
    share = np.asarray(cover.reduce(finer), np.float32)[..., None] / 255 * np.float32(rng.uniform(0.5, 0.95))
    light *= 1 - share * (1 - colour.astype(np.float32))


def lay_on_table(light: Light, sheet: Sheet, box: tuple[float, float, float, float], rng: np.random.Generator) -> Light:
    """What the camera sees where the sheet ends at `box`: a table, and the sheet's shadow on it."""
    if sheet.table == "none":
        return light
    shape = light.shape[:2]
    tones = {
        "dark wood": (0.10, 0.055, 0.03),
        "light wood": (0.45, 0.30, 0.17),
        "black": (0.02, 0.02, 0.022),
        "grey": (0.2, 0.2, 0.21),
    }
    table = np.multiply.outer(1 + 0.04 * clouds(shape, 3, rng), np.array(tones[sheet.table])).astype(np.float32)
    if "wood" in sheet.table:
        grain = gaussian_filter1d(clouds(shape, 3, rng), 60, axis=int(rng.integers(2)))
        table *= np.clip(1 + 0.18 * grain / grain.std(), 0.3, 2)[..., None].astype(np.float32)
    finer = 2
    cover = Image.new("L", (shape[1] * finer, shape[0] * finer), 0)
    ImageDraw.Draw(cover).rectangle([value * finer for value in box], fill=255)
    on_sheet = np.asarray(cover.reduce(finer), np.float32) / 255
    deep = rng.uniform(2, 12)
    shadow = blurred(np.roll(on_sheet, rng.integers(-6, 7, 2), axis=(0, 1)), deep)
    table *= (1 - np.float32(rng.uniform(0.2, 0.6)) * shadow)[..., None]
    return np.asarray(on_sheet[..., None] * light + (1 - on_sheet[..., None]) * table, np.float32)
