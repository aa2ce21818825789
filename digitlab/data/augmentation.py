"""How far training digits are varied: each amount with its range, in plain words, and all of them as one value.

The form, the command line's options and the checks are made from the table.
"""

from dataclasses import dataclass, fields, replace

from digitlab.errors import InputError


@dataclass(frozen=True)
class Amount:
    """How far one thing may be varied.

    Attributes:
        low, high: its range; at `low` it does nothing, or, for scan_strength, as little as it can.
        step: what a slider moves by.
        label: its name in plain words.
        help: its unit, or what it is a share of.
    """

    low: float
    high: float
    step: float
    label: str
    help: str


# In the order of the form: what everybody wants first.
AMOUNTS: dict[str, Amount] = {
    "shift": Amount(0, 6, 0.5, "Shift", "pixels either way"),
    "rotation": Amount(0, 45, 1, "Rotation", "degrees either way"),
    "scale": Amount(0, 0.5, 0.01, "Scale", "share larger or smaller"),
    "shear": Amount(0, 1, 0.01, "Slant", "sideways for each pixel of height"),
    "thickness": Amount(0, 1, 0.05, "Thickness", "pixels thicker or thinner on each side"),
    "noise": Amount(0, 0.5, 0.01, "Noise", "on the grey values"),
    "elastic": Amount(0, 3, 0.1, "Elastic bends", "pixels"),
    "stretch": Amount(0, 0.5, 0.01, "Stretch", "share wider and lower, or narrower and higher"),
    "sharpness": Amount(0, 3, 0.1, "Sharpness", "how far edges are sharpened"),
    "redraw": Amount(0, 1, 0.05, "Drawn anew", "share of digits drawn with the pad's pen"),
    "fade": Amount(0, 1, 0.05, "Fewer drawn anew", "share of them that is given up, evenly, until the run ends"),
    "pen_variation": Amount(0, 0.5, 0.01, "Pen's width", "share wider or narrower"),
    "habits": Amount(0, 1, 0.05, "Habits", "share with strokes of another handwriting"),
    "lying": Amount(0, 1, 0.01, "Lying ones", "share of ones that lean far"),
    "scan_strength": Amount(0, 1, 0.05, "Of scans", "share of the warps for digits not drawn anew"),
    "untouched": Amount(0, 1, 0.05, "Untouched", "share of the others that keep their pixels"),
}


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far training digits are varied; AMOUNTS says what each means, the defaults leave them as they are.

    Warping blurs a scan, and a network that has seen only blurred ones reads sharp ones worse: `sharpness` 1 makes up
    for it, and `untouched` leaves a share of the scans alone; with `fade` a run ends with more of them. Habits and
    lying ones are for digits drawn anew, unless `redraw` is 0; `scan_strength` is for the others.

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
                name = field.name.replace("_", " ")
                raise InputError(f"The {name} of an augmentation must be from {low:g} to {high:g}; it is {value!r}.")

    def at(self, progress: float) -> "Augmentation":
        """What it is when this share of a run, 0..1, is done."""
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
