"""From a picture to the network's 28×28, in the same stages as a drawing on the pad. `picture_file` reads pictures.

The pen becomes the canonical one by moving the ink's edge: a pixel at depth s inside ink that a pen of width v drew is
v/2 − s from the stroke, which is all that the exact picture of raster.py asks for. (Tracing the ink and drawing its
strokes again is as good for thin pens and much worse for thick ones, see docs/log.md.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitlab.drawing.preprocess import ALL_STEPS, BOX, CENTRE, PEN_WIDTH, Steps, to_centre
from digitlab.drawing.raster import SIDE
from digitlab.drawing.shape import WORKING_SIDE, Shape

_THINNED = 0.75  # how much of its thinnest part ink may lose to the canonical pen
_SAME_SCALE = 0.1  # a picture whose scale is right to within this is not resampled, which would only blur it

Ink = NDArray[np.float32]


@dataclass(frozen=True)
class Picture:
    """A picture in which paper and ink have been separated.

    Attributes:
        name: what it is called in messages.
        ink: float32 [H, W], 0 for paper and 1 for full ink, at most 800 pixels a side.
        clean: the same without specks.
        mask: bool [H, W]; where the ink is. There is some.
    """

    name: str
    ink: Ink
    clean: Ink
    mask: NDArray[np.bool_]

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge of the ink, in pixels of `ink`."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

    @property
    def longest(self) -> int:
        """The longest side of the ink, in pixels of `ink`."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)

    @property
    def has_final_scale(self) -> bool:
        """Whether the ink fits the network's picture as it is, as a digit of MNIST does: it is left alone."""
        return abs(BOX / self.longest - 1) < _SAME_SCALE

    @cached_property
    def shape(self) -> Shape:
        """Where the ink is, with room around it for a pen that is wider than the picture's own."""
        shape = Shape.of(self.clean, margin=round(WORKING_SIDE * PEN_WIDTH / BOX))
        assert shape is not None  # a picture has ink
        return shape


@dataclass(frozen=True)
class PictureStage:
    """A picture on its way, laid on the 28×28.

    Attributes:
        name: what was done last, one of "drawn", "cropped", "scaled", "pen", "centred".
        ink: [H, W], 0..1.
        factor: pixels of the 28×28 for each pixel of `ink`.
        x, y: where the left and the top edge of `ink` lie, in pixels of the 28×28.
    """

    name: str
    ink: Ink
    factor: float
    x: float
    y: float

    @cached_property
    def image(self) -> NDArray[np.float32]:
        """float32 [28, 28] in 0..1."""
        sides = np.array(self.ink.shape)
        start = -np.array([self.y, self.x]) / self.factor
        reach = SIDE / self.factor
        before = np.ceil(np.maximum(0, -start)).astype(int)
        after = np.ceil(np.maximum(0, start + reach - sides)).astype(int)
        padded = Image.fromarray(np.pad(self.ink, np.stack([before, after], axis=1)))
        top, left = (float(edge) for edge in start + before)
        box = (left, top, min(left + reach, padded.width), min(top + reach, padded.height))
        method = Image.Resampling.BICUBIC if self.factor > 1 else Image.Resampling.HAMMING
        return np.clip(np.asarray(padded.resize((SIDE, SIDE), method, box=box), np.float32), 0, 1)

    def scaled(self, factor: float, about: tuple[float, float]) -> "PictureStage":
        """The stage "scaled": enlarged to `factor`, with the point `about` of `ink` staying where it is."""
        x, y = (self.x + about[0] * (self.factor - factor), self.y + about[1] * (self.factor - factor))
        return replace(self, name="scaled", factor=factor, x=x, y=y)

    def to_centre(self) -> tuple[float, float]:
        """How far to move it so that its centre of mass lies at CENTRE."""
        mass = float(self.ink.sum(dtype=np.float64))
        height, width = self.ink.shape
        x = CENTRE - self.factor * float(self.ink.sum(axis=0) @ (np.arange(width) + 0.5)) / mass
        y = CENTRE - self.factor * float(self.ink.sum(axis=1) @ (np.arange(height) + 0.5)) / mass
        if self.factor == 1:  # whole pixels, as MNIST's makers did: what has the right size is not blurred
            x, y = round(x), round(y)
        return x - self.x, y - self.y

    def moved(self, name: str, dx: float, dy: float) -> "PictureStage":
        return replace(self, name=name, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True)
class PenStage:
    """A picture drawn with the canonical pen, laid on the 28×28.

    Attributes:
        name: "pen" or "centred".
        shape: where the ink is.
        factor, x, y: as in PictureStage.
    """

    name: str
    shape: Shape
    factor: float
    x: float
    y: float

    @cached_property
    def image(self) -> NDArray[np.float32]:
        """float32 [28, 28] in 0..1."""
        from scipy.ndimage import map_coordinates

        centres = (np.arange(SIDE) + 0.5) / self.factor
        rows = (centres - self.y / self.factor - self.shape.top) * self.shape.scale - 0.5
        columns = (centres - self.x / self.factor - self.shape.left) * self.shape.scale - 0.5
        grid = np.meshgrid(rows, columns, indexing="ij")
        depth = map_coordinates(self.shape.depth, grid, order=1, cval=-1e6)
        pixel = self.factor / self.shape.scale  # of the 28×28 for each working pixel
        wider = (PEN_WIDTH - self.shape.pen_width * self.factor) / 2
        wider = max(wider, -_THINNED * float(np.quantile(self.shape.half_widths, 0.1)) * pixel)
        return np.asarray(np.clip(depth * pixel + wider + 0.5, 0, 1), np.float32)

    def moved(self, name: str, dx: float, dy: float) -> "PenStage":
        return replace(self, name=name, x=self.x + dx, y=self.y + dy)


def stages(picture: Picture, steps: Steps = ALL_STEPS) -> Sequence[PictureStage | PenStage]:
    """Every stage from the picture to the network's 28×28, in order, named as those of a drawing are.

    A step that is switched off leaves its stage out. The last stage's `image` is what the network sees.
    """
    height, width = picture.ink.shape
    fit = SIDE / max(height, width)
    laid = PictureStage("drawn", picture.ink, fit, (SIDE - fit * width) / 2, (SIDE - fit * height) / 2)
    result: list[PictureStage | PenStage] = [laid]
    left, top, right, bottom = picture.box
    middle = ((left + right) / 2, (top + bottom) / 2)
    if steps.crop:
        dx, dy = SIDE / 2 - laid.x - fit * middle[0], SIDE / 2 - laid.y - fit * middle[1]
        laid = replace(laid.moved("cropped", dx, dy), ink=picture.clean)
        result.append(laid)
    before = laid
    if steps.scale:
        laid = before.scaled(_factor(picture, pen=False), middle)
        result.append(laid)
    if steps.pen:
        lines = before.scaled(_factor(picture, pen=True), middle) if steps.scale else laid
        final = picture.has_final_scale
        result.append(
            replace(lines, name="pen") if final else PenStage("pen", picture.shape, lines.factor, lines.x, lines.y)
        )
    if steps.centre:
        last = result[-1]
        dx, dy = last.to_centre() if isinstance(last, PictureStage) else to_centre(last.image)
        result.append(last.moved("centred", dx, dy))
    return result


def prepare_picture(picture: Picture) -> NDArray[np.float32]:
    """The network's picture of a picture: float32 [28, 28] in 0..1."""
    return stages(picture)[-1].image


def _factor(picture: Picture, pen: bool) -> float:
    """The scale at which the longest side of the ink is BOX, as it is or, with `pen`, with the canonical pen."""
    if picture.has_final_scale:
        return 1.0
    if not pen:
        return BOX / picture.longest
    thickest = 2 * float(picture.shape.half_widths.max()) / picture.shape.scale
    # What is shorter than half its pen is a dot and stays one: a dot blown up would be a line.
    if picture.longest - thickest < thickest / 2:
        return PEN_WIDTH / thickest
    return (BOX - PEN_WIDTH) / (picture.longest - picture.shape.pen_width)
