"""A recipe's settings in words."""

from digitlab.training.config import TrainingConfig

_LOSSES = {"categorical": "cross-entropy on one-hot labels", "sparse": "cross-entropy on number labels"}
_VALIDATION = {
    "none": "none",
    "test": "the 10,000 test digits, after each epoch",
    "last": "the last {size:,} training digits",
    "first": "the first {size:,} training digits",
}


def settings(config: TrainingConfig) -> list[tuple[str, str]]:
    """Each setting with its value, for a table."""
    rows = [
        ("Loss", _LOSSES[config.loss] + (", from logits" if config.network.gives_logits else "")),
        ("Length", f"{config.steps:,} steps" if config.steps else f"{config.epochs} epochs"),
        ("Batch", f"{config.batch_size} digits a step, {config.steps_per_epoch:,} steps an epoch"),
        ("Optimiser", f"{_optimizer(config)}, learning rate {config.learning_rate:g}, {config.schedule}"),
        ("Trains on", f"{config.digits:,} digits"),
        ("Validates on", _VALIDATION[config.validation].format(size=config.validation_size)),
        ("Seed", str(config.seed)),
    ]
    if config.label_smoothing:
        rows.append(("Label smoothing", f"{config.label_smoothing:g}"))
    if config.l2:
        rows.append(("L2 penalty", f"{config.l2:g} times the squares of all kernels"))
    if config.patience:
        rows.append(("Early stopping", f"after {config.patience} epochs without a better one"))
    if config.keep_best:
        rows.append(("Keeps", "the weights of the best epoch"))
    if config.weights_seed is not None:
        rows.append(("First weights", f"those of seed {config.weights_seed}"))
    if config.start_model:
        rows.append(("Starts from", f"the model {config.start_model[:12]}"))
    if config.frozen:
        rows.append(("Frozen", ", ".join(config.frozen)))
    if config.weight_average:
        rows.append(("Averaged weights", f"decay {config.weight_average:g} a step"))
    if config.augmentation:
        rows.append(("Augmentation", "each digit is varied anew every time it is seen"))
    if config.exposure:
        rows.append(("Non-digits", f"{config.exposure.share:.0%} beside the digits, to learn to doubt"))
    if config.drawings:
        rows.append(("A visitor's drawings", f"{config.drawings.count:,} beside MNIST's digits"))
    if config.calibrated:
        rows.append(("Calibrated", "on the held-out digits, so that probabilities mean what they say"))
    return rows


def _optimizer(config: TrainingConfig) -> str:
    match config.optimizer:
        case "sgd":
            return f"SGD, {'Nesterov ' if config.nesterov else ''}momentum {config.momentum:g}"
        case "adamw":
            return f"AdamW, weight decay {config.weight_decay:g}"
        case "rmsprop":
            return "RMSprop"
    return "Adam"
