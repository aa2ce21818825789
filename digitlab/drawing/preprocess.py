"""From strokes to the network's 28×28, in the stages by which MNIST itself was made.

MNIST's makers scaled each digit into a 20×20 box and placed it in 28×28 by its centre of mass
(http://yann.lecun.com/exdb/mnist/). Its centres of mass lie at the corner between pixels 14 and 15, that is at 14.5
where pixel c has its centre at c + ½; a drawing is put at that very point. One step is ours: whatever brush was used,
the strokes are redrawn with one canonical pen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.raster import SIDE, ink
from digitlab.drawing.strokes import DEFAULT_BRUSH, PAD_SIDE, Drawing

BOX = 20.0  # the longest side of the ink, in pixels of the 28×28
CENTRE = 14.5  # where MNIST has its centre of mass
PEN_WIDTH = 2.4  # pixels of the 28×28; chosen on pen strokes, see docs/log.md


@dataclass(frozen=True)
class Steps:
    """Which steps are taken; the defaults are what the network is given."""

    crop: bool = True
    scale: bool = True
    pen: bool = True
    centre: bool = True


ALL_STEPS = Steps()


@dataclass(frozen=True)
class Stage:
    """A drawing on its way: segments and pen widths in pixels of the 28×28.

    Attributes:
        name: what was done last, one of "drawn", "cropped", "scaled", "pen", "centred".
        segments: [S, 4].
        widths: [S].
    """

    name: str
    segments: NDArray[np.float64]
    widths: NDArray[np.float64]

    @cached_property
    def image(self) -> NDArray[np.float32]:
        """float32 [28, 28] in 0..1."""
        return ink(self.segments, self.widths)

    def moved(self, name: str, dx: float, dy: float) -> "Stage":
        return replace(self, name=name, segments=self.segments + [dx, dy, dx, dy])

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the lines, without the pen."""
        x, y = self.segments[:, 0::2], self.segments[:, 1::2]
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def stages(drawing: Drawing, steps: Steps = ALL_STEPS) -> Sequence[Stage]:
    """Every stage from the drawing on the pad to the network's picture, in order; none for an empty drawing.

    A step that is switched off leaves its stage out. The last stage's `image` is what the network sees.
    """
    if not drawing:
        return []
    segments, widths = drawing.segments()
    widths = np.where(widths > 0, widths, DEFAULT_BRUSH)
    stage = Stage("drawn", segments * (SIDE / PAD_SIDE), widths * (SIDE / PAD_SIDE))
    result = [stage]
    if steps.crop:
        left, top, right, bottom = stage.box()
        stage = stage.moved("cropped", (SIDE - left - right) / 2, (SIDE - top - bottom) / 2)
        result.append(stage)
    before, known_brush = stage, any(drawing.widths)
    if steps.scale:
        stage = _scaled(before, known_brush, pen=False)
        result.append(stage)
    if steps.pen:
        lines = _scaled(before, known_brush, pen=True) if steps.scale else stage
        stage = replace(lines, name="pen", widths=np.full_like(lines.widths, PEN_WIDTH))
        result.append(stage)
    if steps.centre:
        stage = stage.moved("centred", *to_centre(stage.image))
        result.append(stage)
    return result


def prepare(drawing: Drawing) -> NDArray[np.float32]:
    """The network's picture of a drawing: float32 [28, 28] in 0..1, all 0 for an empty drawing."""
    steps = stages(drawing)
    return steps[-1].image if steps else np.zeros((SIDE, SIDE), np.float32)


def _scaled(stage: Stage, known_brush: bool, pen: bool) -> Stage:
    """Scale about the box's centre so that the ink's longest side is BOX.

    With `pen` the ink is that of the canonical pen: the lines get BOX less its width. What is shorter than half the
    brush is a dot and stays one: a dot blown up would be a line.
    """
    left, top, right, bottom = stage.box()
    longest = max(right - left, bottom - top)
    brush = float(stage.widths.max())
    if longest < (brush / 2 if known_brush else 1e-9):
        factor = PEN_WIDTH / brush
    elif pen:
        factor = (BOX - PEN_WIDTH) / longest
    else:
        factor = BOX / (longest + brush)
    centre = np.array([(left + right) / 2, (top + bottom) / 2] * 2)
    return Stage("scaled", (stage.segments - centre) * factor + centre, stage.widths * factor)


def to_centre(image: NDArray[np.float32]) -> tuple[float, float]:
    """How far to move a picture so that its centre of mass lies at CENTRE; (0, 0) if it has no ink."""
    mass = float(image.sum(dtype=np.float64))
    if mass == 0:
        return 0.0, 0.0
    at = np.arange(SIDE) + 0.5
    return CENTRE - float(image.sum(axis=0) @ at) / mass, CENTRE - float(image.sum(axis=1) @ at) / mass
