"""Variations of training digits: bent and slanted, thicker and thinner, drawn anew with a pen, with other habits.

A digit is varied in one pass. Strokes of habits that MNIST's writers hardly had are added (a bar through zero or
seven, a flag or foot on one …), the plane is turned, sheared, stretched and bent, the result is scaled into 20×20 and
put by its centre of mass as MNIST's makers did, and its lines are made thicker or thinner. A share of the digits is not
warped as a picture: its skeleton is, and is drawn with the pen that also draws what people write on the pad.

Warping and bending follow Simard, Steinkraus and Platt (2003), "Best practices for convolutional neural networks
applied to visual document analysis".
"""

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.preprocess import BOX, CENTRE, PEN_WIDTH
from digitlab.errors import InputError

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

NON_DIGIT = 255  # the label of a picture that shows no digit; it gets no habits, but the same warps and pen as digits
SIDE = 28
FIELD_STEPS = 32  # a distance field counts in 32nds of a pixel
_FAR = 255 / FIELD_STEPS
_CENTRES = (np.arange(SIDE) + 0.5).astype(np.float32)
_X, _Y = np.tile(_CENTRES, SIDE), np.repeat(_CENTRES, SIDE)  # [784] each

RANGES: dict[str, tuple[float, float]] = {
    "rotation": (0, 45),
    "shear": (0, 1),
    "scale": (0, 0.5),
    "stretch": (0, 0.5),
    "shift": (0, 6),
    "elastic": (0, 3),
    "thickness": (0, 1),
    "sharpness": (0, 3),
    "noise": (0, 0.5),
    "redraw": (0, 1),
    "pen_variation": (0, 0.5),
    "habits": (0, 1),
    "lying": (0, 1),
    "scan_strength": (0, 1),
    "untouched": (0, 1),
}


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far training digits are varied; the defaults leave them as they are.

    Attributes:
        rotation: degrees either way, 0 to 45.
        shear: horizontal shift for each pixel of height, either way, 0 to 1.
        scale: share by which a digit is larger or smaller than its 20×20 box, 0 to 0.5.
        stretch: share by which it is wider and lower, or narrower and higher, 0 to 0.5.
        shift: pixels either way, 0 to 6.
        elastic: standard deviation of the bends, in pixels, 0 to 3.
        thickness: how far lines grow or shrink, in pixels on either side, 0 to 1.
        sharpness: how far edges are sharpened on average, 0 to 3. Warping blurs a scan, and a network that has seen
            only blurred ones reads sharp ones worse; 1 makes up for it.
        noise: standard deviation of noise on the grey values, 0 to 0.5.
        redraw: share of the digits drawn anew with the pen along their skeleton, 0 to 1.
        pen_variation: share by which that pen is wider or narrower, 0 to 0.5.
        habits: share of 0, 1, 4, 7 and 9 that get strokes of another handwriting, 0 to 1; of those drawn anew, unless
            `redraw` is 0.
        lying: share of ones leaning by 25 to 90 degrees, 0 to 1; likewise.
        scan_strength: share of rotation, shear and stretch that the digits get which are not drawn anew, 0 to 1.
        untouched: share of the digits that are not drawn anew and keep their very pixels, 0 to 1: a network that has
            seen warped scans alone reads real ones worse.

    Raises:
        InputError: a value is out of its range.
    """

    rotation: float = 0.0
    shear: float = 0.0
    scale: float = 0.0
    stretch: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0
    sharpness: float = 0.0
    noise: float = 0.0
    redraw: float = 0.0
    pen_variation: float = 0.0
    habits: float = 0.0
    lying: float = 0.0
    scan_strength: float = 1.0
    untouched: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, (low, high) = getattr(self, field.name), RANGES[field.name]
            number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not (number and low <= value <= high):
                name = field.name.replace("_", " ")
                raise InputError(f"The {name} of an augmentation must be from {low:g} to {high:g}; it is {value!r}.")

    @property
    def moves(self) -> bool:
        """Whether anything at all is warped; if not, raw digits keep their very pixels."""
        warps = (self.rotation, self.shear, self.scale, self.stretch, self.shift, self.elastic, self.lying, self.habits)
        return any(warps)

    @property
    def needs_fields(self) -> bool:
        """Whether `augment` will ask for distance fields."""
        return bool(self.redraw or self.habits)


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
    ink: Floats = images.reshape(count, -1).astype(np.float32) / np.float32(255)
    redraw = rng.random(count) < settings.redraw
    # A scan keeps its writer's habits: a thick zero with a bar would be a blob that looks like a thick one.
    free = redraw if settings.redraw else np.ones(count, bool)
    if settings.needs_fields:
        if distances is None:
            distances = distance_fields(images)
        field: Floats = distances.reshape(count, -1).astype(np.float32) / np.float32(FIELD_STEPS)
        if settings.habits:
            _add_habits(ink, field, redraw, np.where(free, labels, NON_DIGIT), rng, settings.habits)
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
        pictures[kept] = images[kept].astype(np.float32) / np.float32(255)
    if settings.noise:
        pictures = pictures + rng.standard_normal(pictures.shape, np.float32) * np.float32(settings.noise)
        np.clip(pictures, 0, 1, out=pictures)
    return pictures


# --- from pictures to lines -------------------------------------------------------------------------


def distance_fields(images: Bytes) -> Bytes:
    """How far each pixel's centre is from the digit's skeleton.

    Args:
        images: uint8 [N, 28, 28], white ink on black.

    Returns:
        uint8 [N, 28, 28], in 32nds of a pixel, 255 for everything further than 8 pixels.
    """
    # Imported here: pages read recipes, which hold an Augmentation, and should not wait for these.
    from scipy import ndimage
    from skimage.morphology import skeletonize

    result = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), 500):
        part = images[start : start + 500]
        lines = np.stack([skeletonize(ink) for ink in _doubled(part.astype(np.float32)) > 127.5])
        # One transform for many pictures: a step to the next picture is longer than any way within one.
        away = ndimage.distance_transform_edt(~lines, sampling=(1000, 0.5, 0.5))
        away = away.reshape(len(part), SIDE, 2, SIDE, 2).mean(axis=(2, 4))
        result[start : start + 500] = np.minimum(np.rint(away * FIELD_STEPS), 255)
    return result


def _doubled(pictures: Floats) -> Floats:
    """Twice as many pixels each way, interpolated linearly: [N, H, W] to [N, 2 H, 2 W]."""
    for axis in (1, 2):
        padded = np.pad(pictures, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        size = pictures.shape[axis]
        before, after = (np.take(padded, range(at, at + size), axis) for at in (0, 2))
        pair = np.stack([0.25 * before + 0.75 * pictures, 0.75 * pictures + 0.25 * after], axis=axis + 1)
        pictures = pair.reshape([n * 2 if a == axis else n for a, n in enumerate(pictures.shape)])
    return pictures


# --- habits -----------------------------------------------------------------------------------------


def _add_habits(
    ink: Floats, field: Floats, redraw: NDArray[np.bool_], labels: Bytes, rng: np.random.Generator, share: float
) -> None:
    """Add strokes, in place, to the pictures `ink` and to the distances `field` [B, 784] of a share of the digits."""
    lines = np.where(redraw[:, None], field < 0.75, ink > 0.5)
    with_habit = np.isin(labels, list(_HABITS)) & lines.any(axis=1)
    chosen = np.flatnonzero((rng.random(len(labels)) < share) & with_habit)
    distance = np.full((len(chosen), SIDE * SIDE), _FAR, np.float32)
    for digit, habit in _HABITS.items():
        mine = np.flatnonzero(labels[chosen] == digit)
        if len(mine):
            segments, drawn = habit(_Shape(lines[chosen[mine]].reshape(-1, SIDE, SIDE)), rng)
            distance[mine] = _distances(segments, drawn)
    # The added stroke is as thick as the digit's own: its ink over the length of its skeleton.
    length = np.maximum((field[chosen] < 0.75).sum(axis=1), 8)
    width = np.clip(ink[chosen].sum(axis=1) / length, 1.2, 4)
    field[chosen] = np.minimum(field[chosen], distance)
    ink[chosen] = np.maximum(ink[chosen], np.clip(width[:, None] / 2 + 0.5 - distance, 0, 1))


class _Shape:
    """Where the ink of some digits lies: every attribute is [M], in pixels."""

    def __init__(self, lines: NDArray[np.bool_]) -> None:
        self.lines = lines  # [M, 28, 28]
        rows, columns = np.asarray(lines.any(axis=2)), np.asarray(lines.any(axis=1))
        self.each = np.arange(len(lines))
        self.first_row, self.last_row = rows.argmax(axis=1), SIDE - 1 - rows[:, ::-1].argmax(axis=1)
        self.first_column, last_column = columns.argmax(axis=1), SIDE - 1 - columns[:, ::-1].argmax(axis=1)
        self.left, self.right = self.first_column + 0.5, last_column + 0.5
        self.top, self.bottom = self.first_row + 0.5, self.last_row + 0.5
        self.height, self.width = np.maximum(self.bottom - self.top, 4), np.maximum(self.right - self.left, 2)
        self.middle_x, self.middle_y = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        self.top_x, self.bottom_x = self.mean_x(lines, self.first_row), self.mean_x(lines, self.last_row)

    def mean_x(self, lines: NDArray[np.bool_], row: NDArray[np.int64]) -> NDArray[np.float64]:
        """The middle of the ink in one row of each digit."""
        ink = lines[self.each, row]
        return np.asarray((ink * _CENTRES).sum(axis=1) / np.maximum(ink.sum(axis=1), 1))


_Strokes = tuple[NDArray[np.float64], NDArray[np.bool_]]  # segments [M, K, 4] and which of them are drawn [M, K]


def _strokes(*parts: tuple[tuple[NDArray[np.float64], ...], NDArray[np.bool_]]) -> _Strokes:
    """Put (x0, y0, x1, y1) with whether it is drawn, one pair a segment, into arrays."""
    return np.stack([np.stack(ends, axis=1) for ends, _ in parts], axis=1), np.stack([on for _, on in parts], axis=1)


def _zero(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """A slash or bar in any direction, often from lower left to upper right, ending within or beyond the oval."""
    count = len(shape.each)
    angle = rng.uniform(0, np.pi, count)
    angle = np.where(rng.random(count) < 0.5, rng.uniform(np.radians(100), np.radians(160), count), angle)
    along_x, along_y = np.cos(angle), np.sin(angle)
    reach = 1 / np.hypot(along_x / (shape.width / 2), along_y / (shape.height / 2))
    back, forth = reach * rng.uniform(0.45, 1.9, (2, count))
    x = shape.middle_x + rng.uniform(-0.12, 0.12, count) * shape.width
    y = shape.middle_y + rng.uniform(-0.12, 0.12, count) * shape.height
    ends = (x - back * along_x, y - back * along_y, x + forth * along_x, y + forth * along_y)
    return _strokes((ends, np.ones(count, bool)))


def _one(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """A flag at the top (a long one points down, a short one may stand off sideways), a foot or a hook, or both."""
    count = len(shape.each)
    kind = rng.random(count)
    short = rng.random(count) < 0.65
    length = shape.height * np.where(short, rng.uniform(0.1, 0.42, count), rng.uniform(0.2, 0.6, count))
    steep, sideways = rng.uniform(20, 55, count), rng.uniform(40, 105, count)
    stem = np.arctan2((shape.bottom_x - shape.top_x) / shape.height, 1)
    angle = stem - np.radians(np.where(short, sideways, steep))
    flag = (shape.top_x, shape.top, shape.top_x + length * np.sin(angle), shape.top + length * np.cos(angle))
    to_left, to_right = shape.height * rng.uniform(0.1, 0.4, (2, count))
    slope = rng.uniform(-0.15, 0.15, count)
    hook = rng.random(count) < 0.35
    to_left = np.where(hook, 0, to_left)
    to_right = np.where(hook, shape.height * rng.uniform(0.08, 0.3, count), to_right)
    slope = np.where(hook, rng.uniform(-0.1, 0.9, count), slope)
    foot = (
        shape.bottom_x - to_left,
        shape.bottom + to_left * slope,
        shape.bottom_x + to_right,
        shape.bottom - to_right * slope,
    )
    return _strokes((flag, kind < 0.85), (foot, kind > 0.35))


def _four(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """Some of the open fours closed: the top of the left arm is joined to the top of the stem."""
    middle = np.rint(shape.middle_x).astype(int)[:, None, None]
    column = np.arange(SIDE)[None, None]
    left, right = shape.lines & (column < middle - 1), shape.lines & (column > middle)
    row_left, row_right = left.any(axis=2).argmax(axis=1), right.any(axis=2).argmax(axis=1)
    found = left.any(axis=(1, 2)) & right.any(axis=(1, 2)) & (row_left - shape.first_row < 0.4 * shape.height)
    ends = (shape.mean_x(left, row_left), row_left + 0.5, shape.mean_x(right, row_right), row_right + 0.5)
    return _strokes((ends, found & (rng.random(len(found)) < 0.25)))


def _seven(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """A bar through the stem, a tick hanging from the left end of the top, or both."""
    count = len(shape.each)
    kind = rng.random(count)
    row = np.clip(np.rint(shape.first_row + shape.height * rng.uniform(0.38, 0.68, count)).astype(int), 0, SIDE - 1)
    ink = shape.lines[shape.each, row]
    x = SIDE - ink[:, ::-1].argmax(axis=1) - 0.5
    to_left, to_right = shape.height * rng.uniform(0.12, 0.38, (2, count))
    slope = rng.uniform(-0.35, 0.35, count)
    bar = (x - to_left, row + 0.5 + to_left * slope, x + to_right, row + 0.5 - to_right * slope)
    start = shape.lines[shape.each, :, shape.first_column].argmax(axis=1) + 0.5
    length, lean = shape.height * rng.uniform(0.1, 0.45, count), rng.uniform(-0.3, 0.3, count)
    tick = (shape.left, start, shape.left + length * lean, start + length)
    at_top = start < shape.top + 0.4 * shape.height
    return _strokes((bar, ink.any(axis=1) & (kind < 0.8)), (tick, at_top & (kind > 0.4)))


def _nine(shape: _Shape, rng: np.random.Generator) -> _Strokes:
    """The tail curls to the left."""
    count = len(shape.each)
    length = shape.height * rng.uniform(0.2, 0.5, count)
    x, y = shape.bottom_x - length / 2, shape.bottom + length * rng.uniform(0.05, 0.3, count)
    tip = (shape.bottom_x - length, shape.bottom - length * rng.uniform(-0.25, 0.5, count))
    on = np.ones(count, bool)
    return _strokes(((shape.bottom_x, shape.bottom, x, y), on), ((x, y, *tip), on))


_HABITS = {0: _zero, 1: _one, 4: _four, 7: _seven, 9: _nine}


def _distances(segments: NDArray[np.float64], drawn: NDArray[np.bool_]) -> Floats:
    """From each pixel's centre to the nearest drawn segment: [M, K, 4] to [M, 784]."""
    nearest = np.full((len(segments), SIDE * SIDE), _FAR, np.float32)
    for k in range(segments.shape[1]):
        x0, y0, x1, y1 = (segments[:, k, j, None].astype(np.float32) for j in range(4))
        dx, dy = x1 - x0, y1 - y0
        x, y = _X - x0, _Y - y0
        along = np.clip((x * dx + y * dy) / np.maximum(dx * dx + dy * dy, np.float32(1e-9)), 0, 1)
        away = np.hypot(x - along * dx, y - along * dy)
        np.minimum(nearest, np.where(drawn[:, k, None], away, _FAR), out=nearest)
    return nearest


# --- warping ----------------------------------------------------------------------------------------


def _bumps(count: int = 5) -> Floats:
    """Smooth weights that spread `count`² random pushes over the picture: [count², 784], each pixel's sum is 1."""
    step = SIDE / (count - 1)
    away = np.abs(_CENTRES[:, None] - np.arange(count) * step) / step
    one_way = np.where(away < 1, 1 - away * away * (3 - 2 * away), 0)
    both = one_way[:, None, :, None] * one_way[None, :, None, :]
    return np.ascontiguousarray(both.reshape(SIDE * SIDE, -1).T, np.float32)


_BUMPS = _bumps()


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
    centre_x, centre_y = drawn @ _X / mass, drawn @ _Y / mass

    strength = np.where(redraw, 1, settings.scan_strength).astype(np.float32)
    angle, shear = strength * np.radians(either_way(settings.rotation)), strength * either_way(settings.shear)
    stretch = np.exp(strength * either_way(settings.stretch))
    leaning = (labels == 1) & (rng.random(count) < settings.lying)
    angle = np.where(leaning, np.radians(rng.uniform(25, 90, count)), angle).astype(np.float32)
    cos, sin = np.cos(angle, dtype=np.float32), np.sin(angle, dtype=np.float32)
    # rotation · [[stretch, shear], [0, 1 / stretch]], from the digit to the result
    xx, xy = cos * stretch, cos * shear - sin / stretch
    yx, yy = sin * stretch, sin * shear + cos / stretch
    extent = np.maximum(_extent(line, xx, xy), _extent(line, yx, yy)) + np.where(redraw, 0, 1)
    pen = PEN_WIDTH * np.exp(either_way(settings.pen_variation))
    factor = np.where(redraw, BOX - pen, BOX) / np.maximum(extent, 2)
    factor = (np.clip(factor, 0.5, 1.6) * np.exp(either_way(settings.scale))).astype(np.float32)

    # Where each pixel of the result comes from: the inverse matrix, whose determinant is 1 / factor².
    x = _X - (np.float32(CENTRE) + either_way(settings.shift))[:, None]
    y = _Y - (np.float32(CENTRE) + either_way(settings.shift))[:, None]
    ixx, ixy, iyx, iyy = (value[:, None] for value in (yy / factor, -xy / factor, -yx / factor, xx / factor))
    from_x, from_y = ixx * x + ixy * y + centre_x[:, None], iyx * x + iyy * y + centre_y[:, None]
    if settings.elastic:
        push = rng.standard_normal((2, count, len(_BUMPS)), np.float32) * np.float32(settings.elastic)
        from_x += push[0] @ _BUMPS
        from_y += push[1] @ _BUMPS
    result = _sampled(np.where(redraw[:, None], field, ink), from_x, from_y, outside=np.where(redraw, _FAR, 0))
    reach = (pen / 2 + 0.5).astype(np.float32)
    result[redraw] = np.clip(reach[redraw, None] - result[redraw] * factor[redraw, None], 0, 1)
    return result


def _extent(line: NDArray[np.bool_], across: NDArray[Any], down: NDArray[Any]) -> Floats:
    """How far the ink reaches along one axis of the result, in pixels of the digit: [B]."""
    place = across[:, None] * _X + down[:, None] * _Y
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
