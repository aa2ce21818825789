"""Drawings that are not digits: scribbles, shapes, arrows, faces, letters, digits beside or on top of each other.

The network learns to doubt on the kinds in KINDS_CHOOSING, and the threshold of its refusals is chosen on them; the
kinds in KINDS_MEASURING serve only to measure afterwards. No shape is in both. Everything is made here from templates
of a few points with random bends, slant and size: nobody's handwriting is in it.

Left out because people draw some digit just so: the letters O o I i l S s Z z B b, g and q (9), Q (a zero with a
slash), y (an open 4), and, of digits on top of each other, the pairs in `_READS_AS_ONE`.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import DEFAULT_BRUSH, PAD_SIDE, Drawing
from digitlab.errors import InputError

Points = NDArray[np.float64]
Strokes = list[Points]
_Template = tuple[str, ...]

# A template is one string a stroke: "x,y x,y …" in a box from 0 to 100 with y down. A leading "~" bends the stroke
# smoothly through its points; without it they are joined by straight lines.
_LETTERS_CHOOSING: dict[str, _Template] = {
    "A": ("5,100 50,0 95,100", "22,65 78,65"),
    "D": ("10,0 10,100", "~10,0 60,5 90,50 60,95 10,100"),
    "F": ("12,0 12,100", "12,0 85,0", "12,45 70,45"),
    "H": ("10,0 10,100", "88,0 88,100", "10,50 88,50"),
    "K": ("10,0 10,100", "85,0 12,55 88,100"),
    "N": ("10,100 10,0 88,100 88,0",),
    "T": ("5,0 95,0", "50,0 50,100"),
    "U": ("~10,0 10,55 25,95 50,100 75,95 90,55 90,0",),
    "W": ("0,0 25,100 50,30 75,100 100,0",),
    "X": ("8,0 92,100", "92,0 8,100"),
    "Y": ("8,0 50,50", "92,0 50,50 50,100"),
    "a": ("~80,30 50,5 15,35 15,75 45,95 78,65 80,20", "~80,10 80,70 88,98 100,92"),
    "e": ("~12,52 88,50 75,10 35,5 10,45 20,88 55,100 90,80",),
    "f": ("~85,12 60,0 45,20 45,100", "15,42 80,42"),
    "h": ("10,0 10,100", "~10,60 40,42 70,55 75,100"),
    "k": ("12,0 12,100", "70,40 15,70 75,100"),
    "r": ("20,20 20,100", "~20,50 45,22 80,28"),
    "t": ("~45,0 45,75 60,100 85,90", "10,32 85,32"),
}
_LETTERS_MEASURING: dict[str, _Template] = {
    "C": ("~88,15 55,0 15,25 8,55 25,90 60,100 90,85",),
    "E": ("85,0 12,0 12,100 88,100", "12,50 72,50"),
    "G": ("~85,15 50,0 12,30 12,70 45,100 85,85", "88,85 88,55 55,55"),
    "J": ("~75,0 75,70 55,98 25,95 10,72", "45,0 100,0"),
    "L": ("12,0 12,100 88,100",),
    "M": ("5,100 12,0 50,70 88,0 95,100",),
    "P": ("12,0 12,100", "~12,2 65,2 85,27 65,52 12,54"),
    "R": ("12,0 12,100", "~12,2 65,2 82,27 60,50 12,52", "40,52 88,100"),
    "V": ("5,0 50,100 95,0",),
    "d": ("~80,55 45,40 12,65 25,97 60,95 80,70", "80,0 80,100"),
    "j": ("~60,28 60,80 45,100 15,92", "60,4 62,6"),
    "m": ("5,25 5,100", "~5,50 25,27 45,45 47,100", "~47,52 70,27 92,45 95,100"),
    "n": ("12,20 12,100", "~12,50 45,20 80,42 84,100"),
    "p": ("12,20 12,100", "~12,32 50,18 80,40 55,66 12,60"),
}
_DIGITS: dict[str, _Template] = {
    "0": ("~52,0 15,25 10,60 40,98 80,75 88,35 55,1",),
    "1": ("~50,0 50,50 50,100",),
    "2": ("~12,22 45,0 82,22 60,60 10,98", "10,98 90,98"),
    "3": ("~12,10 60,0 80,22 42,45 85,70 55,100 8,90",),
    "4": ("30,0 8,60 90,60", "68,20 68,100"),
    "5": ("85,2 22,2 18,42", "~18,42 65,38 85,70 55,100 10,92"),
    "6": ("~78,2 30,35 12,75 45,100 80,78 55,52 16,72",),
    "7": ("8,2 90,2 40,100",),
    "8": ("~75,15 40,0 20,22 75,62 72,92 35,98 18,78 70,30 76,14",),
    "9": ("~80,18 45,2 15,25 45,50 80,20", "~80,18 74,60 60,100"),
}
_TURNED = (3, 4, 6, 9)  # a mirrored 2 is nearly a 5, a 7 on its side nearly a one with a foot
_READS_AS_ONE = {(0, 1), (1, 4), (1, 7), (3, 8), (0, 6), (0, 9), (0, 8)}
_THINGS: dict[str, _Template] = {
    "boat": ("0,65 20,100 80,100 100,65 0,65", "50,65 50,0 85,55 50,55"),
    "key": ("~30,0 8,18 8,38 30,52 52,38 52,18 30,0", "30,52 30,100", "30,80 55,80", "30,98 50,98"),
    "bell": ("~50,0 25,20 22,60 5,85", "~50,0 75,20 78,60 95,85", "5,85 95,85", "~40,86 50,100 60,86"),
    "mushroom": ("~2,50 15,12 50,0 85,12 98,50", "2,50 98,50", "38,50 35,100 65,100 62,50"),
    "glasses": ("~20,30 2,50 20,70 38,50 20,30", "~80,30 62,50 80,70 98,50 80,30", "38,50 62,50"),
    "cloud": ("~15,80 0,60 18,45 30,20 55,22 72,32 95,45 100,70 85,80", "15,80 85,80"),
    "ladder": ("20,0 20,100", "75,0 75,100", "20,20 75,20", "20,50 75,50", "20,80 75,80"),
    "anchor": ("50,10 50,98", "25,28 75,28", "~5,62 20,92 50,100 80,92 95,62"),
    "fork": ("20,0 20,35 80,35 80,0", "50,0 50,100"),
    "chair": ("15,0 15,100", "15,50 80,50 80,100"),
    "table": ("0,20 100,20", "12,20 12,100", "88,20 88,100"),
    "half moon": ("~2,70 12,25 50,5 88,25 98,70", "2,70 98,70"),
    "trapezium": ("25,10 75,10 100,85 0,85 25,10",),
    "car": ("0,75 0,50 25,45 40,15 75,15 85,45 100,50 100,75 0,75", "~25,75 32,95 40,75", "~65,75 72,95 80,75"),
    "drop": ("~50,0 20,50 15,80 50,100 85,80 80,50 50,0", "~35,70 40,85 52,88"),
    "bow": ("0,15 100,85 100,15 0,85 0,15",),
}
_SYMBOLS: dict[str, _Template] = {
    "heart": ("~50,100 5,45 8,10 35,2 50,28", "~50,28 65,2 92,10 95,45 50,100"),
    "house": ("10,45 10,100 90,100 90,45 10,45", "0,48 50,0 100,48"),
    "lightning": ("65,0 20,55 55,50 30,100 80,40 48,44 65,0",),
    "fish": ("~100,15 50,80 10,50 50,18 100,85",),
    "tree": ("50,100 50,60", "50,0 15,62 85,62 50,0"),
    "cup": ("15,10 25,100 70,100 80,10 15,10", "~79,25 100,35 97,62 74,70"),
    "flag": ("15,0 15,100", "15,5 90,25 15,48"),
    "umbrella": ("~5,50 25,10 50,0 75,10 95,50", "5,50 95,50", "~50,50 50,90 38,100 28,88"),
    "envelope": ("2,15 98,15 98,85 2,85 2,15", "2,15 50,55 98,15"),
    "moon": ("~65,0 20,20 5,55 30,92 70,100", "~70,100 40,70 40,30 65,0"),
}
_SIGNS: dict[str, _Template] = {
    "percent": ("85,0 15,100", "~20,5 8,18 20,32 32,18 20,5", "~80,68 68,82 80,96 92,82 80,68"),
    "ampersand": ("~95,95 25,25 45,2 62,20 10,70 35,100 90,55",),
    "at": ("~65,40 40,35 35,62 60,62 66,38", "~66,38 72,65 92,50 80,10 40,2 5,35 8,75 45,100 85,88"),
    "dollar": ("~80,18 45,8 18,28 78,68 55,92 15,82", "50,0 50,100"),
    "euro": ("~88,12 50,0 20,30 20,70 50,100 88,88", "2,40 65,40", "2,60 62,60"),
    "pi": ("5,10 95,10", "~30,10 28,60 15,100", "~70,10 68,80 90,98"),
    "infinity": ("~50,50 20,25 3,50 20,75 50,50 80,25 97,50 80,75 50,50",),
    "root": ("0,60 15,55 35,100 60,5 100,5",),
}


def generate(kind: str, count: int, rng: np.random.Generator) -> list[Drawing]:
    """Make drawings of one kind.

    Args:
        kind: one of KINDS_CHOOSING or KINDS_MEASURING.
        count: how many.
        rng: where all chance comes from; the same state gives the same drawings.

    Returns:
        Drawings on the pad, 280×280, at a random place and size, drawn with the default brush.

    Raises:
        InputError: there is no such kind.
    """
    if kind not in _MAKERS:
        raise InputError(f"There are no non-digits of the kind {kind!r}; there are {', '.join(_MAKERS)}.")
    return [_on_pad(_MAKERS[kind](rng), rng) for _ in range(count)]


def turned_digits(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Digits mirrored or lying on their side, where that makes no other digit: handwriting that is none.

    Args:
        images: uint8 [N, 28, 28], digits to choose from.
        labels: uint8 [N], 0 to 9.
        count: how many to make.
        rng: where all chance comes from.

    Returns:
        uint8 [count, 28, 28].
    """
    lying = rng.random(count) < 0.5
    chosen = images[rng.choice(np.flatnonzero(np.isin(labels, _TURNED)), count)]
    clockwise = rng.random(count) < 0.5
    turned = np.where(clockwise[:, None, None], np.rot90(chosen, -1, (1, 2)), np.rot90(chosen, 1, (1, 2)))
    return np.asarray(np.where(lying[:, None, None], turned, chosen[:, :, ::-1]))


def pictures(kinds: Sequence[str], count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Drawings of several kinds as the network gets them: uint8 [len(kinds) · count, 28, 28], kind after kind."""
    drawn = [prepare(drawing) for kind in kinds for drawing in generate(kind, count, rng)]
    return np.asarray(np.rint(np.stack(drawn) * 255), np.uint8)


def teaching_pictures(rng: np.random.Generator) -> NDArray[np.uint8]:
    """The drawings that a network is taught to doubt on, as many of each kind as TEACHING says; about 40 s."""
    return np.concatenate([pictures((kind,), count, rng) for kind, count in TEACHING.items()])


# --- templates --------------------------------------------------------------------------------------


def _read(template: _Template, rng: np.random.Generator, jitter: float = 0.035) -> Strokes:
    """A template's strokes in a unit box, each control point moved at random, densely sampled."""
    strokes = []
    for text in template:
        smooth = text.startswith("~")
        points = np.array([pair.split(",") for pair in text.lstrip("~").split()], dtype=np.float64) / 100
        points += rng.normal(0, jitter, points.shape)
        strokes.append(_smooth(points) if smooth else _straight(points))
    return strokes


def _straight(points: Points, steps: int = 10) -> Points:
    """The points joined by straight lines of `steps` pieces each, so that later bends reach every part."""
    at = np.linspace(0, len(points) - 1, steps * (len(points) - 1) + 1)
    return np.stack([np.interp(at, np.arange(len(points)), points[:, axis]) for axis in (0, 1)], axis=1)


def _smooth(points: Points, steps: int = 10) -> Points:
    """A Catmull-Rom curve through the points."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.concatenate([*pieces, points[-1:]])


def _ring(rng: np.random.Generator, centre: Sequence[float] | Points, radius: float) -> Points:
    """A hand-drawn circle that may not quite close."""
    turn = np.linspace(0, 2 * np.pi * rng.uniform(0.95, 1.08), 32) + rng.uniform(0, 2 * np.pi)
    wobble = radius * (1 + rng.uniform(0, 0.08) * np.sin(2 * turn + rng.uniform(0, 6)))
    return np.stack([centre[0] + wobble * np.cos(turn), centre[1] + wobble * np.sin(turn)], axis=1)


def _turned(strokes: Strokes, angle: float) -> Strokes:
    """Turned about the middle of the unit box by `angle` radians."""
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return [(stroke - 0.5) @ matrix.T + 0.5 for stroke in strokes]


def _on_pad(strokes: Strokes, rng: np.random.Generator) -> Drawing:
    """Give the strokes a hand's slant, unequal sides and bends, and put them somewhere on the pad."""
    points = np.concatenate(strokes)
    low, size = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-6)
    slant, turn, stretch = rng.uniform(-0.25, 0.25), np.radians(rng.uniform(-8, 8)), rng.uniform(-0.15, 0.15)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[np.exp(stretch), -slant], [0, np.exp(-stretch)]]
    )
    strength, frequency = rng.normal(0, 0.02, (2, 2)), rng.uniform(2, 6, (2, 2))
    phase = rng.uniform(0, 2 * np.pi, (2, 2))
    bent = []
    for stroke in strokes:
        unit = (stroke - low) / size - 0.5
        bend = [(strength[a] * np.sin(unit * frequency[a] + phase[a])).sum(axis=1) for a in (0, 1)]
        bent.append((unit + np.stack(bend, axis=1)) @ matrix.T)
    points = np.concatenate(bent)
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    scale = rng.uniform(0.35, 0.85) * PAD_SIDE / max(float(span.max()), 1e-6)
    place = rng.uniform(0.02 * PAD_SIDE, np.maximum(0.98 * PAD_SIDE - span * scale, 0.03 * PAD_SIDE))
    return Drawing.of([(stroke - low) * scale + place for stroke in bent], DEFAULT_BRUSH)


def _from(templates: dict[str, _Template]) -> Callable[[np.random.Generator], Strokes]:
    names = sorted(templates)
    return lambda rng: _read(templates[names[rng.integers(len(names))]], rng)


# --- kinds to choose by -----------------------------------------------------------------------------


def _tangle(rng: np.random.Generator) -> Strokes:
    """One smooth line through many random points."""
    return [_smooth(rng.uniform(0, 1, (int(rng.integers(7, 18)), 2)))]


def _zigzag(rng: np.random.Generator) -> Strokes:
    """Up and down, as one scratches something out."""
    count = int(rng.integers(5, 14))
    points = np.stack([np.linspace(0, rng.uniform(0.6, 1.4), count), np.arange(count) % 2 * 1.0], axis=1)
    points += rng.normal(0, 0.07, points.shape)
    return _turned([_smooth(points) if rng.random() < 0.5 else _straight(points)], rng.uniform(0, np.pi))


def _polygon(rng: np.random.Generator) -> Strokes:
    """A triangle, a box or a pentagon, some with lines across."""
    corners = int(rng.integers(3, 6))
    turn = np.arange(corners + 1) / corners * 2 * np.pi + rng.uniform(0, 2 * np.pi)
    points = 0.5 + 0.5 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    points += rng.normal(0, 0.03, points.shape)
    strokes = [_straight(points)]
    if corners == 4 and rng.random() < 0.3:
        strokes += [_straight(points[[0, 2]]), _straight(points[[1, 3]])]
    return strokes


def _arrow(rng: np.random.Generator) -> Strokes:
    """A straight shaft with an open head, in any direction."""
    barb, back = rng.uniform(0.15, 0.35), rng.uniform(0.15, 0.4)
    shaft = _straight(np.array([[0.0, 0.5], [1.0, 0.5]]))
    head = _straight(np.array([[1 - back, 0.5 - barb], [1.0, 0.5], [1 - back, 0.5 + barb]]))
    return _turned([shaft, head], rng.uniform(0, 2 * np.pi))


def _cross(rng: np.random.Generator) -> Strokes:
    """Two to four lines through one point: plus, multiplication sign, asterisk."""
    count = int(rng.integers(2, 5))
    start = rng.uniform(0, np.pi)
    strokes = []
    for k in range(count):
        angle = start + k * np.pi / count + rng.normal(0, 0.08)
        step = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.4, 0.5)
        strokes.append(_straight(np.array([0.5 - step, 0.5 + step]) + rng.normal(0, 0.03, 2)))
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
    return [_straight(points + rng.normal(0, 0.05, points.shape))]


def _wave(rng: np.random.Generator) -> Strokes:
    """A wavy line, or two of them one above the other."""
    x = np.linspace(0, 1, 60)
    turns, height = rng.uniform(1.5, 4), rng.uniform(0.08, 0.3)
    line = np.stack([x, 0.5 + height * np.sin(2 * np.pi * turns * x + rng.uniform(0, 6))], axis=1)
    lines = [line] if rng.random() < 0.6 else [line, line + [0, rng.uniform(0.2, 0.5)]]
    return _turned(lines, rng.uniform(-0.6, 0.6))


def _bars(rng: np.random.Generator) -> Strokes:
    """Two or three lines side by side, or the hash sign."""
    count = int(rng.integers(2, 4))
    gaps = np.linspace(0.1, 0.9, count)
    strokes = [_straight(np.array([[0, g], [1, g]]) + rng.normal(0, 0.04, (2, 2))) for g in gaps]
    if rng.random() < 0.4:
        strokes += [_straight(np.array([[g, 0], [g, 1]]) + rng.normal(0, 0.04, (2, 2))) for g in gaps]
    return _turned(strokes, rng.choice([0.0, np.pi / 2]))


def _specks(rng: np.random.Generator) -> Strokes:
    """Dots and dashes strewn about."""
    centres = rng.uniform(0, 1, (int(rng.integers(4, 14)), 1, 2))
    return [centre + rng.normal(0, rng.choice([0.005, 0.05]), (2, 2)) for centre in centres]


def _digits_beside(rng: np.random.Generator) -> Strokes:
    """Two or three digits side by side."""
    strokes: Strokes = []
    edge = 0.0
    for _ in range(2 + int(rng.random() < 0.25)):
        digit = _read(_DIGITS[str(rng.integers(10))], rng)
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
    digit = _read(_DIGITS[str(rng.integers(2, 10))], rng)
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
    return [_straight(np.array([legs[0], [0, 0], legs[1]]))]


def _ringed(rng: np.random.Generator) -> Strokes:
    """A ring with three to five marks in it: a button, a dial, a wheel, a target."""
    strokes = [_ring(rng, (0.5, 0.5), 0.5)]
    style = rng.integers(4)
    if style == 0:
        for _ in range(int(rng.integers(3, 6))):
            strokes.append(_ring(rng, rng.uniform(0.25, 0.75, 2), rng.uniform(0.02, 0.1)))
    elif style == 1:
        for _ in range(int(rng.integers(3, 6))):
            strokes.append(_straight(rng.uniform(0.2, 0.8, 2) + rng.normal(0, 0.12, (2, 2))))
    elif style == 2:
        strokes += [(stroke - 0.5) * rng.uniform(0.6, 1) + 0.5 for stroke in _cross(rng)]
    else:
        strokes.append(_ring(rng, (0.5, 0.5), rng.uniform(0.2, 0.38)))
        strokes.append(_straight(rng.uniform(0.3, 0.7, (3, 2))))
    return strokes


def _crossed_out(rng: np.random.Generator) -> Strokes:
    """A digit with a ring or box around it, or crossed out by several lines."""
    style = rng.integers(3)
    digit = rng.choice([2, 3, 4, 5, 6, 8, 9] if style == 0 else 10)  # a 1 in a ring is a zero with a bar
    strokes = [stroke * [0.7, 1] + [0.15, 0] for stroke in _read(_DIGITS[str(digit)], rng)]
    if style == 0:
        strokes.append(_ring(rng, (0.5, 0.5), rng.uniform(0.65, 0.85)))
    elif style == 1:
        reach = rng.uniform(0.15, 0.35)
        corners = np.array([[-reach, -reach], [1 + reach, -reach], [1 + reach, 1 + reach], [-reach, 1 + reach]])
        strokes.append(_straight(np.concatenate([corners, corners[:1]]) + rng.normal(0, 0.03, (5, 2))))
    else:
        strokes += _cross(rng) if rng.random() < 0.5 else _zigzag(rng)
    return strokes


def _piece(rng: np.random.Generator) -> Points:
    """A line, an angle, an arc, a hook or a small ring, anywhere in the box."""
    style = rng.integers(5)
    centre, size = rng.uniform(0.15, 0.85, 2), rng.uniform(0.15, 0.55)
    if style == 0:
        points = _straight(np.array([[-1.0, 0], [1, 0]]))
    elif style == 1:
        points = _straight(np.array([[-1.0, 0], [0, rng.uniform(-0.6, 0.6)], [rng.uniform(-0.5, 0.5), 1]]))
    elif style == 2:
        turn = np.linspace(0, rng.uniform(1.5, 5), 24)
        points = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    elif style == 3:
        points = _smooth(np.array([[-1.0, 0], [0.3, 0], [0.9, 0.35], [0.6, 0.8], [0.2, 0.7]]))
    else:
        return _ring(rng, centre, size * 0.5)
    points = _turned([points * size / 2 + 0.5], rng.uniform(0, 2 * np.pi))[0]
    return np.asarray(points + centre - 0.5)


def _made_up(rng: np.random.Generator) -> Strokes:
    """A sign of no script: three to six pieces."""
    return [_piece(rng) for _ in range(int(rng.integers(3, 7)))]


_letter = _from(_LETTERS_CHOOSING)


# --- kinds to measure by ----------------------------------------------------------------------------


def _coil(rng: np.random.Generator) -> Strokes:
    """A spiral of two and more turns, or loops in a row."""
    turns = rng.uniform(2.2, 5)
    t = np.linspace(0, 2 * np.pi * turns, int(24 * turns))
    if rng.random() < 0.5:
        radius = 0.08 + t / t[-1]
        return [np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1)]
    drift = rng.uniform(0.1, 0.4)
    return _turned([np.stack([drift * t + np.cos(t), rng.uniform(0.6, 2) * np.sin(t)], axis=1)], rng.uniform(-0.5, 0.5))


def _hatching(rng: np.random.Generator) -> Strokes:
    """Four and more short strokes one beside the other, some crossed by a second layer."""
    angle = rng.uniform(0, np.pi)
    layers = [angle] if rng.random() < 0.6 else [angle, angle + rng.uniform(0.8, 2)]
    strokes: Strokes = []
    for layer in layers:
        lines = [
            _straight(np.array([[0, g], [1, g]]) + rng.normal(0, 0.05, (2, 2)))
            for g in np.linspace(0, 1, int(rng.integers(4, 8)))
        ]
        strokes += _turned(lines, layer)
    return strokes


_DASH = np.array([[0, -0.05], [0, 0.05]])


def _face(rng: np.random.Generator) -> Strokes:
    """A round face with eyes and a mouth, some with a nose."""
    strokes = [_ring(rng, (0.5, 0.5), 0.5)]
    for eye_x in (0.32, 0.68):
        eye = np.array([eye_x, 0.36]) + rng.normal(0, 0.03, 2)
        strokes.append(_ring(rng, eye, rng.uniform(0.02, 0.07)) if rng.random() < 0.6 else eye + _DASH)
    x = np.linspace(-1, 1, 16)
    bend = rng.uniform(-0.12, 0.18)
    strokes.append(np.stack([0.5 + rng.uniform(0.18, 0.28) * x, 0.72 + bend * (0.5 - x**2)], axis=1))
    if rng.random() < 0.4:
        strokes.append(_straight(np.array([[0.5, 0.45], [0.46, 0.58], [0.52, 0.58]])))
    return strokes


def _fancy_arrow(rng: np.random.Generator) -> Strokes:
    """An arrow in outline, with two heads, or with a bent shaft, in any direction."""
    style = rng.integers(3)
    back, barb = rng.uniform(0.25, 0.45), rng.uniform(0.2, 0.45)
    if style == 0:
        half = barb * rng.uniform(0.3, 0.6)
        upper = [[0, 0.5 - half], [1 - back, 0.5 - half], [1 - back, 0.5 - barb], [1, 0.5]]
        lower = [[1 - back, 0.5 + barb], [1 - back, 0.5 + half], [0, 0.5 + half], [0, 0.5 - half]]
        strokes = [_straight(np.array(upper + lower))]
    elif style == 1:
        strokes = [_straight(np.array([[0, 0.5], [1, 0.5]]))]
        for tip, side in ((1.0, -1.0), (0.0, 1.0)):
            base = tip + side * back * 0.8
            strokes.append(_straight(np.array([[base, 0.5 - barb], [tip, 0.5], [base, 0.5 + barb]])))
    else:
        sweep = np.linspace(-np.pi * rng.uniform(0.9, 1.3), 0, 24)
        shaft = np.stack([0.5 + 0.5 * np.cos(sweep), 0.5 + 0.5 * np.sin(sweep)], axis=1)
        strokes = [shaft, _straight(np.array([[1 - barb, 0.5 - back * 0.8], [1, 0.5], [1 + barb, 0.5 - back * 0.8]]))]
    return _turned(strokes, rng.uniform(0, 2 * np.pi))


def _digits_overlaid(rng: np.random.Generator) -> Strokes:
    """Two different digits on top of each other."""
    while True:
        first, second = sorted(int(digit) for digit in rng.choice(10, 2, replace=False))
        if (first, second) not in _READS_AS_ONE:
            break
    shift, size = rng.uniform(-0.15, 0.15, 2), rng.uniform(0.8, 1.2)
    below, above = (_read(_DIGITS[str(digit)], rng) for digit in (first, second))
    return [stroke * [0.75, 1] for stroke in below] + [stroke * size * [0.75, 1] + shift for stroke in above]


_MAKERS: dict[str, Callable[[np.random.Generator], Strokes]] = {
    "tangles": _tangle,
    "zigzags": _zigzag,
    "polygons": _polygon,
    "arrows": _arrow,
    "crosses": _cross,
    "stars": _star,
    "waves": _wave,
    "bars": _bars,
    "specks": _specks,
    "letters A to k": _from(_LETTERS_CHOOSING),
    "digits side by side": _digits_beside,
    "letters side by side": _letters_beside,
    "letters overlaid": _letters_overlaid,
    "letters on digits": _letter_on_digit,
    "arcs and angles": _bow,
    "things": _from(_THINGS),
    "rings with marks": _ringed,
    "digits crossed out": _crossed_out,
    "made-up signs": _made_up,
    "coils": _coil,
    "hatchings": _hatching,
    "symbols": _from(_SYMBOLS),
    "signs": _from(_SIGNS),
    "fancy arrows": _fancy_arrow,
    "faces": _face,
    "letters C to p": _from(_LETTERS_MEASURING),
    "digits overlaid": _digits_overlaid,
}
KINDS_CHOOSING = tuple(_MAKERS)[:19]  # to train and to set the threshold
KINDS_MEASURING = tuple(_MAKERS)[19:]  # only to measure
# How many of each a network is taught with, in all 27,300: more where there is more variety within a kind.
TEACHING = dict.fromkeys(KINDS_CHOOSING, 700) | {
    "letters on digits": 4200,
    "things": 3500,
    "letters A to k": 2800,
    "made-up signs": 2800,
    "arcs and angles": 1400,
    "digits crossed out": 1400,
    "letters overlaid": 1400,
    "polygons": 1400,
    "rings with marks": 1400,
}
