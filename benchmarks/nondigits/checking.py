"""Kinds to check by while a network is being built: none of them teaches, but their figures have been looked at."""

import numpy as np

from benchmarks.nondigits.templates import DIGITS_THAT_READ_AS_ONE, LETTERS_CHECKING, SIGNS, SYMBOLS
from digitlab.data.nondigits.pen import Maker, Strokes, drawn_from, read, ring, straight, turned
from digitlab.data.nondigits.templates import DIGITS


def _coil(rng: np.random.Generator) -> Strokes:
    """A spiral of two and more turns, or loops in a row."""
    turns = rng.uniform(2.2, 5)
    t = np.linspace(0, 2 * np.pi * turns, int(24 * turns))
    if rng.random() < 0.5:
        radius = 0.08 + t / t[-1]
        return [np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1)]
    drift = rng.uniform(0.1, 0.4)
    return turned([np.stack([drift * t + np.cos(t), rng.uniform(0.6, 2) * np.sin(t)], axis=1)], rng.uniform(-0.5, 0.5))


def _hatching(rng: np.random.Generator) -> Strokes:
    """Four and more short strokes one beside the other, some crossed by a second layer."""
    angle = rng.uniform(0, np.pi)
    layers = [angle] if rng.random() < 0.6 else [angle, angle + rng.uniform(0.8, 2)]
    strokes: Strokes = []
    for layer in layers:
        lines = [
            straight(np.array([[0, g], [1, g]]) + rng.normal(0, 0.05, (2, 2)))
            for g in np.linspace(0, 1, int(rng.integers(4, 8)))
        ]
        strokes += turned(lines, layer)
    return strokes


_DASH = np.array([[0, -0.05], [0, 0.05]])


def _face(rng: np.random.Generator) -> Strokes:
    """A round face with eyes and a mouth, some with a nose."""
    strokes = [ring(rng, (0.5, 0.5), 0.5)]
    for eye_x in (0.32, 0.68):
        eye = np.array([eye_x, 0.36]) + rng.normal(0, 0.03, 2)
        strokes.append(ring(rng, eye, rng.uniform(0.02, 0.07)) if rng.random() < 0.6 else eye + _DASH)
    x = np.linspace(-1, 1, 16)
    bend = rng.uniform(-0.12, 0.18)
    strokes.append(np.stack([0.5 + rng.uniform(0.18, 0.28) * x, 0.72 + bend * (0.5 - x**2)], axis=1))
    if rng.random() < 0.4:
        strokes.append(straight(np.array([[0.5, 0.45], [0.46, 0.58], [0.52, 0.58]])))
    return strokes


def _fancy_arrow(rng: np.random.Generator) -> Strokes:
    """An arrow in outline, with two heads, or with a bent shaft, in any direction."""
    style = rng.integers(3)
    back, barb = rng.uniform(0.25, 0.45), rng.uniform(0.2, 0.45)
    if style == 0:
        half = barb * rng.uniform(0.3, 0.6)
        upper = [[0, 0.5 - half], [1 - back, 0.5 - half], [1 - back, 0.5 - barb], [1, 0.5]]
        lower = [[1 - back, 0.5 + barb], [1 - back, 0.5 + half], [0, 0.5 + half], [0, 0.5 - half]]
        strokes = [straight(np.array(upper + lower))]
    elif style == 1:
        strokes = [straight(np.array([[0, 0.5], [1, 0.5]]))]
        for tip, side in ((1.0, -1.0), (0.0, 1.0)):
            base = tip + side * back * 0.8
            strokes.append(straight(np.array([[base, 0.5 - barb], [tip, 0.5], [base, 0.5 + barb]])))
    else:
        sweep = np.linspace(-np.pi * rng.uniform(0.9, 1.3), 0, 24)
        shaft = np.stack([0.5 + 0.5 * np.cos(sweep), 0.5 + 0.5 * np.sin(sweep)], axis=1)
        strokes = [shaft, straight(np.array([[1 - barb, 0.5 - back * 0.8], [1, 0.5], [1 + barb, 0.5 - back * 0.8]]))]
    return turned(strokes, rng.uniform(0, 2 * np.pi))


def _digits_overlaid(rng: np.random.Generator) -> Strokes:
    """Two different digits on top of each other."""
    while True:
        first, second = sorted(int(digit) for digit in rng.choice(10, 2, replace=False))
        if (first, second) not in DIGITS_THAT_READ_AS_ONE:
            break
    shift, size = rng.uniform(-0.15, 0.15, 2), rng.uniform(0.8, 1.2)
    below, above = (read(DIGITS[str(digit)], rng) for digit in (first, second))
    return [stroke * [0.75, 1] for stroke in below] + [stroke * size * [0.75, 1] + shift for stroke in above]


MAKERS: dict[str, Maker] = {
    "coils": _coil,
    "hatchings": _hatching,
    "symbols": drawn_from(SYMBOLS),
    "signs": drawn_from(SIGNS),
    "fancy arrows": _fancy_arrow,
    "faces": _face,
    "letters C to p": drawn_from(LETTERS_CHECKING),
    "digits overlaid": _digits_overlaid,
}
