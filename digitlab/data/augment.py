"""Variations of training digits: bent and slanted, thicker and thinner, redrawn with a pen, with other habits.

A digit is varied in one pass. Strokes of habits that MNIST's writers hardly had are added (a bar through zero or
seven, a flag or foot on one …), the plane is turned, sheared, stretched and bent, the result is scaled into 20×20 and
put by its centre of mass as MNIST's makers did, and its lines are made thicker or thinner. A share of the digits is not
warped as a picture: its skeleton is, and is drawn with the pen that also draws what people write on the pad.

Warping and bending follow Simard, Steinkraus and Platt (2003), "Best practices for convolutional neural networks
applied to visual document analysis".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data.augmentation import Augmentation
from digitlab.data.fields import FAR, FIELD_STEPS, SIDE, Bytes, Floats, X, Y, distance_fields
from digitlab.data.habits import add_habits
from digitlab.data.mnist import scaled
from digitlab.drawing.preprocess import BOX, CENTRE, PEN_WIDTH

# A one with a flag and a seven differ by the slope of their upper stroke alone: turned far, ones clockwise and sevens
# counterclockwise, each is the other. They get this share of the rotation that way.
STEADY = 0.65
_FURTHEST = 65  # degrees that a one may lean: lying flat it would be a dash, which is no digit
NON_DIGIT = 255  # the label of a picture that shows no digit; it gets no habits, but the same warps and pen as digits


def augment(
    images: Bytes, labels: Bytes, rng: np.random.Generator, settings: Augmentation, distances: Bytes | None = None
) -> Floats:
    """Vary a batch of digits.

    Args:
        images: uint8 [B, 28, 28], white ink on black.
        labels: uint8 [B], 0 to 9, or NON_DIGIT.
        rng: where all chance comes from; the same state gives the same result.
        settings: how far.
        distances: uint8 [B, 28, 28], `distance_fields` of these images (also of non-digits); made here where they are
            needed and not given, which is ten times slower than the rest.

    Returns:
        float32 [B, 28, 28] in 0..1.
    """
    count = len(images)
    ink: Floats = scaled(images.reshape(count, -1))
    redraw = rng.random(count) < settings.redraw
    # A scan keeps its writer's habits: a thick zero with a bar would be a blob that looks like a thick one.
    free = redraw if settings.redraw else np.ones(count, bool)
    if settings.needs_fields:
        if distances is None:
            distances = distance_fields(images)
        field: Floats = distances.reshape(count, -1).astype(np.float32) / np.float32(FIELD_STEPS)
        if settings.habits:
            add_habits(ink, field, redraw, np.where(free, labels, NON_DIGIT), rng, settings.habits)
    else:
        field = ink  # not read
    if settings.moves or redraw.any():
        ink = _warp(ink, field, redraw, np.where(free, labels, NON_DIGIT), rng, settings)
    pictures: Floats = ink.reshape(count, SIDE, SIDE)
    if settings.thickness or settings.sharpness:
        amount = np.where(redraw, 0, rng.uniform(-settings.thickness, settings.thickness, count)).astype(np.float32)
        sharpness = np.where(redraw, 0, settings.sharpness * rng.uniform(0.5, 1.5, count)).astype(np.float32)
        pictures = _edged(pictures, amount, sharpness)
    if settings.untouched:
        kept = ~redraw & (rng.random(count) < settings.untouched)
        pictures[kept] = scaled(images[kept])
    if settings.noise:
        pictures = pictures + rng.standard_normal(pictures.shape, np.float32) * np.float32(settings.noise)
        np.clip(pictures, 0, 1, out=pictures)
    return pictures


def bumps(x: Floats, y: Floats, count: int = 5) -> Floats:
    """Smooth weights that spread `count`² random pushes over points x, y [P]: [P, count²], each point's sum is 1."""
    step = SIDE / (count - 1)
    across, down = (np.abs(at[:, None] - np.arange(count) * step) / step for at in (x, y))
    across, down = (np.where(away < 1, 1 - away * away * (3 - 2 * away), 0) for away in (across, down))
    both = down[:, :, None] * across[:, None, :]
    return both.reshape(len(x), -1).astype(np.float32)


_BUMPS = np.ascontiguousarray(bumps(X, Y).T)


def _warp(
    ink: Floats,
    field: Floats,
    redraw: NDArray[np.bool_],
    labels: Bytes,
    rng: np.random.Generator,
    settings: Augmentation,
) -> Floats:
    """Turn, shear, stretch and bend, then scale into the box and put by the centre of mass: [B, 784] to [B, 784]."""
    count = len(ink)

    def either_way(limit: float) -> Floats:
        return rng.uniform(-limit, limit, count).astype(np.float32)

    drawn = np.where(redraw[:, None], np.clip(PEN_WIDTH / 2 + 0.5 - field, 0, 1), ink) if redraw.any() else ink
    line = np.where(redraw[:, None], field < 0.6, ink > 0.3)
    mass = np.maximum(drawn.sum(axis=1), np.float32(1e-3))
    centre_x, centre_y = drawn @ X / mass, drawn @ Y / mass

    strength = np.where(redraw, 1, settings.scan_strength).astype(np.float32)
    angle, shear = strength * np.radians(either_way(settings.rotation)), strength * either_way(settings.shear)
    if settings.habits:
        towards_each_other = np.where(angle > 0, labels == 1, labels == 7)
        angle = np.where(towards_each_other, STEADY * angle, angle)
    stretch = np.exp(strength * either_way(settings.stretch))
    leaning = (labels == 1) & (rng.random(count) < settings.lying)
    angle = np.where(leaning, np.radians(rng.uniform(25, _FURTHEST, count)), angle).astype(np.float32)
    cos, sin = np.cos(angle, dtype=np.float32), np.sin(angle, dtype=np.float32)
    # rotation · [[stretch, shear], [0, 1 / stretch]], from the digit to the result
    xx, xy = cos * stretch, cos * shear - sin / stretch
    yx, yy = sin * stretch, sin * shear + cos / stretch
    extent = np.maximum(_extent(line, xx, xy), _extent(line, yx, yy)) + np.where(redraw, 0, 1)
    pen = PEN_WIDTH * np.exp(either_way(settings.pen_variation))
    factor = np.where(redraw, BOX - pen, BOX) / np.maximum(extent, 2)
    factor = (np.clip(factor, 0.5, 1.6) * np.exp(either_way(settings.scale))).astype(np.float32)

    # Where each pixel of the result comes from: the inverse matrix, whose determinant is 1 / factor².
    x = X - (np.float32(CENTRE) + either_way(settings.shift))[:, None]
    y = Y - (np.float32(CENTRE) + either_way(settings.shift))[:, None]
    ixx, ixy, iyx, iyy = (value[:, None] for value in (yy / factor, -xy / factor, -yx / factor, xx / factor))
    from_x, from_y = ixx * x + ixy * y + centre_x[:, None], iyx * x + iyy * y + centre_y[:, None]
    if settings.elastic:
        push = rng.standard_normal((2, count, len(_BUMPS)), np.float32) * np.float32(settings.elastic)
        from_x += push[0] @ _BUMPS
        from_y += push[1] @ _BUMPS
    result = _sampled(np.where(redraw[:, None], field, ink), from_x, from_y, outside=np.where(redraw, FAR, 0))
    reach = (pen / 2 + 0.5).astype(np.float32)
    result[redraw] = np.clip(reach[redraw, None] - result[redraw] * factor[redraw, None], 0, 1)
    return result


def _extent(line: NDArray[np.bool_], across: NDArray[Any], down: NDArray[Any]) -> Floats:
    """How far the ink reaches along one axis of the result, in pixels of the digit: [B]."""
    place = across[:, None] * X + down[:, None] * Y
    high = np.where(line, place, np.float32(-1e3)).max(axis=1)
    low = np.where(line, place, np.float32(1e3)).min(axis=1)
    return np.asarray(high - low)


def _sampled(values: Floats, x: Floats, y: Floats, outside: NDArray[np.float64]) -> Floats:
    """Interpolate pictures [B, 784] linearly at points x, y [B, 784] in pixels; `outside` [B] lies around them."""
    count, wide = len(values), SIDE + 2
    framed = np.empty((count, wide, wide), np.float32)
    framed[:] = outside[:, None, None]
    framed[:, 1:-1, 1:-1] = values.reshape(count, SIDE, SIDE)
    flat = framed.reshape(-1)
    x, y = np.clip(x + np.float32(0.5), 0, SIDE + 0.999), np.clip(y + np.float32(0.5), 0, SIDE + 0.999)
    column, row = x.astype(np.int32), y.astype(np.int32)
    x -= column
    y -= row
    at = row * wide + column + np.arange(count, dtype=np.int32)[:, None] * (wide * wide)
    above, below = flat[at], flat[at + wide]
    above += (flat[at + 1] - above) * x
    below += (flat[at + wide + 1] - below) * x
    above += (below - above) * y
    return np.asarray(above)


def _edged(pictures: Floats, amount: Floats, sharpness: Floats) -> Floats:
    """Lines wider by `amount` [B] pixels on either side, or narrower where it is negative, and edges sharpened.

    Sharpening adds `sharpness` [B] times the difference from the four neighbours' mean (an unsharp mask).
    """
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    around = padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]
    most = np.maximum(np.maximum(around[0], around[1]), np.maximum(around[2], around[3]))
    least = np.minimum(np.minimum(around[0], around[1]), np.minimum(around[2], around[3]))
    mean = (around[0] + around[1] + around[2] + around[3]) / np.float32(4)
    amount = amount[:, None, None]
    grown = np.maximum(amount, 0) * np.maximum(most - pictures, 0)
    shrunk = np.maximum(-amount, 0) * np.maximum(pictures - least, 0)
    sharpened = sharpness[:, None, None] * (pictures - mean)
    return np.asarray(np.clip(pictures + grown - shrunk + sharpened, 0, 1))
