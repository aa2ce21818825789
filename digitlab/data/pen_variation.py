"""Variations of pen strokes: the same digit as another hand, pen and tablet would have given it.

Strokes are varied, not pictures: lines stay as sharp as those of the pad. Many digits are drawn at once, since a digit
at a time would take longer than the training step that waits for it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.data.augment import STEADY, bumps
from digitlab.data.augmentation import Augmentation
from digitlab.data.fields import SIDE, Bytes, Floats
from digitlab.drawing.preprocess import BOX, CENTRE, PEN_WIDTH
from digitlab.drawing.strokes import Drawing

Whole = NDArray[np.int64]

_PIECE = 1.0  # pixels: a segment is drawn in pieces, each of which reaches few pixels
_AT_ONCE = 1024  # pieces: their squares stay in the processor's cache
_COARSE = (10, 32)  # points of a whole digit on a slow tablet
_GRID = (16, 60)  # units that a digit measured on a coarse tablet
_STRAY = 0.3  # pixels by which a whole stroke strays from its place
_SHAKE = 0.15  # pixels by which a point does


@dataclass(frozen=True)
class Strokes:
    """N digits as pen strokes, in a few arrays.

    Attributes:
        points: float32 [P, 2], x to the right and y down; each digit's longest side is 1, its box centred at 0.
        strokes: int [S + 1]: stroke k is `points[strokes[k]:strokes[k + 1]]`.
        digits: int [N + 1]: digit i is strokes `digits[i]` to `digits[i + 1]`.
    """

    points: Floats
    strokes: Whole
    digits: Whole

    @classmethod
    def of(cls, drawings: tuple[Drawing, ...]) -> "Strokes":
        """The strokes of drawings, at whatever scale."""
        points, strokes, digits = [], [0], [0]
        for drawing in drawings:
            every = np.concatenate(drawing.strokes)
            low, high = every.min(axis=0), every.max(axis=0)
            points.append((every - (low + high) / 2) / max(float((high - low).max()), 1e-9))
            strokes += (strokes[-1] + np.cumsum([len(stroke) for stroke in drawing.strokes])).tolist()
            digits.append(len(strokes) - 1)
        return cls(np.concatenate(points).astype(np.float32), np.array(strokes), np.array(digits))


def varied(
    strokes: Strokes,
    chosen: Whole,
    labels: Bytes,
    rng: np.random.Generator,
    settings: Augmentation,
    coarse: float,
) -> Floats:
    """Draw digits, each with variations of its own.

    They are turned, slanted, stretched, bent, scaled and shifted, and drawn with a pen as wide, as the settings say of
    digits that are redrawn. Without any variation they are what the pad makes of the strokes.

    Args:
        strokes: the digits there are.
        chosen: which of them [B].
        labels: uint8 [B].
        rng: where all chance comes from; the same state gives the same result.
        settings: how far.
        coarse: the share of digits that are sampled as coarsely as old tablets did; these also shake.

    Returns:
        float32 [B, 28, 28] in 0..1.
    """
    count = len(chosen)

    def either_way(limit: float) -> Floats:
        return rng.uniform(-limit, limit, count).astype(np.float32)

    of_digit = np.repeat(np.arange(count), strokes.digits[chosen + 1] - strokes.digits[chosen])  # of each stroke
    which = _ranges(strokes.digits[chosen], strokes.digits[chosen + 1])
    first, last = strokes.strokes[which], strokes.strokes[which + 1]
    of_stroke = np.repeat(np.arange(len(which)), last - first)  # of each point
    place = _ranges(first, last) - np.repeat(first, last - first)
    points = strokes.points[_ranges(first, last)] * np.float32(BOX - PEN_WIDTH)

    if coarse:
        slow, rough, shaky = rng.random((3, count)) < [[coarse], [coarse / 2], [coarse]]
        size = np.bincount(of_digit[of_stroke], minlength=count)
        wanted = np.exp(rng.uniform(np.log(_COARSE[0]), np.log(_COARSE[1]), count))
        every = np.where(slow, np.maximum(np.rint(size / wanted), 1), 1).astype(int)[of_digit[of_stroke]]
        at_end = place == np.repeat(last - first - 1, last - first)
        kept = (place % every == 0) | at_end
        points, of_stroke = points[kept], of_stroke[kept]
        stray = rng.normal(0, _STRAY, (len(which), 2)) * shaky[of_digit][:, None]
        shake = rng.normal(0, _SHAKE, points.shape) * shaky[of_digit[of_stroke]][:, None]
        points = points + (stray[of_stroke] + shake).astype(np.float32)
        unit = ((BOX - PEN_WIDTH) / rng.uniform(*_GRID, count)).astype(np.float32)[of_digit[of_stroke], None]
        points = np.where(rough[of_digit[of_stroke], None], np.rint(points / unit) * unit, points)

    owner = of_digit[of_stroke]
    if settings.elastic:
        weights = bumps(points[:, 0] + np.float32(SIDE / 2), points[:, 1] + np.float32(SIDE / 2))
        push = rng.standard_normal((count, weights.shape[1], 2), np.float32) * np.float32(settings.elastic)
        points = points + np.einsum("pk,pka->pa", weights, push[owner])
    angle, shear = np.radians(either_way(settings.rotation)), either_way(settings.shear)
    angle = np.where(np.where(angle > 0, labels == 1, labels == 7), STEADY * angle, angle)
    stretch = np.exp(either_way(settings.stretch))
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = stretch[owner] * points[:, 0] + shear[owner] * points[:, 1], points[:, 1] / stretch[owner]
    x, y = cos[owner] * x - sin[owner] * y, sin[owner] * x + cos[owner] * y

    pen = (PEN_WIDTH * np.exp(either_way(settings.pen_variation))).astype(np.float32)
    heads = np.searchsorted(owner, np.arange(count))
    low_x, low_y = np.minimum.reduceat(x, heads), np.minimum.reduceat(y, heads)
    high_x, high_y = np.maximum.reduceat(x, heads), np.maximum.reduceat(y, heads)
    longest = np.maximum(high_x - low_x, high_y - low_y)
    factor = np.where(longest > 1e-6, (BOX - pen) / np.maximum(longest, 1e-6), 1) * np.exp(either_way(settings.scale))
    x = (x - ((low_x + high_x) / 2)[owner]) * factor[owner] + SIDE / 2
    y = (y - ((low_y + high_y) / 2)[owner]) * factor[owner] + SIDE / 2

    follows = np.flatnonzero(of_stroke[1:] == of_stroke[:-1])
    alone = np.flatnonzero(np.bincount(of_stroke, minlength=len(which))[of_stroke] == 1)  # strokes that are dots
    begins, ends = np.concatenate([follows, alone]), np.concatenate([follows + 1, alone])
    lines = np.stack([x[begins], y[begins], x[ends], y[ends]]).astype(np.float32)
    whose = owner[begins]
    reach = (pen / 2 + 0.5).astype(np.float32)
    drawn = _ink(lines, whose, reach)
    mass = np.maximum(drawn.sum(axis=(1, 2)), np.float32(1e-6))
    centres = np.arange(SIDE, dtype=np.float32) + np.float32(0.5)
    to_x = CENTRE + either_way(settings.shift) - (drawn.sum(axis=1) @ centres) / mass
    to_y = CENTRE + either_way(settings.shift) - (drawn.sum(axis=2) @ centres) / mass
    pictures = _ink(lines + np.stack([to_x, to_y, to_x, to_y])[:, whose].astype(np.float32), whose, reach)
    if settings.noise:
        pictures += rng.standard_normal(pictures.shape, np.float32) * np.float32(settings.noise)
        np.clip(pictures, 0, 1, out=pictures)
    return pictures


def _ranges(starts: Whole, ends: Whole) -> Whole:
    """All whole numbers from each start to before its end, one range after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.repeat(starts - before, lengths) + np.arange(lengths.sum()))


def _ink(lines: Floats, whose: Whole, reach: Floats) -> Floats:
    """Pictures [B, 28, 28] of lines [4, L] (x0, y0, x1, y1): ink reaches `reach` [B] pixels, as in `drawing.raster`."""
    x0, y0, x1, y1 = lines
    parts = np.maximum(np.ceil(np.hypot(x1 - x0, y1 - y0) / np.float32(_PIECE)), 1).astype(int)
    line = np.repeat(np.arange(len(parts)), parts)
    nth = _ranges(np.zeros(len(parts), int), parts)
    dx, dy = (((to - at) / parts)[line].astype(np.float32) for at, to in ((x0, x1), (y0, y1)))
    x0, y0 = (x0[line] + nth * dx).astype(np.float32), (y0[line] + nth * dy).astype(np.float32)
    square = np.arange(int(np.ceil(_PIECE + 2 * float(reach.max()))) + 1)
    pictures = np.zeros((len(reach), SIDE, SIDE), np.float32)
    for start in range(0, len(line), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        _add(pictures, x0[some], y0[some], dx[some], dy[some], whose[line[some]], reach, square)
    return pictures


def _add(
    pictures: Floats, x: Floats, y: Floats, dx: Floats, dy: Floats, whose: Whole, reach: Floats, square: Whole
) -> None:
    """Add the ink of pieces of lines [M], each from (x, y) by (dx, dy); no piece reaches further than `square`."""
    around = reach[whose]
    column = np.floor(np.minimum(x, x + dx) - around).astype(np.int64)[:, None] + square
    row = np.floor(np.minimum(y, y + dy) - around).astype(np.int64)[:, None] + square
    px = ((column - x[:, None]) + np.float32(0.5)).astype(np.float32)[:, None, :]
    py = ((row - y[:, None]) + np.float32(0.5)).astype(np.float32)[:, :, None]
    length2 = np.maximum(dx * dx + dy * dy, np.float32(1e-12))
    along = px * (dx / length2)[:, None, None] + py * (dy / length2)[:, None, None]
    np.clip(along, 0, 1, out=along)
    away_x = px - along * dx[:, None, None]
    away_y = py - along * dy[:, None, None]
    away_x *= away_x
    away_y *= away_y
    away_x += away_y
    ink = around[:, None, None] - np.sqrt(away_x, out=away_x)
    np.minimum(ink, 1, out=ink)
    on_paper = ((column >= 0) & (column < SIDE))[:, None, :] & ((row >= 0) & (row < SIDE))[:, :, None]
    inked = np.flatnonzero((ink > 0) & on_paper)
    at = ((whose * SIDE)[:, None] + row)[:, :, None] * SIDE + column[:, None, :]
    np.maximum.at(pictures.reshape(-1), at.reshape(-1)[inked], ink.reshape(-1)[inked])
