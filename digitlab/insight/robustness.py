"""How a model's accuracy falls as digits are made harder to read: eight ways, each in six strengths.

Each way begins with the digits as they are. Chance (noise, where the patch lies) comes from a fixed seed, so that every
model is shown the very same pictures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.insight.evaluation import interval
from digitlab.insight.progress import Report
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.store import results
from digitlab.store.results import Result, Wanted
from digitlab.words import Message, message

Floats = NDArray[np.float32]

KIND = "robustness"
DIGITS = 1000  # test digits for each strength
_CHUNK = 250
_VERSION = 1


@dataclass(frozen=True)
class Way:
    """One way of making digits harder to read.

    Attributes:
        name: in addresses and tables.
        title: for people.
        unit: of a strength.
        strengths: six, the first leaves digits as they are.
        change: (pictures float32 [N, 28, 28] in 0..1, strength, generator) to the same shape.
    """

    name: str
    title: Message
    unit: Message
    strengths: tuple[float, ...]
    change: Callable[[Floats, float, np.random.Generator], Floats]


def _noise(images: Floats, strength: float, rng: np.random.Generator) -> Floats:
    return images + np.float32(strength) * rng.standard_normal(images.shape, np.float32)


def _rotation(images: Floats, degrees: float, rng: np.random.Generator) -> Floats:
    angle = np.radians(degrees) * _either(len(images))
    cos, sin = np.cos(angle), np.sin(angle)
    return _moved(images, np.stack([cos, sin, -sin, cos], axis=1).reshape(-1, 2, 2), np.zeros((len(images), 2)))


def _shift(images: Floats, pixels: float, rng: np.random.Generator) -> Floats:
    angle = rng.uniform(0, 2 * np.pi, len(images))
    away = pixels * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return _moved(images, np.tile(np.eye(2), (len(images), 1, 1)), away)


def _scale(images: Floats, factor: float, rng: np.random.Generator) -> Floats:
    return _moved(images, np.tile(np.eye(2) / factor, (len(images), 1, 1)), np.zeros((len(images), 2)))


def _thickness(images: Floats, pixels: float, rng: np.random.Generator) -> Floats:
    """Every second line thinner by this much on either side, the others thicker: dilation and erosion, blended."""
    from scipy import ndimage

    changed = images.copy()
    signs = _either(len(images))
    for step in range(int(np.ceil(pixels))):
        part = np.float32(min(1.0, pixels - step))
        for sign, grown in ((1, ndimage.grey_dilation), (-1, ndimage.grey_erosion)):
            mine = signs == sign
            result = grown(changed[mine], footprint=_CROSS)
            changed[mine] += part * (result - changed[mine])
    return changed


def _blur(images: Floats, pixels: float, rng: np.random.Generator) -> Floats:
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(images, (0, pixels, pixels)))


def _contrast(images: Floats, lost: float, rng: np.random.Generator) -> Floats:
    """Ink and paper come closer: at 1 all is grey."""
    return np.asarray(0.5 + (images - 0.5) * np.float32(1 - lost))


def _occlusion(images: Floats, side: float, rng: np.random.Generator) -> Floats:
    """A black square somewhere over the middle 20×20, where the ink is."""
    changed, size = images.copy(), int(side)
    for image, (row, column) in zip(changed, rng.integers(4, 24 - size + 1, (len(images), 2)), strict=True):
        image[row : row + size, column : column + size] = 0
    return changed


_CROSS = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)

WAYS = (
    Way(
        "noise",
        message("Noise"),
        message("standard deviation of the grey values"),
        (0, 0.1, 0.2, 0.35, 0.5, 0.75),
        _noise,
    ),
    Way(
        "rotation",
        message("Rotation"),
        message("degrees; half of the digits to the left, half to the right"),
        (0, 10, 20, 30, 45, 60),
        _rotation,
    ),
    Way("shift", message("Shift"), message("pixels in any direction"), (0, 1, 2, 4, 6, 8), _shift),
    Way("scale", message("Scale"), message("size relative to the original"), (1, 0.85, 0.7, 0.55, 0.45, 0.35), _scale),
    Way(
        "thickness",
        message("Stroke thickness"),
        message("pixels thicker or thinner"),
        (0, 0.25, 0.5, 0.75, 1, 1.5),
        _thickness,
    ),
    Way("blur", message("Blur"), message("standard deviation in pixels"), (0, 0.5, 1, 1.5, 2, 3), _blur),
    Way(
        "contrast", message("Contrast"), message("fraction of contrast lost"), (0, 0.3, 0.5, 0.7, 0.85, 0.95), _contrast
    ),
    Way(
        "occlusion", message("Occlusion"), message("side of a black square in pixels"), (0, 4, 6, 8, 10, 14), _occlusion
    ),
)


@dataclass(frozen=True)
class Curve:
    """Accuracy by strength, with 95% intervals, each 0..1."""

    way: Way
    accuracy: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def wanted(model: Model) -> Wanted:
    return Wanted(KIND, model.hash, {"digits": DIGITS, "version": _VERSION})


def changed(way: Way, strength: float, digits: int = DIGITS) -> Floats:
    """The first so many of the chosen test digits, made harder: float32 [N, 28, 28] in 0..1."""
    images = mnist.scaled(mnist.load().x_test[chosen()[:digits]])
    if strength == way.strengths[0]:
        return images
    return np.clip(way.change(images, strength, np.random.default_rng(1)), 0, 1)


@cache
def chosen() -> NDArray[np.int64]:
    """Which test digits are asked: DIGITS of them, in any order."""
    return np.random.default_rng(0).permutation(len(mnist.load().x_test))[:DIGITS]


def job(asked: Wanted, report: Report) -> Result:
    """How many of the digits are read right, for each way and strength.

    Raises:
        ModelError: the model is gone or damaged.
    """
    predictor, digits = zoo.open_model(asked.model), int(asked.options["digits"])
    labels = mnist.load().y_test[chosen()[:digits]]
    steps = [(way, strength) for way in WAYS for strength in way.strengths]
    right = {way.name: [0] * len(way.strengths) for way in WAYS}
    plain: int | None = None  # the first strength is the same for all ways
    for number, (way, strength) in enumerate(steps):
        report(number, len(steps))
        place = way.strengths.index(strength)
        if place == 0 and plain is not None:
            right[way.name][0] = plain
            continue
        answers = predictor.outputs(changed(way, strength, digits), _CHUNK).argmax(axis=1)
        right[way.name][place] = int((answers == labels).sum())
        plain = right[way.name][0] if plain is None else plain
    report(len(steps), len(steps))
    return Result(facts={"digits": digits, "right": right})


def curves(model: Model) -> tuple[Curve, ...] | None:
    """The curves, if they were computed before."""
    found = results.kept(wanted(model))
    if found is None:
        return None
    n = found.facts["digits"]
    made = []
    for way in WAYS:
        right = found.facts["right"][way.name]
        low, high = zip(*(interval(count, n) for count in right), strict=True)
        made.append(Curve(way, tuple(count / n for count in right), low, high))
    return tuple(made)


def _either(count: int) -> NDArray[np.float64]:
    """−1 for every second picture, 1 for the others."""
    return np.where(np.arange(count) % 2, 1.0, -1.0)


def _moved(images: Floats, matrices: NDArray[np.float64], away: NDArray[np.float64]) -> Floats:
    """Pictures whose every point p (row, column from the middle) shows what was at matrix · (p − away)."""
    from scipy import ndimage

    side = images.shape[1]
    middle = (side - 1) / 2
    rows, columns = np.mgrid[:side, :side] - middle
    points = np.stack([rows.ravel(), columns.ravel()])
    moved = np.empty_like(images)
    for image, matrix, push, result in zip(images, matrices, away, moved, strict=True):
        source = matrix @ (points - push[:, None]) + middle
        result[:] = ndimage.map_coordinates(image, source, order=1).reshape(side, side)
    return moved
