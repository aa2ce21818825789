"""Everything that decides how a training run goes, checked where it is made."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from digitlab.data.augment import Augmentation
from digitlab.errors import InputError
from digitlab.networks.graph import Network, Precision
from digitlab.training.exposure import Exposure

Loss = Literal["categorical", "sparse"]
Schedule = Literal["constant", "one-cycle"]
Validation = Literal["none", "test", "last", "first"]

TRAINING_DIGITS = 60_000


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """A training run. Whether the loss takes logits or probabilities follows from the network's last layer.

    Attributes:
        network: what is trained, from fresh weights.
        loss: cross-entropy on one-hot ("categorical") or integer ("sparse") labels.
        learning_rate: Adam's; the peak where the schedule is not constant.
        schedule: "one-cycle" rises evenly to the peak over the first 15 % of the steps and falls to nought along a
            cosine (Smith and Topin, 2017, arXiv:1708.07120).
        second_moment: Adam's decay of the squared gradients, 0.9 to 0.9999.
        batch_size: digits a step.
        epochs: passes over the training digits; ignored where `steps` is set.
        steps: steps altogether, instead of whole epochs.
        validation: which digits are looked at after each epoch: none, the test set, or the first or last
            `validation_size` training digits, which are then not trained on.
        log_every: steps between two logged training losses.
        seed: decides the first weights, the order of the digits, dropout and augmentation.
        label_smoothing: share of the label spread over all ten classes, 0 to 0.5.
        weight_average: decay a step of an exponential average of all weights, which is kept in the end; 0: none
            (Polyak and Juditsky, 1992, doi:10.1137/0330046).
        precision: what the steps are computed in; the weights are kept in float32 all the same. "bfloat16" is quicker
            on processors and GPUs that have it, and several times slower on those that do not.
        augmentation: how training digits are varied; None: not at all.
        exposure: how non-digits are shown beside the digits, so that the network can refuse them; None: not at all.
        calibrated: divide the logits, in the end, by the temperature that fits the validation digits best. This and
            exposure need a network that answers in logits and held-out training digits to validate on.

    Raises:
        InputError: a value is out of range; the sentence names the setting, the value and the range.
    """

    network: Network
    loss: Loss = "sparse"
    learning_rate: float = 1e-3
    schedule: Schedule = "constant"
    second_moment: float = 0.999
    batch_size: int = 64
    epochs: int = 10
    steps: int | None = None
    validation: Validation = "none"
    validation_size: int = 0
    log_every: int = 10
    seed: int = 0
    label_smoothing: float = 0.0
    weight_average: float = 0.0
    precision: Precision = "float32"
    augmentation: Augmentation | None = None
    exposure: Exposure | None = None
    calibrated: bool = False

    def __post_init__(self) -> None:
        _one_of("loss", self.loss, get_args(Loss))
        _one_of("schedule", self.schedule, get_args(Schedule))
        _one_of("precision", self.precision, get_args(Precision))
        _one_of("validation", self.validation, get_args(Validation))
        _within("learning rate", self.learning_rate, 1e-7, 10.0)
        _within("second moment", self.second_moment, 0.9, 0.9999)
        _whole("batch size", self.batch_size, 1, 4096)
        _whole("epochs", self.epochs, 1, 1000)
        if self.steps is not None:
            _whole("steps", self.steps, 1, 1_000_000)
        held_out = self.validation in ("first", "last")
        _whole("validation size", self.validation_size, int(held_out), 30_000 if held_out else 0)
        _whole("log every", self.log_every, 1, 10_000)
        _whole("seed", self.seed, 0, 2**31 - 1)
        _within("label smoothing", self.label_smoothing, 0.0, 0.5)
        if (self.exposure or self.calibrated) and not self.network.gives_logits:
            raise InputError("Exposure to non-digits and calibration need a network that ends without softmax.")
        if (self.exposure or self.calibrated) and not held_out:
            raise InputError(
                "Exposure to non-digits and calibration need held-out training digits; "
                "set the validation to first or last."
            )
        _within("weight average", self.weight_average, 0.0, 0.99999)

    @property
    def digits(self) -> int:
        """Digits that are trained on."""
        return TRAINING_DIGITS - self.validation_size

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(self.digits / self.batch_size)

    @property
    def total_steps(self) -> int:
        return self.steps or self.epochs * self.steps_per_epoch

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if self.schedule == "constant":
            return self.learning_rate
        done, peak = step / self.total_steps, 0.15
        share = done / peak if done < peak else (1 + math.cos(math.pi * (done - peak) / (1 - peak))) / 2
        return self.learning_rate * share

    def to_record(self) -> dict[str, Any]:
        """The configuration as plain data for JSON: a card's, a run's, a request's."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        groups = {name: asdict(values[name]) for name in _GROUPS if values[name] is not None}
        return values | groups | {"network": self.network.to_records()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "TrainingConfig":
        """Undo `to_record`; settings that are missing, as in a record of an older version, have their defaults.

        Raises:
            InputError: a setting is unknown or out of range, or a layer is not one of the project's.
        """
        if "network" not in record:
            raise InputError("A training run needs a network.")
        groups = {name: _made(kind, record[name], name) for name, kind in _GROUPS.items() if record.get(name)}
        made: TrainingConfig = _made(
            cls, dict(record) | groups | {"network": Network.from_records(record["network"])}, "a training run"
        )
        return made


# Settings that are groups of settings.
_GROUPS: dict[str, type[Any]] = {"augmentation": Augmentation, "exposure": Exposure}


def _made(kind: type[Any], values: Mapping[str, Any], title: str) -> Any:
    if unknown := values.keys() - {field.name for field in fields(kind)}:
        raise InputError(f"There is no setting {min(unknown)!r} for {title}.")
    try:
        return kind(**values)
    except TypeError as error:  # one without a default is missing
        raise InputError(f"A setting is missing for {title}: {error}.") from None


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"The {name} must be one of {', '.join(allowed)}; it is {value!r}.")


def _within(name: str, value: float, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not (number and low <= value <= high):
        raise InputError(f"The {name} must be a number from {low:g} to {high:g}; it is {value!r}.")


def _whole(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"The {name} must be a whole number from {low:,} to {high:,}; it is {value!r}.")
