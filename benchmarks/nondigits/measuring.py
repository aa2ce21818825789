"""Kinds to measure by: drawn again for each model that is published, once its weights and its threshold are fixed."""

import numpy as np

from benchmarks.nondigits.templates import ANIMALS, LETTERS_MEASURING
from digitlab.data.nondigits.pen import Maker, Points, Strokes, drawn_from, read, ring, smooth, straight, turned
from digitlab.data.nondigits.templates import DIGITS

_creature = drawn_from(ANIMALS)


def _line(*points: tuple[float, float]) -> Points:
    """Straight from point to point."""
    return straight(np.array(points, dtype=np.float64))


def _moved(rng: np.random.Generator, strokes: Strokes, amount: float = 0.03) -> Strokes:
    """Each stroke a little off its place."""
    return [stroke + rng.normal(0, amount, 2) for stroke in strokes]


def _note(rng: np.random.Generator) -> Strokes:
    """A note with flags, or two to three under a beam, some on a staff."""
    count, tall = int(rng.integers(1, 4)), rng.uniform(0.7, 1)
    strokes: Strokes = []
    tops = []
    for number in range(count):
        foot = np.array([0.6 * number, rng.normal(0, 0.06)])
        strokes += [ring(rng, (0, 0), radius) * [1.2, 0.85] + foot for radius in (0.15, 0.07)]  # together a filled head
        tops.append(foot + [0.17, -tall])
        strokes.append(straight(np.array([foot + [0.17, 0], tops[-1]])))
    if count == 1:
        flag = np.array([[0, 0], [0.12, 0.18], [0.32, 0.3], [0.27, 0.55]])
        strokes += [smooth(flag + tops[0] + [0, 0.22 * number]) for number in range(int(rng.integers(1, 3)))]
    else:
        beam = np.array([tops[0], tops[-1]])
        strokes += [straight(beam + [0, 0.16 * number]) for number in range(int(rng.integers(1, 3)))]
    if rng.random() < 0.2:
        strokes += [_line((-0.5, at), (0.6 * count, at)) for at in np.linspace(-0.9, 0.3, 5)]
    return strokes


def _stick_figure(rng: np.random.Generator) -> Strokes:
    """A person: head, body, arms and legs in any pose, some with a skirt or a hat."""
    head, neck, hip = rng.uniform(0.12, 0.2), 0.35, rng.uniform(0.6, 0.75)
    strokes = [ring(rng, (0.5, neck - head), head), _line((0.5, neck), (0.5 + rng.normal(0, 0.02), hip))]
    shoulder = neck + rng.uniform(0.04, 0.12)
    for side in (-1, 1):
        reach, lift = rng.uniform(0.22, 0.34), rng.uniform(-0.25, 0.22)
        elbow = (0.5 + side * reach * 0.5, shoulder + lift * rng.uniform(0.2, 0.8))
        strokes.append(_line((0.5, shoulder), elbow, (0.5 + side * reach, shoulder + lift)))
        foot = 0.5 + side * rng.uniform(0.12, 0.28)
        strokes.append(_line((0.5, hip), (foot, 1.05), (foot + side * rng.uniform(0, 0.08), 1.05)))
    extra = rng.integers(4)
    if extra == 0:
        strokes.append(_line((0.5, hip - 0.15), (0.32, hip + 0.12), (0.68, hip + 0.12), (0.5, hip - 0.15)))
    elif extra == 1:
        brim = neck - 1.8 * head
        strokes.append(
            _line((0.28, brim), (0.38, brim), (0.4, brim - 0.16), (0.6, brim - 0.16), (0.62, brim), (0.72, brim))
        )
    return strokes


def _flower(rng: np.random.Generator) -> Strokes:
    """Four to eight petals round a middle, or a tulip; a stem with leaves."""
    strokes: Strokes = []
    tall = rng.uniform(0.9, 1.5)
    if rng.random() < 0.7:
        petals, reach = int(rng.integers(4, 9)), rng.uniform(0.4, 0.55)
        strokes.append(ring(rng, (0, 0), rng.uniform(0.12, 0.2)))
        start = rng.uniform(0, 2 * np.pi)
        wide = 1.6 * np.pi / petals
        for number in range(petals):
            angle = start + 2 * np.pi * number / petals + np.array([-0.5, -0.55, 0, 0.55, 0.5]) * wide
            radius = np.array([0.16, 0.7 * reach, reach * rng.uniform(0.9, 1.1), 0.7 * reach, 0.16])
            strokes.append(smooth(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)))
        top = reach
    else:
        bloom = [[-0.35, -0.4], [-0.18, -0.15], [0, -0.45], [0.18, -0.15], [0.35, -0.4]]
        strokes.append(straight(np.array(bloom)))
        strokes.append(smooth(np.array([[-0.35, -0.4], [-0.34, 0.05], [0, 0.25], [0.34, 0.05], [0.35, -0.4]])))
        top = 0.25
    strokes.append(
        smooth(np.array([[0, top], [rng.normal(0, 0.06), top + tall / 2], [rng.normal(0, 0.08), top + tall]]))
    )
    for side in rng.permutation([-1, 1])[: int(rng.integers(1, 3))]:
        at = top + tall * rng.uniform(0.5, 0.9)
        leaf = np.array([[0, 0], [0.2, -0.28], [0.45, -0.3], [0.3, -0.08], [0, 0]])
        strokes.append(smooth(leaf * [side, 1] + [0, at]))
    return strokes


def _digits_stacked(rng: np.random.Generator) -> Strokes:
    """Two digits one above the other, some with a line between as in a fraction; no ones, no zero with 0, 6, 7 or 9."""
    while True:
        upper, lower = rng.choice([0, 2, 3, 4, 5, 6, 7, 8, 9], 2)
        if upper * lower or upper + lower not in (0, 6, 7, 9):  # these would be tall digits with a gap
            break
    above, below = (read(DIGITS[str(digit)], rng) for digit in (upper, lower))
    wide = rng.uniform(0.7, 1)
    bottom = max(float(stroke[:, 1].max()) for stroke in above)
    gap = rng.uniform(0.2, 0.4)
    shift = [rng.uniform(-0.15, 0.15), bottom + gap - min(float(stroke[:, 1].min()) for stroke in below)]
    strokes = [stroke * [wide, 1] for stroke in above] + [stroke * [wide, 1] + shift for stroke in below]
    if rng.random() < 0.35:
        middle = bottom + gap / 2
        strokes.append(_line((-0.15, middle), (wide + 0.15, middle)) + rng.normal(0, 0.02, 2))
    return strokes


# A joined-up letter: the points its line goes through, in its own width, from baseline to baseline; y is up from 0 to 1
# for small letters, to 2 for tall ones, and below 0 for those with a tail.
_JOINED: dict[str, tuple[tuple[float, float], ...]] = {
    "e": ((0, 0), (0.45, 0.5), (0.35, 0.95), (0.12, 0.6), (0.3, 0.05), (0.6, 0)),
    "l": ((0, 0), (0.45, 1.2), (0.35, 2), (0.15, 1.2), (0.28, 0.1), (0.6, 0)),
    "n": ((0, 0), (0.1, 0.9), (0.15, 0.05), (0.4, 0.95), (0.55, 0.6), (0.6, 0.05), (0.8, 0)),
    "m": ((0, 0), (0.1, 0.9), (0.15, 0.05), (0.38, 0.95), (0.5, 0.1), (0.72, 0.95), (0.88, 0.1), (1.05, 0)),
    "u": ((0, 0), (0.1, 0.95), (0.2, 0.1), (0.45, 0.1), (0.55, 0.95), (0.62, 0.1), (0.85, 0)),
    "j": ((0, 0), (0.3, 0.95), (0.32, -0.4), (0.1, -0.95), (0.02, -0.6), (0.5, 0)),
    "a": ((0, 0), (0.5, 0.9), (0.2, 0.95), (0.08, 0.3), (0.4, 0.15), (0.52, 0.9), (0.6, 0.05), (0.8, 0)),
    "h": ((0, 0), (0.35, 1.4), (0.25, 2), (0.12, 1.2), (0.1, 0.05), (0.35, 0.95), (0.5, 0.6), (0.55, 0.05), (0.75, 0)),
}


def _word(rng: np.random.Generator) -> Strokes:
    """Three to five letters joined up in one line, some with a line under them."""
    letters = rng.choice(sorted(_JOINED), int(rng.integers(3, 6)))
    edge, points = 0.0, []
    for letter in letters:
        shape = np.array(_JOINED[letter]) * [rng.uniform(0.85, 1.3), -rng.uniform(0.85, 1.1)]
        points.append(shape[:-1] + [edge, 0])
        edge += shape[-1, 0]
    line = np.concatenate([*points, [[edge, 0.0]]])
    strokes = [smooth(line + rng.normal(0, 0.02, line.shape))]
    if rng.random() < 0.25:
        strokes.append(_line((0, 1.3), (edge, 1.3)))
    return strokes


def _box(rng: np.random.Generator) -> Points:
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    return straight(corners + rng.normal(0, 0.03, corners.shape))


def _tick(rng: np.random.Generator) -> Points:
    """A tick over the unit box."""
    tip = np.array([rng.uniform(0.9, 1.2), rng.uniform(-0.25, 0.1)])
    points = np.array([[0.1, rng.uniform(0.4, 0.55)], [0.42, rng.uniform(0.85, 0.95)], tip])
    return smooth(points) if rng.random() < 0.3 else straight(points)


def _ticked(rng: np.random.Generator) -> Strokes:
    """One tick or two, a tick in a box, and lists of boxes with ticks and lines beside them."""
    style = rng.integers(4)
    if style == 0:
        return [_tick(rng)] + ([_line((0.0, 1.15), (1.1, 1.15))] if rng.random() < 0.3 else [])
    if style == 1:
        return [_tick(rng), _tick(rng) + [rng.uniform(0.5, 1.2), 0]]
    if style == 2:
        return [_box(rng), _tick(rng)]
    strokes: Strokes = []
    for row in range(int(rng.integers(2, 4))):
        strokes.append(_box(rng) + [0, 1.4 * row])
        if rng.random() < 0.6:
            strokes.append(_tick(rng) + [0, 1.4 * row])
        strokes.append(_line((1.5, 0.5), (rng.uniform(2.2, 3), 0.5)) + [0, 1.4 * row])
    return strokes


def _grid(rng: np.random.Generator) -> Strokes:
    """Noughts and crosses, a table, or a wall of bricks."""
    style = rng.integers(3)
    if style == 0:
        strokes = [_line((at, 0), (at, 3)) for at in (1, 2)] + [_line((0, at), (3, at)) for at in (1, 2)]
        strokes = _moved(rng, strokes, 0.06)
        for field in rng.permutation(9)[: int(rng.integers(2, 8))]:
            middle = np.array([field % 3, field // 3]) + 0.5 + rng.normal(0, 0.05, 2)
            if rng.random() < 0.5:
                strokes.append(ring(rng, middle, rng.uniform(0.2, 0.32)))
            else:
                arm = rng.uniform(0.2, 0.32)
                strokes += [_line((-arm, -arm), (arm, arm)) + middle, _line((arm, -arm), (-arm, arm)) + middle]
        return strokes
    rows, columns = (int(count) for count in rng.integers(2, 5, 2))
    wide = rng.uniform(0.8, 1.6)
    strokes = [_line((0, at), (columns * wide, at)) for at in range(rows + 1)]
    if style == 1:
        strokes += [_line((at * wide, 0), (at * wide, rows)) for at in range(columns + 1)]
        return _moved(rng, strokes, 0.05)
    for row in range(rows):
        joints = np.arange(columns) + (0.5 if row % 2 else 0.0)
        strokes += [
            _line((at * wide, row), (at * wide, row + 1)) for at in [*joints, *([columns] if not row % 2 else [])]
        ]
    return _moved(rng, strokes, 0.04)


def _patch(rng: np.random.Generator) -> Strokes:
    """A patch filled in: to and fro in two or more layers, or by loops that wander all over it."""
    if rng.random() < 0.4:
        turn = np.linspace(0, 2 * np.pi * rng.uniform(9, 15), 400)
        slow, phase = rng.uniform(0.08, 0.32, 2), rng.uniform(0, 6, 2)
        centre = rng.uniform(0.5, 0.8) * np.sin(turn[:, None] * slow + phase)
        loops = 0.45 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        return [loops * rng.uniform(0.7, 1.3, 2) + centre]
    strokes: Strokes = []
    angle = rng.uniform(0, np.pi)
    for layer in range(int(rng.integers(2, 4))):
        count = int(rng.integers(14, 24))
        points = np.stack([np.arange(count) % 2 * 1.0, np.linspace(0, 1, count)], axis=1)
        points += rng.normal(0, 0.06, points.shape)
        strokes += turned([smooth(points)], angle + layer * rng.uniform(0.7, 1.5))
    return strokes


def _cat(rng: np.random.Generator) -> Strokes:
    """A cat's head with ears, eyes, a nose and whiskers."""
    strokes = [ring(rng, (0.5, 0.55), 0.45)]
    for side in (-1, 1):
        high = rng.uniform(-0.15, 0.0)
        strokes.append(_line((0.5 + side * 0.4, 0.35), (0.5 + side * 0.38, high), (0.5 + side * 0.12, 0.13)))
        strokes.append(ring(rng, (0.5 + side * 0.17, 0.45), rng.uniform(0.03, 0.07)))
        for slope in rng.uniform(-0.12, 0.12, int(rng.integers(1, 4))):
            strokes.append(_line((0.5 + side * 0.2, 0.7), (0.5 + side * 0.65, 0.7 + slope)))
    strokes.append(_line((0.45, 0.6), (0.55, 0.6), (0.5, 0.67), (0.45, 0.6)))
    return strokes


def _animal(rng: np.random.Generator) -> Strokes:
    """A cat's head, or another animal."""
    return _cat(rng) if rng.random() < 0.2 else _creature(rng)


def _portrait(rng: np.random.Generator) -> Strokes:
    """A face with hair, ears, a hat or glasses: longer than round, some seen with a neck."""
    turn = np.linspace(0, 2 * np.pi, 33)
    wide, high = rng.uniform(0.32, 0.42), rng.uniform(0.45, 0.55)
    strokes = [np.stack([0.5 + wide * np.cos(turn), 0.5 + high * np.sin(turn)], axis=1)]
    for side in (-1, 1):
        eye = (0.5 + side * wide * 0.45, rng.uniform(0.36, 0.44))
        strokes.append(ring(rng, eye, rng.uniform(0.03, 0.06)))
        if rng.random() < 0.5:
            strokes.append(ring(rng, (0.5 + side * (wide + 0.07), 0.5), 0.08))
    mouth = rng.uniform(0.68, 0.78)
    strokes.append(smooth(np.array([[0.36, mouth], [0.5, mouth + rng.uniform(-0.05, 0.1)], [0.64, mouth]])))
    top = 0.5 - high
    if rng.random() < 0.6:
        ends = np.linspace(0.5 - wide, 0.5 + wide, int(rng.integers(5, 9)))
        strokes += [_line((at, top + 0.12), (at + rng.normal(0, 0.04), top - rng.uniform(0.05, 0.2))) for at in ends]
    else:
        strokes.append(_line((0.5 - wide - 0.15, top + 0.06), (0.5 + wide + 0.15, top + 0.06)))
        strokes.append(_line((0.3, top + 0.06), (0.34, top - 0.3), (0.66, top - 0.3), (0.7, top + 0.06)))
    if rng.random() < 0.4:
        strokes += [_line((at, 0.5 + high), (at, 0.5 + high + 0.2)) for at in (0.42, 0.58)]
    return strokes


def _head(tip: Points, along: Points, rng: np.random.Generator) -> Points:
    """The open head of an arrow that ends at `tip` and comes from `along`."""
    back = (along - tip) / np.linalg.norm(along - tip) * rng.uniform(0.18, 0.28)
    across = np.array([-back[1], back[0]]) * rng.uniform(0.6, 1)
    return straight(np.array([tip + back + across, tip, tip + back - across]))


def _winding_arrow(rng: np.random.Generator) -> Strokes:
    """Arrows in a ring, a crossroads of arrows, or one with a wavy shaft and a crossbar."""
    style = rng.integers(3)
    strokes: Strokes = []
    if style == 0:
        count, start = int(rng.integers(2, 4)), rng.uniform(0, 2 * np.pi)
        for number in range(count):
            turn = start + (number + np.linspace(0.08, 0.85, 16)) * 2 * np.pi / count
            shaft = 0.6 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
            strokes += [shaft, _head(shaft[-1], shaft[-4], rng)]
        return strokes
    if style == 1:
        for angle in np.arange(4) * np.pi / 2:
            tip = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.5, 0.7)
            strokes += [straight(np.array([[0.0, 0.0], tip])), _head(tip, np.zeros(2), rng)]
        return turned(strokes, rng.uniform(-0.3, 0.3))
    x = np.linspace(0, 1.6, 40)
    shaft = np.stack([x, rng.uniform(0.12, 0.2) * np.sin(x * rng.uniform(8, 12))], axis=1)
    bar = _line((0.1, -0.3), (0.1, 0.3))
    return turned([shaft, _head(shaft[-1], shaft[-6], rng), bar], rng.uniform(0, 2 * np.pi))


def _digits_across(rng: np.random.Generator) -> Strokes:
    """Two different digits, the second over the right half of the first; no ones, which would be a stroke of it."""
    first, second = (int(digit) for digit in rng.choice([0, 2, 3, 4, 5, 6, 7, 8, 9], 2, replace=False))
    left, right = (read(DIGITS[str(digit)], rng) for digit in (first, second))
    shift = [rng.uniform(0.35, 0.5), rng.uniform(-0.15, 0.15)]
    return [stroke * [0.75, 1] for stroke in left] + [stroke * [0.75, 1] + shift for stroke in right]


MAKERS: dict[str, Maker] = {
    "musical notes": _note,
    "letters c to Я": drawn_from(LETTERS_MEASURING),
    "stick figures": _stick_figure,
    "flowers": _flower,
    "digits one above the other": _digits_stacked,
    "joined-up words": _word,
    "ticks and boxes": _ticked,
    "grids": _grid,
    "scratched-out patches": _patch,
    "animals": _animal,
    "faces with hair or a hat": _portrait,
    "arrows in rings and crossings": _winding_arrow,
    "digits half over each other": _digits_across,
}
