"""How far training digits are varied: each amount with its range and name, and all of them as one value.

The form, the command line's options and the checks are made from the table.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from digitlab.errors import InputError
from digitlab.words import Message, message


@dataclass(frozen=True)
class Amount:
    """How far one thing may be varied.

    Attributes:
        low, high: its range; at `low` it does nothing, or, for scan_strength, as little as it can.
        step: what a slider moves by.
        label: its name.
        help: its unit, or what it is a share of.
    """

    low: float
    high: float
    step: float
    label: Message
    help: Message

    def parse(self, text: str) -> float:
        """The amount that a text says; it may be out of range.

        Raises:
            InputError: the text is no number.
        """
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InputError(
                message(
                    "{name} must be a number from {low} to {high}; it is {value}.",
                    name=self.label,
                    low=self.low,
                    high=self.high,
                    value=repr(text[:40]),
                )
            )
        return value


# In the order of the form: what most people want first.
AMOUNTS: dict[str, Amount] = {
    "shift": Amount(0, 6, 0.5, message("Shift"), message("pixels in any direction")),
    "rotation": Amount(0, 45, 1, message("Rotation"), message("degrees in both directions")),
    "scale": Amount(0, 0.5, 0.01, message("Scale"), message("fraction larger or smaller")),
    "shear": Amount(0, 1, 0.01, message("Slant"), message("pixels sideways per pixel of height")),
    "thickness": Amount(0, 1, 0.05, message("Thickness"), message("pixels thicker or thinner on each side")),
    "noise": Amount(0, 0.5, 0.01, message("Noise"), message("standard deviation of the grey values")),
    "elastic": Amount(0, 3, 0.1, message("Elastic distortion"), message("pixels")),
    "stretch": Amount(0, 0.5, 0.01, message("Stretch"), message("fraction wider and lower, or narrower and higher")),
    "sharpness": Amount(0, 3, 0.1, message("Sharpness"), message("strength of edge sharpening")),
    "redraw": Amount(0, 1, 0.05, message("Redrawn"), message("fraction of digits redrawn with the pad's pen")),
    "fade": Amount(0, 1, 0.05, message("Fade redrawn"), message("decrease of the redrawn fraction until the run ends")),
    "pen_variation": Amount(0, 0.5, 0.01, message("Pen width"), message("fraction wider or narrower")),
    "habits": Amount(
        0, 1, 0.05, message("Handwriting habits"), message("fraction with strokes of another handwriting")
    ),
    "lying": Amount(0, 1, 0.01, message("Slanted 1s"), message("fraction of 1s with a strong slant")),
    "scan_strength": Amount(
        0, 1, 0.05, message("Strength on scans"), message("strength of distortions for digits that are not redrawn")
    ),
    "untouched": Amount(0, 1, 0.05, message("Unchanged"), message("fraction of scans that keep their pixels")),
}


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far training digits are varied; AMOUNTS says what each means, the defaults leave them as they are.

    Warping blurs a scan, and a network that has seen only blurred ones reads sharp ones worse: `sharpness` 1 makes up
    for that, and `untouched` leaves a share of the scans alone; with `fade` a run ends with more scans. Habits and
    slanted 1s are for redrawn digits, unless `redraw` is 0; `scan_strength` is for the others.

    Raises:
        InputError: a value is out of its range.
    """

    rotation: float = 0.0
    shear: float = 0.0
    scale: float = 0.0
    stretch: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0
    sharpness: float = 0.0
    noise: float = 0.0
    redraw: float = 0.0
    fade: float = 0.0
    pen_variation: float = 0.0
    habits: float = 0.0
    lying: float = 0.0
    scan_strength: float = 1.0
    untouched: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, low, high = getattr(self, field.name), AMOUNTS[field.name].low, AMOUNTS[field.name].high
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and low <= value <= high):
                raise InputError(
                    message(
                        "{name} must be a number from {low} to {high}; it is {value}.",
                        name=AMOUNTS[field.name].label,
                        low=low,
                        high=high,
                        value=repr(value)[:40],
                    )
                )

    def at(self, progress: float) -> "Augmentation":
        """The augmentation when this share of a run, 0..1, is done."""
        return replace(self, redraw=self.redraw * (1 - self.fade * progress))

    @property
    def moves(self) -> bool:
        """Whether anything at all is warped; if not, raw digits keep their very pixels."""
        warps = (self.rotation, self.shear, self.scale, self.stretch, self.shift, self.elastic, self.lying, self.habits)
        return any(warps)

    @property
    def needs_fields(self) -> bool:
        """Whether `augment` will ask for distance fields."""
        return bool(self.redraw or self.habits)


def differences(amounts: Augmentation | Mapping[str, float], other: Augmentation | None = None) -> dict[str, float]:
    """Those amounts, by name, that are not another's; without another, those that are not the defaults."""
    ours = asdict(amounts) if isinstance(amounts, Augmentation) else amounts
    plain = asdict(other or Augmentation())
    return {name: amount for name, amount in ours.items() if amount != plain[name]}
