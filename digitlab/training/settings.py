"""Every setting of a training run: its name in plain words, its range and what it does, once for page and command line.

`TrainingConfig` checks itself against this table; the form and the options of the `train` command are made from it.
Augmentation has a table of its own, `data.augmentation.AMOUNTS`; network and exposure are no single values.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from digitlab.errors import InputError
from digitlab.networks.graph import Precision

Kind = Literal["whole", "number", "choice", "yes-no", "text", "names"]
Loss = Literal["categorical", "sparse"]
Optimizer = Literal["adam", "adamw", "sgd", "rmsprop"]
Schedule = Literal["constant", "cosine", "one-cycle", "step"]
Validation = Literal["none", "test", "last", "first"]

TRAINING_DIGITS = 60_000
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting.

    Attributes:
        name: the field of TrainingConfig.
        label: the same in plain words, to stand within a sentence.
        kind: whole and number: from `low` to `high`; choice: one of `choices`; names: several names of layers.
        help: one sentence.
        optional: None is allowed, too; `help` says what it means.
        only_with: another setting and those of its values with which this one matters; else it is left alone.
    """

    name: str
    label: str
    kind: Kind
    help: str
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()
    optional: bool = False
    only_with: tuple[str, tuple[str, ...]] | None = None

    def check(self, value: Any) -> None:
        """Raises InputError if the value is not one; the sentence names setting, value and range."""
        if value is None and self.optional:
            return
        fits, range_ = self._fits(value)
        if not fits:
            raise InputError(f"The {self.label} must be {range_}; it is {value!r}.")

    def _fits(self, value: Any) -> tuple[bool, str]:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        inside = is_number and self.low <= value <= self.high
        match self.kind:
            case "whole":
                return inside and isinstance(value, int), f"a whole number from {self.low:,} to {self.high:,}"
            case "number":
                return inside, f"a number from {self.low:g} to {self.high:g}"
            case "choice":
                return isinstance(value, str) and value in self.choices, f"one of {', '.join(self.choices)}"
            case "yes-no":
                return isinstance(value, bool), "true or false"
            case "names":
                names = isinstance(value, tuple) and all(isinstance(name, str) for name in value)
                return names, "names of layers"
        fits = isinstance(value, str) and (not value or 12 <= len(value) <= 64)
        return fits and not set(value) - set("0123456789abcdef"), "empty or 12 to 64 characters of a model's hash"

    def matters(self, config: Any) -> bool:
        """Whether it does anything beside the other settings of a TrainingConfig."""
        return self.only_with is None or getattr(config, self.only_with[0]) in self.only_with[1]


def _table(settings: Iterable[Setting]) -> dict[str, Setting]:
    return {setting.name: setting for setting in settings}


_HELD_OUT = ("validation", ("last", "first"))
_ADAM = ("optimizer", ("adam", "adamw"))

SETTINGS: dict[str, Setting] = _table(
    (
        Setting(
            name="optimizer",
            label="optimizer",
            kind="choice",
            choices=get_args(Optimizer),
            help="How the weights follow the gradient: SGD takes it as it is, the others scale it for each weight.",
        ),
        Setting(
            name="learning_rate",
            label="learning rate",
            kind="number",
            low=1e-7,
            high=10.0,
            help="How far a step goes; the highest rate where a schedule changes it.",
        ),
        Setting(
            name="schedule",
            label="schedule",
            kind="choice",
            choices=get_args(Schedule),
            help="How the rate changes: not at all, down along a cosine, up and down again, or down in steps.",
        ),
        Setting(
            name="step_every",
            label="epochs between two steps of the rate",
            kind="whole",
            low=1,
            high=1000,
            only_with=("schedule", ("step",)),
            help="After so many epochs the rate is multiplied by the factor.",
        ),
        Setting(
            name="step_factor",
            label="factor of a step of the rate",
            kind="number",
            low=0.01,
            high=1.0,
            only_with=("schedule", ("step",)),
            help="What the rate is multiplied by.",
        ),
        Setting(
            name="momentum",
            label="momentum",
            kind="number",
            low=0.0,
            high=0.999,
            only_with=("optimizer", ("sgd",)),
            help="Share of the last step that is taken again.",
        ),
        Setting(
            name="nesterov",
            label="Nesterov momentum",
            kind="yes-no",
            only_with=("optimizer", ("sgd",)),
            help="Take the gradient where the momentum is about to lead.",
        ),
        Setting(
            name="second_moment",
            label="second moment",
            kind="number",
            low=0.9,
            high=0.9999,
            only_with=_ADAM,
            help="How long the squared gradients are remembered by which Adam scales its steps.",
        ),
        Setting(
            name="weight_decay",
            label="weight decay",
            kind="number",
            low=0.0,
            high=1.0,
            only_with=("optimizer", ("adamw",)),
            help="Share of each weight that is taken away with each step, times the rate.",
        ),
        Setting(
            name="batch_size",
            label="batch size",
            kind="whole",
            low=1,
            high=4096,
            help="Digits in each step.",
        ),
        Setting(
            name="epochs",
            label="epochs",
            kind="whole",
            low=1,
            high=1000,
            help="Passes over the training digits.",
        ),
        Setting(
            name="steps",
            label="steps",
            kind="whole",
            low=1,
            high=1_000_000,
            optional=True,
            help="Steps altogether, instead of whole epochs; without it the epochs count.",
        ),
        Setting(
            name="loss",
            label="loss",
            kind="choice",
            choices=get_args(Loss),
            help="Cross-entropy on one-hot (categorical) or whole-number (sparse) labels.",
        ),
        Setting(
            name="label_smoothing",
            label="label smoothing",
            kind="number",
            low=0.0,
            high=0.5,
            help="Share of each label that is spread over all ten classes.",
        ),
        Setting(
            name="l2",
            label="L2 penalty",
            kind="number",
            low=0.0,
            high=1.0,
            help="What the squares of all kernels cost, so that weights stay small.",
        ),
        Setting(
            name="validation",
            label="validation",
            kind="choice",
            choices=get_args(Validation),
            help="Digits that are looked at after each epoch: none, the test digits, or training digits held out.",
        ),
        Setting(
            name="validation_size",
            label="validation size",
            kind="whole",
            low=0,
            high=30_000,
            only_with=_HELD_OUT,
            help="Training digits that are held out; the network does not learn from them.",
        ),
        Setting(
            name="train_size",
            label="number of training digits",
            kind="whole",
            low=10,
            high=TRAINING_DIGITS,
            optional=True,
            help="Learn from so many digits only, always the same ones; without it from all that are not held out.",
        ),
        Setting(
            name="patience",
            label="patience",
            kind="whole",
            low=0,
            high=100,
            only_with=_HELD_OUT,
            help="Stop after so many epochs without a better validation accuracy; 0: never.",
        ),
        Setting(
            name="keep_best",
            label="keeping of the best weights",
            kind="yes-no",
            only_with=_HELD_OUT,
            help="Keep the weights of the epoch with the best validation accuracy, not the last ones.",
        ),
        Setting(
            name="weight_average",
            label="weight average",
            kind="number",
            low=0.0,
            high=0.99999,
            help="Keep an average of the weights over the last steps that forgets them at this rate; 0: none.",
        ),
        Setting(
            name="precision",
            label="precision",
            kind="choice",
            choices=get_args(Precision),
            help="bfloat16 is quicker where the processor knows it, and several times slower where it does not.",
        ),
        Setting(
            name="calibrated",
            label="calibration",
            kind="yes-no",
            only_with=_HELD_OUT,
            help="Divide the logits, in the end, so that the probabilities fit the held-out digits best.",
        ),
        Setting(
            name="seed",
            label="seed",
            kind="whole",
            low=0,
            high=LARGEST_SEED,
            help="Decides all chance: first weights, order of the digits, dropout, augmentation.",
        ),
        Setting(
            name="weights_seed",
            label="seed of the first weights",
            kind="whole",
            low=0,
            high=LARGEST_SEED,
            optional=True,
            help="Begin with the very weights of a run with this seed; without it the seed decides them, too.",
        ),
        Setting(
            name="start_model",
            label="model to start from",
            kind="text",
            help="Begin with this model's weights where layers have the same name and shape; without it all are fresh.",
        ),
        Setting(
            name="frozen",
            label="frozen layers",
            kind="names",
            help="Layers whose weights stay as they are.",
        ),
        Setting(
            name="log_every",
            label="log every",
            kind="whole",
            low=1,
            high=10_000,
            help="Steps between two points of the training curves; fewer where steps take long.",
        ),
    )
)
