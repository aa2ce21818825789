"""Kinds to choose by: a network learns to doubt on them, and thresholds are compared on them."""

import numpy as np

from digitlab.data.nondigits.pen import Maker, Points, Strokes, drawn_from, read, ring, smooth, straight, turned
from digitlab.data.nondigits.templates import DIGITS, LETTERS_CHOOSING, MARKS, THINGS


def _tangle(rng: np.random.Generator) -> Strokes:
    """One smooth line through many random points."""
    return [smooth(rng.uniform(0, 1, (int(rng.integers(7, 18)), 2)))]


def _zigzag(rng: np.random.Generator) -> Strokes:
    """Up and down, as one scratches something out."""
    count = int(rng.integers(5, 14))
    points = np.stack([np.linspace(0, rng.uniform(0.6, 1.4), count), np.arange(count) % 2 * 1.0], axis=1)
    points += rng.normal(0, 0.07, points.shape)
    return turned([smooth(points) if rng.random() < 0.5 else straight(points)], rng.uniform(0, np.pi))


def _polygon(rng: np.random.Generator) -> Strokes:
    """A triangle, a box or a pentagon, some with lines across."""
    corners = int(rng.integers(3, 6))
    turn = np.arange(corners + 1) / corners * 2 * np.pi + rng.uniform(0, 2 * np.pi)
    points = 0.5 + 0.5 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    points += rng.normal(0, 0.03, points.shape)
    strokes = [straight(points)]
    if corners == 4 and rng.random() < 0.3:
        strokes += [straight(points[[0, 2]]), straight(points[[1, 3]])]
    return strokes


def _arrow(rng: np.random.Generator) -> Strokes:
    """A straight shaft with an open head, in any direction."""
    barb, back = rng.uniform(0.15, 0.35), rng.uniform(0.15, 0.4)
    shaft = straight(np.array([[0.0, 0.5], [1.0, 0.5]]))
    head = straight(np.array([[1 - back, 0.5 - barb], [1.0, 0.5], [1 - back, 0.5 + barb]]))
    return turned([shaft, head], rng.uniform(0, 2 * np.pi))


def _cross(rng: np.random.Generator) -> Strokes:
    """Two to four lines through one point: plus, multiplication sign, asterisk."""
    count = int(rng.integers(2, 5))
    start = rng.uniform(0, np.pi)
    strokes = []
    for k in range(count):
        angle = start + k * np.pi / count + rng.normal(0, 0.08)
        step = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.4, 0.5)
        strokes.append(straight(np.array([0.5 - step, 0.5 + step]) + rng.normal(0, 0.03, 2)))
    return strokes


def _star(rng: np.random.Generator) -> Strokes:
    """A star of five or six points, drawn in one line or as an outline."""
    if rng.random() < 0.5:
        turn = np.arange(6) * 4 * np.pi / 5 - np.pi / 2
        radius = np.ones(6)
    else:
        count = int(rng.integers(5, 7))
        turn = np.arange(2 * count + 1) * np.pi / count - np.pi / 2
        radius = np.where(np.arange(2 * count + 1) % 2, rng.uniform(0.35, 0.6), 1.0)
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    return [straight(points + rng.normal(0, 0.05, points.shape))]


def _wave(rng: np.random.Generator) -> Strokes:
    """A wavy line, or two of them one above the other."""
    x = np.linspace(0, 1, 60)
    turns, height = rng.uniform(1.5, 4), rng.uniform(0.08, 0.3)
    line = np.stack([x, 0.5 + height * np.sin(2 * np.pi * turns * x + rng.uniform(0, 6))], axis=1)
    lines = [line] if rng.random() < 0.6 else [line, line + [0, rng.uniform(0.2, 0.5)]]
    return turned(lines, rng.uniform(-0.6, 0.6))


def _bars(rng: np.random.Generator) -> Strokes:
    """Two or three lines side by side, or the hash sign."""
    count = int(rng.integers(2, 4))
    gaps = np.linspace(0.1, 0.9, count)
    strokes = [straight(np.array([[0, g], [1, g]]) + rng.normal(0, 0.04, (2, 2))) for g in gaps]
    if rng.random() < 0.4:
        strokes += [straight(np.array([[g, 0], [g, 1]]) + rng.normal(0, 0.04, (2, 2))) for g in gaps]
    return turned(strokes, rng.choice([0.0, np.pi / 2]))


def _specks(rng: np.random.Generator) -> Strokes:
    """Dots and dashes strewn about."""
    centres = rng.uniform(0, 1, (int(rng.integers(4, 14)), 1, 2))
    return [centre + rng.normal(0, rng.choice([0.005, 0.05]), (2, 2)) for centre in centres]


def _digits_beside(rng: np.random.Generator) -> Strokes:
    """Two or three digits side by side."""
    strokes: Strokes = []
    edge = 0.0
    for _ in range(2 + int(rng.random() < 0.25)):
        digit = read(DIGITS[str(rng.integers(10))], rng)
        wide = rng.uniform(0.45, 0.7)
        low = min(float(stroke[:, 0].min()) for stroke in digit)
        strokes += [(stroke - [low, 0]) * [wide, rng.uniform(0.95, 1.05)] + [edge, 0] for stroke in digit]
        edge = max(float(stroke[:, 0].max()) for stroke in strokes) + rng.uniform(0.06, 0.35)
    return strokes


def _letters_beside(rng: np.random.Generator) -> Strokes:
    """Two letters side by side."""
    first, second = _letter(rng), _letter(rng)
    edge = max(float(stroke[:, 0].max()) for stroke in first) + rng.uniform(0.1, 0.3)
    return [*first, *(stroke + [edge, 0] for stroke in second)]


def _letters_overlaid(rng: np.random.Generator) -> Strokes:
    """Two letters on top of each other."""
    return [*_letter(rng), *(stroke * rng.uniform(0.8, 1.2) + rng.normal(0, 0.1, 2) for stroke in _letter(rng))]


def _letter_on_digit(rng: np.random.Generator) -> Strokes:
    """A letter on top of a digit that has more than one line."""
    digit = read(DIGITS[str(rng.integers(2, 10))], rng)
    size, shift = rng.uniform(0.8, 1.2), rng.uniform(-0.15, 0.15, 2)
    return [stroke * [0.75, 1] for stroke in digit] + [stroke * size * [0.8, 1] + shift for stroke in _letter(rng)]


def _bow(rng: np.random.Generator) -> Strokes:
    """An arc of two to three quarters of an oval, or an angle, not open where a 0, 1 or 7 is."""
    if rng.random() < 0.5:
        gap = rng.uniform(np.pi / 2, np.pi)
        middle = rng.uniform(-0.2, 1.2) * np.pi  # the gap shows to the right, downwards or to the left
        turn = np.linspace(middle + gap / 2, middle + 2 * np.pi - gap / 2, 32)
        return [np.stack([rng.uniform(0.6, 1.2) * np.cos(turn), np.sin(turn)], axis=1)]
    opening, middle = rng.uniform(0.6, 1.8), rng.choice([-0.5, -0.25, 0, 1]) * np.pi + rng.normal(0, 0.12)
    legs = [
        rng.uniform(0.7, 1) * np.array([np.cos(angle), np.sin(angle)])
        for angle in (middle - opening / 2, middle + opening / 2)
    ]
    return [straight(np.array([legs[0], [0, 0], legs[1]]))]


def _ringed(rng: np.random.Generator) -> Strokes:
    """A ring with three to five marks in it: a button, a dial, a wheel, a target."""
    strokes = [ring(rng, (0.5, 0.5), 0.5)]
    style = rng.integers(4)
    if style == 0:
        for _ in range(int(rng.integers(3, 6))):
            strokes.append(ring(rng, rng.uniform(0.25, 0.75, 2), rng.uniform(0.02, 0.1)))
    elif style == 1:
        for _ in range(int(rng.integers(3, 6))):
            strokes.append(straight(rng.uniform(0.2, 0.8, 2) + rng.normal(0, 0.12, (2, 2))))
    elif style == 2:
        strokes += [(stroke - 0.5) * rng.uniform(0.6, 1) + 0.5 for stroke in _cross(rng)]
    else:
        strokes.append(ring(rng, (0.5, 0.5), rng.uniform(0.2, 0.38)))
        strokes.append(straight(rng.uniform(0.3, 0.7, (3, 2))))
    return strokes


def _crossed_out(rng: np.random.Generator) -> Strokes:
    """A digit with a ring or box around it, or crossed out by several lines."""
    style = rng.integers(3)
    digit = rng.choice([2, 3, 4, 5, 6, 8, 9] if style == 0 else 10)  # a 1 in a ring is a zero with a bar
    strokes = [stroke * [0.7, 1] + [0.15, 0] for stroke in read(DIGITS[str(digit)], rng)]
    if style == 0:
        strokes.append(ring(rng, (0.5, 0.5), rng.uniform(0.65, 0.85)))
    elif style == 1:
        reach = rng.uniform(0.15, 0.35)
        corners = np.array([[-reach, -reach], [1 + reach, -reach], [1 + reach, 1 + reach], [-reach, 1 + reach]])
        strokes.append(straight(np.concatenate([corners, corners[:1]]) + rng.normal(0, 0.03, (5, 2))))
    else:
        strokes += _cross(rng) if rng.random() < 0.5 else _zigzag(rng)
    return strokes


def _piece(rng: np.random.Generator) -> Points:
    """A line, an angle, an arc, a hook or a small ring, anywhere in the box."""
    style = rng.integers(5)
    centre, size = rng.uniform(0.15, 0.85, 2), rng.uniform(0.15, 0.55)
    if style == 0:
        points = straight(np.array([[-1.0, 0], [1, 0]]))
    elif style == 1:
        points = straight(np.array([[-1.0, 0], [0, rng.uniform(-0.6, 0.6)], [rng.uniform(-0.5, 0.5), 1]]))
    elif style == 2:
        turn = np.linspace(0, rng.uniform(1.5, 5), 24)
        points = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    elif style == 3:
        points = smooth(np.array([[-1.0, 0], [0.3, 0], [0.9, 0.35], [0.6, 0.8], [0.2, 0.7]]))
    else:
        return ring(rng, centre, size * 0.5)
    points = turned([points * size / 2 + 0.5], rng.uniform(0, 2 * np.pi))[0]
    return np.asarray(points + centre - 0.5)


def _made_up(rng: np.random.Generator) -> Strokes:
    """A sign of no script: three to six pieces."""
    return [_piece(rng) for _ in range(int(rng.integers(3, 7)))]


def _line_across(rng: np.random.Generator) -> Strokes:
    """A dash: a level line, straight or a little bent, some with a hook at an end, drawn twice, or broken."""
    x = np.linspace(0, 1, 24)
    bend = rng.normal(0, 0.04) * np.sin(np.pi * x) + rng.normal(0, 0.015) * np.sin(2 * np.pi * x)
    strokes = [np.stack([x, 0.5 + bend], axis=1)]
    style = rng.random()
    if style < 0.15:
        hook = np.array([[1.0, 0.0], [rng.uniform(0.9, 1.02), rng.choice([-1, 1]) * rng.uniform(0.05, 0.14)]])
        strokes = [np.concatenate([strokes[0], hook + [0, 0.5 + bend[-1]]])]
    elif style < 0.3:
        strokes = [np.concatenate([strokes[0], strokes[0][::-1] + rng.normal(0, 0.02, (24, 2)).cumsum(axis=0) / 5])]
    elif style < 0.4:
        gap = rng.uniform(0.3, 0.6)
        strokes = [strokes[0][x < gap - 0.04], strokes[0][x > gap + 0.08]]
    return turned(strokes, np.radians(rng.normal(0, 6)))


def _house(rng: np.random.Generator) -> Strokes:
    """Walls and a roof, in one stroke or more, some with a door, windows, a chimney or crossed walls."""
    eaves, overhang, floor = rng.uniform(0.35, 0.6), rng.choice([0.0, rng.uniform(0.03, 0.2)]), 1.0
    left, right, top = rng.uniform(0, 0.12), rng.uniform(0.85, 1.0), rng.normal(0.5, 0.05)
    roof = np.array([[left - overhang, eaves], [top, 0.0], [right + overhang, eaves]])
    walls = np.array([[left, eaves], [left, floor], [right, floor], [right, eaves]])
    style = rng.integers(4)
    if style == 0:  # all in one line, from a lower corner round
        line = np.array([[left, floor], [left, eaves], [top, 0.0], [right, eaves], [right, floor], [left, floor]])
        strokes = [straight(line + rng.normal(0, 0.025, line.shape))]
    elif style == 1:  # the puzzle of one line: crossed walls
        line = np.array(
            [[0, 1], [0, 0.45], [1, 0.45], [0.5, 0], [0, 0.45], [1, 1], [0, 1], [1, 0.45], [1, 1]], dtype=np.float64
        )
        return [straight(line + rng.normal(0, 0.025, line.shape))]
    else:
        strokes = [straight(walls + rng.normal(0, 0.025, walls.shape)), straight(roof + rng.normal(0, 0.025, (3, 2)))]
    if rng.random() < 0.5:
        strokes.append(straight(np.array([[left, eaves], [right, eaves]]) + rng.normal(0, 0.02, (2, 2))))
    if rng.random() < 0.4:
        at, wide, high = rng.uniform(0.2, 0.6), rng.uniform(0.15, 0.25), rng.uniform(0.2, 0.32)
        strokes.append(straight(np.array([[at, 1.0], [at, 1 - high], [at + wide, 1 - high], [at + wide, 1.0]])))
    if rng.random() < 0.3:
        at, high, wide = rng.uniform(0.2, 0.6), eaves + rng.uniform(0.08, 0.16), rng.uniform(0.12, 0.2)
        strokes.append(
            straight(np.array([[at, high], [at + wide, high], [at + wide, high + wide], [at, high + wide], [at, high]]))
        )
    if rng.random() < 0.3:
        at = rng.uniform(0.68, 0.8)
        strokes.append(straight(np.array([[at, 0.3], [at, 0.02], [at + 0.12, 0.02], [at + 0.12, 0.4]])))
    return strokes


def _question_mark(rng: np.random.Generator) -> Strokes:
    """A bow that ends in a short stem, and a dot or a small ring below."""
    wide, foot = rng.uniform(0.25, 0.42), rng.uniform(0.62, 0.74)
    bow = np.array(
        [
            [0.5 - wide, rng.uniform(0.12, 0.3)],
            [0.5 - 0.5 * wide, 0.03],
            [0.5 + 0.4 * wide, 0.0],
            [0.5 + wide, 0.2],
            [0.5 + 0.7 * wide, 0.36],
            [0.5 + rng.uniform(0, 0.12), 0.48],
            [0.5, foot],
        ]
    )
    if rng.random() < 0.25:  # the bow swings back before the stem goes down
        bow[-2:] = [[0.5 - 0.1 * wide, 0.44], [0.5 - 0.1 * wide, foot]]
    strokes = [smooth(bow + rng.normal(0, 0.025, bow.shape))]
    centre = np.array([0.5 + rng.normal(0, 0.03), rng.uniform(0.9, 1.0)])
    if rng.random() < 0.35:
        strokes.append(ring(rng, centre, rng.uniform(0.02, 0.06)))
    else:
        strokes.append(centre + rng.normal(0, rng.choice([0.004, 0.025]), (2, 2)))
    return strokes


_mark = drawn_from(MARKS)


def _punctuation(rng: np.random.Generator) -> Strokes:
    """A question mark, or another mark of writing or reckoning."""
    return _question_mark(rng) if rng.random() < 0.5 else _mark(rng)


_letter = drawn_from(LETTERS_CHOOSING)

MAKERS: dict[str, Maker] = {
    "tangles": _tangle,
    "zigzags": _zigzag,
    "polygons": _polygon,
    "arrows": _arrow,
    "crosses": _cross,
    "stars": _star,
    "waves": _wave,
    "bars": _bars,
    "specks": _specks,
    "letters A to k": drawn_from(LETTERS_CHOOSING),
    "digits side by side": _digits_beside,
    "letters side by side": _letters_beside,
    "letters overlaid": _letters_overlaid,
    "letters on digits": _letter_on_digit,
    "arcs and angles": _bow,
    "things": drawn_from(THINGS),
    "rings with marks": _ringed,
    "digits crossed out": _crossed_out,
    "made-up signs": _made_up,
    "lines across": _line_across,
    "houses": _house,
    "punctuation": _punctuation,
}
