"""What a search varies: settings, each with a range or some choices."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from digitlab.data.augmentation import AMOUNTS
from digitlab.errors import InputError
from digitlab.training.config import TrainingConfig
from digitlab.training.setting import Setting
from digitlab.training.settings import SETTINGS
from digitlab.training.shapes import NETWORK, SHAPES, shaped
from digitlab.words import Message, message

AUGMENTATION = "augmentation."  # begins the names of its settings
LARGEST_GRID = 500
# With these varied, trials could not be compared: all must be looked at with the same digits.
FIXED = ("network", "validation", "validation_size", "log_every", "exposure", "augmentation")
_KINDS = ("whole", "number", "choice", "yes-no")  # of settings that have values to choose from


def can_be_varied() -> list[Setting]:
    """What a search can vary beside the augmentation's amounts: settings, and the shape of the network."""
    settings = [setting for setting in SETTINGS.values() if setting.kind in _KINDS and setting.name not in FIXED]
    return settings + list(SHAPES.values())


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One setting and what it may be: `choices`, or whatever lies from `low` to `high`.

    Attributes:
        name: a field of TrainingConfig, "augmentation." and one of Augmentation, or one of SHAPES.
        whole: whether only whole numbers will do.
        log: whether each doubling is worth the same, as for learning rates.
        points: into how many values a grid divides the range.
    """

    name: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    log: bool = False
    points: int = 3

    def __post_init__(self) -> None:
        if self.name in FIXED:
            raise InputError(message("The setting “{setting}” cannot be varied in a search.", setting=self.name))
        if self.choices:
            if len(set(self.choices)) < len(self.choices) or len(self.choices) < 2:
                raise InputError(
                    message(
                        "{setting} needs at least two different choices, not {given}.",
                        setting=self.label,
                        given=", ".join(map(str, self.choices)),
                    )
                )
        elif not -math.inf < self.low < self.high < math.inf:
            raise InputError(
                message(
                    "The range of {setting} must go from less to more, not from {low} to {high}.",
                    setting=self.label,
                    low=str(self.low)[:40],
                    high=str(self.high)[:40],
                )
            )
        elif self.log and self.low <= 0:
            raise InputError(
                message(
                    "On a logarithmic scale, {setting} must start above 0, not at {low}.",
                    setting=self.label,
                    low=str(self.low)[:40],
                )
            )
        elif not 2 <= self.points <= 20:
            raise InputError(
                message(
                    "A grid divides {setting} into 2 to 20 values, not {points}.",
                    setting=self.label,
                    points=self.points,
                )
            )

    @property
    def label(self) -> Message | str:
        """What people call the setting."""
        known = SETTINGS.get(self.name) or SHAPES.get(self.name) or AMOUNTS.get(self.name.removeprefix(AUGMENTATION))
        return known.label if known else self.name

    def ends(self) -> tuple[Any, ...]:
        """The values that must be allowed for all to be."""
        return self.choices or tuple(self._of_kind(end) for end in (self.low, self.high))

    def grid(self) -> tuple[Any, ...]:
        """The values that a grid tries."""
        if self.choices:
            return self.choices
        shares = [number / (self.points - 1) for number in range(self.points)]
        if self.log:
            values = [self.low * (self.high / self.low) ** share for share in shares]
        else:
            values = [self.low + (self.high - self.low) * share for share in shares]
        values[-1] = self.high  # not a rounding above it
        return tuple(dict.fromkeys(self._of_kind(value) for value in values))

    def _of_kind(self, value: float) -> float:
        return round(value) if self.whole else float(value)


def grid(space: Sequence[Dimension]) -> list[dict[str, Any]]:
    """Every combination.

    Raises:
        InputError: there are too many.
    """
    size = math.prod(len(dimension.grid()) for dimension in space)
    if size > LARGEST_GRID:
        raise InputError(
            message("A grid can have at most {most} combinations; this one has {size}.", most=LARGEST_GRID, size=size)
        )
    names = [dimension.name for dimension in space]
    return [dict(zip(names, row, strict=True)) for row in itertools.product(*(one.grid() for one in space))]


def apply(config: TrainingConfig, values: Mapping[str, Any]) -> TrainingConfig:
    """The configuration with these values in the place of its own.

    Raises:
        InputError: a value is out of range, or there is no such setting; the sentence says which.
    """
    varied = {name.removeprefix(AUGMENTATION): value for name, value in values.items() if name.startswith(AUGMENTATION)}
    shapes = {name: value for name, value in values.items() if name.startswith(NETWORK)}
    rest = values.keys() - shapes.keys() - {f"{AUGMENTATION}{name}" for name in varied}
    plain: dict[str, Any] = {name: values[name] for name in values if name in rest}
    if shapes:
        plain["network"] = shaped(config.network, shapes)
    if varied:
        plain["augmentation"] = varied
    return config.with_changes(**plain)


def check(config: TrainingConfig, space: Sequence[Dimension]) -> None:
    """Whether a search over this space makes sense for this configuration.

    Raises:
        InputError: it is empty, names a setting twice or none there is, or leaves a setting's range.
    """
    names = [dimension.name for dimension in space]
    if not names or len(set(names)) < len(names):
        raise InputError(message("A search needs at least one setting to vary, and each only once."))
    for dimension in space:
        for value in dimension.ends():
            apply(config, {dimension.name: value})


def to_records(space: Sequence[Dimension]) -> list[dict[str, Any]]:
    return [asdict(dimension) | {"choices": list(dimension.choices)} for dimension in space]


def from_records(records: Sequence[Mapping[str, Any]]) -> tuple[Dimension, ...]:
    return tuple(Dimension(**dict(record) | {"choices": tuple(record["choices"])}) for record in records)
