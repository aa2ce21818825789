"""The effect of each stroke: every stroke of a drawing is left out in turn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.preprocess import ALL_STEPS, Stage, Steps, stages
from digitlab.drawing.raster import ink
from digitlab.drawing.strokes import Drawing
from digitlab.insight.attribution import Explainer, Floats

MOST_STROKES = 200  # more than anyone draws for one digit; each costs a picture


@dataclass(frozen=True)
class LeftOut:
    """What leaving out each stroke does.

    Attributes:
        segments: each stroke's lines in pixels of the 28×28, [S, 4].
        effects: [N], the score of the whole drawing less the score without the stroke: above 0 speaks for the target.
        score: the whole drawing's.
    """

    segments: list[NDArray[np.float64]]
    effects: Floats
    score: float


def leave_out(explainer: Explainer, drawing: Drawing, towards: Floats, steps: Steps = ALL_STEPS) -> LeftOut:
    """Leave out each stroke; the others stay where the whole drawing has them, so that nothing but ink changes.

    Args:
        explainer: of the network.
        drawing: not empty.
        towards: the target [10].
        steps: how the drawing becomes 28×28.
    """
    last = stages(drawing, steps)[-1]
    assert isinstance(last, Stage)
    counts = [max(len(stroke) - 1, 1) for stroke in drawing.strokes]
    ends = np.cumsum(counts)
    parts = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)][:MOST_STROKES]
    pictures = [last.image]
    for part in parts:
        rest = np.ones(len(last.segments), bool)
        rest[part] = False
        pictures.append(ink(last.segments[rest], last.widths[rest]))
    scores = explainer.scores(np.stack(pictures), towards)
    return LeftOut([last.segments[part] for part in parts], scores[0] - scores[1:], float(scores[0]))
