"""The table of all settings of a training run.

`TrainingConfig` checks itself against this table; the form and the options of the `train` command are made from it.
Augmentation has a table of its own, `data.augmentation.AMOUNTS`; network and exposure are no single values.
"""

from collections.abc import Iterable
from typing import Literal, get_args

from digitlab.networks.graph import Precision
from digitlab.training.setting import Setting
from digitlab.words import message

Loss = Literal["categorical", "sparse"]
Optimizer = Literal["adam", "adamw", "sgd", "rmsprop"]
Schedule = Literal["constant", "cosine", "one-cycle", "step"]
Validation = Literal["none", "test", "last", "first"]

TRAINING_DIGITS = 60_000
HELD_OUT = 5000  # training digits that are held out by default
LARGEST_SEED = 2**31 - 1


def _table(settings: Iterable[Setting]) -> dict[str, Setting]:
    return {setting.name: setting for setting in settings}


_HELD_OUT = ("validation", ("last", "first"))
_ADAM = ("optimizer", ("adam", "adamw"))

SETTINGS: dict[str, Setting] = _table(
    (
        Setting(
            name="optimizer",
            label=message("Optimizer"),
            kind="choice",
            choices=get_args(Optimizer),
            help=message(
                "How the weights follow the gradient: SGD uses it as it is, the others scale it for each weight."
            ),
        ),
        Setting(
            name="learning_rate",
            label=message("Learning rate"),
            kind="number",
            low=1e-7,
            high=10.0,
            help=message("Size of each step; with a schedule, the highest rate."),
        ),
        Setting(
            name="schedule",
            label=message("Schedule"),
            kind="choice",
            choices=get_args(Schedule),
            help=message("How the learning rate changes: constant, cosine decay, one cycle up and down, or in drops."),
        ),
        Setting(
            name="step_every",
            label=message("Epochs between drops"),
            kind="whole",
            low=1,
            high=1000,
            only_with=("schedule", ("step",)),
            help=message("After this many epochs the rate is multiplied by the factor."),
        ),
        Setting(
            name="step_factor",
            label=message("Rate drop factor"),
            kind="number",
            low=0.01,
            high=1.0,
            only_with=("schedule", ("step",)),
            help=message("The rate is multiplied by this factor at each drop."),
        ),
        Setting(
            name="momentum",
            label=message("Momentum"),
            kind="number",
            low=0.0,
            high=0.999,
            only_with=("optimizer", ("sgd",)),
            help=message("Share of the last step that is added to the next one."),
        ),
        Setting(
            name="nesterov",
            label=message("Nesterov momentum"),
            kind="yes-no",
            only_with=("optimizer", ("sgd",)),
            help=message("Compute the gradient at the point where the momentum leads."),
        ),
        Setting(
            name="second_moment",
            label=message("Second moment"),
            kind="number",
            low=0.9,
            high=0.9999,
            only_with=_ADAM,
            help=message("Decay of the squared gradients by which Adam scales its steps (beta 2)."),
        ),
        Setting(
            name="weight_decay",
            label=message("Weight decay"),
            kind="number",
            low=0.0,
            high=1.0,
            only_with=("optimizer", ("adamw",)),
            help=message("Share of each weight that each step removes, times the learning rate."),
        ),
        Setting(
            name="batch_size",
            label=message("Batch size"),
            kind="whole",
            low=1,
            high=4096,
            help=message("Number of digits in each step."),
        ),
        Setting(
            name="epochs",
            label=message("Epochs"),
            kind="whole",
            low=1,
            high=1000,
            help=message("Passes over all training digits."),
        ),
        Setting(
            name="steps",
            label=message("Steps"),
            kind="whole",
            low=1,
            high=1_000_000,
            optional=True,
            help=message("Total steps, instead of whole epochs; if empty, the epochs count."),
        ),
        Setting(
            name="loss",
            label=message("Loss function"),
            kind="choice",
            choices=get_args(Loss),
            help=message("Cross-entropy with one-hot (categorical) or whole-number (sparse) labels."),
        ),
        Setting(
            name="label_smoothing",
            label=message("Label smoothing"),
            kind="number",
            low=0.0,
            high=0.5,
            help=message("Share of each label that is spread over all ten classes."),
        ),
        Setting(
            name="l2",
            label=message("L2 penalty"),
            kind="number",
            low=0.0,
            high=1.0,
            help=message("Weight of the squared kernels in the loss; keeps weights small."),
        ),
        Setting(
            name="validation",
            label=message("Validation"),
            kind="choice",
            choices=get_args(Validation),
            help=message("Digits for validation after each epoch: none, the test digits, or held-out training digits."),
        ),
        Setting(
            name="validation_size",
            label=message("Validation size"),
            kind="whole",
            low=0,
            high=30_000,
            only_with=_HELD_OUT,
            help=message("Number of training digits that are held out; the network does not learn from them."),
        ),
        Setting(
            name="train_size",
            label=message("Training digits"),
            kind="whole",
            low=10,
            high=TRAINING_DIGITS,
            optional=True,
            help=message(
                "Train on this many digits only, always the same ones; if empty, on all that are not held out."
            ),
        ),
        Setting(
            name="patience",
            label=message("Patience"),
            kind="whole",
            low=0,
            high=100,
            only_with=_HELD_OUT,
            help=message("Stop after this many epochs without a better validation accuracy; 0: never."),
        ),
        Setting(
            name="keep_best",
            label=message("Keep best weights"),
            kind="yes-no",
            only_with=_HELD_OUT,
            help=message("Keep the weights of the epoch with the best validation accuracy, not the last ones."),
        ),
        Setting(
            name="weight_average",
            label=message("Weight average"),
            kind="number",
            low=0.0,
            high=0.99999,
            help=message("Decay of an average of the weights over the last steps, which is kept at the end; 0: none."),
        ),
        Setting(
            name="precision",
            label=message("Numeric precision"),
            kind="choice",
            choices=get_args(Precision),
            help=message("bfloat16 is faster on processors that support it, and several times slower on others."),
        ),
        Setting(
            name="calibrated",
            label=message("Calibration"),
            kind="yes-no",
            only_with=_HELD_OUT,
            help=message("Divide the logits at the end, so that the probabilities fit the held-out digits best."),
        ),
        Setting(
            name="seed",
            label=message("Random seed"),
            kind="whole",
            low=0,
            high=LARGEST_SEED,
            help=message("Decides everything random: first weights, order of the digits, dropout, augmentation."),
        ),
        Setting(
            name="weights_seed",
            label=message("Weights seed"),
            kind="whole",
            low=0,
            high=LARGEST_SEED,
            optional=True,
            help=message(
                "Start from the same first weights as a run with this seed; if empty, the random seed decides."
            ),
        ),
        Setting(
            name="start_model",
            label=message("Start model"),
            kind="text",
            help=message(
                "Start from this model's weights where layers have the same name and shape; if empty, random weights."
            ),
        ),
        Setting(
            name="frozen",
            label=message("Frozen layers"),
            kind="names",
            help=message("Layers whose weights do not change."),
        ),
        Setting(
            name="log_every",
            label=message("Log interval"),
            kind="whole",
            low=1,
            high=10_000,
            help=message("Steps between two points of the training curves; fewer where steps take long."),
        ),
    )
)
