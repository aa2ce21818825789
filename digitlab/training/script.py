"""A run as a complete Keras script that a reader can copy: the same network, settings, digits and order, on its own."""

from digitlab.data.augmentation import Augmentation, differences
from digitlab.errors import ModelError
from digitlab.networks import zoo
from digitlab.training.config import TrainingConfig

_DATA = """\
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train[..., None].astype("float32") / 255
x_test = x_test[..., None].astype("float32") / 255
"""

_TEST = """\
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy {accuracy:.2%}, loss {loss:.4f}")
"""

# Where the loss that is trained on has more in it than the page's: smoothed labels, and what large kernels cost.
_PLAIN_TEST = """\
# DigitLab shows the plain cross-entropy of the test and validation digits; fit also prints the loss it trains on.
_, accuracy, loss = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy {accuracy:.2%}, loss {loss:.4f}")
"""

_HELD_OUT = {
    "none": "",
    "test": "x_val, y_val = x_test, y_test\n",
    "last": """\
x_train, x_val = x_train[:-{size}], x_train[-{size}:]
y_train, y_val = y_train[:-{size}], y_train[-{size}:]
""",
    "first": """\
x_train, x_val = x_train[{size}:], x_train[:{size}]
y_train, y_val = y_train[{size}:], y_train[:{size}]
""",
}

_SUBSET = """\
chosen = np.sort(np.random.default_rng(0).permutation(len(x_train))[:{size}])  # the same ones for every seed
x_train, y_train = x_train[chosen], y_train[chosen]
"""

_VARIED = """\
VARIED = Augmentation({settings})
digits = (x_train[..., 0] * 255).round().astype("uint8")
distances = distance_fields(digits) if VARIED.needs_fields else None


def varied(order, epoch):
    # DigitLab's own function: another variation every time a digit is shown. (The run drew other random numbers.)
    rng = np.random.default_rng([SEED, epoch])
    parts = np.array_split(order, len(order) // 1000 + 1)
    made = [augment(digits[k], numbers[k], rng, VARIED, None if distances is None else distances[k]) for k in parts]
    return np.concatenate(made)[..., None]
"""

_RATES = {
    "cosine": "    return {rate} * (1 + math.cos(math.pi * step / STEPS)) / 2\n",
    "one-cycle": """\
    done, peak = step / STEPS, 0.15
    share = done / peak if done < peak else (1 + math.cos(math.pi * (done - peak) / (1 - peak))) / 2
    return {rate} * share
""",
    "step": "    return {rate} * {factor} ** (step // {every})\n",
}

_SCHEDULE = """\
class Schedule(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = rate_at(int(self.model.optimizer.iterations))
"""

_AVERAGE = """\
class Average(keras.callbacks.Callback):
    # Follows the weights, quickly at first; in the end it takes their place.
    weights = model.get_weights()

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.model.optimizer.iterations)
        decay = np.float32(min({decay}, step / (step + 9)))
        self.weights = [decay * old + (1 - decay) * new for old, new in zip(self.weights, self.model.get_weights())]


average = Average()
"""

_LOOK = """\
looked_at = keras.models.clone_model(model)
cross_entropy = keras.losses.SparseCategoricalCrossentropy({logits})


def validated(weights):
    # Higher is better: the accuracy, and where it is the same the lower loss.
    looked_at.set_weights(weights)
    answers = looked_at.predict(x_val, batch_size=500, verbose=0)
    return float((answers.argmax(1) == numbers_val).mean()), -float(cross_entropy(numbers_val, answers))


best, waited, best_weights = None, 0, None
"""


def script(config: TrainingConfig, title: str) -> str:
    """The script for a run, wherever `can_be_written` says so."""
    one_hot = config.loss == "categorical" or config.label_smoothing > 0
    looks = config.patience > 0 or config.keep_best
    named = bool(config.start_model or config.frozen)
    parts = [
        _head(config, title),
        f"SEED = {config.seed}\nkeras.utils.set_random_seed(SEED)\n",
        _DATA + _digits(config),
        _labels(config, looks) if one_hot or looks or config.augmentation else "",
        _varied(config.augmentation) if config.augmentation else "",
        config.network.code(named=named) + "\nmodel.summary()\n",
        _first_weights(config),
        _compile(config, one_hot),
        _schedule(config),
        _AVERAGE.format(decay=config.weight_average) if config.weight_average else "",
        _LOOK.format(logits="from_logits=True" if config.network.gives_logits else "") if looks else "",
        _fit(config, looks),
        _PLAIN_TEST if _costs_more(config) else _TEST,
    ]
    return "\n".join(part for part in parts if part)


def can_be_written(config: TrainingConfig) -> bool:
    """Whether a script of this length can do all that this run does."""
    return not (config.exposure or config.calibrated or config.drawings or config.strokes)


def _head(config: TrainingConfig, title: str) -> str:
    quoted = title.replace("\\", "\\\\").replace('"', "'")
    lines = [f'"""{quoted}"""\n']
    if config.precision != "float32":
        lines.append(f"# The run computed its steps in {config.precision}, this script computes in float32.")
    if config.schedule in ("cosine", "one-cycle"):
        lines.append("import math\n")
    lines += ["import keras", "import numpy as np"]
    if config.augmentation:
        lines += [
            "\nfrom digitlab.data.augment import augment",
            "from digitlab.data.augmentation import Augmentation",
            "from digitlab.data.fields import distance_fields",
        ]
    return "\n".join(lines) + "\n"


def _digits(config: TrainingConfig) -> str:
    held_out = _HELD_OUT[config.validation].format(size=config.validation_size)
    return held_out + (_SUBSET.format(size=config.train_size) if config.train_size is not None else "")


def _labels(config: TrainingConfig, looks: bool) -> str:
    rows = ["numbers = y_train"] if config.augmentation else []
    rows += ["numbers_val = y_val"] if looks else []
    if config.loss == "categorical" or config.label_smoothing:
        names = ["train", "test"] + (["val"] if config.validation != "none" else [])
        rows += [f"y_{name} = keras.utils.to_categorical(y_{name}, 10)" for name in names]
    return "\n".join(rows) + "\n"


def _varied(augmentation: Augmentation) -> str:
    settings = ", ".join(f"{name}={value}" for name, value in differences(augmentation).items())
    return _VARIED.format(settings=settings) + "\n"


def _first_weights(config: TrainingConfig) -> str:
    rows = []
    if config.weights_seed is not None:
        rows += [
            "# The first weights are those of a run with this seed.",
            f"keras.utils.set_random_seed({config.weights_seed})",
            "model.set_weights(keras.models.clone_model(model).get_weights())",
        ]
    if config.start_model:
        try:
            name, names = _start(config)
        except ModelError:
            name, names = config.start_model, [layer.name for layer in config.network.layers]
        rows += [
            f"# {name}.keras: the model {config.start_model[:12]}, from DigitLab's Runs page.",
            f'start = keras.models.load_model("{name}.keras", compile=False)',
            f"for name in {names}:",
            "    model.get_layer(name).set_weights(start.get_layer(name).get_weights())",
        ]
    rows += [f'model.get_layer("{name}").trainable = False' for name in config.frozen]
    if config.l2:
        rows += [
            "for layer in model.layers:",
            '    if hasattr(layer, "kernel"):',
            f"        layer.kernel.regularizer = keras.regularizers.L2({config.l2})",
        ]
    return "\n".join(rows) + "\n" if rows else ""


def _start(config: TrainingConfig) -> tuple[str, list[str]]:
    other = zoo.find(config.start_model)
    return other.name, config.network.fitting(other.network)


def _costs_more(config: TrainingConfig) -> bool:
    """Whether the loss that is trained on is more than the cross-entropy."""
    return bool(config.label_smoothing or config.l2)


def _compile(config: TrainingConfig, one_hot: bool) -> str:
    loss = "CategoricalCrossentropy" if one_hot else "SparseCategoricalCrossentropy"
    arguments = {"from_logits": config.network.gives_logits, "label_smoothing": config.label_smoothing}
    written = ", ".join(f"{name}={value}" for name, value in arguments.items() if value)
    metrics = '"accuracy"'
    if _costs_more(config):
        logits = ", from_logits=True" if config.network.gives_logits else ""
        metrics += f', keras.metrics.{loss}("cross_entropy"{logits})'
    return (
        "model.compile(\n"
        f"    optimizer=keras.optimizers.{_optimizer(config)},\n"
        f"    loss=keras.losses.{loss}({written}),\n"
        f"    metrics=[{metrics}],\n"
        ")\n"
    )


def _optimizer(config: TrainingConfig) -> str:
    rate = str(config.learning_rate)
    beta = f", beta_2={config.second_moment}" if config.second_moment != 0.999 else ""
    match config.optimizer:
        case "adamw":
            return f"AdamW({rate}, weight_decay={config.weight_decay}{beta})"
        case "sgd":
            return f"SGD({rate}, momentum={config.momentum}{', nesterov=True' if config.nesterov else ''})"
        case "rmsprop":
            return f"RMSprop({rate})"
    return f"Adam({rate}{beta})"


def _schedule(config: TrainingConfig) -> str:
    if config.schedule == "constant":
        return ""
    every = config.step_every * config.steps_per_epoch
    rate = _RATES[config.schedule].format(rate=config.learning_rate, factor=config.step_factor, every=every)
    steps = f"STEPS = {config.total_steps}\n\n\n" if config.schedule != "step" else ""
    return f"{steps}def rate_at(step):\n{rate}\n\n{_SCHEDULE}\n"


def _fit(config: TrainingConfig, looks: bool) -> str:
    epochs = -(-config.total_steps // config.steps_per_epoch)
    averaged_validation = config.weight_average and config.validation != "none"
    rows = [
        "# Each epoch takes the digits in an order of its own that depends on the seed alone.",
        *(["# fit validates the weights of the moment, DigitLab their averages."] if averaged_validation else []),
        f"for epoch in range(1, {epochs} + 1):",
        "    order = np.random.default_rng([SEED, epoch]).permutation(len(x_train))",
    ]
    if config.steps is not None:
        rows.append(
            f"    order = order[: ({config.steps} - (epoch - 1) * {config.steps_per_epoch}) * {config.batch_size}]"
        )
    pictures = "varied(order, epoch)" if config.augmentation else "x_train[order]"
    callbacks = ["Schedule()"] * (config.schedule != "constant") + ["average"] * bool(config.weight_average)
    options = [f"batch_size={config.batch_size}", "shuffle=False"]
    options += ["validation_data=(x_val, y_val)"] if config.validation != "none" else []
    options += [f"callbacks=[{', '.join(callbacks)}]"] if callbacks else []
    rows.append(f"    model.fit({pictures}, y_train[order], {', '.join(options)})")
    now = "average.weights" if config.weight_average else "model.get_weights()"
    if looks:
        rows += [
            f"    figures = validated({now})",
            "    if best is None or figures > best:",
            f"        best, waited, best_weights = figures, 0, {now}",
            "    else:",
            "        waited += 1",
        ]
        if config.steps is not None:
            rows.insert(-5, "    if len(order) < len(x_train):\n        break  # it ended within this epoch")
        if config.patience:
            rows += [f"    if waited == {config.patience}:", "        break"]
    if config.keep_best:
        rows.append("if best_weights is not None:\n    model.set_weights(best_weights)")
    elif config.weight_average:
        rows.append("model.set_weights(average.weights)")
    return "\n".join(rows) + "\n"
