"""A run as a complete Keras script that a reader can copy: the same network, settings, digits and order, on its own."""

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


def script(config: TrainingConfig, title: str) -> str:
    """The script for a run without augmentation, schedule or averaged weights; see `can_be_written`."""
    one_hot = config.loss == "categorical"
    parts = [
        f'"""{title}"""\n\nimport keras\nimport numpy as np\n',
        f"SEED = {config.seed}\nkeras.utils.set_random_seed(SEED)\n",
        _DATA + _HELD_OUT[config.validation].format(size=config.validation_size),
        _labels(config) if one_hot else "",
        config.network.code() + "\nmodel.summary()\n",
        _compile(config),
        _fit(config),
        _TEST,
    ]
    return "\n".join(part for part in parts if part)


def can_be_written(config: TrainingConfig) -> bool:
    """Whether Keras alone does all that this run does."""
    return not (
        config.augmentation
        or config.exposure
        or config.calibrated
        or config.weight_average
        or config.schedule != "constant"
    )


def _labels(config: TrainingConfig) -> str:
    names = ["train", "test"] + (["val"] if config.validation != "none" else [])
    return "".join(f"y_{name} = keras.utils.to_categorical(y_{name}, 10)\n" for name in names)


def _compile(config: TrainingConfig) -> str:
    loss = "CategoricalCrossentropy" if config.loss == "categorical" else "SparseCategoricalCrossentropy"
    arguments = {"from_logits": config.network.gives_logits, "label_smoothing": config.label_smoothing}
    written = ", ".join(f"{name}={value}" for name, value in arguments.items() if value)
    return (
        "model.compile(\n"
        f"    optimizer=keras.optimizers.Adam({config.learning_rate}),\n"
        f"    loss=keras.losses.{loss}({written}),\n"
        '    metrics=["accuracy"],\n'
        ")\n"
    )


def _fit(config: TrainingConfig) -> str:
    epochs = -(-config.total_steps // config.steps_per_epoch)
    rows = [
        "# Each epoch takes the digits in an order of its own that depends on the seed alone.",
        f"for epoch in range(1, {epochs} + 1):",
        "    order = np.random.default_rng([SEED, epoch]).permutation(len(x_train))",
    ]
    if config.steps is not None:
        rows.append(
            f"    order = order[: ({config.steps} - (epoch - 1) * {config.steps_per_epoch}) * {config.batch_size}]"
        )
    validation = ", validation_data=(x_val, y_val)" if config.validation != "none" else ""
    rows.append(
        f"    model.fit(x_train[order], y_train[order], batch_size={config.batch_size}, shuffle=False{validation})"
    )
    return "\n".join(rows) + "\n"
