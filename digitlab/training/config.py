"""Everything that decides how a training run goes, checked where it is made."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

from digitlab.data.augmentation import Augmentation
from digitlab.data.drawn import Drawn
from digitlab.data.pen_digits import PenDigits
from digitlab.errors import InputError
from digitlab.networks.graph import Network, Precision
from digitlab.training.exposure import Exposure
from digitlab.training.settings import HELD_OUT, SETTINGS, TRAINING_DIGITS, Loss, Optimizer, Schedule, Validation
from digitlab.words import message

_ROW = 8e9  # multiply-adds of forward passes between two points of a curve: some tenths of a second on two cores


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """A training run. Whether the loss takes logits or probabilities follows from the network's last layer.

    The ranges stand in `settings.SETTINGS`.

    Attributes:
        network: what is trained.
        loss: cross-entropy on one-hot ("categorical") or integer ("sparse") labels.
        optimizer: Keras' optimizer of that name; "adamw" with decoupled weight decay (Loshchilov and Hutter, 2019,
            arXiv:1711.05101).
        learning_rate: the optimizer's; the peak where the schedule is not constant.
        schedule: "cosine" falls to 0 along a cosine over all steps (Loshchilov and Hutter, 2017,
            arXiv:1608.03983); "one-cycle" rises evenly to the peak over the first 15% of the steps and falls to 0
            along a cosine (Smith and Topin, 2017, arXiv:1708.07120); "step" multiplies it by `step_factor`
            after every `step_every` epochs.
        momentum, nesterov: SGD's.
        second_moment: Adam's and AdamW's decay of the squared gradients.
        weight_decay: AdamW's.
        batch_size: digits a step.
        epochs: passes over the training digits; ignored where `steps` is set.
        steps: steps altogether, instead of whole epochs.
        validation: which digits are looked at after each epoch: none, the test set, or the first or last
            `validation_size` training digits, which are then not trained on.
        train_size: train on so many of the other digits; a smaller number's are among a larger number's, whatever the
            seed. None: all.
        patience: end the run after so many epochs without a better validation accuracy (at the same accuracy, without
            a lower loss); 0: never.
        keep_best: the weights of the best validation epoch are kept in the end, not the last ones. This and patience
            need held-out training digits.
        log_every: steps between two logged training losses; `row_every` may be less.
        seed: decides the first weights, the order of the digits, dropout and augmentation.
        weights_seed: the first weights are those of a run with this seed; None: of `seed`.
        start_model: hash of a model whose weights are taken where its layers fit by name and shape; "": none.
        frozen: names of layers that are not trained; batch normalisation among them keeps its statistics, too.
        label_smoothing: share of the label spread over all ten classes.
        l2: cost of the sum of the squares of all kernels; the losses that are logged leave it out.
        weight_average: decay a step of an exponential average of all weights, which is kept in the end; 0: none
            (Polyak and Juditsky, 1992, doi:10.1137/0330046).
        precision: what the steps are computed in; the weights are kept in float32 all the same. "bfloat16" is quicker
            on processors and GPUs that have it, and several times slower on those that do not.
        augmentation: how training digits are varied; None: not at all.
        exposure: how non-digits are shown beside the digits, so that the network can refuse them; None: not at all.
        drawings: a visitor's drawings beside MNIST's training digits; None: none.
        strokes: digits that people drew with a pen, shown beside MNIST's training digits; None: none.
        calibrated: divide the logits, in the end, by the temperature that fits the validation digits best. This and
            exposure need a network that answers in logits and held-out training digits to validate on.

    Raises:
        InputError: a value is out of range; the sentence names the setting, the value and the range.
    """

    network: Network
    loss: Loss = "sparse"
    optimizer: Optimizer = "adam"
    learning_rate: float = 1e-3
    schedule: Schedule = "constant"
    step_every: int = 3
    step_factor: float = 0.5
    momentum: float = 0.9
    nesterov: bool = False
    second_moment: float = 0.999
    weight_decay: float = 0.004
    batch_size: int = 64
    epochs: int = 10
    steps: int | None = None
    validation: Validation = "none"
    validation_size: int = 0
    train_size: int | None = None
    patience: int = 0
    keep_best: bool = False
    log_every: int = 10
    seed: int = 0
    weights_seed: int | None = None
    start_model: str = ""
    frozen: tuple[str, ...] = ()
    label_smoothing: float = 0.0
    l2: float = 0.0
    weight_average: float = 0.0
    precision: Precision = "float32"
    augmentation: Augmentation | None = None
    exposure: Exposure | None = None
    drawings: Drawn | None = None
    strokes: PenDigits | None = None
    calibrated: bool = False

    def __post_init__(self) -> None:
        for name, setting in SETTINGS.items():
            setting.check(getattr(self, name))
        if (self.exposure or self.calibrated) and not self.network.gives_logits:
            raise InputError(
                message("Exposure to non-digits and calibration need a network that ends without softmax.")
            )
        self._check_digits()
        self._check_frozen()

    def _check_digits(self) -> None:
        held_out = self.validation in ("first", "last")
        size = self.validation_size
        if held_out and not size:
            raise InputError(
                message(
                    "Validation on held-out digits needs a validation size from 1 to {most}, not {size}.",
                    most=int(SETTINGS["validation_size"].high),
                    size=size,
                )
            )
        if size and not held_out:
            raise InputError(
                message(
                    "The validation size is {size}, but no training digits are held out. "
                    "Choose the first or last training digits for validation, or set the size to 0.",
                    size=size,
                )
            )
        if self.train_size is not None and self.train_size > TRAINING_DIGITS - size:
            raise InputError(
                message(
                    "Choose at most {most} training digits, because {size} are held out; {given} are too many.",
                    most=TRAINING_DIGITS - size,
                    size=size,
                    given=self.train_size,
                )
            )
        if held_out:
            return
        for wanted, sentence in (
            (self.exposure, message("Exposure to non-digits needs the first or last training digits for validation.")),
            (self.calibrated, message("Calibration needs the first or last training digits for validation.")),
            (self.patience, message("Patience needs the first or last training digits for validation.")),
            (
                self.keep_best,
                message("Keeping the best weights needs the first or last training digits for validation."),
            ),
        ):
            if wanted:
                raise InputError(sentence)

    def _check_frozen(self) -> None:
        with_weights = [layer.name for layer in self.network.layers if self.network.weight_shapes(layer)]
        for name in self.frozen:
            if name not in with_weights:
                raise InputError(
                    message(
                        "There is no layer “{layer}” with weights to freeze. Layers with weights: {known}.",
                        layer=name,
                        known=", ".join(with_weights),
                    )
                )
        if set(self.frozen) == set(with_weights):
            raise InputError(message("All layers with weights are frozen. Leave at least one to be trained."))

    @property
    def digits(self) -> int:
        """Digits that are trained on."""
        mnists = self.train_size or TRAINING_DIGITS - self.validation_size
        return mnists + sum(beside.digits for beside in (self.drawings, self.strokes) if beside)

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(self.digits / self.batch_size)

    @property
    def last_batch(self) -> float:
        """Digits of an epoch's last batch, as a share of a whole one."""
        return (self.digits % self.batch_size or self.batch_size) / self.batch_size

    @property
    def total_steps(self) -> int:
        return self.steps or self.epochs * self.steps_per_epoch

    @property
    def row_every(self) -> int:
        """Steps between two rows of the curves: the largest part of `log_every` that does not take too long."""
        most = max(1, int(_ROW // (self.batch_size * max(1, self.network.multiply_adds))))
        return next(part for part in range(min(most, self.log_every), 0, -1) if self.log_every % part == 0)

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        done, peak = step / self.total_steps, 0.15
        match self.schedule:
            case "cosine":
                share = (1 + math.cos(math.pi * done)) / 2
            case "one-cycle":
                share = done / peak if done < peak else (1 + math.cos(math.pi * (done - peak) / (1 - peak))) / 2
            case "step":
                share = self.step_factor ** (step // (self.step_every * self.steps_per_epoch))
            case _:
                share = 1.0
        return self.learning_rate * share

    def with_changes(self, **changes: Any) -> "TrainingConfig":
        """The configuration with other settings, and with what follows from them.

        Epochs take the place of a number of steps, unless `steps` is given, too. Validation on none or on the test
        digits holds no digits out; validation on the first or last training digits holds out as many as before, or
        `settings.HELD_OUT`, unless `validation_size` is given, too.

        Args:
            changes: fields by name. The augmentation is another one, None, or a mapping of those amounts that change.

        Raises:
            InputError: there is no such setting, or a value is out of range.
        """
        if "epochs" in changes:
            changes.setdefault("steps", None)
        if changes.get("validation") in ("none", "test"):
            changes.setdefault("validation_size", 0)
        elif changes.get("validation"):
            changes.setdefault("validation_size", self.validation_size or HELD_OUT)
        if isinstance(changes.get("augmentation"), Mapping):
            before = asdict(self.augmentation or Augmentation())
            changes["augmentation"] = _made(Augmentation, before | changes["augmentation"])
        ours = {field.name: getattr(self, field.name) for field in fields(self)}
        made: TrainingConfig = _made(TrainingConfig, ours | changes)
        return made

    def to_record(self) -> dict[str, Any]:
        """The configuration as plain data for JSON: a card's, a run's, a request's."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        groups = {name: asdict(values[name]) for name in _GROUPS if values[name] is not None}
        return values | groups | {"network": self.network.to_records(), "frozen": list(self.frozen)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "TrainingConfig":
        """Undo `to_record`; settings that are missing, as in a record of an older version, have their defaults.

        Raises:
            InputError: a setting is unknown or out of range, or a layer is not one of the project's.
        """
        if "network" not in record:
            raise InputError(message("A training run needs a network."))
        groups = {name: _made(kind, record[name]) for name, kind in _GROUPS.items() if record.get(name)}
        others = {"network": Network.from_records(record["network"]), "frozen": tuple(record.get("frozen", ()))}
        made: TrainingConfig = _made(cls, dict(record) | groups | others)
        return made


# Settings that are groups of settings.
_GROUPS: dict[str, type[Any]] = {
    "augmentation": Augmentation,
    "exposure": Exposure,
    "drawings": Drawn,
    "strokes": PenDigits,
}


def _made(kind: type[Any], values: Mapping[str, Any]) -> Any:
    known = {field.name: field for field in fields(kind)}
    if unknown := values.keys() - known.keys():
        raise InputError(message("There is no setting “{setting}”.", setting=min(unknown)))
    needed = {name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING}
    if missing := needed - values.keys():
        raise InputError(message("The setting “{setting}” is missing.", setting=min(missing)))
    try:
        return kind(**values)
    except TypeError:
        raise InputError(message("The value of a setting has the wrong type.")) from None
