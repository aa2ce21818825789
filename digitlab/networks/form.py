"""What a foreign Keras model takes and gives: its input as a form of a 28×28 picture, and the output that answers."""

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digitlab.errors import ModelError
from digitlab.networks.found import SIDE
from digitlab.networks.graph import CLASSES
from digitlab.words import message

if TYPE_CHECKING:
    import keras

LARGEST = 64  # pixels a side of what a model may take; smaller pictures are padded


@dataclass(frozen=True)
class Form:
    """What a model takes, seen from a 28×28×1 picture.

    Attributes:
        shape: its input without the batch.
        padded: pixels added along a side.
        colours: how often the picture is repeated as a map.
    """

    shape: tuple[int, ...]
    padded: int = 0
    colours: int = 1


def choose_output(model: "keras.Model", file: str, wanted: str = "") -> tuple[str, tuple[str, ...]]:
    """The output that answers, and the names of all outputs.

    Raises:
        ModelError: none has ten numbers, or several have and none is named.
    """
    names = tuple(clean(str(name)) for name in getattr(model, "output_names", None) or ())
    sizes = [math.prod(side or 1 for side in tensor.shape[1:]) for tensor in model.outputs or []]
    names = names if len(names) == len(sizes) else tuple(f"output_{k}" for k in range(len(sizes)))
    fitting = [name for name, size in zip(names, sizes, strict=True) if size == CLASSES]
    if not fitting:
        raise ModelError(
            message(
                "{file} must give {classes} numbers, one for each digit. Sizes of its outputs: {sizes}.",
                file=file,
                classes=CLASSES,
                sizes=", ".join(f"{size:,}" for size in sizes) or "?",
            )
        )
    if wanted and wanted not in fitting:
        raise ModelError(
            message(
                "{file} has no output {wanted} with ten numbers. Outputs with ten numbers: {names}.",
                file=file,
                wanted=repr(wanted[:64]),
                names=", ".join(fitting),
            )
        )
    if len(fitting) > 1 and not wanted:
        raise ModelError(
            message(
                "{file} has several outputs with ten numbers: {names}. Choose one with --output NAME.",
                file=file,
                names=", ".join(fitting),
            )
        )
    return wanted or fitting[0], names


def form_of(shape: tuple[int | None, ...], file: str) -> Form:
    """How a 28×28×1 picture becomes an input of this shape.

    Raises:
        ModelError: there is no such way.
    """
    fixed = tuple(SIDE if side is None and len(shape) > 1 else side or 0 for side in shape)
    colours = fixed[-1] if len(fixed) == 3 and fixed[-1] == 3 else 1
    count = math.prod(fixed) // colours
    side = math.isqrt(count)
    sides = [number for number in fixed[: 2 if colours > 1 else None] if number != 1]
    if sides not in ([side, side], [side * side]) or not SIDE <= side <= LARGEST:
        raise ModelError(
            message(
                "{file} takes {shape}. A model must take an image of 28×28 to {most}×{most} pixels with one or three "
                "channels, or its pixels in a row.",
                file=file,
                shape="×".join(str(number or "?") for number in shape),
                most=LARGEST,
            )
        )
    return Form(fixed, side - SIDE, colours)


def clean(name: str) -> str:
    """A name from the file, with what can stand in an address and means nothing on a page."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:56].lstrip("_.-") or "layer"
