"""What a search varies: settings, each with a range or some choices."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from digitlab.data.augmentation import Augmentation
from digitlab.errors import InputError
from digitlab.training.config import TrainingConfig
from digitlab.training.settings import SETTINGS, Setting

AUGMENTATION = "augmentation."  # begins the names of its settings
LARGEST_GRID = 500
# With these varied, trials could not be compared: all must be looked at with the same digits.
FIXED = ("network", "validation", "validation_size", "log_every", "exposure", "augmentation")
_KINDS = ("whole", "number", "choice", "yes-no")  # of settings that have values to choose from


def can_be_varied() -> list[Setting]:
    """The settings that a search can vary beside the augmentation's amounts."""
    return [setting for setting in SETTINGS.values() if setting.kind in _KINDS and setting.name not in FIXED]


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One setting and what it may be: `choices`, or whatever lies from `low` to `high`.

    Attributes:
        name: a field of TrainingConfig, or "augmentation." and one of Augmentation.
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
            raise InputError(f"The setting {self.name!r} cannot be searched over.")
        if self.choices:
            if len(set(self.choices)) < len(self.choices) or len(self.choices) < 2:
                raise InputError(f"{self.name} needs at least two different choices; it has {list(self.choices)}.")
        elif not -math.inf < self.low < self.high < math.inf:
            raise InputError(f"{self.name} needs a range from less to more; it goes from {self.low} to {self.high}.")
        elif self.log and self.low <= 0:
            raise InputError(f"{self.name} must begin above 0 where doublings count; it begins at {self.low:g}.")
        elif not 2 <= self.points <= 20:
            raise InputError(f"A grid divides {self.name} into 2 to 20 values; these are {self.points}.")

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
        raise InputError(f"A grid may have at most {LARGEST_GRID} combinations; this one has {size:,}.")
    names = [dimension.name for dimension in space]
    return [dict(zip(names, row, strict=True)) for row in itertools.product(*(one.grid() for one in space))]


def apply(config: TrainingConfig, values: Mapping[str, Any]) -> TrainingConfig:
    """The configuration with these values in the place of its own.

    Raises:
        InputError: a value is out of range, or there is no such setting; the sentence says which.
    """
    known = TrainingConfig.__dataclass_fields__
    varied = {name.removeprefix(AUGMENTATION): value for name, value in values.items() if name.startswith(AUGMENTATION)}
    plain: dict[str, Any] = {name: value for name, value in values.items() if not name.startswith(AUGMENTATION)}
    unknown = (set(plain) - set(known)) | (set(varied) - set(Augmentation.__dataclass_fields__))
    if unknown:
        raise InputError(f"There is no setting {min(unknown)!r} to search over.")
    if varied:
        plain["augmentation"] = replace(config.augmentation or Augmentation(), **varied)
    if "epochs" in plain:
        plain["steps"] = None
    return replace(config, **plain)


def check(config: TrainingConfig, space: Sequence[Dimension]) -> None:
    """Whether a search over this space makes sense for this configuration.

    Raises:
        InputError: it is empty, names a setting twice or none there is, or leaves a setting's range.
    """
    names = [dimension.name for dimension in space]
    if not names or len(set(names)) < len(names):
        raise InputError("A search needs at least one setting to vary, and each only once.")
    for dimension in space:
        for value in dimension.ends():
            apply(config, {dimension.name: value})


def to_records(space: Sequence[Dimension]) -> list[dict[str, Any]]:
    return [asdict(dimension) | {"choices": list(dimension.choices)} for dimension in space]


def from_records(records: Sequence[Mapping[str, Any]]) -> tuple[Dimension, ...]:
    return tuple(Dimension(**dict(record) | {"choices": tuple(record["choices"])}) for record in records)
