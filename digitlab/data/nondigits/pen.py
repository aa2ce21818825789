"""The pen: strokes from templates of a few points, bent and slanted by chance, and put on the pad."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from digitlab.data.nondigits.templates import Template
from digitlab.drawing.strokes import DEFAULT_BRUSH, PAD_SIDE, Drawing

Points = NDArray[np.float64]
Strokes = list[Points]
Maker = Callable[[np.random.Generator], Strokes]


def read(template: Template, rng: np.random.Generator, jitter: float = 0.035) -> Strokes:
    """A template's strokes in a unit box, each control point moved at random, densely sampled."""
    strokes = []
    for text in template:
        curved = text.startswith("~")
        points = np.array([pair.split(",") for pair in text.lstrip("~").split()], dtype=np.float64) / 100
        points += rng.normal(0, jitter, points.shape)
        strokes.append(smooth(points) if curved else straight(points))
    return strokes


def straight(points: Points, steps: int = 10) -> Points:
    """The points joined by straight lines of `steps` pieces each, so that later bends reach every part."""
    at = np.linspace(0, len(points) - 1, steps * (len(points) - 1) + 1)
    return np.stack([np.interp(at, np.arange(len(points)), points[:, axis]) for axis in (0, 1)], axis=1)


def smooth(points: Points, steps: int = 10) -> Points:
    """A Catmull-Rom curve through the points."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.concatenate([*pieces, points[-1:]])


def ring(rng: np.random.Generator, centre: Sequence[float] | Points, radius: float) -> Points:
    """A hand-drawn circle that may not quite close."""
    turn = np.linspace(0, 2 * np.pi * rng.uniform(0.95, 1.08), 32) + rng.uniform(0, 2 * np.pi)
    wobble = radius * (1 + rng.uniform(0, 0.08) * np.sin(2 * turn + rng.uniform(0, 6)))
    return np.stack([centre[0] + wobble * np.cos(turn), centre[1] + wobble * np.sin(turn)], axis=1)


def turned(strokes: Strokes, angle: float) -> Strokes:
    """Turned about the middle of the unit box by `angle` radians."""
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return [(stroke - 0.5) @ matrix.T + 0.5 for stroke in strokes]


def on_pad(strokes: Strokes, rng: np.random.Generator) -> Drawing:
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


def drawn_from(templates: dict[str, Template]) -> Maker:
    """Draws one of the templates, each as often as the others."""
    names = sorted(templates)
    return lambda rng: read(templates[names[rng.integers(len(names))]], rng)
